//! Values and paths that a condition chooses.

use crate::support::{
    NOW, account, carrier, file, file_of_request, json_body, order, refused_file, request, tokens, try_request,
};
use crossdock_engine::carrier::{Asked, TrackNext};
use serde_json::{Value, json};

fn named(let_yaml: &str) -> String {
    file(&format!(
        "operations:\n  create_shipment:\n    requires: [{{that: shipment.parcels, message: no parcels}}]\n    let:\n{}    request: {{path: /x, json: {{v: \"${{{{ v }}}}\"}}}}\n",
        crate::support::indented(let_yaml, 6)
    ))
}

#[track_caller]
fn check(let_yaml: &str, patch: Value, expected: Value) {
    assert_eq!(json_body(&request(&named(let_yaml), &order(json!({"shipment": patch})))), json!({"v": expected}), "{let_yaml}");
}

const PRODUCT: &str = "
v:
  $match: shipment.service
  express: EXP
  economy: ECO-${{ shipment.recipient.address.country }}
  $else: ${{ shipment.reference }}";

#[test]
fn a_name_is_one_of_several_values() {
    check(PRODUCT, json!({"service": "express"}), json!("EXP"));
    check(PRODUCT, json!({"service": "economy"}), json!("ECO-ES"));
    check(PRODUCT, json!({"service": "other"}), json!("R-1"));
    check(PRODUCT, json!({}), json!("R-1"));
    let count = "v: {$match: shipment.parcels | length, 1: one, 2: 2, $else: many}";
    check(count, json!({}), json!("one"));
    check(count, json!({"parcels": [{"weight": 1}, {"weight": 2}]}), json!(2));
    check(count, json!({"parcels": [{"weight": 1}, {"weight": 2}, {"weight": 3}]}), json!("many"));
    let list =
        "v: {$match: [{$if: shipment.service, $then: named}, {$if: shipment.parcels | length > 1, $then: several}], $else: 7}";
    check(list, json!({"service": "x"}), json!("named"));
    check(list, json!({}), json!(7));
    check(
        "v: {$if: shipment.parcels | length == 1, $then: {$if: shipment.service, $then: a, $else: b}, $else: c}",
        json!({}),
        json!("b"),
    );
}

#[test]
fn a_name_has_one_value_whatever_comes() {
    refused_file(&named("v: {$match: shipment.service, express: EXP}"), "`$match` needs an `$else` here");
    refused_file(&named("v: {a: 1}"), "a name stands for one value");
    refused_file(&named("v: {$match: shipment.service, express: EXP, else: STD}"), "`else` would be a value");
    let missing = try_request(&carrier(&named("v: {$if: shipment.service, $then: a}")), &order(json!({}))).unwrap_err();
    assert!(missing.contains("this is null"), "{missing}");
}

#[test]
fn tracking_asks_at_the_path_that_suits() {
    let text = file(
        r#"track:
  request:
    path:
      $if: tracking.number | length == 12
      $then: /parcels/${{ tracking.number }}
      $else: /orders/${{ tracking.number }}/events
  responses: [{when: {status: 2xx}, outcome: accepted}, $http]
  events: $.events[*]
  event: {status: {code: $.c, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up}, unknown: unknown}}
"#,
    );
    let carrier = carrier(&text);
    let url = |number: &str| match carrier.track_request(&[Asked::number(number)], &account(&carrier), &tokens(), NOW).unwrap() {
        TrackNext::Ask(request) => request.url,
        TrackNext::SignIn { .. } => panic!(),
    };
    assert_eq!(url("123456789012"), "https://api.swiftpost.example/v2/parcels/123456789012");
    assert_eq!(url("7 8"), "https://api.swiftpost.example/v2/orders/7%208/events");
}

#[test]
fn every_path_that_may_be_chosen_is_checked() {
    let path = |path: &str| file_of_request("", &format!("method: GET\npath: {path}"));
    refused_file(&path("{$if: shipment.service, $then: /a, $else: b}"), "a path begins with `/`");
    refused_file(&path("{$match: shipment.service, x: /a?b=1, $else: /c}"), "query parameters stand in `query`");
    refused_file(
        &path("{$match: shipment.service, x: \"/a\", $else: \"/x${{ shipment.reference }}://c\"}"),
        "a path has no host",
    );
    refused_file(&path("{$if: shipment.service, $then: /a}"), "without an `$else` the request may go nowhere");
    refused_file(&path("[/a, /b]"), "a path is a text");
}
