//! The YAML 1.2 core schema: what a plain scalar is.

use super::{Kind, Literal, Node, Scalar, Style};
use serde_json::Value;

impl Node {
    /// The node as JSON; numbers keep their digits.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => entries.iter().map(|entry| (entry.key.text.clone(), entry.value.to_json())).collect(),
            Kind::Scalar(scalar) => match scalar.literal() {
                Literal::Null => Value::Null,
                Literal::Bool(value) => value.into(),
                Literal::Int(value) => value.into(),
                Literal::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
                Literal::Text(text) => text.into(),
            },
        }
    }
}

impl Scalar {
    /// What the scalar is. Only plain ones have a type; `NO`, `yes` and `1_000` are texts.
    #[must_use]
    pub fn literal(&self) -> Literal<'_> {
        if self.style == Style::Plain { plain(&self.text) } else { Literal::Text(&self.text) }
    }

    /// A plain integer whose digits do not survive its being a number: `0755`, `+49`.
    #[must_use]
    pub fn loses_digits(&self) -> bool {
        matches!(self.literal(), Literal::Int(number) if number.to_string() != self.text)
    }
}

fn plain(text: &str) -> Literal<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Literal::Null,
        "true" | "True" | "TRUE" => Literal::Bool(true),
        "false" | "False" | "FALSE" => Literal::Bool(false),
        _ if is_integer(text) => text.parse().map_or(Literal::Number(text), Literal::Int),
        _ if is_number(text) => Literal::Number(text),
        _ => Literal::Text(text),
    }
}

fn is_integer(text: &str) -> bool {
    let (rest, digits) = digits(unsigned(text));
    digits > 0 && rest.is_empty()
}

fn is_number(text: &str) -> bool {
    is_radix(text, "0x", 16) || is_radix(text, "0o", 8) || is_special(text) || is_decimal(unsigned(text))
}

fn is_radix(text: &str, prefix: &str, radix: u32) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix)))
}

fn is_special(text: &str) -> bool {
    matches!(text, ".nan" | ".NaN" | ".NAN") || matches!(unsigned(text), ".inf" | ".Inf" | ".INF")
}

fn is_decimal(text: &str) -> bool {
    let (rest, whole) = digits(text);
    let (rest, fraction) = rest.strip_prefix('.').map_or((rest, 0), digits);
    if whole + fraction == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    is_integer(exponent)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// What follows the leading digits, and how many they are.
fn digits(text: &str) -> (&str, usize) {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    (rest, text.len() - rest.len())
}
