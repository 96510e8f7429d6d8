use super::{DateError, DateFormat, Moment, Zone, read, write};
use crate::value::Value;

fn formats(specs: &[&str]) -> Vec<DateFormat> {
    specs.iter().map(|spec| DateFormat::parse_spec(spec).expect("a format")).collect()
}

fn shown(moment: &Moment) -> String {
    match moment {
        Moment::Day(day) => format!("day {day}"),
        Moment::Local(local) => format!("local {local}"),
        Moment::Instant(instant) => format!("instant {}", super::rfc3339(instant)),
    }
}

#[track_caller]
fn reads_in(json: &str, spec: &str, zone: &str, expected: &str) {
    let zone = if zone.is_empty() { Zone::None } else { Zone::parse(zone).expect("a zone") };
    let moment = read(&Value::decode(json), &formats(&[spec]), &zone);
    assert_eq!(moment.as_ref().map(shown), Ok(expected.to_owned()), "{json} by {spec}");
}

#[track_caller]
fn reads(json: &str, spec: &str, expected: &str) {
    reads_in(json, spec, "", expected);
}

#[track_caller]
fn refuses(json: &str, spec: &str) {
    let moment = read(&Value::decode(json), &formats(&[spec]), &Zone::Unknown);
    assert_eq!(moment, Err(DateError::Unreadable), "{json} by {spec}");
}

#[test]
fn named_formats() {
    reads("\"2023-04-04T16:55:00-04:00\"", "rfc3339", "instant 2023-04-04T16:55:00-04:00");
    reads("\"2023-04-04T16:55:00.123456Z\"", "rfc3339", "instant 2023-04-04T16:55:00.123456Z");
    reads("\"2023-04-04 16:55:00Z\"", "rfc3339", "instant 2023-04-04T16:55:00Z");
    reads("\"2023-04-04T16:55:00+0200\"", "iso8601", "instant 2023-04-04T16:55:00+02:00");
    reads("\"2023-04-04\"", "iso8601", "day 2023-04-04");
    reads("\"2023-04-04\"", "date", "day 2023-04-04");
    reads("\"2023-4-4\"", "date", "day 2023-04-04");
    reads("\" Wed, 21 Oct 2015 07:28:00 GMT \"", "http", "instant 2015-10-21T07:28:00Z");
    refuses("\"2023-04-04T16:55:00\"", "rfc3339");
    refuses("\"2023-02-29\"", "date");
}

#[test]
fn unix_times_in_any_dress() {
    reads("1700000000", "unix", "instant 2023-11-14T22:13:20Z");
    reads("\"1700000000\"", "unix", "instant 2023-11-14T22:13:20Z");
    reads("1700000000.25", "unix", "instant 2023-11-14T22:13:20.25Z");
    reads("1.7E9", "unix", "instant 2023-11-14T22:13:20Z");
    reads("-1", "unix", "instant 1969-12-31T23:59:59Z");
    reads("1700000000123", "unix_ms", "instant 2023-11-14T22:13:20.123Z");
    refuses("1e300", "unix");
    refuses("\"now\"", "unix");
}

#[test]
fn patterns() {
    reads("\"2015-10-15 00:56:51 UTC\"", "%Y-%m-%d %H:%M:%S %Z", "instant 2015-10-15T00:56:51Z");
    reads("\"2020-03-20 15:08:42 +0100\"", "%Y-%m-%d %H:%M:%S %z", "instant 2020-03-20T15:08:42+01:00");
    reads("\"2020-03-20T15:08:42.5-05:00\"", "%Y-%m-%dT%H:%M:%S%.f%z", "instant 2020-03-20T15:08:42.5-05:00");
    reads("\"2020-03-20T15:08:42-05:00\"", "%FT%T%.f%:z", "instant 2020-03-20T15:08:42-05:00");
    reads_in("\"20110404 13:38:00\"", "%Y%m%d %H:%M:%S", "Europe/Paris", "instant 2011-04-04T13:38:00+02:00");
    reads_in("\"12/31/2024 3:05 PM\"", "%m/%d/%Y %I:%M %p", "unknown", "local 2024-12-31T15:05:00");
    reads_in("\"1/5/2024 12:00am\"", "%m/%d/%Y %I:%M%p", "unknown", "local 2024-01-05T00:00:00");
    reads("\"5. mar 24\"", "%d. %b %y", "day 2024-03-05");
    reads("\"Sept. 7 2024\"", "%b %d %Y", "day 2024-09-07");
    reads("\"2024-060\"", "%Y-%j", "day 2024-02-29");
    reads("20110404", "%Y%m%d", "day 2011-04-04");
    reads("\"31.12.69\"", "%d.%m.%y", "day 1969-12-31");
    reads("\"1700000000\"", "%s", "instant 2023-11-14T22:13:20Z");
    reads_in("\"2016-12-31 23:59:60\"", "%F %T", "unknown", "local 2016-12-31T23:59:59");
}

#[test]
fn what_does_not_fit_is_refused() {
    refuses("\"2024-01-05 EST\"", "%Y-%m-%d %Z");
    refuses("\"2024-01-05x\"", "%Y-%m-%d");
    refuses("\"05/13/2024 13:00 PM\"", "%m/%d/%Y %I:%M %p");
    refuses("\"13/13/2024\"", "%m/%d/%Y");
    refuses("\"\"", "%Y-%m-%d");
    refuses("\"2024-01-05 24:00:00\"", "%F %T");
    refuses("\"2024-01-05 10:61:00\"", "%F %T");
    refuses("\"2024-01-05 10:00:61\"", "%F %T");
    refuses("\"日\"", "%I %p %F");
    assert_eq!(read(&Value::Bool(true), &formats(&["date"]), &Zone::None), Err(DateError::WrongType));
}

#[test]
fn several_formats_are_tried_in_order() {
    let both = formats(&["rfc3339", "%d/%m/%Y", "date"]);
    let moment = read(&Value::text("04/05/2023"), &both, &Zone::None).unwrap();
    assert_eq!(shown(&moment), "day 2023-05-04");
}

#[test]
fn a_time_without_offset_wants_a_zone() {
    let local = Value::text("2024-07-01T10:00:00");
    assert_eq!(read(&local, &formats(&["iso8601"]), &Zone::None), Err(DateError::NoZone));
    reads_in("\"2024-07-01T10:00:00\"", "iso8601", "America/New_York", "instant 2024-07-01T10:00:00-04:00");
    reads_in("\"2024-07-01T10:00:00Z\"", "iso8601", "America/New_York", "instant 2024-07-01T10:00:00Z");
    assert!(Zone::parse("Europe/Pariss").is_err());
}

#[track_caller]
fn is_no_format(spec: &str, part_of_message: &str) {
    let message = DateFormat::parse_spec(spec).expect_err(spec);
    assert!(message.contains(part_of_message), "{spec}: {message}");
}

#[test]
fn patterns_are_checked_when_read() {
    is_no_format("%Y-%m-%d %H:%M %p", "`%I` with `%p`");
    is_no_format("%Y-%m-%d %T %p", "`%I` with `%p`");
    is_no_format("%Y-%m-%d %I:%M", "needs `%p`");
    is_no_format("%Y-%m-%d %Q", "`%Q`");
    is_no_format("%Y-%m-%d %", "ends in `%`");
    is_no_format("%m-%d", "no year");
    is_no_format("%Y-%d", "no month");
    is_no_format("%Y-%m %H", "no day");
    is_no_format("%Y-%m-%d :%M", "without an hour");
    is_no_format("rfc822", "`rfc3339`");
}

#[test]
fn formats_know_what_they_need() {
    let format = |spec| DateFormat::parse_spec(spec).unwrap();
    assert!(format("%F %T").needs_zone() && !format("%F %T %z").needs_zone());
    assert!(format("iso8601").needs_zone() && !format("rfc3339").needs_zone() && !format("unix").needs_zone());
    assert!(!format("%d.%m.%Y").needs_zone() && format("%d.%m.%Y").yields_day());
    assert!(format("date").yields_day() && !format("%F %R").yields_day());
}

#[test]
fn writing() {
    let moment = |text: &str| Moment::of(&Value::text(text.to_owned())).unwrap();
    let written = |text, spec| write(&moment(text), &DateFormat::parse_output(spec).unwrap());
    assert_eq!(written("2024-02-09T10:00:05+01:00", "%-d/%m/%y %H.%M %z").as_deref(), Ok("9/02/24 10.00 +0100"));
    assert_eq!(written("2024-02-09T10:00:05+01:00", "http").as_deref(), Ok("Fri, 09 Feb 2024 09:00:05 GMT"));
    assert_eq!(written("2024-02-09T10:00:05.5Z", "unix_ms").as_deref(), Ok("1707472805500"));
    assert_eq!(written("2024-02-09", "%H:%M"), Err(super::WriteError::NoClock));
    assert_eq!(written("2024-02-09T10:00", "rfc3339"), Err(super::WriteError::NoZone));
    assert_eq!(written("2024-02-09T10:00", "%H %z"), Err(super::WriteError::NoZone));
}
