//! A single value where an array could stand.

use super::check;
use crate::path::Path;
use serde_json::Value;

#[test]
fn one_reads_like_many() {
    let expected: &[(&str, &[&str])] = &[
        ("$.e[*].c", &["1"]),
        ("$.e[0].c", &["1"]),
        ("$.e[-1].c", &["1"]),
        ("$.e[:1].c", &["1"]),
        ("$.e[1:].c", &[]),
        ("$.e[1].c", &[]),
        ("$.e[?@.c == 1].c", &["1"]),
        ("$.e[?@.c == 2].c", &[]),
        ("$.e[?count(@.d[*]) == 1].c", &["1"]),
        ("$.e[?@.d[0] == 'x'].c", &["1"]),
        ("$..e[0].c", &["1"]),
        ("$.e[0, 1].c", &["1"]),
    ];
    check(r#"{"e": {"c": 1, "d": "x"}}"#, expected);
    check(r#"{"e": [{"c": 1, "d": ["x"]}]}"#, expected);
}

#[test]
fn null_and_missing_are_none() {
    for document in [r#"{"e": null}"#, r#"{"e": []}"#, "{}"] {
        check(document, &[("$.e[*]", &[]), ("$.e[0]", &[]), ("$.e[?@.c]", &[]), ("$.e[0:]", &[])]);
    }
}

#[test]
fn a_dotted_star_means_members() {
    check(
        r#"{"o": {"a": 1, "b": [2, 3]}}"#,
        &[("$.o.*", &["1", "[2,3]"]), ("$.o[*]", &[r#"{"a":1,"b":[2,3]}"#]), ("$.o.b.*", &["2", "3"])],
    );
    check(r#"{"o": {"a": 1, "b": 2}}"#, &[("$.o[?count(@.*) == 2 && count(@[*]) == 1].a", &["1"])]);
    check(r#"[{"a": {"x": "[*]", "y": 1}}]"#, &[("$[?@.a.x == '[*]' && count(@.a.*) == 2].a.y", &["1"])]);
}

/// The steps of a path read by a document's plan, and its rest evaluated on what they find.
fn through_a_plan(document: &str, path: &Path) -> Vec<String> {
    use crate::document::{Cell, FrameId, Mode, PlanBuilder, Slots};
    let mut builder = PlanBuilder::new(Mode::Reply);
    let access = builder.access(FrameId::ROOT, &path.steps);
    let mut slots = Slots::new();
    builder.build().read(document, &mut slots).expect("good JSON");
    let mut found = Vec::new();
    slots.each(Slots::ROOT, &access, |cell| {
        let Cell::Raw(raw) = cell else { panic!("{cell:?}") };
        let value: Value = serde_json::from_str(raw).expect("good JSON");
        match &path.rest {
            Some(rest) => found.extend(rest.evaluate(&value).into_iter().map(Value::to_string)),
            None => found.push(value.to_string()),
        }
    });
    found
}

#[test]
fn plan_and_query_agree() {
    let documents = [
        r#"{"a": {"b": {"c": 1}}, "x": [1, [2], {"b": 3}]}"#,
        r#"{"a": [{"b": [{"c": 1}, {"c": null}]}, {"b": {"c": [7, 8]}}, {"b": null}], "x": 5}"#,
        r#"[[{"a": {"b": 1}}], {"a": [{"b": []}]}, null, "text"]"#,
        "null",
        "7",
    ];
    let paths = [
        "$",
        "$.a",
        "$.a[*]",
        "$.a[*].b",
        "$.a[*].b[*].c",
        "$.a[0].b[-1].c",
        "$.a[*].b[*].c[*]",
        "$.a.b.c",
        "$.x[*]",
        "$.x[*][*]",
        "$.x[1][0]",
        "$[*]",
        "$[*][*].a[*].b",
        "$[0][0].a",
        "$.a[*].b[?@.c].c",
        "$.a[?@.b].b[*].c",
        "$.a[0]..c",
        "$.a.*",
        "$..b",
        "$[1:].a[*]",
        "$.a[?@.b == $.a[0].b].b",
    ];
    for document in documents {
        let value: Value = serde_json::from_str(document).expect("good JSON");
        for text in paths {
            let path = Path::parse(text).expect(text);
            let expected: Vec<String> = path.evaluate(&value).into_iter().map(Value::to_string).collect();
            assert_eq!(through_a_plan(document, &path), expected, "{text} in {document}");
        }
    }
}
