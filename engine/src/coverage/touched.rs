//! What a run comes by.

use super::{Spot, What};
use crate::source::Span;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The spots that were come by, and the fields of orders that were given.
#[derive(Debug, Default)]
pub struct Touched(Mutex<Seen>);

/// What was seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(super) spots: BTreeSet<Spot>,
    pub(super) fields: BTreeSet<String>,
}

impl Touched {
    /// Notes a spot.
    pub fn add(&self, span: Span, what: What) {
        self.seen().spots.insert(Spot { span, what });
    }

    /// Notes fields that an order gave.
    pub(crate) fn fields(&self, names: impl IntoIterator<Item = String>) {
        self.seen().fields.extend(names);
    }

    /// What was seen so far.
    pub(crate) fn so_far(&self) -> Seen {
        self.seen().clone()
    }

    /// Goes back to what had been seen: what came since is nobody's expectation.
    pub(crate) fn back_to(&self, seen: Seen) {
        *self.seen() = seen;
    }

    /// Nothing panics while it holds this, so what a poisoned lock holds is whole.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
