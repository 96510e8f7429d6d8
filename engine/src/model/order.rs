//! What a shop asks for.

use super::{Shipment, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// The account that an order without one means.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The operation that an order without one means.
pub const DEFAULT_OPERATION: &str = "create_shipment";

/// One operation that the shop asks of a carrier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The shop's name of the order; a later cancel names the same one.
    #[schemars(length(min = 1))]
    pub order_id: String,
    /// The shop's name of this operation on the order: the same one means the same operation, sent again.
    #[schemars(length(min = 1))]
    pub operation_id: String,
    /// The carrier's id, as in its file.
    #[schemars(length(min = 1))]
    pub carrier: String,
    /// Which of the shop's accounts with the carrier.
    #[serde(default = "default_account", deserialize_with = "account_or_default")]
    #[schemars(with = "Option<String>")]
    pub account: String,
    /// What to do: an operation of the carrier's file.
    #[serde(default = "default_operation", deserialize_with = "operation_or_default")]
    #[schemars(with = "Option<String>")]
    pub operation: String,
    /// What it is about.
    pub shipment: Shipment,
    /// When Crossdock took the order; set at intake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
}

impl Order {
    /// The key that makes this operation one and the same: see [`order_key`].
    #[must_use]
    pub fn key(&self) -> String {
        order_key(&self.order_id, &self.operation, &self.operation_id)
    }
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `order_id:operation:operation_id`, each percent-encoded except for ASCII letters, digits and `-._~`. No two different
/// triples share a key, and a key may stand in a header, a path segment or a file name as it is.
#[must_use]
pub fn order_key(order_id: &str, operation: &str, operation_id: &str) -> String {
    [order_id, operation, operation_id].map(|part| utf8_percent_encode(part, ESCAPED).to_string()).join(":")
}

fn default_account() -> String {
    DEFAULT_ACCOUNT.to_owned()
}

fn default_operation() -> String {
    DEFAULT_OPERATION.to_owned()
}

fn account_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(default_account))
}

fn operation_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(default_operation))
}
