//! What is to be delivered, from whom, to whom.

use super::{Customs, Day, Document, Item, Money, Parcel, Party, Window, nullable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A shipment: one or more parcels from a sender to a recipient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shipment {
    /// The shop's name of this shipment.
    #[schemars(length(min = 1))]
    pub reference: String,
    /// The service asked for, in words that the carrier file looks up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where it comes from.
    pub sender: Party,
    /// Where it goes.
    pub recipient: Party,
    /// Where it goes back to; the sender when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_to: Option<Party>,
    /// Who is billed, when a third party pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<Party>,
    /// The parcels, at least one.
    #[schemars(length(min = 1))]
    pub parcels: Vec<Parcel>,
    /// The goods of the whole shipment.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Item>>")]
    pub items: Vec<Item>,
    /// The customs declaration, where a border is crossed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customs: Option<Customs>,
    /// What the courier collects at the door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash_on_delivery: Option<Money>,
    /// The value to insure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurance: Option<Money>,
    /// The day it is handed to the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_date: Option<Day>,
    /// When it may be picked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<Window>,
    /// When it may be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Window>,
    /// Words for the courier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What is asked of this carrier: names and types are those of the carrier file's `options`.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub options: Map<String, Value>,
    /// The label's file format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_format: Option<LabelFormat>,
    /// Who pays the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
    /// What is in it, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_description: Option<String>,
    /// The carrier's tracking number of the whole shipment, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The carrier's own name of the shipment, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_ref: Option<String>,
    /// Papers: those the shop sends along, and those the carrier made.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Document>>")]
    pub documents: Vec<Document>,
    /// Free data of the shop's own.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Map::is_empty")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub metadata: Map<String, Value>,
}

/// A label's file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelFormat {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// ZPL, for label printers.
    Zpl,
}

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The sender.
    Sender,
    /// The recipient.
    Recipient,
    /// Someone else: `bill_to`.
    ThirdParty,
}
