mod faults;
mod one_or_many;
mod rfc9535;
mod roots;

use super::Path;
use serde_json::Value;

/// What `path` finds in `document`, one JSON text a value.
#[track_caller]
fn find(document: &Value, path: &str) -> Vec<String> {
    let path = Path::parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    path.evaluate(document).into_iter().map(Value::to_string).collect()
}

#[track_caller]
fn check(document: &str, expected: &[(&str, &[&str])]) {
    let document: Value = serde_json::from_str(document).expect("good JSON");
    for (path, expected) in expected {
        assert_eq!(find(&document, path), *expected, "{path}");
    }
}
