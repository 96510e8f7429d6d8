//! What an expression yields: texts and numbers borrowed from the document they were read from wherever possible.

mod compare;
pub mod date;
mod decode;
mod json;
mod number;
mod pattern;
mod text;

pub use number::{Number, NumberError};
pub use pattern::Pattern;
pub(crate) use pattern::glob;

use std::{borrow::Cow, fmt};

/// A value at run time.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    /// Null, or missing: a member of null is null too.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number<'a>),
    /// A text.
    Text(Cow<'a, str>),
    /// A calendar day.
    Date(jiff::civil::Date),
    /// A day and time without a zone.
    Local(jiff::civil::DateTime),
    /// An instant, with the zone or offset it was written in.
    Instant(jiff::Zoned),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object, in order.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
    /// A list or object of a document, not decoded yet: its JSON text.
    Json(&'a str),
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// The word for its type in messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(number) if number.is_integer() => "an integer",
            Self::Number(_) => "a decimal",
            Self::Text(_) => "a text",
            Self::Date(_) => "a date",
            Self::Local(_) | Self::Instant(_) => "a date and time",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Json(json) if json.starts_with('[') => "a list",
            Self::Json(_) => "an object",
        }
    }

    /// Null, `""`, an empty list or an empty object: what `default`, `coalesce` and `$omit: empty` skip.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
            Self::Json(json) => json[1..json.len() - 1].trim_ascii().is_empty(),
            _ => false,
        }
    }

    /// The same value, its text borrowed from this one.
    #[must_use]
    pub fn share(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Number(Number::Digits(digits)) => Value::Number(Number::Digits(Cow::Borrowed(digits))),
            other => other.clone(),
        }
    }

    /// Whether this is [`Value::Null`].
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The borrowed text, when this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same value, detached from the document. A list or object not decoded yet is decoded.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        self.expand().detached()
    }

    fn detached(self) -> Value<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(bool),
            Self::Number(number) => Value::Number(number.into_owned()),
            Self::Text(text) => Value::Text(owned(text)),
            Self::Date(date) => Value::Date(date),
            Self::Local(local) => Value::Local(local),
            Self::Instant(instant) => Value::Instant(instant),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::List(items) => Value::List(items.into_iter().map(Value::detached).collect()),
            Self::Object(members) => {
                Value::Object(members.into_iter().map(|(name, value)| (owned(name), value.detached())).collect())
            }
            Self::Json(json) => Value::Text(Cow::Owned(json.to_owned())),
        }
    }

    /// The member of an object: null when it is missing, or when this is no object.
    #[must_use]
    pub fn member(self, name: &str) -> Value<'a> {
        match self.unfold() {
            Self::Object(members) => members.into_iter().find(|(key, _)| key == name).map_or(Self::Null, |(_, value)| value),
            _ => Self::Null,
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Number(Number::Int(int))
    }
}

impl<'a> From<Number<'a>> for Value<'a> {
    fn from(number: Number<'a>) -> Self {
        Self::Number(number)
    }
}

/// What cannot be done with a value: the sentence names types, never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError(pub(crate) Cow<'static, str>);

impl fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ValueError {}

#[cfg(test)]
mod tests;
