//! Writing dates into bodies.

use super::{DateFormat, Moment, Pattern};
use jiff::{Zoned, fmt::strtime::BrokenDownTime, tz::TimeZone};
use std::fmt;

/// Why a moment cannot be written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteError {
    /// The format has a time of day, the value is a day.
    NoClock,
    /// The format has an offset, the value has no zone.
    NoZone,
    /// The date lies beyond what can be written.
    OutOfRange,
}

impl fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoClock => "a day has no time to write",
            Self::NoZone => "a time without zone has no offset to write",
            Self::OutOfRange => "the date lies out of range",
        })
    }
}

impl std::error::Error for WriteError {}

/// Writes a moment. Formats that need an instant or a time refuse what has none; month and day names are English.
pub fn write(moment: &Moment, format: &DateFormat) -> Result<String, WriteError> {
    match format {
        DateFormat::Rfc3339 => instant(moment).map(rfc3339),
        DateFormat::Iso8601 => Ok(match moment {
            Moment::Day(day) => day.to_string(),
            Moment::Local(local) => local.to_string(),
            Moment::Instant(instant) => rfc3339(instant),
        }),
        DateFormat::Date => by_pattern(moment, "%Y-%m-%d"),
        DateFormat::Unix => instant(moment).map(|instant| instant.timestamp().as_second().to_string()),
        DateFormat::UnixMs => instant(moment).map(|instant| instant.timestamp().as_millisecond().to_string()),
        DateFormat::Http => {
            let utc = instant(moment)?.with_time_zone(TimeZone::UTC);
            by_pattern(&Moment::Instant(utc), "%a, %d %b %Y %H:%M:%S GMT")
        }
        DateFormat::Strftime(pattern) => by_checked_pattern(moment, pattern),
    }
}

/// An instant with its offset, in UTC as `Z`: `2024-02-29T10:00:00+01:00`.
#[must_use]
pub fn rfc3339(instant: &Zoned) -> String {
    let offset = instant.offset();
    match offset.is_zero() {
        true => instant.timestamp().to_string(),
        false => instant.timestamp().display_with_offset(offset).to_string(),
    }
}

fn instant(moment: &Moment) -> Result<&Zoned, WriteError> {
    match moment {
        Moment::Instant(instant) => Ok(instant),
        Moment::Local(_) => Err(WriteError::NoZone),
        Moment::Day(_) => Err(WriteError::NoClock),
    }
}

fn by_checked_pattern(moment: &Moment, pattern: &Pattern) -> Result<String, WriteError> {
    match moment {
        Moment::Day(_) if pattern.has_clock() || pattern.has_offset() => Err(WriteError::NoClock),
        Moment::Local(_) if pattern.has_offset() => Err(WriteError::NoZone),
        _ => by_pattern(moment, pattern.as_str()),
    }
}

fn by_pattern(moment: &Moment, pattern: &str) -> Result<String, WriteError> {
    let parts = match moment {
        Moment::Day(day) => BrokenDownTime::from(*day),
        Moment::Local(local) => BrokenDownTime::from(*local),
        Moment::Instant(instant) => BrokenDownTime::from(instant),
    };
    parts.to_string(pattern).map_err(|_| WriteError::OutOfRange)
}
