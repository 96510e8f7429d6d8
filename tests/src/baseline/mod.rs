//! Mappings written by hand, to measure the engine by: what an engineer would write for one carrier who has time.
//! Reading is derived and borrows from the order; writing goes straight into a buffer that is used again.
//!
//! They make the same as the carrier files of the same shape; a test holds the two against each other.

mod accounts;
mod amounts;
mod json;
mod local_delivery;
mod on_demand;
mod order;
mod phone;

pub use local_delivery::LocalDelivery;
pub use on_demand::{OnDemand, Said};

use std::fmt;

/// An order that is not taken.
#[derive(Debug)]
pub struct Refused(pub Vec<&'static str>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Refused {}

impl From<serde_json::Error> for Refused {
    fn from(_: serde_json::Error) -> Self {
        Self(vec!["the order cannot be read"])
    }
}

/// Checked as a whole: faster than text by text.
fn text(bytes: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(bytes).map_err(|_| Refused(vec!["not UTF-8"]))
}
