//! From JSON to an order that may be sent.

use super::input::Found;
use crossdock_engine::model::Order;
use crossdock_engine::schema::OrderValidator;
use sha2::{Digest, Sha256};

/// An order and the bytes it came as.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) order: Order,
    pub(super) json: String,
    /// Tells two orders of one key apart.
    pub(super) digest: String,
}

/// Reads an order, or says all that is wrong with it.
pub(super) fn read(found: Found, validator: &OrderValidator) -> Result<Incoming, Vec<String>> {
    let json = found.json.map_err(|why| vec![why])?;
    let value: serde_json::Value = serde_json::from_str(&json).map_err(|error| vec![format!("not JSON: {error}")])?;
    let order = validator.read(&value).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let digest = hex::encode(&Sha256::digest(json.as_bytes())[..16]);
    Ok(Incoming { order, json, digest })
}
