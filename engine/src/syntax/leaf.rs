//! Leaves of a file: texts, numbers, spans of time, and what is kept as it is written.

use super::decode::{Cx, Decode, Sp, WRONG_SHAPE, describe};
use crate::diagnostic::Diagnostic;
use crate::source::{Literal, Node, Span};
use serde_json::{Value, json};

/// A bare expression (`if`, `that`, `let`, `for_each`, `ignore_if`).
#[derive(Debug, Clone)]
pub struct Expression(pub Node);

/// Data in which `${{ }}` and `$` words occur.
#[derive(Debug, Clone)]
pub struct Template(pub Node);

/// A value read from a reply or a delivery (one grammar, see `compile::source`).
#[derive(Debug, Clone)]
pub struct SourceNode(pub Node);

/// A span of time in seconds, written `15s`, `5m`, `24h`, `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds {
    /// How many.
    pub seconds: u64,
    /// Where it stands.
    pub span: Span,
}

impl Decode for Sp<String> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_scalar() {
            Some(scalar) if matches!(scalar.literal(), Literal::Text(_)) => {
                Some(Self { value: scalar.text.clone(), span: node.span })
            }
            _ => {
                cx.wrong_shape(node, "a text");
                None
            }
        }
    }
    fn schema() -> Value {
        json!({"type": "string"})
    }
}

impl Decode for Sp<bool> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_scalar().map(crate::source::Scalar::literal) {
            Some(Literal::Bool(value)) => Some(Self { value, span: node.span }),
            _ => {
                cx.wrong_shape(node, "`true` or `false`");
                None
            }
        }
    }
    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

impl Decode for Sp<u32> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_scalar().map(crate::source::Scalar::literal) {
            Some(Literal::Int(value)) if (1..=1_000_000).contains(&value) => Some(Self { value: value as u32, span: node.span }),
            _ => {
                cx.wrong_shape(node, "a whole number of at least 1");
                None
            }
        }
    }
    fn schema() -> Value {
        json!({"type": "integer", "minimum": 1})
    }
}

impl Decode for Node {
    fn decode(node: &Node, _: &mut Cx<'_>) -> Option<Self> {
        Some(node.clone())
    }
    fn schema() -> Value {
        json!({})
    }
}

impl Decode for Template {
    fn decode(node: &Node, _: &mut Cx<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }
    fn schema() -> Value {
        json!({"title": "Data", "description": "Data: literals, `${{ expression }}`, and the words `$for`, `$if`, `$match`, `$part`, `$merge`, `$omit`, `$json`, `$xml`, `$secret`; in XML `$ns`, `$text`, `$declaration`; in `multipart` `$file`, `$media`, `$data`."})
    }
}

impl Decode for Expression {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        if node.as_scalar().is_some() {
            return Some(Self(node.clone()));
        }
        cx.push(
            Diagnostic::error(&WRONG_SHAPE, node.span, format!("expected an expression, found {}", describe(node)))
                .help("quote the whole expression: an unquoted `[`, `{` or `,` is YAML's own"),
        );
        None
    }
    fn schema() -> Value {
        json!({"title": "Expression", "type": ["string", "boolean", "number"], "description": "A bare expression, without `${{ }}`."})
    }
}

impl Decode for SourceNode {
    fn decode(node: &Node, _: &mut Cx<'_>) -> Option<Self> {
        Some(Self(node.clone()))
    }
    fn schema() -> Value {
        json!({"title": "Source", "description": "A source: `$.path`, `$body`, `$text`, `{header: name}`, `${{ expression }}`, a list (the first that has a value), or the long form `{from, pick, match, join, type, format, zone, decode, default, required}`."})
    }
}

impl Decode for Seconds {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let seconds = node.as_scalar().and_then(|scalar| parse_seconds(&scalar.text));
        if seconds.is_none() {
            cx.wrong_shape(node, "a span of time such as `15s`, `5m`, `24h` or `30d`: a whole number and `s`, `m`, `h` or `d`");
        }
        Some(Self { seconds: seconds?, span: node.span })
    }
    fn schema() -> Value {
        json!({"title": "Span of time", "type": "string", "pattern": "^[0-9]+(s|m|h|d)$"})
    }
}

fn parse_seconds(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    digits.parse::<u64>().ok().filter(|count| *count > 0)?.checked_mul(factor)
}
