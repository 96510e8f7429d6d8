//! One parcel of a shipment.

use super::{Item, Money, nullable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// One parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The shop's name of this parcel, unique within the shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The kind of packaging, in words that the carrier file looks up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packaging: Option<String>,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Weight, in grams.
    #[schemars(range(min = 0))]
    pub weight: Number,
    /// Length, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub length: Option<Number>,
    /// Width, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub width: Option<Number>,
    /// Height, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub height: Option<Number>,
    /// Value of its contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// What lies in it, where the shop knows it parcel by parcel.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Item>>")]
    pub items: Vec<Item>,
    /// Options of this parcel: names and types are those of the carrier file's `options` with `of: parcel`.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub options: Map<String, Value>,
    /// The carrier's tracking number, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The carrier's own name of this parcel, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_ref: Option<String>,
}
