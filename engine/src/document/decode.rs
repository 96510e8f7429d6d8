//! The JSON text in a slot as a value.

use super::ReadError;
use crate::value::{Number, Value};
use std::borrow::Cow;

/// What a JSON text was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// It is JSON itself, or a form.
    #[default]
    Json,
    /// XML: an element with attributes but without children is read as its text.
    Xml,
}

/// Decodes the text of a slot. Numbers keep their digits; lists and objects stay text.
///
/// # Errors
/// A string with half a surrogate pair, which no text can hold.
pub fn decode(raw: &str, origin: Origin) -> Result<Value<'_>, ReadError> {
    Ok(match raw.as_bytes() {
        [b'"', ..] => Value::Text(string(raw)?),
        [b'{', ..] if origin == Origin::Xml => match element_text(raw) {
            Some(text) => Value::Text(text.into()),
            None => Value::Json(raw),
        },
        [b'{' | b'[', ..] => Value::Json(raw),
        b"null" => Value::Null,
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        _ => Value::Number(Number::Digits(Cow::Borrowed(raw))),
    })
}

fn string(raw: &str) -> Result<Cow<'_, str>, ReadError> {
    let inside = &raw[1..raw.len() - 1];
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inside));
    }
    serde_json::from_str(raw).map(Cow::Owned).map_err(|_| ReadError::whole("a string with half a surrogate pair"))
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
