//! What cases touch of a file, through the public face: compile, parse, watch.

use crossdock_engine::case::{Mapping, parse};
use crossdock_engine::compile::compile;
use crossdock_engine::coverage::{Coverage, Kind, Watch};
use crossdock_engine::source::Sources;

const CARRIER: &str = r#"
format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
options:
  fragile: {type: boolean, default: false}
secrets: [key]
servers: {production: {api: https://api.swiftpost.example}}
auth: {bearer: {token: "${{ secret.key }}"}}
operations:
  create_shipment:
    requires: [{that: shipment.service, message: a service is needed}]
    request:
      method: POST
      path: /shipments
      json:
        $omit: empty
        reference: ${{ shipment.reference }}
        product:
          $match: shipment.service
          express: E
          standard: S
          $else: X
        handling:
          $if: options.fragile
          $then: with care
        goods:
          $for: i in shipment.items
          $do: {title: "${{ i.title }}", note: "${{ i.sku }} x ${{ i.quantity }}"}
    responses:
      - {when: {has: $.error}, outcome: rejected, code: [$.error.code, $.error.id], message: $.error.text}
      - {when: {status: 2xx}, outcome: accepted}
      - $http
    extract:
      parcels: {tracking_number: $.no}
track:
  request: {method: GET, path: "/track/${{ tracking.number }}"}
  events: $.events[*]
  event:
    status: {code: $.code, text: $.text, vocabulary: scans}
vocabularies:
  scans:
    rules: [{code: X, text: "^lost", status: lost}]
    codes: {DL: delivered, IT: in_transit}
    unknown: park
"#;

const ORDER: &str = r#"{order_id: "1", operation_id: "1", carrier: swiftpost, shipment: {reference: R1, service: express, sender: {name: A, address: {lines: [L], city: C, country: DE}}, recipient: {name: B, address: {lines: [L], city: C, country: DE}}, parcels: [{weight: 1}]}}"#;

/// The coverage of some cases, which must hold unless `failing` says otherwise.
#[track_caller]
fn coverage(cases: &str, failing: bool) -> Coverage {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", CARRIER);
    let compiled = compile(&sources, file);
    let carrier = compiled.carrier.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let mut written = Sources::default();
    let file = written.add("cases.yaml", cases.replace("ORDER", ORDER));
    let (cases, diagnostics) = parse(&written, file);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let mut watch = Watch::new(Mapping::of(&carrier));
    let reports: Vec<_> = cases.iter().map(|case| watch.run(&written, case, &|_| None)).collect();
    assert_eq!(reports.iter().any(|report| !report.passed()), failing, "{:?}", reports);
    watch.coverage().expect("a carrier has something to touch")
}

/// How many of a kind are touched.
fn touched(coverage: &Coverage, kind: Kind) -> usize {
    coverage.tallies.iter().find(|tally| tally.kind == kind).map_or(0, |tally| tally.touched)
}

const SENT: &str = r#"
- name: sent
  operation: create_shipment
  given: {order: ORDER, secrets: {key: k}}
  expect: {request: {json: {equals: {reference: R1, product: E}}}}
  reply: {status: 200, json: {no: "7"}}
  then: {outcome: accepted, parcels: [{tracking_number: "7"}]}
  source: the manual
"#;

#[test]
fn what_one_case_leaves_is_told_line_by_line() {
    let coverage = coverage(SENT, false);
    insta::assert_snapshot!(coverage.render_missing() + &Coverage::table(std::slice::from_ref(&coverage)));
}

#[test]
fn everything_can_be_touched() {
    let all = SENT.to_owned()
        + r#"
- name: all there is, twice refused
  operation: create_shipment
  given: {order: ORDER, secrets: {key: k}, with: {shipment: {service: standard, options: {fragile: true}, items: [{title: T, sku: K, quantity: 2}]}}}
  expect: {request: {json: {equals: {reference: R1, product: S, handling: with care, goods: [{title: T, note: K x 2}]}}}}
  reply: {status: 422, json: {error: {code: "9", text: no}}}
  then: {outcome: rejected, errors: [{code: "9", message: "no"}]}
  source: the manual
- name: an older error, another product
  operation: create_shipment
  given: {order: ORDER, secrets: {key: k}, with: {shipment: {service: slow}}}
  expect: {request: {json: {includes: {product: X}}}}
  reply: {status: 422, json: {error: {id: "8"}}}
  then: {outcome: rejected, errors: [{code: "8"}]}
  source: the manual
- name: not sent
  operation: create_shipment
  given: {order: ORDER, with: {shipment: {service: null}}}
  expect: {refused: a service is needed}
  source: the manual
- name: too many
  operation: create_shipment
  given: {order: ORDER, secrets: {key: k}}
  reply: {status: 429}
  then: {outcome: throttled}
  source: the manual
- name: asked
  track: true
  given: {numbers: ["7"], secrets: {key: k}}
  expect: {request: {path: /track/7}}
  reply: {status: 200, json: {events: [{code: DL}, {code: IT}, {code: X, text: lost at sea}]}}
  then: {events: [{status: delivered}, {status: in_transit}, {status: lost}]}
  source: the manual
- name: unheard of
  vocabulary: scans
  given: {code: ZZ}
  then: {unmapped: true}
  source: the manual
"#;
    let coverage = coverage(&all, false);
    assert!(coverage.missing.is_empty(), "{}", coverage.render_missing());
    assert!(coverage.reaches(100));
    assert!(coverage.tallies.iter().all(|tally| tally.total > 0), "{}", Coverage::table(&[coverage]));
}

#[test]
fn what_is_not_looked_at_counts_for_nothing() {
    let unseen = SENT.replace("  expect: {request: {json: {equals: {reference: R1, product: E}}}}\n", "");
    let coverage = coverage(&unseen, false);
    assert_eq!(touched(&coverage, Kind::Leaves), 0);
    assert_eq!(touched(&coverage, Kind::Rules), 1);
    let blind = SENT.replace("  then: {outcome: accepted, parcels: [{tracking_number: \"7\"}]}\n", "");
    let coverage = self::coverage(&blind, false);
    assert!(touched(&coverage, Kind::Leaves) > 0);
    assert_eq!(touched(&coverage, Kind::Rules), 0);
    assert_eq!(touched(&coverage, Kind::Readings), 0);
}

#[test]
fn generated_and_failing_cases_count_for_nothing() {
    let all = |coverage: &Coverage| Kind::ALL.iter().map(|kind| touched(coverage, *kind)).sum::<usize>();
    assert_eq!(all(&coverage(&SENT.replace("source: the manual", "source: generated"), false)), 0);
    assert_eq!(all(&coverage(&SENT.replace("product: E", "product: F"), true)), 0);
    assert!(all(&coverage(SENT, false)) > 5);
}

/// What `requires` rules out cannot be shown by a case, and is not asked for.
#[test]
fn what_requires_rules_out_is_not_missing() {
    let file = |requires: &str| {
        format!(
            "format: carrier/v1\ncarrier: {{id: swiftpost, name: SwiftPost}}\nservers: {{production: {{api: https://api.swiftpost.example}}}}\n\
             parts: {{goods: {{params: [list], value: {{$for: i in list, $do: '${{{{ i.quantity }}}}'}}}}}}\n\
             operations:\n  create_shipment:\n    requires: [{requires}]\n    request:\n      method: POST\n      path: /\n      json:\n        \
             own: {{$for: i in shipment.items, $do: '${{{{ i.quantity }}}}'}}\n        part: {{$part: goods, list: shipment.items}}\n        \
             phone: {{$if: shipment.recipient.phone, $then: '${{{{ shipment.recipient.phone }}}}'}}\n    extract: {{carrier_ref: $.id}}\n"
        )
    };
    let missing = |requires: &str| {
        let mut sources = Sources::default();
        let id = sources.add("carrier.yaml", file(requires));
        let compiled = compile(&sources, id);
        assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
        let carrier = compiled.carrier.expect("a carrier");
        let coverage = Watch::new(Mapping::of(&carrier)).coverage().expect("a coverage");
        coverage
            .missing
            .iter()
            .filter(|missing| missing.words.contains("without any") || missing.words.contains("other way"))
            .count()
    };
    let phone = "{that: shipment.recipient.phone, message: a phone}";
    assert_eq!(missing(""), 3);
    assert_eq!(missing(phone), 2);
    for items in ["shipment.items | length > 0", "shipment.items | length >= 1", "shipment.items | length != 0", "shipment.items"]
    {
        assert_eq!(missing(&format!("{{that: \"{items}\", message: no goods}}, {phone}")), 0, "{items}");
    }
}
