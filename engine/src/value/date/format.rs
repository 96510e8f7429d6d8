//! The formats that a carrier file can name.

use super::Pattern;

/// How a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateFormat {
    /// `rfc3339`: `2023-04-04T16:55:00-04:00`, always with an offset.
    Rfc3339,
    /// `iso8601`: the same, and also without offset or without time.
    Iso8601,
    /// `date`: `2023-04-04`.
    Date,
    /// `unix`: seconds since 1970, as a number or a text, fractions allowed.
    Unix,
    /// `unix_ms`: milliseconds since 1970.
    UnixMs,
    /// `http`: `Wed, 21 Oct 2015 07:28:00 GMT`.
    Http,
    /// A strftime pattern: anything with a `%`.
    Strftime(Pattern),
}

/// The names, as a carrier file has them.
const NAMES: &[(&str, DateFormat)] = &[
    ("rfc3339", DateFormat::Rfc3339),
    ("iso8601", DateFormat::Iso8601),
    ("date", DateFormat::Date),
    ("unix", DateFormat::Unix),
    ("unix_ms", DateFormat::UnixMs),
    ("http", DateFormat::Http),
];

impl DateFormat {
    /// Reads a format to read dates by: a name, or a strftime pattern that names a whole day.
    pub fn parse_spec(spec: &str) -> Result<Self, String> {
        let format = Self::parse_any(spec)?;
        if let Self::Strftime(pattern) = &format {
            pattern.check_readable()?;
        }
        Ok(format)
    }

    /// Reads a format to write dates by: a name or any strftime pattern.
    pub fn parse_output(spec: &str) -> Result<Self, String> {
        let format = Self::parse_any(spec)?;
        if let Self::Strftime(pattern) = &format {
            pattern.check_clock()?;
        }
        Ok(format)
    }

    fn parse_any(spec: &str) -> Result<Self, String> {
        if spec.contains('%') {
            return Pattern::parse(spec).map(Self::Strftime);
        }
        let known = NAMES.iter().find(|(name, _)| *name == spec).map(|(_, format)| format.clone());
        known.ok_or_else(|| {
            let names: Vec<_> = NAMES.iter().map(|(name, _)| format!("`{name}`")).collect();
            format!("no such date format: it is one of {} or a strftime pattern such as `%d.%m.%Y`", names.join(", "))
        })
    }

    /// Whether it can leave the zone open, so that `zone:` has to say it.
    #[must_use]
    pub fn needs_zone(&self) -> bool {
        match self {
            Self::Iso8601 => true,
            Self::Strftime(pattern) => pattern.has_clock() && !pattern.has_offset(),
            _ => false,
        }
    }

    /// Whether it always gives a day, never a time.
    #[must_use]
    pub fn yields_day(&self) -> bool {
        match self {
            Self::Date => true,
            Self::Strftime(pattern) => !pattern.has_clock(),
            _ => false,
        }
    }
}
