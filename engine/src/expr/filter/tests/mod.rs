mod evaluate;

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
