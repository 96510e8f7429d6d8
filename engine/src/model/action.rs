//! What follows from orders and events: messages to the shop and to its logistics team.

mod wire;

use wire::{EmailWire, Wire};

use super::{Document, Event, Money, Status, Timestamp, nullable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to be done: exactly one [`Effect`], under its own key beside `action_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Action {
    /// Its name, deterministic: the same action, emitted again, has the same one.
    pub action_id: String,
    /// The shop's order, where it is known.
    pub order_id: Option<String>,
    /// What to do.
    pub effect: Effect,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Tell the shop how its order ended.
    OrderResult(OrderResult),
    /// Tell the shop what happened to a parcel.
    NotifyShop(NotifyShop),
    /// Write to the logistics team.
    EmailLogistics(EmailLogistics),
}

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderResult {
    /// Which operation it is the result of; `create_shipment` when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The shop's name of that operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// Whether the carrier took it.
    pub outcome: ResultOutcome,
    /// All tracking numbers, in the order of the parcels.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<String>>")]
    pub tracking_numbers: Vec<String>,
    /// The parcels, in the order that was sent.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<ResultParcel>>")]
    pub parcels: Vec<ResultParcel>,
    /// Labels and other papers.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Document>>")]
    pub documents: Vec<Document>,
    /// Where the recipient can follow the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// What the carrier charges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The carrier's code of a refusal, or ours (`cancelled`, ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The words of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the carrier had to remark.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Warning>>")]
    pub warnings: Vec<Warning>,
}

impl OrderResult {
    /// A result that says only how it ended.
    #[must_use]
    pub const fn new(outcome: ResultOutcome) -> Self {
        Self {
            operation: None,
            operation_id: None,
            outcome,
            tracking_numbers: Vec::new(),
            parcels: Vec::new(),
            documents: Vec::new(),
            tracking_url: None,
            price: None,
            code: None,
            message: None,
            warnings: Vec::new(),
        }
    }

    /// The result of an order that is refused for this reason.
    #[must_use]
    pub fn refused(code: Option<String>, message: Option<String>) -> Self {
        Self { code, message, ..Self::new(ResultOutcome::Refused) }
    }
}

/// Whether the carrier took an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultOutcome {
    /// The carrier took it.
    Accepted,
    /// The carrier, or a rule of its file, refused it.
    Refused,
}

/// What became of one parcel of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultParcel {
    /// The shop's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The carrier's tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The carrier's own name of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_ref: Option<String>,
    /// Why the carrier did not take this parcel, although it took others of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Warning>,
}

/// A remark of the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// The carrier's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The carrier's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A parcel's event, for the shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotifyShop {
    /// What happened.
    pub event: Event,
}

/// A problem, for the logistics team: one [`Problem`], under its own key beside `topic`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "EmailWire", into = "EmailWire")]
pub struct EmailLogistics {
    /// Which team: a name under `topics:` of the actions file.
    pub topic: String,
    /// What it is about.
    pub problem: Problem,
}

/// What an email is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// Something that happened to a parcel.
    Event(Box<Event>),
    /// An order that was refused.
    Refusal(Refusal),
    /// A parcel of which nobody has heard for too long.
    Silence(Silence),
}

/// An order that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The operation that was refused.
    pub operation: String,
    /// The shop's reference of the shipment.
    pub reference: String,
    /// The carrier's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The carrier's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A parcel of which nobody has heard for too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The carrier's tracking number, or its own name of the parcel.
    pub tracking_number: String,
    /// The shop's reference of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_reference: Option<String>,
    /// The status of its last event; none when there never was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<Status>,
    /// When its last event came; before the first one, when the carrier took the order.
    pub since: Timestamp,
}
