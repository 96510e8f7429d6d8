//! Bodies of kind `application/x-www-form-urlencoded`.

use super::ReadError;
use indexmap::IndexMap;
use percent_encoding::percent_decode;
use serde_json::Value;

/// A form body as the JSON text of an object of strings; a key that comes again makes an array, in order.
///
/// # Errors
/// A key or value that is not UTF-8 once decoded.
pub fn form_to_json(body: &str) -> Result<String, ReadError> {
    let mut fields: IndexMap<String, Value> = IndexMap::new();
    for pair in body.trim_end_matches(['\r', '\n']).split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = Value::String(plain(value)?);
        match fields.entry(plain(key)?) {
            indexmap::map::Entry::Vacant(entry) => drop(entry.insert(value)),
            indexmap::map::Entry::Occupied(mut entry) => append(entry.get_mut(), value),
        }
    }
    serde_json::to_string(&fields).map_err(|_| ReadError::whole("the form could not be written as JSON"))
}

/// Makes an array of what a key had before, and adds to it.
pub(super) fn append(existing: &mut Value, value: Value) {
    match existing {
        Value::Array(items) => items.push(value),
        single => *single = Value::Array(vec![single.take(), value]),
    }
}

fn plain(text: &str) -> Result<String, ReadError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8();
    decoded.map(String::from).map_err(|_| ReadError::whole("a form field that is not UTF-8"))
}
