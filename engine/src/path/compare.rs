//! Comparison of JSON values (RFC 9535, section 2.3.5.2.2), numbers by value and without loss where decimals hold them.

use rust_decimal::Decimal;
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Whether two values are equal; nothing equals nothing.
pub(super) fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// Whether one value is less than another: numbers and texts only.
pub(super) fn less(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => order(left, right) == Some(Ordering::Less),
        (Some(Value::String(left)), Some(Value::String(right))) => left < right,
        _ => false,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let has = |(name, value): (&String, &Value)| right.get(name).is_some_and(|other| same(value, other));
            left.len() == right.len() && left.iter().all(has)
        }
        _ => left == right,
    }
}

fn order(left: &Number, right: &Number) -> Option<Ordering> {
    match (decimal(left), decimal(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ if left.as_str() == right.as_str() => Some(Ordering::Equal),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

fn decimal(number: &Number) -> Option<Decimal> {
    let digits = number.as_str();
    Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits)).ok()
}
