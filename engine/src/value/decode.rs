//! From JSON text to values, borrowing what can be borrowed.

use super::{Number, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// Deeper than serde_json itself reads by default; what lies below stays [`Value::Json`].
pub(super) const DEEPEST: usize = 127;

impl<'a> Value<'a> {
    /// One value of a document that was read already, by its JSON text: scalars are decoded, borrowing what has no
    /// escapes; lists and objects stay [`Value::Json`]. Whoever calls it has made sure that the text is JSON.
    #[must_use]
    pub fn decode(json: &'a str) -> Self {
        let json = json.trim_ascii();
        match json.as_bytes().first() {
            Some(b'"') => Self::Text(decode_text(json)),
            Some(b'{' | b'[') => Self::Json(json),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'-' | b'0'..=b'9') => Self::Number(Number::Digits(Cow::Borrowed(json))),
            _ => Self::Null,
        }
    }

    /// A list or object of a document decoded all the way down; other values as they are.
    #[must_use]
    pub fn expand(self) -> Self {
        self.expand_to(DEEPEST)
    }

    /// A list or object of a document decoded one level down; other values as they are.
    #[must_use]
    pub fn unfold(self) -> Self {
        let Self::Json(json) = self else {
            return self;
        };
        match json.starts_with('[') {
            true => serde_json::from_str::<Vec<&'a RawValue>>(json)
                .map_or(Self::Json(json), |items| Self::List(items.into_iter().map(decode_raw).collect())),
            false => serde_json::from_str::<Members<'a>>(json).map_or(Self::Json(json), |Members(members)| Self::Object(members)),
        }
    }

    fn expand_to(self, depth: usize) -> Self {
        if depth == 0 {
            return self;
        }
        match self.unfold() {
            Self::List(items) => Self::List(items.into_iter().map(|item| item.expand_to(depth - 1)).collect()),
            Self::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, value.expand_to(depth - 1))).collect())
            }
            other => other,
        }
    }
}

fn decode_raw(raw: &RawValue) -> Value<'_> {
    Value::decode(raw.get())
}

fn decode_text(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    unescape(inner).map_or(Cow::Borrowed(inner), Cow::Owned)
}

fn unescape(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (letter, after) = escape(&rest[at + 1..])?;
        text.push(letter);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What stands after a backslash, and the text after that.
fn escape(code: &str) -> Option<(char, &str)> {
    let letter = match code.as_bytes().first()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(&code[1..]),
        sign @ (b'"' | b'\\' | b'/') => char::from(*sign),
        _ => return None,
    };
    Some((letter, &code[1..]))
}

/// A character of one unit of UTF-16 or of a pair of them.
fn unicode(digits: &str) -> Option<(char, &str)> {
    let unit = |digits: &str| u16::from_str_radix(digits.get(..4)?, 16).ok();
    let (first, rest) = (unit(digits)?, &digits[4..]);
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, rest));
    }
    let second = rest.strip_prefix("\\u")?;
    let letter = char::decode_utf16([first, unit(second)?]).next()?.ok()?;
    Some((letter, &second[4..]))
}

/// The members of an object in order; of a repeated name the last counts, as in every JSON library.
struct Members<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Value<'de>)> = Vec::new();
        while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            let value = decode_raw(raw);
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, earlier)) => *earlier = value,
                None => members.push((name, value)),
            }
        }
        Ok(Members(members))
    }
}

/// A member's name, borrowed when it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
