//! What a carrier reports of a parcel.

use super::{Location, Moment, Reason, Status, TimeIs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that happened to a parcel, in words that are the same for all carriers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its name: the same event, reported again, has the same one.
    pub event_id: String,
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The shop's order, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The shop's reference of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_reference: Option<String>,
    /// The carrier's tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// What happened.
    pub status: Status,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The carrier's code, as received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_code: Option<String>,
    /// The carrier's words, as received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_text: Option<String>,
    /// When it happened, as exactly as the carrier says: `time_is` tells how exact that is.
    pub occurred_at: Moment,
    /// What `occurred_at` is.
    pub time_is: TimeIs,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// When the carrier now expects to deliver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_delivery: Option<Moment>,
    /// Who signed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Where the proof of delivery can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof_url: Option<String>,
    /// Position among the parcel's events, from 1, given when the event is stored; 0 before. A receiver drops what is not
    /// above the last one that it has seen.
    pub sequence: u64,
}

impl Event {
    /// Status and instant, as the moves of a parcel's state take them.
    #[must_use]
    pub fn state(&self) -> (Status, jiff::Timestamp) {
        (self.status, self.occurred_at.instant())
    }
}
