use super::{check, check_error, steps};
use crate::document::{Cell, FrameId, Mode, Origin, PlanBuilder, Slots, decode, xml_to_json};
use crate::value::{Number, Value};
use std::borrow::Cow;

/// What the one member of a document decodes to.
#[track_caller]
fn with_value(json: &str, origin: Origin, seen: impl FnOnce(Value<'_>)) {
    let mut builder = PlanBuilder::new(Mode::Reply);
    let access = builder.access(FrameId::ROOT, &steps("a"));
    let mut slots = Slots::new();
    builder.build().read(json, &mut slots).expect("readable");
    let Cell::Raw(raw) = slots.get(Slots::ROOT, &access) else { panic!("no value in {json}") };
    seen(decode(raw, origin));
}

#[test]
fn numbers_keep_their_digits() {
    for digits in ["35E87645934406417", "1E10", "1.10", "-0", "0", "-12.50e-3", "123456789012345678901234567890"] {
        with_value(&format!("{{\"a\": {digits} }}"), Origin::Json, |value| {
            assert!(matches!(&value, Value::Number(Number::Digits(kept)) if kept == digits), "{value:?}");
        });
    }
}

#[test]
fn texts_are_borrowed_unless_escaped() {
    for (json, expected) in [(r#"{"a":""}"#, ""), (r#"{"a":"01067"}"#, "01067"), (r#"{"a" : "Łódź 😀"}"#, "Łódź 😀")] {
        with_value(json, Origin::Json, |value| {
            assert!(matches!(&value, Value::Text(Cow::Borrowed(text)) if *text == expected), "{value:?}");
        });
    }
    with_value(r#"{"a":"a\"b\\c\/d\b\f\n\r\t\u00e9\ud83d\ude00"}"#, Origin::Json, |value| {
        assert_eq!(value.as_str(), Some("a\"b\\c/d\u{8}\u{c}\n\r\té😀"));
    });
}

#[test]
fn half_a_surrogate_pair_is_no_text() {
    for half in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\ud83d", r"\ud83d\n", r"\uDBFF\u0041", r"\ude00\ud83d"] {
        let json = format!("{{\"a\": \"{half}\"}}");
        let error = super::read(Mode::Reply, &json, &["a"]).expect_err(half);
        assert_eq!(error.message, "half a surrogate pair in a wanted text", "{half}");
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_err(), "{half}");
        check(Mode::Reply, &json, &[("b", &[])]);
    }
    check_error(Mode::Order, r#"{"a": "ok\ud83d"}"#, &["a"], "half a surrogate pair in a wanted text at line 1 column 10");
    check(Mode::Reply, r#"{"x": "\ud83d", "a": "\uD83D\uDE00"}"#, &[("a", &[r#""\uD83D\uDE00""#])]);
    check_error(Mode::Order, r#"["\ud83d\udex0"]"#, &[], "a unicode escape without four hexadecimal digits at line 1 column 13");
}

#[test]
fn an_element_with_attributes_only_is_its_text() {
    for (xml, expected) in [("<a>x</a>", "x"), (r#"<a id="7"> x </a>"#, "x"), (r#"<a id="7"/>"#, "")] {
        with_value(&xml_to_json(xml).expect("good XML"), Origin::Xml, |value| {
            assert_eq!(value.as_str(), Some(expected), "{xml}")
        });
    }
    for xml in [r#"<a id="7"><b/></a>"#, "<a>mixed<b/></a>", "<a><b/></a>"] {
        with_value(&xml_to_json(xml).expect("good XML"), Origin::Xml, |value| assert!(matches!(value, Value::Json(_)), "{xml}"));
    }
    with_value(r#"{"a": {"$text": "x"}}"#, Origin::Json, |value| assert!(matches!(value, Value::Json(_))));
}
