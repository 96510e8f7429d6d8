//! Lookups that refuse the order.

use crate::support::{Run, carrier, file, order, refused_file, replied, try_request};
use crossdock_engine::carrier::{Fault, FaultKind, Next, Progress};
use serde_json::json;

fn table(unknown: &str) -> String {
    format!("lookups: {{service: {{values: {{express: EXP, standard: STD}}, {unknown}}}}}\n")
}

/// A file whose only request reads the table: in its body, or before in `let` and `requires`.
fn reading(unknown: &str, rest: &str) -> String {
    file(&format!("{}operations:\n  create_shipment:\n{rest}", table(unknown)))
}

const IN_BODY: &str = "    request: {path: /x, json: {s: \"${{ shipment.service | lookup('service') }}\"}}\n";

#[track_caller]
fn fault(text: &str, service: Option<&str>) -> Fault {
    let carrier = carrier(text);
    let account = crate::support::account(&carrier);
    crate::support::next(&carrier, &account, &order(json!({"shipment": {"service": service}})), &Progress::default()).unwrap_err()
}

#[test]
fn a_word_that_the_table_does_not_have_refuses_the_order() {
    let plain = fault(&reading("unknown: refuse", IN_BODY), Some("drone 7"));
    assert_eq!(plain.kind, FaultKind::Refused);
    assert_eq!(plain.messages, ["there is no such `service`: known are `express`, `standard`"]);
    let worded = fault(&reading("unknown: {refuse: SwiftPost has no such service}", IN_BODY), Some("drone"));
    assert_eq!((worded.kind, worded.messages), (FaultKind::Refused, vec!["SwiftPost has no such service".to_owned()]));
    let failed = fault(&reading("unknown: fail", IN_BODY), Some("drone"));
    assert_eq!(failed.kind, FaultKind::Mapping);
    assert!(
        try_request(&carrier(&reading("unknown: refuse", IN_BODY)), &order(json!({"shipment": {"service": "express"}}))).is_ok()
    );
}

#[test]
fn a_value_that_is_missing_can_refuse_it_too() {
    let missing = fault(&reading("unknown: fail, missing: refuse", IN_BODY), None);
    assert_eq!((missing.kind, missing.messages), (FaultKind::Refused, vec!["`service` is missing".to_owned()]));
}

#[test]
fn it_refuses_wherever_the_order_is_looked_at() {
    let in_let = "    let: {s: \"shipment.service | lookup('service')\"}
    requires: [{that: s != 'STD', message: no standard}]
    request: {path: /x, json: {s: \"${{ s }}\"}}\n";
    let refused = fault(&reading("unknown: refuse", in_let), Some("drone"));
    assert_eq!(refused.kind, FaultKind::Refused, "{refused:?}");
}

/// Two steps, the second of which reads the table.
fn in_second_step(method: &str) -> String {
    reading(
        "unknown: refuse",
        &format!(
            "    steps:
      first: {{request: {{method: {method}, path: /a}}, extract: {{id: $.id}}}}
      second: {{request: {{path: \"/b/${{{{ steps.first.id }}}}\", json: {{s: \"${{{{ shipment.service | lookup('service') }}}}\"}}}}}}\n"
        ),
    )
}

#[test]
fn what_was_written_is_never_passed_over_by_a_refusal() {
    for (method, kind) in [("GET", FaultKind::Refused), ("POST", FaultKind::Mapping)] {
        let text = in_second_step(method);
        let order = order(json!({"shipment": {"service": "drone"}}));
        let mut run = Run::new(&text, order.clone());
        let Next::Calls(calls) = run.next() else { panic!() };
        run.record(&calls[0], &replied(200, r#"{"id": "1"}"#));
        let carrier = carrier(&text);
        let fault = crate::support::next(&carrier, &crate::support::account(&carrier), &order, &run.progress).unwrap_err();
        assert_eq!(fault.kind, kind, "{method}: {fault:?}");
    }
}

#[test]
fn words_that_are_none_are_findings() {
    refused_file(&reading("unknown: reject", IN_BODY), "`reject` is not a word for this");
    refused_file(&reading("unknown: {refuse: ''}", IN_BODY), "`refuse` takes words for the shop");
    refused_file(&reading("unknown: {refuses: x}", IN_BODY), "expected `refuse`, `fail`");
}
