//! YAML values as JSON.

use crossdock_engine::source::{Kind, Literal, Node};
use serde_json::Value;

/// A node as JSON; numbers keep their digits.
#[must_use]
pub fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(entries) => Value::Object(entries.iter().map(|entry| (entry.key.text.clone(), json(&entry.value))).collect()),
        Kind::Scalar(scalar) => match scalar.literal() {
            Literal::Null => Value::Null,
            Literal::Bool(value) => value.into(),
            Literal::Int(value) => value.into(),
            Literal::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            Literal::Text(text) => text.into(),
        },
    }
}
