//! Reading values and arguments whose kinds have been checked.

use super::FilterError;
use crate::value::{Number, Value};
use rust_decimal::Decimal;
use std::borrow::Cow;

/// The items of a list.
pub(super) fn items(list: Value<'_>) -> Vec<Value<'_>> {
    match list.unfold() {
        Value::List(items) => items,
        _ => Vec::new(),
    }
}

/// The text of an argument, unless it was left out.
pub(super) fn text_at<'v>(arguments: &'v [Value<'_>], index: usize) -> Option<&'v str> {
    arguments.get(index).and_then(Value::as_str)
}

/// The literal text at that place, for checks of literal arguments.
pub(super) fn literal_at<'v>(arguments: &[Option<&'v Value<'_>>], index: usize) -> Option<&'v str> {
    arguments.get(index).copied().flatten().and_then(Value::as_str)
}

/// The integer of an argument, unless it was left out; outside of the bounds it is an error.
pub(super) fn integer_at(arguments: &[Value<'_>], index: usize, name: &str, most: u32) -> Result<Option<u32>, FilterError> {
    let Some(Value::Number(number)) = arguments.get(index) else {
        return Ok(None);
    };
    let within = number.to_i64().and_then(|int| u32::try_from(int).ok()).filter(|int| *int <= most);
    within.map(Some).ok_or_else(|| FilterError::new(format!("`{name}` must be from 0 to {most}")))
}

/// The member of an object by a path of names with points: `value.amount`.
pub(super) fn field<'a>(value: &Value<'a>, path: &str) -> Value<'a> {
    path.split('.').fold(value.clone(), Value::member)
}

/// The decimal of a number, or of a text that is one: sign, digits, point, no exponent. `None` for an empty text.
pub(super) fn decimal(value: &Value<'_>) -> Result<Option<Decimal>, FilterError> {
    match value {
        Value::Number(number) => Ok(Some(number.decimal()?)),
        Value::Text(text) if text.trim().is_empty() => Ok(None),
        Value::Text(text) => written_decimal(text.trim()).map(Some),
        _ => Err(FilterError::new(format!("{} is no decimal", value.type_name()))),
    }
}

fn written_decimal(text: &str) -> Result<Decimal, FilterError> {
    let number = Number::parse(text).ok().filter(|_| !text.contains(['e', 'E']));
    match number {
        Some(number) => Ok(number.decimal()?),
        None => Err(FilterError::new("the text is no decimal: digits, and a point before the fraction")),
    }
}

/// Exactly the characters from one place to another.
pub(super) fn part(text: Cow<'_, str>, from: usize, to: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    }
}
