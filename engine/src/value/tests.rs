use super::{Number, Value};
use std::borrow::Cow;

#[track_caller]
fn expand(json: &str) -> Value<'_> {
    Value::decode(json).expand()
}

#[test]
fn scalars_borrow_from_the_document() {
    assert!(matches!(Value::decode("\"01067\""), Value::Text(Cow::Borrowed("01067"))));
    assert!(matches!(Value::decode("1E10"), Value::Number(Number::Digits(Cow::Borrowed("1E10")))));
    assert!(matches!(Value::decode("null"), Value::Null));
    assert!(matches!(Value::decode("false"), Value::Bool(false)));
    assert!(matches!(Value::decode(" {\"a\": 1} "), Value::Json("{\"a\": 1}")));
}

#[test]
fn escapes_are_decoded() {
    assert_eq!(Value::decode(r#""a\"b\n\u00e9\ud83d\ude00""#).as_str(), Some("a\"b\né😀"));
    assert_eq!(Value::decode(r#""""#).as_str(), Some(""));
}

#[test]
fn expanding_keeps_order_digits_and_the_last_of_repeated_names() {
    let Value::Object(members) = expand(r#"{"z": [1.10, {"k\u0041": null}], "a": 2, "z": 3}"#) else {
        panic!("an object");
    };
    let names: Vec<_> = members.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(names, ["z", "a"]);
    assert!(members[0].1.equals(&Value::from(3)));
    let json = r#"{"z":[1.1,{"kA":null}],"a":123456789012345678901234567890}"#;
    assert_eq!(expand(json).to_json().to_string(), json);
}

#[test]
fn nesting_without_end_is_survived() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let value = expand(&deep);
    assert_eq!(value.type_name(), "a list");
    assert!(!value.into_owned().is_null());
}

#[test]
fn trees_come_and_go_unchanged() {
    let tree: serde_json::Value = serde_json::from_str(r#"{"b":[1,"x",true,null],"a":{"n":-3}}"#).unwrap();
    assert_eq!(Value::from_json(&tree).to_json().to_string(), tree.to_string());
}

#[test]
fn types_count_in_equality() {
    assert!(expand("10").equals(&expand("10.0")));
    assert!(!expand("8001").equals(&expand("\"8001\"")));
    assert!(!Value::Null.equals(&Value::text("")));
    assert!(expand(r#"{"a":1,"b":[2]}"#).equals(&Value::Json(r#"{"b":[2.0],"a":1}"#)));
    assert!(!Value::Json(r#"{"a":1}"#).equals(&Value::Json(r#"{"a":1,"b":2}"#)));
    assert!(!Value::Json("[1]").equals(&Value::Json("{}")));
}

#[test]
fn instants_are_equal_by_time() {
    let at = |text: &str| Value::Instant(text.parse().unwrap());
    assert!(at("2024-01-01T10:00:00+01:00[+01:00]").equals(&at("2024-01-01T09:00:00+00:00[UTC]")));
}

#[test]
fn numbers_and_dates_have_no_truth() {
    assert_eq!(Value::decode("[]").truth(), Ok(false));
    assert_eq!(Value::decode("{ }").truth(), Ok(false));
    assert_eq!(Value::text("false").truth(), Ok(true));
    assert_eq!(Value::Null.truth(), Ok(false));
    assert!(Value::from(0).truth().unwrap_err().to_string().contains("compare it instead"));
}

#[test]
fn only_texts_and_numbers_are_part_of_a_text() {
    assert_eq!(expand("1E3").to_text().unwrap(), "1000");
    assert_eq!(expand("\"x\"").to_text().unwrap(), "x");
    for json in ["true", "null", "[]", "{}"] {
        assert!(expand(json).to_text().is_err(), "{json}");
    }
}

#[test]
fn what_has_no_order_says_so() {
    let error = Value::from(1).compare(&Value::text("1")).unwrap_err();
    assert_eq!(error.to_string(), "an integer and a text have no order");
}
