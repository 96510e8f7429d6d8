//! A postal address.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

text_type! {
    /// A country, ISO 3166-1 alpha-2: two upper-case letters.
    Country, "a country of two upper-case letters like FR",
    |text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    {"type": "string", "pattern": "^[A-Z]{2}$"}
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street lines, one to three, as they would stand on a label.
    #[schemars(length(min = 1, max = 3))]
    pub lines: Vec<String>,
    /// The house number, where the shop keeps it apart from the street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub house_number: Option<String>,
    /// The code that opens the building's door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door_code: Option<String>,
    /// City or town.
    pub city: String,
    /// State, province or region, as a code or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code, as a text: leading zeros and spaces count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country, ISO 3166-1 alpha-2, upper case.
    pub country: Country,
    /// Latitude, degrees, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -90, max = 90))]
    pub latitude: Option<Number>,
    /// Longitude, degrees, WGS 84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -180, max = 180))]
    pub longitude: Option<Number>,
}
