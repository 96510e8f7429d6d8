//! Arithmetic and comparison on values.

use super::EvalError;
use crate::value::{Number, Value};
use std::cmp::Ordering;

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

impl Arithmetic {
    /// Calculates; null on either side yields null. Two texts are joined by `+`.
    pub fn apply<'e>(self, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>, EvalError> {
        match (left, right) {
            (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
            (Value::Number(left), Value::Number(right)) => self.numbers(&left, &right).map(Value::Number),
            (Value::Text(left), Value::Text(right)) if self == Self::Add => Ok(Value::text(left.into_owned() + &right)),
            (left, right) => Err(EvalError::new(format!("cannot calculate with {} and {}", left.type_name(), right.type_name()))),
        }
    }

    fn numbers<'e>(self, left: &Number<'_>, right: &Number<'_>) -> Result<Number<'e>, EvalError> {
        let result = match self {
            Self::Add => left.add(right),
            Self::Subtract => left.sub(right),
            Self::Multiply => left.mul(right),
            Self::Divide => left.div(right),
            Self::Remainder => left.rem(right),
        };
        result.map_err(|error| EvalError::new(error.to_string()))
    }
}

impl Comparison {
    /// Compares. An order with null on either side is false.
    pub fn apply(self, left: &Value<'_>, right: &Value<'_>) -> Result<bool, EvalError> {
        match self {
            Self::Equal => Ok(left.equals(right)),
            Self::Unequal => Ok(!left.equals(right)),
            Self::In => contains(right, left),
            Self::NotIn => contains(right, left).map(|found| !found),
            _ if left.is_null() || right.is_null() => Ok(false),
            _ => {
                let order = left.compare(right).map_err(|error| EvalError::new(error.to_string()))?;
                Ok(match self {
                    Self::Less => order == Ordering::Less,
                    Self::AtMost => order != Ordering::Greater,
                    Self::Greater => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                })
            }
        }
    }
}

fn contains(container: &Value<'_>, wanted: &Value<'_>) -> Result<bool, EvalError> {
    match container {
        Value::Null => Ok(false),
        Value::List(items) => Ok(items.iter().any(|item| item.equals(wanted))),
        Value::Text(text) => match wanted {
            Value::Text(part) => Ok(text.contains(&**part)),
            Value::Null => Ok(false),
            other => Err(EvalError::new(format!("{} cannot be in a text", other.type_name()))),
        },
        Value::Object(members) => Ok(wanted.as_str().is_some_and(|name| members.iter().any(|(known, _)| known == name))),
        Value::Json(_) => contains(&container.clone().expand(), wanted),
        other => Err(EvalError::new(format!("nothing can be in {}", other.type_name()))),
    }
}
