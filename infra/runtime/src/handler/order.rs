//! Orders as they come: canonical or in the shop's own form, from HTTP or from a queue.

use super::{Desk, Office, Ports, Trouble};
use crate::mappings::{Missing, SHOP};
use crossdock_engine::carrier::FaultKind;
use crossdock_engine::model::Order;
use crossdock_engine::schema::SchemaError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The message of an order that the store already holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// The key of its ledger entry.
    pub(crate) order_key: String,
}

/// A message, read as an order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrived {
    /// The order.
    pub(crate) order: Order,
    /// SHA-256 of the message as it came, in hexadecimal digits.
    pub(crate) digest: String,
    /// The canonical order, as JSON.
    pub(crate) canonical: Vec<u8>,
}

/// Why a message is not an order that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// It is another message of the shop's, which `intake:` does not want.
    Unwanted,
    /// It is not as orders must be.
    Invalid(Vec<SchemaError>),
    /// The shop's `intake:` fails on it.
    Mapping(String),
    /// The shop's own files or account are wrong.
    Misconfigured(String),
}

impl<P: Ports> Desk<P> {
    /// Reads a message as an order.
    pub(crate) async fn read_order(&self, message: &[u8]) -> Result<Result<Arrived, NotTaken>, Trouble> {
        self.office().read_order(message).await
    }
}

impl<P: Ports> Office<'_, P> {
    /// Reads a message as an order.
    pub(crate) async fn read_order(&self, message: &[u8]) -> Result<Result<Arrived, NotTaken>, Trouble> {
        let digest = hex::encode(Sha256::digest(message));
        let mapped = match self.mapped(message).await? {
            Ok(mapped) => mapped,
            Err(refused) => return Ok(Err(refused)),
        };
        let bytes = mapped.as_deref().unwrap_or(message);
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            let error = SchemaError { path: String::new(), message: "expected JSON".to_owned() };
            return Ok(Err(NotTaken::Invalid(vec![error])));
        };
        if !self.validator.is_valid(&value) {
            return Ok(Err(NotTaken::Invalid(self.validator.validate(&value))));
        }
        Ok(match serde_json::from_value::<Order>(value) {
            Ok(order) => {
                let canonical = mapped.unwrap_or_else(|| message.to_vec());
                Ok(Arrived { order, digest, canonical })
            }
            // Serde's own words may repeat a value, hence they are dropped.
            Err(_) => Err(NotTaken::Invalid(vec![SchemaError { path: String::new(), message: "expected an order".to_owned() }])),
        })
    }

    /// The canonical order that the shop's `intake:` makes of a message; none when the message is canonical.
    async fn mapped(&self, message: &[u8]) -> Result<Result<Option<Vec<u8>>, NotTaken>, Trouble> {
        let release = self.mappings.release();
        let Some(shop) = release.shop.as_ref().filter(|shop| shop.has_intake()) else { return Ok(Ok(None)) };
        let account = match self.mappings.shop_account(shop, self.clock).await {
            Ok(account) => account,
            Err(Missing::Misconfigured(why)) => return Ok(Err(NotTaken::Misconfigured(format!("`{SHOP}`: {why}")))),
            Err(Missing::Unavailable(why)) => return Err(Trouble::Store(why)),
        };
        Ok(match shop.intake(message, &account) {
            Ok(Some(order)) => Ok(Some(order)),
            Ok(None) => Err(NotTaken::Unwanted),
            Err(fault) if fault.kind == FaultKind::Misconfigured => Err(NotTaken::Misconfigured(fault.to_string())),
            Err(fault) => Err(NotTaken::Mapping(fault.to_string())),
        })
    }
}

impl NotTaken {
    /// The reason in a word, and in words without personal data.
    pub(crate) fn told(&self) -> (&'static str, String) {
        match self {
            Self::Unwanted => ("unwanted", "the shop's `intake:` does not want it".into()),
            Self::Invalid(errors) => ("invalid", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            Self::Mapping(why) => ("mapping", why.clone()),
            Self::Misconfigured(why) => ("misconfigured", why.clone()),
        }
    }
}
