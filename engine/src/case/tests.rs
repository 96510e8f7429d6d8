use super::{Mapping, Report, parse, run, summary, to_github, to_json, to_junit};
use crate::compile::compile;
use crate::source::Sources;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
secrets: [key]
servers: {production: {api: "https://api.swiftpost.example/v2"}}
auth: {bearer: {token: "${{ secret.key }}"}}
lookups:
  product: {values: {express: EXP, standard: STD}, unknown: fail, missing: omit}
parts:
  party:
    params: [p]
    value:
      $omit: empty
      name: ${{ p.name }}
      zip: ${{ p.address.postal_code }}
operations:
  create_shipment:
    requires: [{that: "shipment.service != 'drone'", message: SwiftPost has no drones}]
    request:
      method: POST
      path: /shipments
      json:
        product: ${{ shipment.service | lookup('product') }}
        consignee: {$part: party, p: shipment.recipient}
        weights: {$for: p in shipment.parcels, $do: "${{ p.weight | kilograms }}"}
    responses:
      - {when: {if: body.error}, outcome: rejected, message: $.error}
      - {when: {status: 2xx}, outcome: accepted}
      - $http
    extract:
      parcels: {tracking_number: $.no}
vocabularies:
  tracking:
    codes:
      PU: picked_up
      DL: {status: delivered, reason: to_neighbour}
    unknown: park
"#;

const ORDER: &str = r#"{
  "order_id": "o1", "operation_id": "o1-1", "carrier": "swiftpost",
  "shipment": {
    "reference": "r1", "service": "express",
    "sender": {"name": "A", "address": {"lines": ["x"], "city": "Berlin", "country": "DE"}},
    "recipient": {"name": "Bo", "address": {"lines": ["y"], "city": "Sevilla",
      "postal_code": "08001", "country": "ES"}},
    "parcels": [{"weight": 1500}]
  }
}"#;

/// Runs one case, of which `body` is everything below `name` and `source`.
fn report(body: &str) -> Report {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", CARRIER);
    let compiled = compile(&sources, file);
    let carrier = compiled.carrier.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let mut sources = Sources::default();
    let file = sources.add("cases.yaml", format!("- name: a case\n  source: the test\n{body}"));
    let (cases, diagnostics) = parse(&sources, file);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let files = |name: &str| (name == "order.json").then(|| ORDER.as_bytes().to_vec());
    run(&Mapping::of(&carrier), &sources, &cases[0], &files)
}

#[track_caller]
fn passes(body: &str) {
    let report = report(body);
    assert!(report.passed(), "{}", report.render());
}

/// The case fails, and its text has all of these.
#[track_caller]
fn fails(body: &str, parts: &[&str]) {
    let text = report(body).render();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

const CREATE: &str = "  operation: create_shipment\n  given: {order: order.json, secrets: {key: k}}\n";

#[test]
fn a_case_that_holds_passes() {
    let rest = "  expect: {request: {method: POST, path: /v2/shipments, headers: {includes: {authorization: Bearer k}}, \
                json: {equals: {product: EXP, consignee: {name: Bo, zip: \"08001\"}, weights: [1.50]}}}}\n  \
                reply: {status: 201, json: {no: 7}}\n  then: {outcome: accepted, parcels: [{tracking_number: \"7\"}]}\n";
    passes(&format!("{CREATE}{rest}"));
}

#[test]
fn types_count_and_the_way_back_leads_to_the_lines() {
    let expected = "  expect: {request: {json: {includes: {consignee: {zip: 8001}}}}}\n";
    let parts = [
        "request.json.consignee.zip",
        "expected integer 8001",
        "found    text \"08001\"",
        "carrier.yaml:14:",
        "carrier.yaml:23:",
        "order.json:7:",
        "cases.yaml:5:",
    ];
    fails(&format!("{CREATE}{expected}"), &parts);
}

#[test]
fn a_missing_key_names_its_neighbours_and_an_unexpected_one_its_own_place() {
    let missing = "  expect: {request: {json: {includes: {consignee: {zipcode: \"08001\"}}}}}\n";
    fails(&format!("{CREATE}{missing}"), &["request.json.consignee.zipcode", "found    nothing", "carrier.yaml:14:"]);
    let extra = "  expect: {request: {json: {product: EXP, weights: [1.5]}}}\n";
    fails(&format!("{CREATE}{extra}"), &["request.json.consignee", "expected nothing", "carrier.yaml:23:"]);
    let excluded = "  expect: {request: {json: {excludes: [consignee.zip]}}}\n";
    fails(&format!("{CREATE}{excluded}"), &["request.json.consignee.zip", "expected nothing", "carrier.yaml:14:"]);
}

#[test]
fn a_wrong_lookup_value_names_the_table() {
    let expected = "  expect: {request: {json: {includes: {product: EXPR}}}}\n";
    fails(&format!("{CREATE}{expected}"), &["carrier.yaml:7:", "the lookup `product`", "carrier.yaml:22:"]);
}

#[test]
fn an_outcome_names_every_rule_with_what_became_of_it() {
    let rest = "  reply: {status: 422, json: {error: bad zip}}\n  then: {outcome: accepted}\n";
    let parts = ["then.outcome", "carrier.yaml:26:9: the rule that matched", "more lines may have a hand in it"];
    fails(&format!("{CREATE}{rest}"), &parts);
    // Rules that were not reached seldom matter: they are for machines.
    let report = report(&format!("{CREATE}{rest}"));
    let unreached = report.failures[0].way_back.iter().filter(|way| way.words == "was not reached");
    let unreached: Vec<_> = unreached.map(|way| (way.place.line, way.aside)).collect();
    assert_eq!(unreached, [(27, true), (28, true)], "{}", report.render());
}

#[test]
fn a_refusal_is_expected_or_is_a_failure() {
    let given = "  operation: create_shipment\n  given: {order: order.json, with: {shipment: {service: drone}}}\n";
    passes(&format!("{given}  expect: {{refused: no drones}}\n"));
    fails(&format!("{given}  expect: {{refused: no boats}}\n"), &["refused", "no drones", "carrier.yaml:17:"]);
    fails(&format!("{given}  then: {{outcome: accepted}}\n"), &["the order is refused", "carrier.yaml:17:"]);
    fails(&format!("{CREATE}  expect: {{refused: no drones}}\n"), &["the order is taken"]);
}

#[test]
fn exchanges_that_are_not_listed_or_do_not_happen_are_failures() {
    let listed = "  exchanges: [{step: label, expect: {request: {method: GET}}, reply: {status: 200}}]\n";
    fails(&format!("{CREATE}{listed}"), &["an exchange that the case does not list: the request, POST"]);
}

#[test]
fn codes_are_read_one_by_one() {
    passes("  vocabulary: tracking\n  given: {codes: {PU: picked_up, DL: {status: delivered, reason: to_neighbour}}}\n");
    fails("  vocabulary: tracking\n  given: {codes: {DL: delivered}}\n", &["codes.DL.reason", "carrier.yaml:35:"]);
    fails("  vocabulary: tracking\n  given: {code: DX}\n  then: {status: delivered}\n", &["found    null", "carrier.yaml:35:"]);
}

#[test]
fn a_part_is_rendered_by_itself() {
    let given = "  part: party\n  given: {order: order.json, args: {p: shipment.sender}}\n";
    passes(&format!("{given}  then: {{value: {{name: A}}}}\n"));
    fails(&format!("{given}  then: {{value: {{name: A, zip: \"1\"}}}}\n"), &["then.value.zip", "carrier.yaml:14:"]);
}

#[test]
fn a_case_has_one_subject() {
    let mut sources = Sources::default();
    let file = sources.add("cases.yaml", "- {name: n, source: s, track: true, part: p}\n- {name: n, source: s}\n");
    let (cases, diagnostics) = parse(&sources, file);
    assert!(cases.is_empty());
    assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
}

#[test]
fn machines_get_the_same() {
    let passed = report("  vocabulary: tracking\n  given: {codes: {PU: picked_up}}\n");
    let failed = report("  vocabulary: tracking\n  given: {code: DX}\n  then: {status: delivered}\n");
    let reports = [passed, failed];
    assert_eq!(summary(&reports), "2 cases, 1 failed");
    let json: serde_json::Value = serde_json::from_str(&to_json(&reports)).unwrap_or_default();
    assert_eq!(json[1]["failures"][0]["what"], "then.status");
    assert_eq!(json[1]["failures"][0]["way_back"][0]["file"], "carrier.yaml");
    let junit = to_junit(&reports);
    assert!(roxmltree::Document::parse(&junit).is_ok() && junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
    assert!(to_github(&reports).starts_with("::error file=cases.yaml,line=5,col="), "{}", to_github(&reports));
}

#[test]
fn a_case_gives_an_order_that_can_come() {
    let with = |patch: &str| {
        format!(
            "  operation: create_shipment\n  given: {{order: order.json, secrets: {{key: k}}, with: {patch}}}\n  then: {{outcome: accepted}}\n  reply: {{status: 201, json: {{no: 7}}}}\n"
        )
    };
    let wrong = ["`/shipment/reciever`", "cases.yaml:4:", "recipient"];
    fails(&with("{shipment: {reciever: {name: B}}}"), &wrong);
    fails(&with("{shipment: {recipient: {address: {country: United Kingdom}}}}"), &["`/shipment/recipient/address/country`"]);
    fails(&with("{shipment: {parcels: [{weight: \"5\"}]}}"), &["`/shipment/parcels/0/weight`"]);
    fails(&with("{shipment: {parcels: [{weight: -5}]}}"), &["`/shipment/parcels/0/weight`"]);
    // A case gives as much of an order as it is about.
    passes(&with("{shipment: {sender: null}}"));
}
