//! From a reply to its meaning and to what is read from it.

use crate::support::{NOW, account, answer, answer_of, carrier, file, indented, order, refused_file, replied};
use crossdock_engine::carrier::{Answer, CallId, Outcome, Progress, Reply};
use serde_json::{Value, json};
use std::time::Duration;

/// A file with one operation that reads its reply by these rules and this extract.
fn reading(rules: &str, extract: &str) -> String {
    let extract = if extract.is_empty() { String::new() } else { format!("    extract:\n{}", indented(extract, 6)) };
    file(&format!(
        "operations:\n  create_shipment:\n    request: {{method: POST, path: /x}}\n    responses:\n{}{extract}",
        indented(rules, 6)
    ))
}

fn raw(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reply::Answered { status, headers, body: body.to_vec() }
}

#[track_caller]
fn check_outcome(rules: &str, reply: Reply, outcome: Outcome) {
    assert_eq!(answer(&reading(rules, ""), &reply).outcome, outcome);
}

fn said(answer: &Answer) -> Vec<(Option<&str>, Option<&str>)> {
    answer.errors.iter().map(|error| (error.code.as_deref(), error.message.as_deref())).collect()
}

const TAKE: &str = "- {when: {status: 2xx}, outcome: accepted}\n- $http";

/// What an accepted reply yields.
#[track_caller]
fn check_extract(extract: &str, body: &str, expected: Value) {
    let answer = answer(&reading(TAKE, extract), &replied(200, body));
    assert_eq!((answer.outcome, answer.unreadable), (Outcome::Accepted, None), "{extract}");
    assert_eq!(Value::Object(answer.extracted), expected, "{extract}");
}

#[track_caller]
fn check_unreadable(extract: &str, body: &str, wanted: &str) {
    let answer = answer(&reading(TAKE, extract), &replied(200, body));
    assert_eq!(answer.outcome, Outcome::Unexpected);
    let words = answer.unreadable.unwrap();
    assert!(words.contains(wanted) && words.starts_with("carrier.yaml:"), "{words}");
    assert!(answer.extracted.is_empty());
}

#[test]
fn the_built_in_tail() {
    let cases = [
        (Reply::NotConnected("dns".into()), Outcome::NotWritten),
        (Reply::Broken("timeout".into()), Outcome::Ambiguous),
        (replied(401, ""), Outcome::Misconfigured),
        (replied(403, ""), Outcome::Misconfigured),
        (replied(429, ""), Outcome::Throttled),
        (replied(503, ""), Outcome::Throttled),
        (replied(400, ""), Outcome::Rejected),
        (replied(404, ""), Outcome::Rejected),
        (replied(500, ""), Outcome::Transient),
        (replied(502, "<html>"), Outcome::Transient),
        (replied(200, "{}"), Outcome::Unexpected),
        (replied(302, ""), Outcome::Unexpected),
        (replied(100, ""), Outcome::Unexpected),
    ];
    for (reply, outcome) in cases {
        check_outcome("- $http", reply, outcome);
    }
    let refused = answer(&reading("- $http", ""), &raw(400, &[("content-type", "text/plain")], "postcode?".as_bytes()));
    assert_eq!(said(&refused), [(None, Some("postcode?"))]);
    let throttled = answer(&reading("- $http", ""), &raw(503, &[("RETRY-AFTER", " 120 ")], b""));
    assert_eq!(throttled.retry_after, Some(Duration::from_secs(120)));
}

#[test]
fn the_first_rule_that_matches_wins() {
    let rules = "
- {when: {status: 200, if: body.state == 'waiting'}, outcome: pending}
- {when: {status: [201, 202]}, outcome: pending}
- {when: {header: X-Busy}, outcome: throttled, retry_after: {header: X-Busy}}
- {when: {header: {name: X-Kind, equals: fault}}, outcome: transient}
- {when: {header: {name: X-Kind, matches: '^E[0-9]+$'}}, outcome: rejected}
- {when: {has: '$..error'}, outcome: rejected, message: '${{ body.a.error }}'}
- {when: {error: timeout}, outcome: transient}
- {when: {error: connect}, outcome: not_written}
- {when: {status: 2xx, if: body.id}, outcome: accepted}
- {when: {status: 404}, outcome: not_found}
- {default: true, outcome: misconfigured}";
    check_outcome(rules, replied(200, r#"{"state": "waiting"}"#), Outcome::Pending);
    check_outcome(rules, replied(202, "{}"), Outcome::Pending);
    check_outcome(rules, raw(200, &[("x-busy", "7")], b"{}"), Outcome::Throttled);
    check_outcome(rules, raw(200, &[("x-kind", "fault")], b"{}"), Outcome::Transient);
    check_outcome(rules, raw(200, &[("X-KIND", "E12")], b"{}"), Outcome::Rejected);
    check_outcome(rules, raw(200, &[("X-KIND", "E12b")], br#"{"id": "1"}"#), Outcome::Accepted);
    check_outcome(rules, replied(200, r#"{"id": "1", "a": {"error": "x"}}"#), Outcome::Rejected);
    check_outcome(rules, replied(200, r#"{"id": "1", "a": [{"error": ""}, {"error": null}]}"#), Outcome::Accepted);
    check_outcome(rules, Reply::Broken(String::new()), Outcome::Transient);
    check_outcome(rules, Reply::NotConnected(String::new()), Outcome::NotWritten);
    check_outcome(rules, replied(404, ""), Outcome::NotFound);
    check_outcome(rules, replied(500, ""), Outcome::Misconfigured);
    let busy = answer(&reading(rules, ""), &raw(200, &[("x-busy", "7")], b"{}"));
    assert_eq!(busy.retry_after, Some(Duration::from_secs(7)));
}

#[test]
fn named_rules_are_spliced() {
    let text = file(
        "replies:
  refusals: [{when: {has: $.error}, outcome: rejected, code: $.error}]
  all: [$refusals, {when: {status: 2xx}, outcome: accepted}, $http]
operations:
  create_shipment: {request: {method: POST, path: /x}, responses: all}
",
    );
    assert_eq!(said(&answer(&text, &replied(200, r#"{"error": 5}"#))), [(Some("5"), None)]);
    assert_eq!(answer(&text, &replied(200, "{}")).outcome, Outcome::Accepted);
    refused_file(&text.replace("[$refusals", "[$refusal"), "there is no list of rules `refusal`");
    refused_file(&text.replace(", $http]", "]"), "the last rule is conditional");
    refused_file(
        &text
            .replace("{when: {status: 2xx}, outcome: accepted}, $http", "$http, {when: {status: 2xx}, outcome: accepted}, $http"),
        "never reached",
    );
}

#[test]
fn errors_and_warnings_one_by_one() {
    let rules = "
- {when: {has: '$.errors[*]'}, outcome: rejected, each: '$.errors[*]', code: $.code, message: [$.text, $.title]}
- {when: {has: $.fault}, outcome: rejected, each: ['$.fault[*]', '$.more[*]'], message: '${{ body.prefix }}'}
- {when: {status: 2xx}, outcome: accepted, warnings: {each: '$.notes[*]', code: $.no, message: $.text}}
- $http";
    let carrier = carrier(&reading(rules, ""));
    let two = answer_of(
        &carrier,
        &replied(400, r#"{"errors": [{"code": 12, "text": ""}, {"title": "no street"}, {}, {"code": null, "text": {"a": 1}}]}"#),
    );
    assert_eq!(said(&two), [(Some("12"), None), (None, Some("no street")), (None, Some(r#"{"a":1}"#))]);
    let one = answer_of(&carrier, &replied(200, r#"{"errors": {"code": "X"}}"#));
    assert_eq!(said(&one), [(Some("X"), None)], "a single one reads as an array of one");
    let warned = answer_of(&carrier, &replied(200, r#"{"notes": [{"no": 1, "text": "late"}, {"text": "far"}]}"#));
    let warnings: Vec<_> = warned.warnings.iter().map(|warning| (warning.code.as_deref(), warning.message.as_deref())).collect();
    assert_eq!((warned.outcome, warnings), (Outcome::Accepted, vec![(Some("1"), Some("late")), (None, Some("far"))]));
}

#[test]
fn a_body_that_cannot_be_read_is_no_success() {
    for body in ["{", "not json", "\u{feff}{]"] {
        let unread = answer(&reading(TAKE, "carrier_ref: $.id"), &replied(200, body));
        assert_eq!(unread.outcome, Outcome::Unexpected, "{body}");
        assert!(unread.unreadable.unwrap().contains("cannot be read"));
        assert_eq!(answer(&reading(TAKE, ""), &replied(500, body)).outcome, Outcome::Transient, "{body}");
    }
}

#[test]
fn parcels_are_ours_by_reference_or_position() {
    let body = r#"{"all": [{"ref": "R-1/1", "no": 17, "id": "a"}, {"no": "x", "id": null}]}"#;
    check_extract(
        "parcels: {each: '$.all[*]', reference: $.ref, tracking_number: $.no, carrier_ref: $.id}",
        body,
        json!({"parcels": [{"reference": "R-1/1", "tracking_number": "17", "carrier_ref": "a"}, {"tracking_number": "x"}]}),
    );
    check_extract(
        "parcels: {each: '$.all[*]', tracking_number: $.no}",
        r#"{"all": {"no": 1}}"#,
        json!({"parcels": [{"tracking_number": "1"}]}),
    );
    check_extract(
        "parcels: {tracking_number: '$.all[0].no', carrier_ref: '$$.all[1].no'}",
        body,
        json!({"parcels": [{"tracking_number": "17", "carrier_ref": "x"}]}),
    );
    check_extract("parcels: {each: '$.none[*]', tracking_number: $.no, optional: true}", body, json!({"parcels": []}));
    let carrier = carrier(&reading(TAKE, "parcels: {each: '$.all[*]', tracking_number: $.no}"));
    let order = order(json!({"shipment": {"parcels": [{"reference": "A", "weight": 1}, {"reference": "B", "weight": 1}]}}));
    let call = CallId { step: None, iteration: 0, undo: false };
    let mut progress = Progress::default();
    let read = carrier.interpret("create_shipment", &order, &account(&carrier), &progress, &call, &replied(200, body));
    progress.record(call, read);
    let done = carrier.next("create_shipment", &order, &account(&carrier), &crate::support::tokens(), &progress, NOW).unwrap();
    let crossdock_engine::carrier::Next::Done(done) = done else { panic!("{done:?}") };
    assert_eq!(
        done.extracted["parcels"],
        json!([{"tracking_number": "17", "reference": "A"}, {"tracking_number": "x", "reference": "B"}])
    );
}

#[test]
fn documents_are_bytes_of_a_kind() {
    let pdf = "JVBERi0xLjcK";
    let label = |data: &str, media: &str| format!("documents: [{{kind: label, data: {data}, media: {media}}}]");
    let document = |media: &str, data: &str| json!({"documents": [{"kind": "label", "media": media, "data": data}]});
    let decoded = label("{from: $.l, decode: base64}", "application/pdf");
    check_extract(&decoded, &format!(r#"{{"l": "{pdf}"}}"#), document("application/pdf", pdf));
    check_extract(&decoded, r#"{"l": "JVBE\r\nRi0xLjcK"}"#, document("application/pdf", pdf));
    check_extract(&decoded, r#"{"l": null}"#, json!({}));
    check_extract(&decoded, r#"{"l": ""}"#, json!({}));
    check_extract(&decoded, "{}", json!({}));
    check_extract(&label("$.l", "application/zpl"), r#"{"l": "^XA^XZ"}"#, document("application/zpl", "XlhBXlha"));
    check_extract(&label("$.l", "$.m"), r#"{"l": "^XA", "m": "x/y"}"#, document("x/y", "XlhB"));
    check_extract(
        "documents: {each: '$.d[*]', kind: $.k, data: $.b, media: text/plain}",
        r#"{"d": [{"k": "label", "b": "a"}, {"k": "customs", "b": "b"}, {"k": "invoice"}]}"#,
        json!({"documents": [
            {"kind": "label", "media": "text/plain", "data": "YQ=="}, {"kind": "customs", "media": "text/plain", "data": "Yg=="},
        ]}),
    );
    check_unreadable(&decoded, r#"{"l": "aGVsbG8="}"#, "does not begin like application/pdf");
    check_unreadable(&decoded, r#"{"l": "%%%"}"#, "no Base64");
    check_unreadable(&label("$.l", "$.m"), r#"{"l": "x"}"#, "media type");
    let whole = answer(
        &reading(TAKE, &label("$body", "{header: content-type}")),
        &raw(200, &[("Content-Type", "image/png")], b"\x89PNG\x00\xff"),
    );
    assert_eq!(whole.unreadable, None);
    assert_eq!(whole.extracted["documents"][0], json!({"kind": "label", "media": "image/png", "data": "iVBORwD/"}));
}

#[test]
fn prices_urls_and_own_fields() {
    check_extract(
        "price: {amount: $.p, currency: $.c}",
        r#"{"p": 12.50, "c": "EUR"}"#,
        json!({"price": {"amount": "12.50", "currency": "EUR"}}),
    );
    check_extract(
        "price: {amount: $.p, currency: $.c}",
        r#"{"p": "1E1", "c": "EUR"}"#,
        json!({"price": {"amount": "10", "currency": "EUR"}}),
    );
    check_extract("price: {amount: $.p, currency: $.c}", r#"{"p": null, "c": "EUR"}"#, json!({}));
    check_unreadable("price: {amount: $.p, currency: $.c}", r#"{"p": "12,50", "c": "EUR"}"#, "no number");
    check_extract(
        "tracking_url: $.u\ncarrier_ref: $.n",
        r#"{"u": "https://x.example/?a=b", "n": 7}"#,
        json!({"tracking_url": "https://x.example/?a=b", "carrier_ref": "7"}),
    );
    check_extract("carrier_ref: {from: $.n, required: true}", r#"{"n": 0}"#, json!({"carrier_ref": "0"}));
    check_unreadable("carrier_ref: {from: $.n, required: true}", r#"{"n": ""}"#, "required");
    check_unreadable("carrier_ref: $.n", r#"{"n": {"a": 1}}"#, "not a text");
}

/// The value of one source, read as `carrier_ref`.
#[track_caller]
fn check_source(source: &str, body: &str, expected: &str) {
    check_extract(&format!("carrier_ref: {source}"), body, json!({"carrier_ref": expected}));
}

#[test]
fn sources_are_tried_in_turn_joined_and_typed() {
    check_source("[$.a, $.b, $.c]", r#"{"a": null, "b": "", "c": "x"}"#, "x");
    check_source("[{from: $.a, type: string}, $.b]", r#"{"b": "x"}"#, "x");
    check_source("[{from: $.a, type: string}, $.b]", r#"{"a": 1.10, "b": "x"}"#, "1.10");
    check_source("{from: [$.a, $.b, '$.c[*]'], join: ', '}", r#"{"a": "x", "b": null, "c": ["y", "", 3]}"#, "x, y, 3");
    check_source("{from: $.a, default: none}", "{}", "none");
    check_source("{header: content-type}", "{}", "application/json");
    check_source("$text", r#"{"a": 1}"#, r#"{"a": 1}"#);
    check_source("${{ body.a ~ '-' ~ status }}", r#"{"a": "x"}"#, "x-200");
    check_source("x-${{ body.a }}", r#"{"a": 1E10}"#, "x-1E10");
    check_source("\"$.l[?@.k == 'no'].v\"", r#"{"l": [{"k": "a", "v": 1}, {"k": "no", "v": 1E10}]}"#, "1E10");
    check_source("$.a['@b-c']", r#"{"a": {"@b-c": "x"}}"#, "x");
    check_source("{from: $.a, type: integer}", r#"{"a": " 007 "}"#, "7");
    check_source("{from: $.a, type: decimal}", r#"{"a": "1.50"}"#, "1.5");
    check_source("{from: $.a, type: boolean}", r#"{"a": 1}"#, "true");
    check_source("{from: $.a, format: '%d.%m.%Y', type: date}", r#"{"a": "1.4.2026"}"#, "2026-04-01");
    check_source(
        "{from: $.a, format: '%Y-%m-%d %H:%M', zone: Europe/Paris}",
        r#"{"a": "2026-07-01 10:00"}"#,
        "2026-07-01T10:00:00+02:00",
    );
    check_source("{from: $.a, format: [rfc3339, unix]}", r#"{"a": 1775044800}"#, "2026-04-01T12:00:00Z");
    check_unreadable("carrier_ref: {from: $.a, type: integer}", r#"{"a": "x1"}"#, "no number");
    check_unreadable("carrier_ref: {from: $.a, format: rfc3339}", r#"{"a": "soon"}"#, "");
    refused_file(&reading(TAKE, "carrier_ref: '$.l[*].v'"), "can yield many");
    refused_file(&reading(TAKE, "carrier_ref: no"), "no source");
    refused_file(&reading(TAKE, "carrier_ref: {from: $.a, format: '%Y-%m-%d %H:%M'}"), "without a zone");
}

#[test]
fn xml_replies_read_by_local_names() {
    let xml = r#"<?xml version="1.0"?><s:r xmlns:s="urn:s"><s:no kind="a"> 00123450 </s:no><p id="1"><n>1E10</n></p><p id="2"><n>0x10</n></p></s:r>"#;
    let read = |extract: &str| {
        let answer = answer(&reading(TAKE, extract), &raw(200, &[("Content-Type", "application/xml")], xml.as_bytes()));
        assert_eq!(answer.unreadable, None);
        Value::Object(answer.extracted)
    };
    assert_eq!(read("carrier_ref: $.r.no"), json!({"carrier_ref": "00123450"}));
    assert_eq!(read("carrier_ref: \"$.r.no['@kind']\""), json!({"carrier_ref": "a"}));
    assert_eq!(
        read("parcels: {each: '$.r.p[*]', reference: \"$['@id']\", tracking_number: $.n}"),
        json!({"parcels": [{"reference": "1", "tracking_number": "1E10"}, {"reference": "2", "tracking_number": "0x10"}]})
    );
    assert_eq!(read("parcels: {each: '$.r.no[*]', tracking_number: $}"), json!({"parcels": [{"tracking_number": "00123450"}]}));
    let entity = raw(200, &[("Content-Type", "application/xml")], b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>");
    assert_eq!(answer(&reading(TAKE, "carrier_ref: $.a"), &entity).outcome, Outcome::Unexpected);
}

#[test]
fn errors_may_stand_in_headers() {
    let rules = "
- {when: {header: X-Error}, outcome: rejected, code: {header: X-Code}, message: {from: [{header: x-error}, {header: X-More}], join: ' '}}
- {when: {header: {name: X-State, matches: '^busy'}}, outcome: throttled, retry_after: {header: X-Wait}}
- {when: {status: 2xx}, outcome: accepted, warnings: {code: {header: X-Note-Code}, message: {header: X-Note}}}
- $http";
    let extract = "carrier_ref: {from: {header: X-Id}, decode: base64, type: string}\ntracking_url: {header: Location}";
    let read = |headers: &[(&str, &str)]| answer(&reading(rules, extract), &raw(200, headers, b""));
    let refused = read(&[("x-error", "no such"), ("X-More", "place"), ("x-code", "E 7")]);
    assert_eq!((refused.outcome, said(&refused)), (Outcome::Rejected, vec![(Some("E 7"), Some("no such place"))]));
    let busy = read(&[("X-State", "busy now"), ("X-Wait", "9")]);
    assert_eq!((busy.outcome, busy.retry_after), (Outcome::Throttled, Some(Duration::from_secs(9))));
    let taken = read(&[("X-Id", "MDA3"), ("Location", "https://t.example/7"), ("X-Note", "late")]);
    assert_eq!(taken.outcome, Outcome::Accepted);
    assert_eq!(Value::Object(taken.extracted), json!({"carrier_ref": "007", "tracking_url": "https://t.example/7"}));
    assert_eq!(taken.warnings[0].message.as_deref(), Some("late"));
    assert!(read(&[("X-Id", "MDA3")]).warnings.is_empty());
}

#[test]
fn retry_after_may_be_a_date_beside_the_replys_own() {
    let wait = |headers: &[(&str, &str)]| answer(&reading(TAKE, ""), &raw(503, headers, b"")).retry_after;
    let date = ("Date", "Wed, 21 Oct 2026 07:28:00 GMT");
    assert_eq!(wait(&[date, ("Retry-After", "Wed, 21 Oct 2026 07:30:05 GMT")]), Some(Duration::from_secs(125)));
    assert_eq!(wait(&[date, ("Retry-After", "Wed, 21 Oct 2026 07:00:00 GMT")]), Some(Duration::ZERO));
    assert_eq!(wait(&[("Retry-After", "Wed, 21 Oct 2026 07:30:05 GMT")]), None);
    assert_eq!(wait(&[date, ("Retry-After", "soon")]), None);
}

#[test]
fn of_many_one_may_be_picked() {
    let body = r#"{"links": [{"rel": "self", "href": "a"}, {"rel": "label", "href": "b"}, {"rel": "label", "href": "c"}], "events": [{"at": 1}, {"at": null}, {"at": 2}]}"#;
    check_extract("tracking_url: {from: \"$.links[?@.rel=='label'].href\", pick: first}", body, json!({"tracking_url": "b"}));
    check_extract("tracking_url: {from: \"$.links[?@.rel=='label'].href\", pick: last}", body, json!({"tracking_url": "c"}));
    check_extract("carrier_ref: {from: ['$.none[*].x', '$.events[*].at'], pick: last}", body, json!({"carrier_ref": "2"}));
    check_extract("carrier_ref: {from: '$.none[*].x', pick: first, default: none}", body, json!({"carrier_ref": "none"}));
    refused_file(
        &reading(TAKE, "carrier_ref: {from: '$.links[*].href', pick: first, join: ','}"),
        "say different things of many values",
    );
}

#[test]
fn a_document_may_stand_as_a_text_in_another() {
    let extract = "
carrier_ref: ${{ (body.xml | parse_xml).r.id['@no'] }}
tracking_url: ${{ (body.json | parse_json).links[1] }}";
    let body = json!({"xml": "<r xmlns='urn:r'><id no='007'/></r>", "json": r#"{"links": ["a", "b"]}"#}).to_string();
    check_extract(extract, &body, json!({"carrier_ref": "007", "tracking_url": "b"}));
    check_unreadable("carrier_ref: '${{ (body.xml | parse_xml).r }}'", r#"{"xml": "no"}"#, "no XML");
    check_unreadable("carrier_ref: '${{ body.json | parse_json }}'", r#"{"json": "{"}"#, "no JSON");
}

#[test]
fn multipart_replies_are_read_part_by_part() {
    let body = b"preamble\r\n--b1\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{\"no\": 7E1}\r\n\
                 --b1\r\nContent-Disposition: form-data; name=\"x\"\r\nContent-Type: text/xml\r\n\r\n<a><b>1</b></a>\r\n\
                 --b1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nsay\r\n--b2\r\n\
                 --b1\r\nContent-Disposition: attachment; filename=label.pdf\r\nContent-Type: application/pdf\r\n\r\n%PDF\xFF\r\n--b1--\r\n";
    let extract = "
carrier_ref: $.meta.no
tracking_url: {from: [$.x.a.b, $.note], join: ' '}
documents: [{kind: label, data: {from: \"$['label.pdf']\", decode: base64}, media: application/pdf}]";
    let reply = |body: &[u8]| raw(200, &[("Content-Type", "multipart/form-data; boundary=\"b1\"")], body);
    let answer_to = |body: &[u8]| answer(&reading(TAKE, extract), &reply(body));
    let read = answer_to(body);
    assert_eq!((read.outcome, read.unreadable), (Outcome::Accepted, None));
    assert_eq!(
        Value::Object(read.extracted),
        json!({"documents": [{"kind": "label", "media": "application/pdf", "data": "JVBERv8="}], "carrier_ref": "7E1", "tracking_url": "1 say\r\n--b2"})
    );
    assert_eq!(answer_to(&body[..body.len() - 8]).outcome, Outcome::Unexpected);
    assert_eq!(answer_to(b"nothing").outcome, Outcome::Unexpected);
}

#[test]
fn of_a_text_a_part_may_be_taken() {
    check_source("{from: $.m, match: 'after ([0-9]+) seconds'}", r#"{"m": "Retry after 17 seconds"}"#, "17");
    check_source("{from: $.m, match: '[A-Z]+'}", r#"{"m": "LAX-3"}"#, "LAX");
    check_source("{from: $.m, match: '^0*([1-9][0-9]*)$', type: integer}", r#"{"m": "0042"}"#, "42");
    check_source("{from: $.m, match: '[0-9]+', default: none}", r#"{"m": "soon"}"#, "none");
    check_source("{from: [$.a, $.b], match: 'no ([0-9]+)'}", r#"{"a": "nothing", "b": "no 5"}"#, "5");
    check_source("{from: \"$.l[*]\", match: 'n([0-9])', join: ','}", r#"{"l": ["n1", "x", "n2"]}"#, "1,2");
    check_source(
        "{from: $.d, match: 'base64,(.*)', decode: base64, type: string}",
        r#"{"d": "data:text/plain;base64,aGk="}"#,
        "hi",
    );
    check_source("${{ body.m | capture('after ([0-9]+)') | number + 1 }}", r#"{"m": "after 17"}"#, "18");
    check_unreadable("carrier_ref: {from: $.m, match: x}", r#"{"m": {"a": 1}}"#, "not a text");
    refused_file(&reading(TAKE, "carrier_ref: {from: $.m, match: '('}"), "not a regular expression");
}

/// What a step reads into a field of the file's own.
#[track_caller]
fn own(source: &str, reply: &Reply) -> Value {
    let carrier = carrier(&file(&format!(
        "operations:\n  create_shipment:\n    steps:\n      ask:\n        request: {{method: GET, path: /x}}\n        extract: {{own: {source}}}\n      tell: {{request: {{method: POST, path: /x, json: {{own: \"${{{{ steps.ask.own }}}}\"}}}}}}\n"
    )));
    let call = CallId { step: Some("ask".into()), iteration: 0, undo: false };
    let answer = carrier.interpret("create_shipment", &order(json!({})), &account(&carrier), &Progress::default(), &call, reply);
    assert_eq!((answer.outcome, &answer.unreadable), (Outcome::Accepted, &None), "{source}");
    answer.extracted.get("own").cloned().unwrap_or_default()
}

#[test]
fn a_calculated_list_stays_a_list_however_long_it_is() {
    let body = |count: usize| {
        let list: Vec<Value> = (0..count).map(|no| json!({"no": no, "on": true})).collect();
        json!({"list": list}).to_string()
    };
    for count in [1, 2, 3] {
        let wanted: Vec<Value> = (0..count).map(|no| json!({"no": no, "on": true})).collect();
        for source in ["\"${{ body.list | select('on') }}\"", "\"${{ body.list[0:9] }}\"", "$.list"] {
            assert_eq!(own(source, &replied(200, &body(count))), json!(wanted), "{source}");
        }
    }
    let three = |source: &str| own(source, &replied(200, &body(3)));
    assert_eq!(own("[\"${{ body.list | select('off') }}\", $.else]", &replied(200, r#"{"list": [{}], "else": "x"}"#)), "x");
    assert_eq!(three("{from: \"${{ body.list | map('no') }}\", pick: last}"), 2);
    assert_eq!(three("{from: \"${{ body.list | map('no') }}\", join: '-'}"), "0-1-2");
    check_unreadable("carrier_ref: \"${{ body.list | map('no') }}\"", &body(2), "a list, not a text");
}

#[test]
fn a_lone_element_is_the_first_of_its_list_in_expressions_too() {
    let xml = |reply: &str| raw(200, &[("Content-Type", "application/xml")], reply.as_bytes());
    let (one, two) = ("<r><e><m>a</m></e></r>", "<r><e><m>a</m></e><e><m>b</m></e></r>");
    for reply in [one, two] {
        assert_eq!(own("\"${{ body.r.e[0].m }}\"", &xml(reply)), "a", "{reply}");
        assert_eq!(own("\"${{ (body.r.e | list | first).m }}\"", &xml(reply)), "a", "{reply}");
        assert_eq!(own("\"${{ body.r.e | list | length }}\"", &xml(reply)), if reply == one { 1 } else { 2 });
    }
    assert_eq!(own("\"${{ body.r.e | list | length }}\"", &xml("<r><x/></r>")), 0);
}
