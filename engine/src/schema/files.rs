//! Schemas of the YAML files, for editors: made from the very records that read the files.
//!
//! An editor checks what a file looks like; what it means is checked by `crate::compile` alone.

use super::headed;
use crate::source::{Kind, Literal, Node};
use crate::syntax::{AccountsFile, ActionsFile, CarrierFile, CaseList, Decode, ProcessFile, ShopFile};
use serde_json::{Map, Value, json};

/// The schema of `carrier.yaml`.
#[must_use]
pub fn carrier() -> Value {
    file::<CarrierFile>("carrier", "Carrier file", Some("carrier/v1"))
}

/// The schema of `shop.yaml`.
#[must_use]
pub fn shop() -> Value {
    file::<ShopFile>("shop", "Shop file", Some("shop/v1"))
}

/// The schema of `actions.yaml`.
#[must_use]
pub fn actions() -> Value {
    file::<ActionsFile>("actions", "Actions file", Some("actions/v1"))
}

/// The schema of `accounts.yaml`.
#[must_use]
pub fn accounts() -> Value {
    file::<AccountsFile>("accounts", "Accounts file", Some("accounts/v1"))
}

/// The schema of `crossdock.yaml`.
#[must_use]
pub fn process() -> Value {
    file::<ProcessFile>("process", "Process file", Some("process/v1"))
}

/// The schema of a file of test cases.
#[must_use]
pub fn case() -> Value {
    file::<CaseList>("case", "Test cases", None)
}

fn file<T: Decode>(name: &str, title: &str, format: Option<&str>) -> Value {
    let mut schema = T::schema();
    if let Some(format) = format {
        schema["properties"]["format"] = json!({"const": format, "description": "The version of the format."});
    }
    let body = match schema {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    headed(name, title, body)
}

/// What an editor sees of a YAML tree: its JSON, with aliases and merges in their place.
#[must_use]
pub fn as_json(node: &Node) -> Value {
    match &node.kind {
        Kind::List(items) => items.iter().map(as_json).collect(),
        Kind::Map(entries) => entries.iter().map(|entry| (entry.key.text.clone(), as_json(&entry.value))).collect(),
        Kind::Scalar(scalar) => match scalar.literal() {
            Literal::Null => Value::Null,
            Literal::Bool(flag) => flag.into(),
            Literal::Int(integer) => integer.into(),
            Literal::Number(digits) => serde_json::from_str(digits).unwrap_or_else(|_| digits.into()),
            Literal::Text(text) => text.into(),
        },
    }
}
