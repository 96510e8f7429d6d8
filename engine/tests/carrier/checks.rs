//! What a fragment of data becomes, for the tests of values and of words.

use crate::support::{carrier, file_of_request, indented, json_body, order, refused_file, request, try_request};
use serde_json::{Value, json};

pub(crate) fn with_body(sections: &str, body: &str) -> String {
    file_of_request(sections, &format!("path: /x\njson:\n{}", indented(body, 2)))
}

/// The JSON body that a YAML fragment makes of an order.
#[track_caller]
pub(crate) fn check_body(body: &str, patch: Value, expected: Value) {
    check_with("", body, patch, expected);
}

#[track_caller]
pub(crate) fn check_with(sections: &str, body: &str, patch: Value, expected: Value) {
    let request = request(&with_body(sections, body), &order(patch));
    assert_eq!(json_body(&request), expected, "{body}");
}

/// The same byte for byte.
#[track_caller]
pub(crate) fn check_bytes(body: &str, patch: Value, expected: &str) {
    let request = request(&with_body("", body), &order(patch));
    assert_eq!(String::from_utf8(request.body).unwrap(), expected, "{body}");
}

/// The value of one expression.
#[track_caller]
pub(crate) fn check_value(expression: &str, patch: Value, expected: Value) {
    let quoted = expression.replace('"', "\\\"");
    check_body(&format!("v: \"${{{{ {quoted} }}}}\""), patch, json!({"v": expected}));
}

#[track_caller]
pub(crate) fn check_fault(body: &str, patch: Value, wanted: &str) {
    fault_with("", body, patch, wanted);
}

#[track_caller]
pub(crate) fn fault_with(sections: &str, body: &str, patch: Value, wanted: &str) {
    match try_request(&carrier(&with_body(sections, body)), &order(patch)) {
        Ok(request) => panic!("{}", String::from_utf8_lossy(&request.body)),
        Err(fault) => assert!(fault.contains(wanted), "{fault}"),
    }
}

#[track_caller]
pub(crate) fn check_finding(body: &str, wanted: &str) {
    refused_file(&with_body("", body), wanted);
}

pub(crate) fn company(name: Value) -> Value {
    json!({"shipment": {"recipient": {"company": name}}})
}

pub(crate) fn noted(metadata: Value) -> Value {
    json!({"shipment": {"metadata": metadata}})
}
