//! A span of time.

use super::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A span of time, open where an end is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Not before, RFC 3339 with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Not after, RFC 3339 with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}
