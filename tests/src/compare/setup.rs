//! How gathered recordings of a carrier become ours: a YAML file per carrier, `<folder>/<carrier>.yaml`.
//!
//! ```yaml
//! account: {config: {}, secrets: {}, tokens: {}}   # as the recordings were made with
//! environment: sandbox                             # the file's first, when not given
//! order: {shipment: {service: standard}}           # a merge patch (RFC 7396) on every order
//! orders: {IntlPayload: {shipment: {}}}            # on the order that one payload becomes
//! cases:                                           # what cannot be told from a case's name, or is no fault of ours
//!   test_parse_error of track:                     # `of` and the subject tells those of one name apart
//!     status: 400
//!   test_parse_error:
//!     subject: create_shipment                     # an operation, `track`, or `auth: name`
//!     payload: IntlPayload
//!     result: ParsedError
//!     status: 400                                  # of the replies, where none is recorded; 200 when not given
//!     excused: {request.json.weight: the recording sends grams as kilograms}
//!     left_out: it records another API
//! ```

use crossdock_engine::schema::as_json;
use crossdock_engine::source::{Sources, parse};
use serde_json::{Value, json};
use std::path::Path;

/// The setup of a carrier; empty when there is none.
///
/// # Errors
/// A file that is no YAML.
pub fn read(folder: &Path, carrier: &str) -> Result<Value, String> {
    let path = folder.join(format!("{carrier}.yaml"));
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(json!({})) };
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), text);
    let setup = match parse(&sources, file) {
        (Some(node), _) => as_json(&node),
        (None, _) => return Err(format!("{} cannot be read", path.display())),
    };
    let wrong = unknown_keys(&setup);
    if wrong.is_empty() { Ok(setup) } else { Err(format!("{}: {}", path.display(), wrong.join("; "))) }
}

const KEYS: &[&str] = &["account", "environment", "order", "orders", "cases", "excused"];
const OF_ACCOUNT: &[&str] = &["config", "secrets", "tokens"];
const OF_CASE: &[&str] = &["subject", "payload", "result", "status", "order", "environment", "excused", "left_out"];

/// Keys that nothing reads: what they ask for would not happen.
fn unknown_keys(setup: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut look = |place: &str, value: &Value, known: &[&str]| {
        for key in value.as_object().into_iter().flat_map(|members| members.keys()).filter(|key| !known.contains(&key.as_str())) {
            wrong.push(format!("unknown key `{key}` in {place}; known: {}", known.join(", ")));
        }
    };
    look("the setup", setup, KEYS);
    look("`account`", &setup["account"], OF_ACCOUNT);
    for (name, case) in setup["cases"].as_object().into_iter().flatten() {
        look(&format!("the case `{name}`"), case, OF_CASE);
    }
    wrong
}

/// RFC 7396: null removes, objects are merged, anything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Some(members) = patch.as_object() else {
        if !patch.is_null() {
            target.clone_from(patch);
        }
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in members {
        match target.as_object_mut() {
            Some(object) if value.is_null() => _ = object.shift_remove(name),
            Some(object) => merge(object.entry(name.clone()).or_insert(Value::Null), value),
            None => {}
        }
    }
}
