//! Between values and `serde_json`'s tree, for whoever needs a tree: checks, cases, dry runs.

use super::{Number, Value, decode::DEEPEST};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value as Json;
use std::borrow::Cow;

impl<'a> Value<'a> {
    /// The value as a tree: numbers in plain form, dates in ISO 8601, bytes in base64.
    #[must_use]
    pub fn to_json(&self) -> Json {
        self.tree(DEEPEST)
    }

    fn tree(&self, depth: usize) -> Json {
        let below = |value: &Value<'_>| value.tree(depth.saturating_sub(1));
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(number) => number_to_json(number),
            Self::Text(text) => Json::String(text.clone().into_owned()),
            Self::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
            Self::List(items) => Json::Array(items.iter().map(below).collect()),
            Self::Object(members) => {
                Json::Object(members.iter().map(|(name, value)| (name.clone().into_owned(), below(value))).collect())
            }
            Self::Json(json) => match Self::Json(json).unfold() {
                unfolded if depth > 0 && !matches!(unfolded, Self::Json(_)) => unfolded.tree(depth),
                _ => Json::Null,
            },
            Self::Date(_) | Self::Local(_) | Self::Instant(_) => Json::String(self.date_text().unwrap_or_default()),
        }
    }

    /// What a reply left, as [`Value::from_json`], with numbers that keep their own digits wherever they are printed.
    #[must_use]
    pub fn verbatim(json: &'a Json) -> Self {
        match json {
            Json::Number(number) => Self::Number(Number::Verbatim(Cow::Borrowed(number.as_str()))),
            Json::Array(items) => Self::List(items.iter().map(Value::verbatim).collect()),
            Json::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Value::verbatim(value))).collect())
            }
            other => Self::from_json(other),
        }
    }

    /// A tree's value, borrowing its texts and digits.
    #[must_use]
    pub fn from_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(*bool),
            Json::Number(number) => Self::Number(Number::Digits(Cow::Borrowed(number.as_str()))),
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(items) => Self::List(items.iter().map(Value::from_json).collect()),
            Json::Object(members) => Self::Object(
                members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Value::from_json(value))).collect(),
            ),
        }
    }

    /// ISO 8601 as replies and bodies have it by default: `2024-02-29`, `2024-02-29T10:00:00`,
    /// `2024-02-29T10:00:00+01:00`; `None` for anything but dates.
    #[must_use]
    pub fn date_text(&self) -> Option<String> {
        match self {
            Self::Date(date) => Some(date.to_string()),
            Self::Local(local) => Some(local.to_string()),
            Self::Instant(instant) => Some(super::date::rfc3339(instant)),
            _ => None,
        }
    }
}

/// A number too long for its plain form keeps its own digits.
fn number_to_json(number: &Number<'_>) -> Json {
    let digits = number.plain().unwrap_or_else(|_| number.own_digits());
    serde_json::from_str::<serde_json::Number>(&digits).map_or(Json::Null, Json::Number)
}
