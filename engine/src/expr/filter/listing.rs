//! The closed list of filters.

use super::*;

static ALL: &[&Spec] = &[&empty::COALESCE, &empty::DEFAULT, &case::LOWER, &case::UPPER];

/// All filters, by name.
#[must_use]
pub fn all() -> &'static [&'static Spec] {
    ALL
}

/// The filter of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    ALL.binary_search_by(|spec| spec.name.cmp(name)).ok().map(|index| ALL[index])
}
