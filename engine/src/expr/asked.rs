//! What signatures are made of beside the account's own: the time, and the request that is being signed.

use crate::value::{Number, Value};
use std::borrow::Cow;

/// A way to read the time at which a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockReading {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// The instant, in UTC.
    Instant,
}

impl ClockReading {
    /// The reading at a time in seconds since 1970.
    #[must_use]
    pub fn at(self, now: i64) -> Value<'static> {
        match self {
            Self::Seconds => Value::Number(Number::Int(now)),
            Self::Milliseconds => Value::Number(Number::Int(now.saturating_mul(1000))),
            Self::Instant => jiff::Timestamp::from_second(now)
                .map_or(Value::Null, |instant| Value::Instant(instant.to_zoned(jiff::tz::TimeZone::UTC))),
        }
    }
}

/// A request that is complete but for its signature.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'e> {
    /// The method, upper case.
    pub method: &'e str,
    /// The absolute URL.
    pub url: &'e str,
    /// The path below the server's base, encoded as it is sent.
    pub path: &'e str,
    /// The headers.
    pub headers: &'e [(String, String)],
    /// The body.
    pub body: &'e [u8],
}

/// A part of such a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedPart {
    /// `request.method`
    Method,
    /// `request.url`
    Url,
    /// `request.path`
    Path,
    /// `request.target`: path and query as they go over the wire (RFC 9112, origin-form).
    Target,
    /// `request.fields`: all of them.
    Fields,
    /// `request.query`: as it is sent, without the `?`.
    Query,
    /// `request.body`: its bytes, for filters such as `sha256`.
    Body,
    /// `request.headers['x']`
    Header(Box<str>),
    /// `request.fields.x`: a field of the form, or a member of the JSON object, before it was encoded.
    Field(Box<str>),
}

impl<'e> Asked<'e> {
    /// The value of a part; null when there is none.
    #[must_use]
    pub fn part(&self, part: &AskedPart) -> Value<'e> {
        match part {
            AskedPart::Method => Value::text(self.method),
            AskedPart::Url => Value::text(self.url),
            AskedPart::Target => Value::text(target(self.url)),
            AskedPart::Fields => self.fields(),
            AskedPart::Path => Value::text(self.path),
            AskedPart::Query => Value::text(self.url.split_once('?').map_or("", |(_, query)| query)),
            AskedPart::Body => Value::Bytes(Cow::Borrowed(self.body)),
            AskedPart::Header(name) => {
                let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map_or(Value::Null, |(_, value)| Value::text(value.as_str()))
            }
            AskedPart::Field(name) => self.field(name),
        }
    }

    fn field(&self, name: &str) -> Value<'e> {
        self.fields().member(name)
    }

    /// The fields of the form, or the members of the JSON object.
    fn fields(&self) -> Value<'e> {
        if self.body.trim_ascii_start().starts_with(b"{") {
            let object: serde_json::Value = serde_json::from_slice(self.body).unwrap_or_default();
            return Value::from_json(&object).into_owned().expand();
        }
        let decoded = |text: &str| {
            let text = text.replace('+', " ");
            percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let text = std::str::from_utf8(self.body).unwrap_or_default();
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Value::Object(pairs.map(|(name, value)| (Cow::Owned(decoded(name)), Value::text(decoded(value)))).collect())
    }
}

/// What stands behind the host of a URL.
fn target(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or("/", |slash| &url[host + slash..])
}
