//! What needs the store and the mapping files, and nobody outside: taking orders in, settling them, verifying again.
//!
//! A [`Desk`] has one; a tool that operates a deployment makes one without anything that calls a carrier or the shop.

use super::operate::Operator;
use super::{Desk, Ports, Settings};
use crate::clock::{Clock, millis};
use crate::mappings::Mappings;
use crossdock_engine::schema::OrderValidator;

/// The part of a desk that has no contact with the outside.
#[derive(Debug)]
pub struct Office<'o, P: Ports> {
    /// Where everything is kept.
    pub store: &'o P::Store,
    /// The time.
    pub clock: &'o P::Clock,
    /// The mapping files.
    pub mappings: &'o Mappings<P::Files, P::Secrets>,
    /// How patient the deployment is.
    pub settings: &'o Settings,
    /// Judges orders by their schema.
    pub validator: &'o OrderValidator,
}

impl<P: Ports> Clone for Office<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Ports> Copy for Office<'_, P> {}

impl<'o, P: Ports> Office<'o, P> {
    /// What needs the store alone.
    #[must_use]
    pub fn operator(&self) -> Operator<'o, P::Store> {
        Operator { store: self.store, now: self.now() }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        millis(self.clock.now())
    }
}

impl<P: Ports> Desk<P> {
    /// The desk's office.
    #[must_use]
    pub fn office(&self) -> Office<'_, P> {
        Office {
            store: &self.store,
            clock: &self.clock,
            mappings: &self.mappings,
            settings: &self.settings,
            validator: &self.validator,
        }
    }
}
