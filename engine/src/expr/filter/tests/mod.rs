mod evaluate;
mod guesses;

use super::{RESERVED, all, find};
use crate::value::Value;

#[test]
fn each_filter_has_a_page_examples_and_a_name_of_its_own() {
    for spec in all() {
        assert!(!spec.page.trim().is_empty(), "`{}` has no page", spec.name);
        assert!(spec.examples.len() >= 2, "`{}` has fewer than two examples", spec.name);
        for example in spec.examples {
            let json: Result<serde_json::Value, _> = serde_json::from_str(example.gives);
            assert!(json.is_ok(), "`{}` gives no JSON", example.expr);
            assert!(example.expr.contains(spec.name), "`{}` is no example of `{}`", example.expr, spec.name);
        }
    }
    assert!(all().windows(2).all(|pair| pair[0].name < pair[1].name), "sorted, and no name twice");
    assert!(find(RESERVED).is_none());
}

#[test]
fn null_passes_through() {
    for spec in all().iter().filter(|spec| !spec.takes_null) {
        let result = spec.call(Value::Null, &[]);
        assert!(matches!(result, Ok(Value::Null)), "`{}`", spec.name);
    }
}

#[test]
fn optional_parameters_come_last() {
    for spec in all() {
        let required: Vec<_> = spec.params.iter().map(|param| param.required).collect();
        assert!(required.is_sorted_by(|left, right| left >= right), "`{}`", spec.name);
    }
}

#[test]
fn examples_give_what_they_say() {
    for example in all().iter().flat_map(|spec| spec.examples) {
        let given = evaluate::evaluate(example.expr).map(|value| value.to_json().to_string());
        assert_eq!(given.as_deref(), Ok(example.gives), "{}", example.expr);
    }
}

#[track_caller]
fn fails(expr: &str, message: &str) {
    assert_eq!(evaluate::evaluate(expr).map(|value| value.to_json()), Err(message.to_owned()), "{expr}");
}

#[test]
fn wrong_calls_say_what_is_wrong_without_the_value() {
    fails("'x' | kilograms", "`kilograms` takes a number, not a text");
    fails("true | fixed(2)", "`fixed` takes a number or a text, not a boolean");
    fails("'a' | truncate_to", "`truncate_to` needs its argument `length`");
    fails("'a' | truncate_to('3')", "argument `length` of `truncate_to` must be an integer, not a text");
    fails("'a' | truncate_to(-3)", "`length` must be from 0 to 1000000");
    fails("'a' | replace('a', none)", "`replace` needs its argument `to`, which is null");
    fails("'a' | trim(1)", "`trim` takes no arguments");
    fails("'a' | pad(3, side='top')", "argument `side` of `pad` must be one of `left`, `right`");
    fails("'a' | pad(3, '')", "argument `with` of `pad` must be one character");
    fails("'1,5' | number", "the text is no decimal: digits, and a point before the fraction");
    fails("'1e5' | number", "the text is no decimal: digits, and a point before the fraction");
    fails("'a' | matches('(')", "argument `pattern` of `matches` is no regular expression");
    fails("'2024-02-29' | date('%H:%M')", "a day has no time to write");
    fails("'2024-02-29' | date('%Q')", "unknown directive `%Q`");
    fails("'2024-07-01T10:00:00' | datetime", "a time without zone has no offset to write");
    fails("'tomorrow' | date", "the text is no date in ISO 8601");
    fails("'5' | minor_units('ERU')", "no such currency: an ISO 4217 code such as `EUR` is needed");
    fails("['a', true] | join", "a boolean cannot be part of a text");
    fails("[1, 'a'] | sort", "an integer and a text have no order");
}

#[test]
fn documents_are_read_as_they_are() {
    let parcels = Value::decode(r#"[{"weight": 1200.50, "tags": ["a"]}, {"weight": 1E3}]"#);
    let sum = find("sum").unwrap().call(parcels.clone(), &[Value::text("weight")]).unwrap();
    assert_eq!(sum.to_json().to_string(), "2200.5");
    let tags = find("map").unwrap().call(parcels, &[Value::text("tags")]).unwrap();
    assert_eq!(tags.to_json().to_string(), r#"[["a"],null]"#);
}

#[test]
fn cuts_leave_letters_whole() {
    let cut = |text: &'static str, length: i64| {
        let cut = find("truncate_to").unwrap().call(Value::text(text), &[Value::from(length)]).unwrap();
        cut.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(cut("Cafe\u{301} X", 4), "Caf");
    assert_eq!(cut("Cafe\u{301} X", 5), "Cafe\u{301}");
    assert_eq!(cut("👩\u{200d}🚀 hi", 2), "");
    assert_eq!(cut("👍🏽 ok", 1), "");
    assert_eq!(cut("日本語", 2), "日本");
    assert_eq!(cut("abc", 0), "");
}

/// Whatever a filter is given, it answers or refuses: no panic, no value in the message.
#[test]
fn filters_are_total() {
    let values = [
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "35E87645934406417",
        "0.5",
        "99999999999999999999999999999999",
        "\"\"",
        "\" \"",
        "\"secret-é\u{301}👩\u{200d}🚀\"",
        "\"+\"",
        "\"1E10\"",
        "\"2024-13-45T99:99\"",
        "\"-9999-01-01\"",
        "\",\"",
        "\"%\"",
        "[]",
        "[[], {}, null, 1, \"x\"]",
        "{}",
        "{\"length\": \"x\", \"amount\": [], \"currency\": \"EUR\", \"lines\": 5}",
    ];
    let values: Vec<_> = values.iter().map(|json| Value::decode(json)).collect();
    for spec in all() {
        for value in &values {
            for first in &values {
                for second in &values {
                    for arguments in [vec![], vec![first.clone()], vec![first.clone(), second.clone()]] {
                        let result = spec.call(value.clone(), &arguments);
                        if let Err(error) = result {
                            assert!(!error.to_string().contains("secret"), "`{}`: {error}", spec.name);
                        }
                    }
                }
            }
        }
    }
}
