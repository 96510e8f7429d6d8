//! What customs wants to know.

use super::{Day, Money, Payer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The customs declaration of a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customs {
    /// Declared value of the whole shipment.
    pub declared_value: Money,
    /// What kind of contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// Incoterm, like `DAP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoterm: Option<String>,
    /// Number of the commercial invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// Date of the commercial invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_date: Option<Day>,
    /// Who pays duties and taxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duties_payer: Option<Payer>,
}

/// What kind of contents a shipment has, as customs distinguishes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentType {
    /// Goods that were sold.
    Merchandise,
    /// A gift.
    Gift,
    /// A commercial sample.
    Sample,
    /// Documents.
    Documents,
    /// Goods that go back.
    Return,
}
