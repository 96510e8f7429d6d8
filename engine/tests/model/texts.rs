//! Texts with a form: what is taken, what is refused, and that the digits stay.

use crossdock_engine::model::{Amount, Country, Currency, Day, Moment, Money, TimeIs, Timestamp};

#[test]
fn amounts_keep_their_digits() {
    for text in ["0", "12.50", "-3.10", "007.00", "999999999999999999.999999999"] {
        assert_eq!(Amount::parse(text).expect(text).as_str(), text);
    }
    assert_eq!(Amount::parse("12.50").map(|amount| amount.decimal().to_string()), Ok("12.50".to_owned()));
    for text in ["", "12,50", "1e3", "+1", ".5", "5.", " 1", "1_000", "NaN", "1234567890123456789"] {
        assert!(Amount::parse(text).is_err(), "{text}");
    }
}

#[test]
fn codes_are_upper_case_and_of_their_length() {
    assert!(Country::parse("FR").is_ok() && Currency::parse("EUR").is_ok());
    for text in ["fr", "FRA", "F", "", "F1", "ÄÖ"] {
        assert!(Country::parse(text).is_err(), "{text}");
    }
    assert!(Money::parse("1", "eur").is_err() && Money::parse("1", "EU").is_err());
}

#[test]
fn days_and_instants_are_checked_by_the_calendar() {
    assert!(Day::parse("2028-02-29").is_ok() && Day::parse("2026-02-29").is_err());
    assert!(Day::parse("20260301").is_err() && Day::parse("2026-03-01T00").is_err());
    assert!(Timestamp::parse("2026-03-31T14:00:00+02:00").is_ok() && Timestamp::parse("2026-03-31T12:00:00Z").is_ok());
    for text in ["2026-03-31T14:00:00", "2026-03-31", "2026-03-31 14:00:00Z", "2026-02-30T14:00:00Z"] {
        assert!(Timestamp::parse(text).is_err(), "{text}");
    }
}

#[test]
fn moments_say_what_they_are_and_are_ordered() {
    let kinds = [
        ("2026-03-31", TimeIs::Day, "2026-03-31T00:00:00Z"),
        ("2026-03-31T14:00:00", TimeIs::Local, "2026-03-31T14:00:00Z"),
        ("2026-03-31T14:00:00.5+02:00", TimeIs::Instant, "2026-03-31T12:00:00.5Z"),
    ];
    for (text, kind, instant) in kinds {
        let moment = Moment::parse(text).expect(text);
        assert_eq!((moment.kind(), moment.instant().to_string().as_str()), (kind, instant), "{text}");
        assert_eq!(moment.as_str(), text);
    }
    assert!(Moment::parse("yesterday").is_err() && Moment::parse("14:00").is_err());
}

#[test]
fn moments_are_written_in_forms_that_are_read_back() {
    let zoned: jiff::Zoned = "2026-03-31T14:00:00.25+02:00[Europe/Berlin]".parse().expect("a time in Berlin");
    let moment = Moment::from(&zoned);
    assert_eq!(moment.as_str(), "2026-03-31T14:00:00.25+02:00");
    assert_eq!(Moment::parse(moment.as_str()).map(|moment| moment.instant()), Ok(zoned.timestamp()));
    assert_eq!(Moment::from(zoned.datetime()).kind(), TimeIs::Local);
    assert_eq!(Moment::from(zoned.date()).kind(), TimeIs::Day);
    assert_eq!(Moment::from(zoned.timestamp()).kind(), TimeIs::Instant);
}

#[test]
fn an_error_does_not_repeat_the_text() {
    let error = Country::parse("Wonderland").expect_err("not a code");
    assert!(!error.to_string().contains("Wonderland"));
    let error = serde_json::from_str::<Country>("\"Wonderland\"").expect_err("not a code");
    assert!(!error.to_string().contains("Wonderland"));
}
