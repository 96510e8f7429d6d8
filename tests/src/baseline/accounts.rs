//! The mappings for the accounts of the carriers' own cases.

use super::{LocalDelivery, OnDemand};
use crate::samples::Shipped;

impl LocalDelivery {
    /// The mapping that makes the same as `shipped`.
    ///
    /// # Panics
    /// The sample order has no request.
    #[must_use]
    pub fn beside(shipped: &Shipped) -> Self {
        let sample = shipped.request(&shipped.order).expect("a request for the sample");
        Self { url: sample.url, token: sample.masked[0].clone() }
    }
}

impl OnDemand {
    /// The mapping that makes the same as `shipped`, and its token.
    ///
    /// # Panics
    /// The sample order has no request.
    #[must_use]
    pub fn beside(shipped: &Shipped) -> (Self, String) {
        let sample = shipped.request(&shipped.order).expect("a request for the sample");
        let token = sample.masked[0].clone();
        let mapping = Self {
            carrier: shipped.id.clone(),
            account: shipped.account.name().to_owned(),
            url: sample.url,
            secrets: sample.masked[1..].to_vec(),
        };
        (mapping, token)
    }
}
