//! Cases on bodies beside JSON, on operations that wait, on shipments asked for by several names.

use super::{Mapping, Report, parse, run};
use crate::compile::compile;
use crate::source::Sources;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
secrets: [key]
servers: {production: {api: "https://api.swiftpost.example/v2"}}
operations:
  soap:
    request: {path: /ws, soap: {body: {Book: {n: "${{ shipment.parcels | length }}"}}}}
    extract: {carrier_ref: $.r.id}
  form:
    request: {path: /f, form: {a: x, XML: {$xml: {R: {n: "${{ shipment.parcels | length }}"}}}, J: {$json: {n: "${{ shipment.parcels | length }}"}}}}
  upload:
    request:
      path: /u
      multipart:
        ref: ${{ shipment.reference }}
        n: ${{ shipment.parcels | length }}
        file: {$file: a.bin, $media: application/zpl, $data: "${{ '/w==' | base64_decode }}"}
  bytes:
    requires: [{that: shipment.parcels, message: no parcels}]
    request: {path: /b, bytes: "${{ '/w==' | base64_decode }}"}
    extract: {documents: [{kind: label, data: $body, media: application/zpl}]}
  later:
    requires: [{that: shipment.parcels, message: no parcels}]
    steps:
      create:
        request: {method: POST, path: /s, json: {}}
        extract: {id: $.id}
      confirmed:
        poll: {every: 30s}
        request: {path: "/s/${{ steps.create.id }}"}
        responses:
          - {when: {if: body.ready}, outcome: accepted}
          - {when: {status: 2xx}, outcome: pending}
          - $http
        extract: {carrier_ref: $.no}
webhooks:
  ready:
    verify: {header: {name: x-key, value: "${{ secret.key }}"}}
    completes: [{operation: later, step: confirmed, carrier_ref: $.id, outcome: accepted, extract: {carrier_ref: $.no}}]
track:
  batch: 3
  request: {path: /track, json: {ids: "${{ tracking.carrier_refs }}"}}
  items: $[*]
  item: {carrier_ref: $.id}
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

fn operation(name: &str, rest: &str) -> String {
    format!("  operation: {name}\n  given: {{order: {ORDER}}}\n{rest}\n")
}

#[track_caller]
fn passes(body: &str) {
    let report = report(body);
    assert!(report.passed(), "{}", report.render());
}

#[track_caller]
fn fails(body: &str, parts: &[&str]) {
    let text = report(body).render();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn envelopes_are_compared_as_documents() {
    let expected = |n: u8| {
        format!(
            "  expect: {{request: {{headers: {{includes: {{soapaction: '\"\"'}}}}, xml: '<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><Book><n>{n}</n></Book></e:Body></e:Envelope>'}}}}\n  \
             reply: {{xml: '<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><r><id>7</id></r></e:Body></e:Envelope>'}}\n  \
             then: {{outcome: accepted, carrier_ref: \"7\"}}"
        )
    };
    passes(&operation("soap", &expected(1)));
    fails(&operation("soap", &expected(2)), &["request.xml.Envelope.Body.Book.n", "carrier.yaml:7:"]);
}

#[test]
fn structures_inside_fields_are_compared_as_such() {
    let expected =
        |xml: &str, json: &str| format!("  expect: {{request: {{form: {{a: x, XML: {{xml: '{xml}'}}, J: {{json: {json}}}}}}}}}");
    passes(&operation("form", &expected("<R> <n>1</n> </R>", "{n: 1}")));
    passes(&operation("form", "  expect: {request: {form: {includes: {J: {json: {n: 1}}}, excludes: [b]}}}"));
    fails(&operation("form", &expected("<R><n>2</n></R>", "{n: 1}")), &["request.form.XML.R.n", "carrier.yaml:10:"]);
    fails(&operation("form", &expected("<R><n>1</n></R>", "{n: '1'}")), &["request.form.J.n", "expected text"]);
    fails(
        &operation("form", "  expect: {request: {form: {a: x, J: {json: {n: 1}}}}}"),
        &["request.form.XML", "expected nothing"],
    );
}

#[test]
fn multipart_and_bytes_are_compared_part_by_part() {
    let parts = |n: u8, media: &str| {
        format!("  expect: {{request: {{multipart: {{ref: r1, n: {n}, file: {{file: a.bin, media: {media}, base64: /w==}}}}}}}}")
    };
    passes(&operation("upload", &parts(1, "application/zpl")));
    fails(&operation("upload", &parts(2, "application/zpl")), &["request.multipart.n", "carrier.yaml:16:"]);
    fails(&operation("upload", &parts(1, "application/pdf")), &["request.multipart.file.media", "carrier.yaml:17:"]);
    fails(&operation("form", "  expect: {request: {multipart: {a: x}}}"), &["the body is no multipart"]);
    let bytes = "  reply: {base64: /wA=}\n  then: {documents: [{kind: label, data: /wA=}]}";
    passes(&operation("bytes", &format!("  expect: {{request: {{base64: /w==}}}}\n{bytes}")));
    fails(&operation("bytes", &format!("  expect: {{request: {{base64: /w8=}}}}\n{bytes}")), &["request.base64"]);
}

#[test]
fn what_is_asked_again_is_listed_as_often() {
    let exchanges = |polls: &str, outcome: &str| {
        format!("  exchanges:\n    - {{step: create, reply: {{json: {{id: 7}}}}}}\n{polls}  then: {{outcome: {outcome}}}")
    };
    let poll = |ready: bool| {
        format!("    - {{step: confirmed, expect: {{request: {{path: /v2/s/7}}}}, reply: {{json: {{ready: {ready}, no: 9}}}}}}\n")
    };
    passes(&operation("later", &exchanges(&format!("{}{}{}", poll(false), poll(false), poll(true)), "accepted")));
    passes(&operation("later", &exchanges(&poll(false), "pending")));
    fails(
        &operation("later", &exchanges(&format!("{}{}", poll(true), poll(true)), "accepted")),
        &["does not happen: step confirmed"],
    );
}

#[test]
fn completions_are_expected_of_webhooks() {
    let given = "  webhook: ready\n  given: {secrets: {key: k}, headers: {x-key: k}, json: {id: S7, no: N1}}\n";
    passes(&format!(
        "{given}  then: {{verified: true, completions: [{{operation: later, step: confirmed, outcome: accepted, names: {{carrier_ref: S7}}, carrier_ref: N1}}]}}\n"
    ));
    fails(
        &format!("{given}  then: {{completions: [{{operation: later, names: {{carrier_ref: S8}}}}]}}\n"),
        &["then.completions[0].names.carrier_ref", "carrier.yaml:39:"],
    );
}

#[test]
fn shipments_are_asked_for_by_name() {
    let given = "  track: true\n  given: {numbers: [{tracking_number: N1, carrier_ref: C1}, {carrier_ref: C2}]}\n  reply: {json: [{id: C1}]}\n";
    passes(&format!(
        "{given}  expect: {{request: {{json: {{ids: [C1, C2]}}}}}}\n  then: {{outcome: accepted, not_found: [C2], events: []}}\n"
    ));
    fails("  track: true\n  given: {numbers: [N1]}\n", &["asked by `tracking.carrier_ref`"]);
}
