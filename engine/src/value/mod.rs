//! What an expression yields: texts and numbers borrowed from the document they were read from wherever possible.

mod number;

pub use number::Number;

use std::borrow::Cow;

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
}
