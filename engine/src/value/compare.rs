//! Equality, order and truth.

use super::{Value, ValueError};
use std::{borrow::Cow, cmp::Ordering};

impl Value<'_> {
    /// Whether two values are the same: numbers by value, dates and instants by time, objects whatever their order.
    /// Values of different types never are: `8001` is not `"8001"`.
    #[must_use]
    pub fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(left), Value::Bool(right)) => left == right,
            (Self::Number(left), Value::Number(right)) => left == right,
            (Self::Text(left), Value::Text(right)) => left == right,
            (Self::Date(left), Value::Date(right)) => left == right,
            (Self::Local(left), Value::Local(right)) => left == right,
            (Self::Instant(left), Value::Instant(right)) => left.timestamp() == right.timestamp(),
            (Self::Bytes(left), Value::Bytes(right)) => left == right,
            (Self::List(left), Value::List(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.equals(right))
            }
            (Self::Object(left), Value::Object(right)) => left.len() == right.len() && includes(left, right),
            (Self::Json(left), Value::Json(right)) if left == right => true,
            (Self::Json(left), _) => expanded(left).is_some_and(|left| left.equals(other)),
            (_, Value::Json(right)) => expanded(right).is_some_and(|right| self.equals(&right)),
            _ => false,
        }
    }

    /// The order of two numbers, two texts (by code point), or two dates of one kind. Anything else is an error.
    pub fn compare(&self, other: &Value<'_>) -> Result<Ordering, ValueError> {
        match (self, other) {
            (Self::Number(left), Value::Number(right)) => Ok(left.compare(right)),
            (Self::Text(left), Value::Text(right)) => Ok(left.cmp(right)),
            (Self::Date(left), Value::Date(right)) => Ok(left.cmp(right)),
            (Self::Local(left), Value::Local(right)) => Ok(left.cmp(right)),
            (Self::Instant(left), Value::Instant(right)) => Ok(left.timestamp().cmp(&right.timestamp())),
            _ => Err(ValueError(Cow::Owned(format!("{} and {} have no order", self.type_name(), other.type_name())))),
        }
    }

    /// What `if` makes of it: booleans are themselves, null is false, texts, bytes, lists and objects are true unless
    /// empty. A number or date is an error: it has to be compared.
    pub fn truth(&self) -> Result<bool, ValueError> {
        match self {
            Self::Bool(bool) => Ok(*bool),
            Self::Number(_) | Self::Date(_) | Self::Local(_) | Self::Instant(_) => {
                Err(ValueError(Cow::Owned(format!("{} is neither true nor false: compare it instead", self.type_name()))))
            }
            _ => Ok(!self.is_empty()),
        }
    }
}

fn includes(left: &[(Cow<'_, str>, Value<'_>)], right: &[(Cow<'_, str>, Value<'_>)]) -> bool {
    right.iter().all(|(name, value)| left.iter().any(|(known, own)| known == name && own.equals(value)))
}

fn expanded(json: &str) -> Option<Value<'_>> {
    Some(Value::Json(json).unfold()).filter(|value| !matches!(value, Value::Json(_)))
}
