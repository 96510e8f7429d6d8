//! What an accepted reply must leave in hand, and what an operation tells of parcels that are not there.

use crate::support::{Run, account, carrier, file, indented, order, replied};
use crossdock_engine::carrier::{Answer, CallId, Outcome, Progress};
use serde_json::{Value, json};

fn reading(parcels: &str) -> String {
    file(&format!(
        "operations:
  create_shipment:
    request: {{method: POST, path: /x}}
    responses: [{{when: {{status: 202}}, outcome: pending}}, {{when: {{status: 2xx}}, outcome: accepted}}, $http]
    extract:
      parcels:
{}",
        indented(parcels, 8)
    ))
}

const EACH: &str = "
each: $.p[*]
reference: $.r
tracking_number: $.no
error: {code: $.error}";

/// An order of these parcels.
fn parcels(references: &[Option<&str>]) -> Vec<u8> {
    let parcel = |reference: &Option<&str>| match reference {
        Some(reference) => json!({"reference": reference, "weight": 100}),
        None => json!({"weight": 100}),
    };
    let parcels: Vec<Value> = references.iter().map(parcel).collect();
    order(json!({"shipment": {"parcels": parcels}}))
}

#[track_caller]
fn answered(text: &str, order: &[u8], status: u16, body: &str) -> Answer {
    let carrier = carrier(text);
    let call = CallId { step: None, iteration: 0, undo: false };
    carrier.interpret("create_shipment", order, &account(&carrier), &Progress::default(), &call, &replied(status, body))
}

#[track_caller]
fn check_unexpected(text: &str, body: &str, wanted: &str) {
    let answer = answered(text, &parcels(&[Some("A")]), 200, body);
    assert_eq!(answer.outcome, Outcome::Unexpected, "{body}: {answer:?}");
    let words = answer.unreadable.unwrap();
    assert!(words.contains(wanted) && words.starts_with("carrier.yaml:"), "{words}");
    assert!(answer.extracted.is_empty());
}

#[test]
fn an_accepted_reply_without_a_number_is_unexpected() {
    check_unexpected(&reading(EACH), "{}", "no parcel");
    check_unexpected(&reading(EACH), r#"{"p": []}"#, "no parcel");
    check_unexpected(&reading(EACH), r#"{"p": [{"r": "A", "no": null}]}"#, "`tracking_number`");
    check_unexpected(&reading(EACH), r#"{"p": [{"r": "A", "no": "1"}, {"r": "A", "number": "2"}]}"#, "`tracking_number`");
    check_unexpected(&reading("{shared: true, tracking_number: $.id}"), r#"{"identifier": "1"}"#, "`tracking_number`");
    check_unexpected(&reading("{each: '$.p[*]', carrier_ref: $.id}"), r#"{"p": [{"no": 1}]}"#, "`carrier_ref`");
}

#[test]
fn what_is_refused_or_comes_later_needs_no_number() {
    let refused = answered(
        &reading(EACH),
        &parcels(&[Some("A"), Some("B")]),
        200,
        r#"{"p": [{"r": "A", "no": "1"}, {"r": "B", "error": 7}]}"#,
    );
    assert_eq!(refused.outcome, Outcome::Accepted, "{refused:?}");
    let later = answered(&reading(EACH), &parcels(&[Some("A")]), 202, "{}");
    assert_eq!((later.outcome, later.unreadable), (Outcome::Pending, None));
    for body in ["{}", r#"{"p": [{"r": "A"}]}"#] {
        let optional = answered(&reading(&format!("{EACH}\noptional: true")), &parcels(&[Some("A")]), 200, body);
        assert_eq!((optional.outcome, optional.unreadable), (Outcome::Accepted, None), "{body}");
    }
}

#[test]
fn a_reference_that_the_order_does_not_have_is_unexpected() {
    check_unexpected(&reading(EACH), r#"{"p": [{"r": "Z", "no": "1"}]}"#, "`reference` the order does not have");
    check_unexpected(&reading(&format!("{EACH}\noptional: true")), r#"{"p": [{"r": "Z", "no": "1"}]}"#, "`reference`");
    let body = r#"{"p": [{"r": "Z", "no": "1"}, {"no": "2"}]}"#;
    let nameless = answered(&reading(EACH), &parcels(&[None, Some("B")]), 200, body);
    assert_eq!(nameless.outcome, Outcome::Accepted, "who has no name cannot be missed");
}

/// The warnings of an order of two parcels that a carrier answers so.
fn warnings(parcels_yaml: &str, body: &str) -> Vec<String> {
    let mut run = Run::new(&reading(parcels_yaml), parcels(&[Some("A"), Some("B")]));
    let done = run.ended(|_| replied(200, body));
    assert_eq!(done.outcome, Outcome::Accepted, "{done:?}");
    done.warnings.into_iter().filter_map(|warning| warning.message).collect()
}

#[test]
fn another_number_of_parcels_is_told() {
    let two = r#"{"p": [{"r": "A", "no": "1"}, {"r": "B", "no": "2"}]}"#;
    assert!(warnings(EACH, two).is_empty());
    let one = r#"{"p": [{"r": "A", "no": "1"}]}"#;
    assert_eq!(warnings(EACH, one), ["the order has 2 parcels, and the carrier named 1"]);
    let three = r#"{"p": [{"no": "1"}, {"no": "2"}, {"no": "3"}]}"#;
    assert_eq!(warnings(EACH, three), ["the order has 2 parcels, and the carrier named 3"]);
    assert!(warnings("{shared: true, tracking_number: $.no}", r#"{"no": "1"}"#).is_empty());
    assert!(warnings(&format!("{EACH}\noptional: true"), one).is_empty());
}
