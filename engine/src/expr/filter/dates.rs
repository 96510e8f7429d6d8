//! `date` and `datetime`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{literal_at, text_at},
};
use crate::value::{
    Value,
    date::{DateFormat, Moment, named_zone, write},
};

const ZONE: Param = Param::optional("zone", &[Kind::Text]);
const DATES: &[Kind] = &[Kind::Date, Kind::DateTime, Kind::Text];

/// `x | date('%d.%m.%Y')`
pub(super) static DATE: Spec = Spec {
    name: "date",
    params: &[Param::optional("format", &[Kind::Text]), ZONE],
    accepts: DATES,
    yields: Yield::Nullable(Kind::Text),
    page: "The day of a date, of a date and time, or of an ISO 8601 text, by a strftime pattern (by default `%Y-%m-%d`). An \
           instant's day is that of its own offset, or of the `zone` (an IANA name); a day is the same in every zone. Month \
           and weekday names are English. Null for an empty text.",
    examples: &[
        Example { expr: "'2024-02-29' | date('%d.%m.%Y')", gives: "\"29.02.2024\"" },
        Example { expr: "'2024-02-29T23:30:00Z' | date", gives: "\"2024-02-29\"" },
        Example { expr: "'2024-02-29T23:30:00Z' | date('%Y%m%d', 'Europe/Paris')", gives: "\"20240301\"" },
        Example { expr: "'' | date", gives: "null" },
    ],
    vet,
    apply: |value, arguments| written(&value, arguments, "%Y-%m-%d"),
    ..Spec::BASE
};

/// `x | datetime('rfc3339', 'Europe/Paris')`
pub(super) static DATETIME: Spec = Spec {
    name: "datetime",
    params: &[Param::optional("format", &[Kind::Text]), ZONE],
    accepts: DATES,
    yields: Yield::Nullable(Kind::Text),
    page: "A date and time, or an ISO 8601 text with a time, as `rfc3339` (the default), `iso8601` (an offset only where it is \
           known), `unix`, `unix_ms`, `http`, or by a strftime pattern. With a `zone` (an IANA name) instants are shown as \
           its clocks show them, and times without offset are taken to be its. A day has no time: an error. Null for an \
           empty text.",
    examples: &[
        Example { expr: "'2024-07-01T10:00:00Z' | datetime('rfc3339', 'Europe/Paris')", gives: "\"2024-07-01T12:00:00+02:00\"" },
        Example { expr: "'2024-07-01T10:00:00' | datetime(zone='Europe/Paris')", gives: "\"2024-07-01T10:00:00+02:00\"" },
        Example { expr: "'2024-07-01T10:00:00+02:00' | datetime('%d/%m/%Y %H:%M')", gives: "\"01/07/2024 10:00\"" },
        Example { expr: "'2024-07-01T10:00:00Z' | datetime('unix')", gives: "\"1719828000\"" },
    ],
    vet,
    apply: |value, arguments| written(&value, arguments, "rfc3339"),
    ..Spec::BASE
};

fn vet(arguments: &[Option<&Value<'_>>]) -> Result<(), FilterError> {
    if let Some(format) = literal_at(arguments, 0) {
        DateFormat::parse_output(format).map_err(FilterError::new)?;
    }
    if let Some(zone) = literal_at(arguments, 1) {
        named_zone(zone).map_err(FilterError::new)?;
    }
    Ok(())
}

fn written<'a>(value: &Value<'a>, arguments: &[Value<'a>], default: &str) -> Result<Value<'a>, FilterError> {
    if value.is_empty() {
        return Ok(Value::Null);
    }
    let format = DateFormat::parse_output(text_at(arguments, 0).unwrap_or(default)).map_err(FilterError::new)?;
    let moment = Moment::of(value).ok_or_else(|| FilterError::new("the text is no date in ISO 8601"))?;
    let moment = match text_at(arguments, 1) {
        Some(zone) => {
            moment.in_zone(&named_zone(zone).map_err(FilterError::new)?).map_err(|error| FilterError::new(error.to_string()))?
        }
        None => moment,
    };
    write(&moment, &format).map(Value::text).map_err(|error| FilterError::new(error.to_string()))
}
