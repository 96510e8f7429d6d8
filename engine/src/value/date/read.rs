//! Reading dates of replies.

use super::{DateFormat, Moment, Pattern, Zone, scan::scan};
use crate::value::{Number, Value};
use jiff::{
    Timestamp,
    civil::DateTime,
    fmt::temporal::Pieces,
    tz::{Offset, TimeZone},
};
use rust_decimal::Decimal;
use std::{borrow::Cow, fmt, sync::LazyLock};

/// Why a value is no date. It does not say which value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateError {
    /// No format fits.
    Unreadable,
    /// A time without offset, and no zone was given.
    NoZone,
    /// Neither a text nor a number.
    WrongType,
}

impl fmt::Display for DateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreadable => "the value fits no format of the date",
            Self::NoZone => "the time has no offset and no `zone:` is given",
            Self::WrongType => "a date must be a text or a number",
        })
    }
}

impl std::error::Error for DateError {}

/// A moment, or a time that still wants a zone.
pub(super) enum Clock {
    Known(Moment),
    Floating(DateTime),
}

/// Reads a date by the first format that fits; white space around it does not count.
pub fn read(value: &Value<'_>, formats: &[DateFormat], zone: &Zone) -> Result<Moment, DateError> {
    let text: Cow<'_, str> = match value {
        Value::Text(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => number.own_digits(),
        _ => return Err(DateError::WrongType),
    };
    let mut error = DateError::Unreadable;
    for format in formats {
        match read_by(&text, format).and_then(|clock| settle(clock, zone)) {
            Ok(moment) => return Ok(moment),
            Err(DateError::NoZone) => error = DateError::NoZone,
            Err(_) => {}
        }
    }
    Err(error)
}

fn settle(clock: Clock, zone: &Zone) -> Result<Moment, DateError> {
    match (clock, zone) {
        (Clock::Known(moment), _) => Ok(moment),
        (Clock::Floating(local), Zone::Unknown) => Ok(Moment::Local(local)),
        (Clock::Floating(local), Zone::Named(zone)) => Moment::Local(local).in_zone(zone),
        (Clock::Floating(_), Zone::None) => Err(DateError::NoZone),
    }
}

static HTTP: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::parse("%a, %d %b %Y %H:%M:%S %Z").expect("a pattern of known directives"));
static DAY: LazyLock<Pattern> = LazyLock::new(|| Pattern::parse("%Y-%m-%d").expect("a pattern of known directives"));

fn read_by(text: &str, format: &DateFormat) -> Result<Clock, DateError> {
    let by_pattern = |pattern| scan(text, pattern).unwrap_or(Err(DateError::Unreadable));
    match format {
        DateFormat::Rfc3339 => match iso(text)? {
            known @ Clock::Known(Moment::Instant(_)) => Ok(known),
            _ => Err(DateError::Unreadable),
        },
        DateFormat::Iso8601 => iso(text),
        DateFormat::Date => by_pattern(&DAY),
        DateFormat::Http => by_pattern(&HTTP),
        DateFormat::Strftime(pattern) => by_pattern(pattern),
        DateFormat::Unix => unix(text, 1_000_000_000),
        DateFormat::UnixMs => unix(text, 1_000_000),
    }
}

fn iso(text: &str) -> Result<Clock, DateError> {
    let pieces = Pieces::parse(text).map_err(|_| DateError::Unreadable)?;
    let Some(time) = pieces.time() else {
        return Ok(Clock::Known(Moment::Day(pieces.date())));
    };
    assemble(DateTime::from_parts(pieces.date(), time), pieces.to_numeric_offset())
}

/// A local time and the offset that was written with it, if any.
pub(super) fn assemble(local: DateTime, offset: Option<Offset>) -> Result<Clock, DateError> {
    let Some(offset) = offset else {
        return Ok(Clock::Floating(local));
    };
    let zone = if offset.is_zero() { TimeZone::UTC } else { TimeZone::fixed(offset) };
    zone.to_zoned(local).map(|zoned| Clock::Known(Moment::Instant(zoned))).map_err(|_| DateError::Unreadable)
}

fn unix(text: &str, nanoseconds: i64) -> Result<Clock, DateError> {
    let number = Number::parse(text).and_then(|number| number.decimal()).map_err(|_| DateError::Unreadable)?;
    let since = number.checked_mul(Decimal::from(nanoseconds)).and_then(|since| i128::try_from(since.floor()).ok());
    let instant = since.and_then(|since| Timestamp::from_nanosecond(since).ok()).ok_or(DateError::Unreadable)?;
    Ok(Clock::Known(Moment::Instant(instant.to_zoned(TimeZone::UTC))))
}
