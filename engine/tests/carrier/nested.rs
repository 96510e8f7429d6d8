//! Entries within entries: what is read from an inner one can read the outer one.

use crate::support::{NOW, account, answer, carrier, file, indented, refused_file, replied};
use crossdock_engine::carrier::{Asked, Delivery, Found, Outcome};
use serde_json::{Value, json};

/// The events of a delivery, as number, code, place and reason of the outer entry.
#[track_caller]
fn events(events: &str, event: &str, body: &str) -> Vec<(Option<String>, String, Option<String>)> {
    let carrier = carrier(&file(&format!(
        "webhooks:\n  tracking:\n    verify: {{none: the carrier signs nothing}}\n    events: {events}\n    event:\n{}\
         vocabularies: {{v: {{codes: {{a: picked_up, b: delivered}}, unknown: park}}}}\n",
        indented(event, 6)
    )));
    let delivery = Delivery { method: "POST".into(), body: body.as_bytes().to_vec(), ..Delivery::default() };
    let found = carrier.translate("tracking", &delivery, &account(&carrier), NOW).unwrap();
    assert!(found.unmapped.is_empty(), "{:?}", found.unmapped);
    let triple = |found: Found| {
        let event = found.event;
        (event.tracking_number, event.carrier_code.unwrap_or_default(), event.location.map(|place| place.text))
    };
    found.events.into_iter().map(triple).collect()
}

const EVENT: &str = "tracking_number: $item.no\nlocation: [$.at, $$.depot]\nstatus: {code: $.code, vocabulary: v}\n";

fn triple(number: &str, code: &str, place: &str) -> (Option<String>, String, Option<String>) {
    (Some(number.to_owned()), code.to_owned(), Some(place.to_owned()))
}

#[test]
fn an_event_reads_the_entry_around_it() {
    let body = r#"{"depot": "Lyon", "parcels": [
        {"no": "A", "events": [{"code": "a"}, {"code": "b", "at": "Nice"}]},
        {"no": "B", "events": []}, {"no": "C"},
        {"no": "0D", "events": {"code": "b"}}]}"#;
    let wanted = [triple("A", "a", "Lyon"), triple("A", "b", "Nice"), triple("0D", "b", "Lyon")];
    for path in ["\"$.parcels[*].events[*]\"", "$.parcels[*].events", "\"$['parcels'][*]['events'][*]\""] {
        assert_eq!(events(path, EVENT, body), wanted, "{path}");
    }
    // One parcel without a list around it is a list of one.
    let one = r#"{"depot": "Lyon", "parcels": {"no": 7, "events": [{"code": "a"}]}}"#;
    assert_eq!(events("\"$.parcels[*].events[*]\"", EVENT, one), [triple("7", "a", "Lyon")]);
}

#[test]
fn the_entry_around_has_a_name_in_expressions() {
    let event = "if: item.kind != 'test'\ntracking_number: \"${{ item.no }}-${{ event.piece }}\"\nlocation: $$.depot\nstatus: {code: $.code, vocabulary: v}\n";
    let body = r#"{"depot": "Lyon", "parcels": [{"no": "A", "kind": "test", "events": [{"code": "a", "piece": 1}]}, {"no": "B", "events": [{"code": "b", "piece": 2}]}]}"#;
    assert_eq!(events("\"$.parcels[*].events[*]\"", event, body), [triple("B-2", "b", "Lyon")]);
}

#[test]
fn of_three_levels_the_middle_one_is_around() {
    let body = r#"{"depot": "Lyon", "runs": [{"no": "R", "parcels": [{"no": "A", "events": [{"code": "a"}]}, {"no": "B", "events": [{"code": "b"}]}]}, {"parcels": [{"no": "C", "events": [{"code": "a"}]}]}]}"#;
    let wanted = [triple("A", "a", "Lyon"), triple("B", "b", "Lyon"), triple("C", "a", "Lyon")];
    assert_eq!(events("\"$.runs[*].parcels[*].events[*]\"", EVENT, body), wanted);
}

#[test]
fn entries_that_a_query_picks_have_one_around_them_too() {
    let body = r#"{"depot": "Lyon", "parcels": [{"no": "A", "events": [{"code": "a", "kind": "scan"}, {"code": "x", "kind": "note"}]}, {"no": "B", "events": [{"code": "b", "kind": "scan"}]}]}"#;
    let wanted = [triple("A", "a", "Lyon"), triple("B", "b", "Lyon")];
    assert_eq!(events("\"$.parcels[*].events[?@.kind=='scan']\"", EVENT, body), wanted);
    let several = "[\"$.parcels[*].events[?@.kind=='scan']\", \"$.more[*].events[*]\"]";
    let more = body.replace("{\"depot\"", "{\"more\": [{\"no\": \"M\", \"events\": [{\"code\": \"b\"}]}], \"depot\"");
    assert_eq!(events(several, EVENT, &more), [triple("A", "a", "Lyon"), triple("B", "b", "Lyon"), triple("M", "b", "Lyon")]);
}

#[test]
fn results_and_errors_read_the_entry_around_them() {
    let text = file(
        r#"operations:
  create_shipment:
    request: {method: POST, path: /x}
    responses:
      - {when: {has: "$.parcels[*].errors[*]"}, outcome: rejected, each: "$.parcels[*].errors[*]", code: $.code, message: "${{ item.ref }}: ${{ body.kind }}"}
      - {when: {status: 2xx}, outcome: accepted}
      - $http
    extract:
      parcels: {each: "$.consignments[*].parcels[*]", reference: $.ref, tracking_number: $.no, carrier_ref: "${{ item.id }}/${{ parcel.no }}"}
      documents: {each: "$.consignments[*].papers[*]", kind: label, data: $.data, media: text/plain, reference: $item.first}
"#,
    );
    let good = r#"{"consignments": [{"id": "C1", "first": "R-1/1", "parcels": [{"ref": "R-1/1", "no": "N1"}, {"ref": "R-1/2", "no": "N2"}], "papers": [{"data": "aGVsbG8="}]}, {"id": "C2", "parcels": [{"ref": "R-1/3", "no": "N3"}]}]}"#;
    let found = answer(&text, &replied(200, good));
    assert_eq!((found.outcome, &found.unreadable), (Outcome::Accepted, &None));
    let refs: Vec<&Value> = found.extracted["parcels"].as_array().unwrap().iter().map(|parcel| &parcel["carrier_ref"]).collect();
    assert_eq!(refs, ["C1/N1", "C1/N2", "C2/N3"]);
    assert_eq!(found.extracted["documents"][0]["parcel_reference"], json!("R-1/1"));
    let bad = r#"{"kind": "weight", "parcels": [{"ref": "A", "errors": [{"code": 1}, {"code": 2}]}, {"ref": "B", "errors": [{"code": 3}]}]}"#;
    let refused = answer(&text, &replied(200, bad));
    let said: Vec<_> =
        refused.errors.iter().map(|error| (error.code.as_deref().unwrap(), error.message.as_deref().unwrap())).collect();
    assert_eq!(said, [("1", "A: weight"), ("2", "A: weight"), ("3", "B: weight")]);
}

#[test]
fn in_tracking_the_nearest_entry_is_around() {
    let carrier = carrier(&file(
        r#"track:
  batch: 2
  request: {method: GET, path: /track, query: {n: "${{ tracking.numbers }}"}}
  items: $.shipments[*]
  item: {tracking_number: $.no}
  events: $.pieces[*].events[*]
  event: {carrier_ref: $item.piece, status: {code: $.code, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up, b: delivered}, unknown: park}}
"#,
    ));
    let body = r#"{"shipments": [{"no": "A", "pieces": [{"piece": 1, "events": [{"code": "a"}]}, {"piece": 2, "events": [{"code": "b"}]}]}, {"no": "B", "pieces": []}]}"#;
    let asked = [Asked::number("A"), Asked::number("B")];
    let (tracked, _) = carrier.read_track(&asked, &account(&carrier), &replied(200, body), NOW).unwrap();
    let pairs: Vec<_> = tracked
        .events
        .iter()
        .map(|found| (found.correlation.tracking_number.as_deref().unwrap(), found.correlation.carrier_ref.as_deref().unwrap()))
        .collect();
    assert_eq!(pairs, [("A", "1"), ("A", "2")]);
    assert!(tracked.not_found.is_empty());
}

#[test]
fn nothing_is_around_the_outermost() {
    let hook = |events: &str| {
        file(&format!(
            "webhooks:\n  tracking:\n    verify: {{none: the carrier signs nothing}}\n    events: {events}\n    event: {{tracking_number: $item.no, status: {{code: $.code, vocabulary: v}}}}\n\
             vocabularies: {{v: {{codes: {{a: picked_up}}, unknown: park}}}}\n"
        ))
    };
    refused_file(&hook("\"$.events[*]\""), "no entry around");
    refused_file(&hook("\"$.parcels.events[*]\""), "no entry around");
    refused_file(&hook("\"$.parcels[0].events[*]\""), "no entry around");
}

#[test]
fn entries_may_be_calculated() {
    let text = |each: &str| {
        file(&format!(
            "operations:\n  create_shipment:\n    request: {{method: POST, path: /x}}\n    extract:\n      parcels: {{optional: true, each: {each}, tracking_number: $}}\n"
        ))
    };
    let numbers = |each: &str, reply: &str| {
        let found = answer(
            &text(each),
            &crossdock_engine::carrier::Reply::Answered {
                status: 200,
                headers: vec![("content-type".into(), "text/plain".into())],
                body: reply.as_bytes().to_vec(),
            },
        );
        assert_eq!((found.outcome, &found.unreadable), (Outcome::Accepted, &None));
        found.extracted["parcels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parcel| parcel["tracking_number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let csv = "\"${{ (body | split('|'))[1] | split(',') }}\"";
    assert_eq!(numbers(csv, "OK|001,1E10,x y"), ["001", "1E10", "x y"]);
    assert_eq!(numbers(csv, "OK|7"), ["7"]);
    assert!(numbers(csv, "OK|").is_empty());
    let wrong = answer(&text("\"${{ body | parse_json }}\""), &replied(200, "\"{\""));
    assert_eq!(wrong.outcome, Outcome::Unexpected);
    let events_of = "\"${{ event_list(body) }}\"";
    refused_file(&text(events_of), "no function `event_list`");
}

#[test]
fn events_may_be_calculated_within_items_and_name_themselves_entry() {
    let event = "tracking_number: $$.no\nlocation: ${{ entry.at ~ '/' ~ event.code }}\nstatus: {code: $.code, vocabulary: v}\n";
    let body = r#"{"no": "A", "by": {"a": {"code": "a", "at": "Lyon"}, "b": {"code": "b", "at": "Nice"}}}"#;
    assert_eq!(
        events("\"${{ body.by | pairs | map('value') }}\"", event, body),
        [triple("A", "a", "Lyon/a"), triple("A", "b", "Nice/b")]
    );
    let named = "tracking_number: $$.no\nstatus: {code: $.name, vocabulary: v}\nlocation: $.value.at\n";
    assert_eq!(events("\"${{ body.by | pairs }}\"", named, body), [triple("A", "a", "Lyon"), triple("A", "b", "Nice")]);
}

#[test]
fn events_that_cannot_be_calculated_wait_for_a_person() {
    let carrier = carrier(&file(
        "webhooks:\n  tracking:\n    verify: {none: the carrier signs nothing}\n    events: \"${{ body.list | split(',') }}\"\n    event: {tracking_number: $, status: {code: $, vocabulary: v}}\n\
         vocabularies: {v: {codes: {a: picked_up}, unknown: park}}\n",
    ));
    let translate = |body: &str| {
        let delivery = Delivery { method: "POST".into(), body: body.as_bytes().to_vec(), ..Delivery::default() };
        let found = carrier.translate("tracking", &delivery, &account(&carrier), NOW).unwrap();
        (found.events.len(), found.unmapped.len())
    };
    assert_eq!(translate(r#"{"list": "a,a"}"#), (2, 0));
    assert_eq!(translate(r#"{"list": {"a": 1}}"#), (0, 1));
}
