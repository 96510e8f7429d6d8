//! A null counts as missing, for lists, maps and fields with a default too.

use serde::{Deserialize, Deserializer};

/// The type's default for null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
