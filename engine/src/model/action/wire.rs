//! Actions as they stand on the wire.
//!
//! Numbers keep their digits only in plain structs: serde's `flatten` and untagged enums would buffer them. Hence the
//! message as it stands on the wire is a struct of its own, and "exactly one" is checked on the way in.

use super::{Action, Effect, EmailLogistics, NotifyShop, OrderResult, Problem, Refusal, Silence};
use crate::model::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to be done: exactly one of `order_result`, `notify_shop` and `email_logistics`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Action")]
#[schemars(transform = exactly_one_effect)]
pub(super) struct Wire {
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

/// A problem, for the logistics team: exactly one of `event`, `refusal` and `silence`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "EmailLogistics")]
#[schemars(transform = exactly_one_problem)]
pub(super) struct EmailWire {
    /// Which team: a name under `topics:` of the actions file.
    topic: String,
    /// Something that happened to a parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    /// An order that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    /// A parcel of which nobody has heard for too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    silence: Option<Silence>,
}

fn exactly_one_effect(schema: &mut schemars::Schema) {
    exactly_one(schema, &["order_result", "notify_shop", "email_logistics"]);
}

fn exactly_one_problem(schema: &mut schemars::Schema) {
    exactly_one(schema, &["event", "refusal", "silence"]);
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
        let problem = match (wire.event, wire.refusal, wire.silence) {
            (Some(event), None, None) => Problem::Event(Box::new(event)),
            (None, Some(refusal), None) => Problem::Refusal(refusal),
            (None, None, Some(silence)) => Problem::Silence(silence),
            _ => return Err("expected exactly one of `event`, `refusal` and `silence`"),
        };
        Ok(Self { topic: wire.topic, problem })
    }
}

impl From<EmailLogistics> for EmailWire {
    fn from(email: EmailLogistics) -> Self {
        let mut wire = Self { topic: email.topic, event: None, refusal: None, silence: None };
        match email.problem {
            Problem::Event(event) => wire.event = Some(*event),
            Problem::Refusal(refusal) => wire.refusal = Some(refusal),
            Problem::Silence(silence) => wire.silence = Some(silence),
        }
        wire
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
