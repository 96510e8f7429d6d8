//! What follows from orders and events: messages to the shop and to its logistics team.

use super::{Document, Event, Money, nullable};
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
    Event(Event),
    /// An order that was refused.
    Refusal(Refusal),
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

// Numbers keep their digits only in plain structs: serde's `flatten` and untagged enums would buffer them. Hence the
// message as it stands on the wire is a struct of its own, and "exactly one" is checked on the way in.

/// Something to be done: exactly one of `order_result`, `notify_shop` and `email_logistics`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Action")]
#[schemars(transform = exactly_one_effect)]
struct Wire {
    /// Its name, deterministic: the same action, emitted again, has the same one.
    action_id: String,
    /// The shop's order, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
    /// Tell the shop how its order ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order_result: Option<OrderResult>,
    /// Tell the shop what happened to a parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify_shop: Option<NotifyShop>,
    /// Write to the logistics team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_logistics: Option<EmailLogistics>,
}

/// A problem, for the logistics team: exactly one of `event` and `refusal`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "EmailLogistics")]
#[schemars(transform = exactly_one_problem)]
struct EmailWire {
    /// Which team: a name under `topics:` of the actions file.
    topic: String,
    /// Something that happened to a parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    /// An order that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
}

fn exactly_one_effect(schema: &mut schemars::Schema) {
    exactly_one(schema, &["order_result", "notify_shop", "email_logistics"]);
}

fn exactly_one_problem(schema: &mut schemars::Schema) {
    exactly_one(schema, &["event", "refusal"]);
}

/// One of the keys is there; a null under another one still counts as missing.
fn exactly_one(schema: &mut schemars::Schema, keys: &[&str]) {
    let present = |key: &&str| serde_json::json!({"required": [key], "properties": {*key: {"type": "object"}}});
    schema.insert("oneOf".to_owned(), keys.iter().map(present).collect());
}

impl TryFrom<Wire> for Action {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let effect = match (wire.order_result, wire.notify_shop, wire.email_logistics) {
            (Some(result), None, None) => Effect::OrderResult(result),
            (None, Some(notify), None) => Effect::NotifyShop(notify),
            (None, None, Some(email)) => Effect::EmailLogistics(email),
            _ => return Err("expected exactly one of `order_result`, `notify_shop` and `email_logistics`"),
        };
        Ok(Self { action_id: wire.action_id, order_id: wire.order_id, effect })
    }
}

impl From<Action> for Wire {
    fn from(action: Action) -> Self {
        let Action { action_id, order_id, effect } = action;
        let mut wire = Self { action_id, order_id, order_result: None, notify_shop: None, email_logistics: None };
        match effect {
            Effect::OrderResult(result) => wire.order_result = Some(result),
            Effect::NotifyShop(notify) => wire.notify_shop = Some(notify),
            Effect::EmailLogistics(email) => wire.email_logistics = Some(email),
        }
        wire
    }
}

impl TryFrom<EmailWire> for EmailLogistics {
    type Error = &'static str;

    fn try_from(wire: EmailWire) -> Result<Self, Self::Error> {
        let problem = match (wire.event, wire.refusal) {
            (Some(event), None) => Problem::Event(event),
            (None, Some(refusal)) => Problem::Refusal(refusal),
            _ => return Err("expected exactly one of `event` and `refusal`"),
        };
        Ok(Self { topic: wire.topic, problem })
    }
}

impl From<EmailLogistics> for EmailWire {
    fn from(email: EmailLogistics) -> Self {
        match email.problem {
            Problem::Event(event) => Self { topic: email.topic, event: Some(event), refusal: None },
            Problem::Refusal(refusal) => Self { topic: email.topic, event: None, refusal: Some(refusal) },
        }
    }
}

impl JsonSchema for Action {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Wire::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}

impl JsonSchema for EmailLogistics {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        EmailWire::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        EmailWire::json_schema(generator)
    }
}
