//! A webhook delivery as it was received.

use super::{NotA, Timestamp, nullable};
use base64::{Engine, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A verified webhook delivery, raw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Its name: the same delivery has the same one.
    pub id: String,
    /// The carrier's id.
    pub carrier: String,
    /// The account it was sent to.
    pub account: String,
    /// The webhook of the carrier's file.
    pub webhook: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// HTTP method, upper case.
    pub method: String,
    /// The headers that the carrier's file reads, and no others, in order.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Header>>")]
    pub headers: Vec<Header>,
    /// The query string's parameters, decoded, in order.
    #[serde(default, deserialize_with = "nullable::or_default", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Parameter>>")]
    pub query: Vec<Parameter>,
    /// The raw body.
    pub body: RawBody,
    /// How the sender was verified: the key under `verify:`.
    pub verified_by: String,
}

/// One header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name, as received; compared without case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One parameter of a query string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A body: its text where it is UTF-8, else its bytes in base64. Either way its bytes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RawBody {
    /// A body in UTF-8.
    Text(String),
    /// Any other body, in base64 with padding.
    Base64(String),
}

impl RawBody {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    /// The bytes as they were received; an error when what stands there is not base64.
    pub fn bytes(&self) -> Result<Vec<u8>, NotA> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Base64(encoded) => BASE64_STANDARD.decode(encoded).map_err(|_| NotA("base64")),
        }
    }
}
