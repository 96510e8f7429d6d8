use crate::document::{Origin, decode, xml_to_json};
use crate::value::{Number, Value};
use std::borrow::Cow;

#[track_caller]
fn text(raw: &str) -> Cow<'_, str> {
    match decode(raw, Origin::Json) {
        Ok(Value::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_keep_their_digits() {
    for digits in ["35E87645934406417", "1E10", "1.10", "-0", "0", "-12.50e-3", "123456789012345678901234567890"] {
        match decode(digits, Origin::Json) {
            Ok(Value::Number(Number::Digits(Cow::Borrowed(kept)))) => assert_eq!(kept, digits),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn plain_strings_are_borrowed() {
    for (raw, expected) in [(r#""""#, ""), (r#""01067""#, "01067"), (r#""Łódź 😀""#, "Łódź 😀")] {
        assert!(matches!(text(raw), Cow::Borrowed(text) if text == expected), "{raw}");
    }
}

#[test]
fn escapes_are_decoded() {
    assert_eq!(text(r#""a\"b\\c\/d\b\f\n\r\t\u00e9""#), "a\"b\\c/d\u{8}\u{c}\n\r\té");
    assert_eq!(text(r#""\ud83d\ude00 \u0000""#), "😀 \u{0}");
}

#[test]
fn half_a_surrogate_pair_is_an_error() {
    for raw in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx""#, r#""\ud83d\ud83d""#] {
        assert_eq!(decode(raw, Origin::Json).expect_err(raw).message, "a string with half a surrogate pair");
    }
}

#[test]
fn words_and_containers() {
    assert!(matches!(decode("null", Origin::Json), Ok(Value::Null)));
    assert!(matches!(decode("true", Origin::Json), Ok(Value::Bool(true))));
    assert!(matches!(decode("false", Origin::Json), Ok(Value::Bool(false))));
    assert!(matches!(decode("[1, 2]", Origin::Json), Ok(Value::Json("[1, 2]"))));
    assert!(matches!(decode(r#"{"$text": "x"}"#, Origin::Json), Ok(Value::Json(_))));
}

#[test]
fn an_element_with_attributes_only_is_its_text() {
    for (xml, expected) in [("<a>x</a>", "x"), (r#"<a id="7"> x </a>"#, "x"), (r#"<a id="7"/>"#, "")] {
        let json = xml_to_json(xml).expect("good XML");
        let raw = &json[r#"{"a":"#.len()..json.len() - 1];
        assert!(matches!(decode(raw, Origin::Xml), Ok(Value::Text(text)) if text == expected), "{xml}");
    }
    assert!(matches!(decode(r#"{"@id":"7","b":""}"#, Origin::Xml), Ok(Value::Json(_))));
    assert!(matches!(decode(r#"{"$text":"mixed","b":"x"}"#, Origin::Xml), Ok(Value::Json(_))));
}
