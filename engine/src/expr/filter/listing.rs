//! The closed list of filters.

use super::*;

/// Sorted by name, for [`find`].
static ALL: &[&Spec] = &[
    &encode::BASE64,
    &units::CENTIMETRES,
    &empty::COALESCE,
    &find::CONTAINS,
    &dates::DATE,
    &dates::DATETIME,
    &empty::DEFAULT,
    &lists::FIRST,
    &numbers::FIXED,
    &units::GRAMS,
    &digest::HMAC,
    &units::INCHES,
    &join::JOIN,
    &encode::JSON,
    &units::KILOGRAMS,
    &lists::LAST,
    &lists::LENGTH,
    &case::LOWER,
    &lists::MAP,
    &find::MATCHES,
    &units::METRES,
    &numbers::NUMBER,
    &cut::PAD,
    &units::POUNDS,
    &find::REPLACE,
    &numbers::ROUND,
    &lists::SELECT,
    &digest::SHA256,
    &lists::SORT,
    &join::SPLIT,
    &find::STARTS_WITH,
    &numbers::SUM,
    &cut::TRIM,
    &cut::TRUNCATE_TO,
    &lists::UNIQUE,
    &case::UPPER,
    &encode::URL_ENCODE,
    &units::VOLUME,
];

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
