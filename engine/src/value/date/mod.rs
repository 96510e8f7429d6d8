//! Dates: how replies write them and how bodies want them.
//!
//! A day, an instant and a local time are different things: a day is never moved by a zone, a local time becomes an
//! instant only by a zone that the carrier file names.

mod format;
mod pattern;
mod read;
mod scan;
mod write;

pub use format::DateFormat;
pub use pattern::Pattern;
pub use read::{DateError, read};
pub use write::{WriteError, rfc3339, write};

use super::Value;
use jiff::{Zoned, civil, tz::TimeZone};

/// What a written date means.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// A calendar day.
    Day(civil::Date),
    /// A point in time, with the zone or offset that it was written in.
    Instant(Zoned),
    /// A day and time of which nobody knows the zone.
    Local(civil::DateTime),
}

impl Moment {
    /// The moment of a date value; of an ISO 8601 text too. `None` for anything else.
    #[must_use]
    pub fn of(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Date(date) => Some(Self::Day(*date)),
            Value::Local(local) => Some(Self::Local(*local)),
            Value::Instant(instant) => Some(Self::Instant(instant.clone())),
            Value::Text(_) => read(value, &[DateFormat::Iso8601], &Zone::Unknown).ok(),
            _ => None,
        }
    }

    /// The moment as clocks of that zone show it: instants move, local times are taken to be of it, days stay.
    pub fn in_zone(self, zone: &TimeZone) -> Result<Self, DateError> {
        match self {
            Self::Day(day) => Ok(Self::Day(day)),
            Self::Instant(instant) => Ok(Self::Instant(instant.with_time_zone(zone.clone()))),
            Self::Local(local) => zone.to_zoned(local).map(Self::Instant).map_err(|_| DateError::Unreadable),
        }
    }
}

impl From<Moment> for Value<'_> {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Day(day) => Self::Date(day),
            Moment::Instant(instant) => Self::Instant(instant),
            Moment::Local(local) => Self::Local(local),
        }
    }
}

/// The zone of times that are written without one.
#[derive(Debug, Clone)]
pub enum Zone {
    /// This one.
    Named(TimeZone),
    /// The carrier does not say: local times stay local.
    Unknown,
    /// None was given: a time without offset is an error.
    None,
}

impl Zone {
    /// The zone of an IANA name such as `Europe/Paris`; `unknown` is [`Zone::Unknown`].
    pub fn parse(name: &str) -> Result<Self, String> {
        match name {
            "unknown" => Ok(Self::Unknown),
            _ => named_zone(name).map(Self::Named),
        }
    }
}

/// The zone of an IANA name, from the table built into the program.
pub fn named_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "no such time zone: an IANA name such as `Europe/Paris` is needed".to_owned())
}

#[cfg(test)]
mod tests;
