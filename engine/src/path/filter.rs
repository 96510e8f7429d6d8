//! Conditions of filters.

use super::compare::{equal, less};
use super::query::{Condition, Nodes, Operand, Operator, Pattern};
use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;

impl Condition {
    /// Whether it holds for `current`, the `@`.
    pub(super) fn holds(&self, root: &Value, current: &Value) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(root, current)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(root, current)),
            Self::Not(condition) => !condition.holds(root, current),
            Self::Exists(nodes) => !nodes.find(root, current).is_empty(),
            Self::Compare(operator, left, right) => {
                operator.holds(left.value(root, current).as_deref(), right.value(root, current).as_deref())
            }
            Self::Matches(text, pattern) => match text.value(root, current).as_deref() {
                Some(Value::String(text)) => pattern.matches(text, root, current),
                _ => false,
            },
        }
    }
}

impl Operator {
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        match self {
            Self::Equal => equal(left, right),
            Self::Less => less(left, right),
            Self::LessOrEqual => less(left, right) || equal(left, right),
        }
    }
}

impl Nodes {
    fn find<'v>(&self, root: &'v Value, current: &'v Value) -> Vec<&'v Value> {
        self.query.find(root, if self.absolute { root } else { current })
    }
}

impl Operand {
    fn value<'v>(&'v self, root: &'v Value, current: &'v Value) -> Option<Cow<'v, Value>> {
        match self {
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Single(nodes) => match &*nodes.find(root, current) {
                [value] => Some(Cow::Borrowed(*value)),
                _ => None,
            },
            Self::Length(operand) => operand.value(root, current).and_then(|value| length(&value)).map(number),
            Self::Count(nodes) => Some(number(nodes.find(root, current).len())),
        }
    }
}

fn number(count: usize) -> Cow<'static, Value> {
    Cow::Owned(count.into())
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

impl Pattern {
    fn matches(&self, text: &str, root: &Value, current: &Value) -> bool {
        match self {
            Self::Fixed(regex) => regex.is_match(text),
            Self::Computed { pattern, whole } => match pattern.value(root, current).as_deref() {
                Some(Value::String(pattern)) => expression(pattern, *whole).is_some_and(|regex| regex.is_match(text)),
                _ => false,
            },
        }
    }
}

/// An I-Regexp (RFC 9485), for the whole of a text or a part of it. Its dot matches neither line feed nor carriage return.
pub(super) fn expression(pattern: &str, whole: bool) -> Option<Regex> {
    let mut translated = String::with_capacity(pattern.len() + 6);
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                translated.push(char);
                translated.extend(chars.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                translated.push_str(r"[^\n\r]");
                continue;
            }
            _ => {}
        }
        translated.push(char);
    }
    Regex::new(&if whole { format!(r"\A(?:{translated})\z") } else { translated }).ok()
}
