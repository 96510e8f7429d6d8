//! Shipments that a carrier is asked for.

use serde::{Deserialize, Serialize};

/// A shipment that a carrier is asked for: what names it, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// The tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// The carrier's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier_ref: Option<String>,
    /// Our reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Asked {
    /// A shipment by its tracking number.
    #[must_use]
    pub fn number(number: impl Into<String>) -> Self {
        Self { tracking_number: Some(number.into()), ..Self::default() }
    }

    /// What it is called in results: the first of its names.
    #[must_use]
    pub fn name(&self) -> &str {
        let names = [&self.tracking_number, &self.carrier_ref, &self.reference];
        names.into_iter().flatten().next().map_or("", String::as_str)
    }

    /// One of its names.
    #[must_use]
    pub fn by(&self, by: AskedBy) -> Option<&str> {
        match by {
            AskedBy::Number => self.tracking_number.as_deref(),
            AskedBy::CarrierRef => self.carrier_ref.as_deref(),
            AskedBy::Reference => self.reference.as_deref(),
        }
    }
}

impl From<String> for Asked {
    fn from(number: String) -> Self {
        Self::number(number)
    }
}

/// Which of its names a shipment is asked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AskedBy {
    /// Its tracking number: `tracking.number`, `tracking.numbers`.
    Number,
    /// The carrier's own id: `tracking.carrier_ref`, `tracking.carrier_refs`.
    CarrierRef,
    /// Our reference: `tracking.reference`, `tracking.references`.
    Reference,
}

impl AskedBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Number, Self::CarrierRef, Self::Reference];

    /// The name of one in expressions.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::CarrierRef => "carrier_ref",
            Self::Reference => "reference",
        }
    }

    /// The name of several in expressions.
    #[must_use]
    pub fn several(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::CarrierRef => "carrier_refs",
            Self::Reference => "references",
        }
    }
}
