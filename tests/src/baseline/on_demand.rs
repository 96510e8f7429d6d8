//! OAuth 2, JSON with addresses as nested JSON, items or parcels as the manifest, couriers' events by webhook.

mod event;
mod request;

pub use event::Said;

/// The mapping for one account.
#[derive(Debug)]
pub struct OnDemand {
    /// The carrier's id, part of every event's own.
    pub carrier: String,
    /// The account's name.
    pub account: String,
    /// The URL that orders go to.
    pub url: String,
    /// Texts that are masked besides the token.
    pub secrets: Vec<String>,
}
