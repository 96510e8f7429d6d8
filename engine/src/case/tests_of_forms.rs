//! What a case may say of results and of bodies, and what a person is told when it says something else.

use super::{Mapping, Report, forms, parse, run};
use crate::compile::compile;
use crate::source::Sources;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
servers: {production: {api: "https://api.swiftpost.example/v2"}}
operations:
  create_shipment:
    request: {path: /ws, soap: {body: {Book: {$ns: {"": "urn:book"}, ref: "${{ shipment.reference }}", box: {"@no": "1", weight: "7"}}}}}
    responses:
      - {when: {fault: true}, outcome: rejected, message: "${{ fault.text }}"}
      - when: {if: body.r.busy == 'yes'}
        outcome: throttled
        retry_after: $.r.wait
      - {when: {status: 404}, outcome: not_found}
      - $http
    extract: {carrier_ref: $.r.id}
track:
  batch: 2
  request: {path: /track, query: {no: "${{ tracking.numbers | join(',') }}"}}
  items: $.list[*]
  item: {tracking_number: $.no}
  events: $.events[*]
  event:
    carrier_ref: $.shipment
    occurred_at: {from: $.at, format: rfc3339}
    status: {code: $.code, vocabulary: words}
vocabularies:
  words: {codes: {DL: delivered}, unknown: park}
"#;

const ORDER: &str = r#"{order_id: o1, operation_id: o1-1, carrier: swiftpost, shipment: {reference: r1, parcels: [{weight: 1}],
    sender: {name: A, address: {lines: [x], city: B, country: DE}}, recipient: {name: B, address: {lines: [y], city: S, country: ES}}}}"#;

fn report(body: &str) -> Report {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", CARRIER);
    let compiled = compile(&sources, file);
    let carrier = compiled.carrier.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let mut sources = Sources::default();
    let file = sources.add("cases.yaml", format!("- name: a case\n  source: the test\n{body}"));
    let (cases, diagnostics) = parse(&sources, file);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    run(&Mapping::of(&carrier), &sources, &cases[0], &|_| None)
}

#[track_caller]
fn passes(body: &str) {
    let report = report(body);
    assert!(report.passed(), "{}", report.render());
}

/// What is found in a case before it is run: codes, messages and helps.
fn found(body: &str) -> Vec<(&'static str, String)> {
    let mut sources = Sources::default();
    let file = sources.add("cases.yaml", format!("- name: a case\n  source: the test\n{body}"));
    let told =
        |finding: crate::diagnostic::Diagnostic| (finding.code.id, [vec![finding.message], finding.help].concat().join("; "));
    parse(&sources, file).1.into_iter().map(told).collect()
}

#[test]
fn a_member_that_no_result_has_is_found() {
    let then = |then: &str| found(&format!("  operation: create_shipment\n  then: {then}\n"));
    let all = "{parcels: [{reference: a, tracking_number: b, carrier_ref: c, refused: {code: d}}], documents: [{kind: label, parcel_reference: a}], \
               events: [{parcel_reference: a, carrier_code: x, names: {carrier_ref: c}}], price: {amount: '1', currency: EUR}, \
               completions: [{operation: o, carrier_ref: c, parcels: [{tracking_number: n}]}], errors: []}";
    assert!(then(all).is_empty(), "{:?}", then(all));
    for (wrong, said) in [
        ("{parcels: [{error: {code: d}}]}", "comes out as `refused`"),
        ("{events: [{reference: a}]}", "comes out as `parcel_reference`"),
        ("{documents: [{reference: a}]}", "comes out as `parcel_reference`"),
        ("{parcels: [{number: a}]}", "`parcels` have no `number`"),
        ("{completions: [{parcels: [{number: a}]}]}", "`parcels` have no `number`"),
        ("{price: {amont: '1'}}", "did you mean `amount`?"),
    ] {
        let found = then(wrong);
        assert!(matches!(found.as_slice(), [("E101", words)] if words.contains(said)), "{wrong}: {found:?}");
    }
}

#[test]
fn forms_are_those_that_the_types_make() {
    let members = |key: &str| {
        let form = forms().into_iter().find(|form| form.key == key).expect("a form");
        form.members.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let message = serde_json::to_value(crate::carrier::CarrierMessage { code: Some("c".into()), message: Some("m".into()) });
    let keys: Vec<String> = message.expect("JSON").as_object().expect("an object").keys().cloned().collect();
    assert_eq!(members("errors"), keys);
    assert!(members("events").iter().any(|name| name == "occurred_at") && members("events").iter().any(|name| name == "names"));
}

#[test]
fn numbers_whose_digits_yaml_changes_are_found() {
    for (json, shown) in [("{no: 00123}", "123"), ("{no: 1e3}", "1e+3")] {
        let found = found(&format!("  operation: create_shipment\n  reply: {{json: {json}}}\n"));
        assert!(matches!(found.as_slice(), [("E609", words)] if words.contains(shown)), "{json}: {found:?}");
    }
    let kept = found("  operation: create_shipment\n  reply: {json: {a: 1.50, b: -7, c: \"00123\", d: 1.5}}\n");
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn elements_of_a_document_are_included_and_excluded() {
    let expected =
        |xml: &str| format!("  operation: create_shipment\n  given: {{order: {ORDER}}}\n  expect: {{request: {{xml: {xml}}}}}\n");
    passes(&expected("{includes: ['<ref>r1</ref>', '<box no=\"1\"><weight>7.0</weight></box>'], excludes: [insurance]}"));
    passes(&expected("{includes: '<ref xmlns=\"urn:book\">r1</ref>'}"));
    for (wrong, said) in [
        ("{includes: '<ref>r2</ref>'}", "text \"r2\""),
        ("{includes: '<ref xmlns=\"urn:other\">r1</ref>'}", "urn:other"),
        ("{includes: '<box no=\"2\"><weight>7</weight></box>'}", "box.@no"),
        ("{includes: '<zip>1</zip>'}", "there is no element `zip`"),
        ("{excludes: [weight]}", "expected nothing"),
    ] {
        let text = report(&expected(wrong)).render();
        assert!(text.contains(said), "{wrong}:\n{text}");
    }
}

#[test]
fn an_event_says_by_which_names_it_finds_its_parcel() {
    let given = "  track: true\n  given: {numbers: [N1]}\n  reply: {json: {list: [{no: N1, events: [{code: DL, shipment: S7, at: \"2026-03-02T12:00:00Z\"}]}]}}\n";
    passes(&format!("{given}  then: {{events: [{{status: delivered, names: {{tracking_number: N1, carrier_ref: S7}}}}]}}\n"));
    let text = report(&format!("{given}  then: {{events: [{{names: {{carrier_ref: S8}}}}]}}\n")).render();
    assert!(text.contains("then.events[0].names.carrier_ref") && text.contains("text \"S7\""), "{text}");
}

#[test]
fn a_case_of_tracking_is_one_request() {
    let text = report("  track: true\n  given: {numbers: [N1, N2, N3]}\n").render();
    assert!(text.contains("one request, which asks for 2 at most: 3 are given"), "{text}");
}

#[test]
fn a_failure_is_short_for_people_and_whole_for_machines() {
    let body = format!(
        "  operation: create_shipment\n  given: {{order: {ORDER}}}\n  reply: {{status: 500, xml: '<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><r><busy>no</busy></r></e:Body></e:Envelope>'}}\n  then: {{outcome: accepted}}\n"
    );
    let report = report(&body);
    let text = report.render();
    assert!(text.lines().count() <= 24, "{text}");
    assert!(text.contains("did not match") && text.contains("more lines may have a hand in it"), "{text}");
    let lines = |part: &str| report.failures[0].way_back.iter().filter(|way| way.text.contains(part)).count();
    assert_eq!((lines("retry_after"), lines("status: 404"), lines("carrier_ref")), (1, 1, 1), "{text}");
}
