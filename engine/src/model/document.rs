//! Labels and other papers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A paper that belongs to a shipment: its bytes, or where they are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What it is.
    pub kind: DocumentKind,
    /// Media type, like `application/pdf`.
    pub media: String,
    /// The bytes, base64 with padding, where they travel along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Where the bytes are kept, when they do not travel along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The parcel it belongs to, by the shop's reference; the whole shipment's when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_reference: Option<String>,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// The label that goes on the parcel.
    Label,
    /// The label for sending it back.
    ReturnLabel,
    /// The commercial invoice.
    Invoice,
    /// A customs form.
    Customs,
    /// Any other paper.
    Other,
}
