//! The JSON text in a slot as a value.

use crate::value::Value;

/// What a JSON text was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// It is JSON itself, or a form.
    #[default]
    Json,
    /// XML: an element with attributes but without children is read as its text.
    Xml,
}

/// Decodes the text of a slot as [`Value::decode`] does, an element of XML as what it is when read as a value.
#[must_use]
pub fn decode(raw: &str, origin: Origin) -> Value<'_> {
    let element = (origin == Origin::Xml && raw.starts_with('{')).then(|| element_text(raw)).flatten();
    element.map_or_else(|| Value::decode(raw), Value::text)
}

/// The text of an element that has attributes only.
fn element_text(raw: &str) -> Option<String> {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(raw).ok()?;
    let mut text = String::new();
    for (name, value) in members {
        match value {
            serde_json::Value::String(value) if name == "$text" => text = value,
            _ if name.starts_with('@') => {}
            _ => return None,
        }
    }
    Some(text)
}
