//! Days, instants, and the moments that carriers report.

use jiff::civil;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

text_type! {
    /// A calendar day, `YYYY-MM-DD`.
    Day, "a date like 2026-03-31",
    |text| text.len() == 10 && text.parse::<civil::Date>().is_ok(),
    {"type": "string", "format": "date"}
}

text_type! {
    /// An instant, RFC 3339: day, time and offset.
    Timestamp, "a date and time with an offset like 2026-03-31T14:00:00+02:00",
    |text| text.as_bytes().get(10).is_some_and(|byte| matches!(byte, b'T' | b't')) && text.parse::<jiff::Timestamp>().is_ok(),
    {"type": "string", "format": "date-time"}
}

text_type! {
    /// When something happened, as exactly as it is known: an instant (RFC 3339), a local date and time without offset, or a
    /// day.
    Moment, "an instant, a local date and time, or a date",
    |text| read(text).is_some(),
    {"type": "string", "format": "moment"}
}

/// What a [`Moment`] really is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeIs {
    /// An exact instant with its offset.
    Instant,
    /// A local date and time whose zone nobody told.
    Local,
    /// A day without a time.
    Day,
    /// The carrier gave no time: this is when the report was received.
    Received,
}

impl Timestamp {
    /// The instant itself.
    #[must_use]
    pub fn instant(&self) -> jiff::Timestamp {
        self.0.parse().unwrap_or_default()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(instant: jiff::Timestamp) -> Self {
        Self(instant.to_string())
    }
}

impl Day {
    /// The day itself.
    #[must_use]
    pub fn date(&self) -> civil::Date {
        self.0.parse().unwrap_or_default()
    }
}

impl From<civil::Date> for Day {
    fn from(date: civil::Date) -> Self {
        Self(date.to_string())
    }
}

impl Moment {
    /// The instant that this moment is ordered by. A local time is taken as UTC and a day as its first second in UTC: that
    /// orders the events of one carrier among themselves, which is all it is for.
    #[must_use]
    pub fn instant(&self) -> jiff::Timestamp {
        read(&self.0).unwrap_or_default()
    }

    /// What its text says it is; never [`TimeIs::Received`], which no text shows.
    #[must_use]
    pub fn kind(&self) -> TimeIs {
        if self.0.len() == 10 {
            TimeIs::Day
        } else if self.0.parse::<jiff::Timestamp>().is_ok() {
            TimeIs::Instant
        } else {
            TimeIs::Local
        }
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(instant: jiff::Timestamp) -> Self {
        Self(instant.to_string())
    }
}

impl From<&jiff::Zoned> for Moment {
    /// Keeps the offset that the carrier wrote; the zone's name is dropped.
    fn from(zoned: &jiff::Zoned) -> Self {
        Self(zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string())
    }
}

impl From<civil::DateTime> for Moment {
    fn from(local: civil::DateTime) -> Self {
        Self(local.to_string())
    }
}

impl From<civil::Date> for Moment {
    fn from(day: civil::Date) -> Self {
        Self(day.to_string())
    }
}

fn read(text: &str) -> Option<jiff::Timestamp> {
    let utc = |local: civil::DateTime| local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if text.len() == 10 {
        return text.parse::<civil::Date>().ok().and_then(|day| utc(day.to_datetime(civil::Time::midnight())));
    }
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().or_else(|| text.parse::<civil::DateTime>().ok().and_then(utc))
}
