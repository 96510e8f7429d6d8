//! Tracking by asking: requests of many numbers, items, summaries.

use crate::support::{NOW, account, carrier, file, replied, tokens};
use crossdock_engine::carrier::{Asked, AskedBy, Carrier, Outcome, TrackNext, Tracked};

const BATCH: &str = r#"track:
  batch: 3
  request: {method: GET, path: "/track/${{ tracking.numbers | join(',') }}", query: {n: "${{ tracking.numbers }}"}}
  responses: [{when: {status: 404}, outcome: not_found}, {when: {status: 2xx}, outcome: accepted}, $http]
  items: $.shipments[*]
  item:
    tracking_number: $.no
    error: {if: item.error, code: $.error.code, message: $.error.text, not_found: false}
    current: {status: {code: $.state, vocabulary: tracking}, occurred_at: newest}
    estimated_delivery: {from: $.eta, format: date}
    signed_by: $.signed
  events: $.events[*]
  event:
    if: event.code != 'NOISE'
    occurred_at: {from: $.time, format: rfc3339}
    status: {code: $.code, text: $.text, vocabulary: tracking}
    location: {text: {from: [$.city, $.country], join: ", "}, city: $.city, country: $.country}
    reference: $item.ref
    carrier_ref: $$.request
vocabularies:
  tracking:
    rules:
      - {code: EX, text: "(?i)nobody home", status: delivery_attempted, reason: not_home}
      - {code: EX, status: exception}
    codes: {PU: picked_up, IT: in_transit, DL: {status: delivered, reason: to_neighbour}, LOG: history}
    unknown: park
"#;

fn numbers(numbers: &[&str]) -> Vec<Asked> {
    numbers.iter().map(|number| Asked::number(*number)).collect()
}

#[track_caller]
fn read(carrier: &Carrier, asked: &[&str], body: &str) -> Tracked {
    carrier.read_track(&numbers(asked), &account(carrier), &replied(200, body), NOW).unwrap().0
}

/// Number and status of each event.
fn events(tracked: &Tracked) -> Vec<(&str, &str)> {
    let pair = |found: &crossdock_engine::carrier::Found| {
        (found.event.tracking_number.as_deref().unwrap_or("-").to_owned(), found.event.status.name())
    };
    tracked.events.iter().map(pair).map(|(number, status)| (&*number.leak(), status)).collect()
}

#[test]
fn many_numbers_go_into_one_request() {
    let carrier = carrier(&file(BATCH));
    let ask = |asked: &[&str]| carrier.track_request(&numbers(asked), &account(&carrier), &tokens(), NOW);
    let TrackNext::Ask(request) = ask(&["A 1", "B"]).unwrap() else { panic!() };
    assert_eq!(request.url, "https://api.swiftpost.example/v2/track/A%201,B?n=A%201&n=B");
    assert!(ask(&[]).is_err() && ask(&["1", "2", "3", "4"]).is_err());
}

#[test]
fn items_are_matched_with_what_was_asked() {
    let body = r#"{"request": "Q", "shipments": [
        {"no": "A", "ref": "R", "state": "IT", "events": [
            {"time": "2026-03-30T08:00:00Z", "code": "PU", "city": "Bremen", "country": "de"},
            {"time": "2026-03-30T07:00:00Z", "code": "NOISE"},
            {"time": "2026-03-31T08:00:00+02:00", "code": "EX", "text": "Nobody home"}]},
        {"no": "Z", "events": [{"time": "2026-03-31T08:00:00Z", "code": "PU"}]},
        {"no": "B", "error": {"code": 7, "text": "later"}, "events": [{"time": "2026-03-31T08:00:00Z", "code": "PU"}]},
        {"no": "A2", "state": "PU", "events": []}, {"no": " A2 ", "state": "IT", "events": []}
    ]}"#;
    let carrier = carrier(&file(BATCH));
    let tracked = read(&carrier, &["A", "B", "C", "A2"], body);
    assert_eq!(events(&tracked), [("A", "picked_up"), ("A", "delivery_attempted"), ("A", "in_transit")]);
    assert_eq!(
        (tracked.not_found.as_slice(), tracked.repeated.as_slice(), tracked.dropped),
        (&["C".to_owned()][..], &["A2".to_owned()][..], 1)
    );
    let (number, error) = &tracked.errors[0];
    assert_eq!((number.as_str(), error.code.as_deref(), error.message.as_deref()), ("B", Some("7"), Some("later")));
    let first = &tracked.events[0];
    let location = first.event.location.as_ref().unwrap();
    assert_eq!((location.text.as_str(), location.city.as_deref()), ("Bremen, de", Some("Bremen")));
    assert_eq!(location.country.as_ref().map(ToString::to_string).as_deref(), Some("DE"));
    assert_eq!((first.correlation.reference.as_deref(), first.correlation.carrier_ref.as_deref()), (Some("R"), Some("Q")));
    let summary = &tracked.events[2].event;
    assert_eq!(summary.occurred_at, tracked.events[1].event.occurred_at, "the summary takes the newest event's time");
}

#[test]
fn codes_never_seen_and_history_do_not_stop_the_others() {
    let body = r#"{"shipments": {"no": "A", "eta": "2026-04-02", "signed": "Ana", "events": [
        {"time": "2026-03-30T08:00:00Z", "code": "??"}, {"time": "2026-03-30T09:00:00Z", "code": "LOG"},
        {"time": "2026-03-30T10:00:00Z", "code": "DL"}]}}"#;
    let tracked = read(&carrier(&file(BATCH)), &["A"], body);
    assert_eq!(events(&tracked), [("A", "delivered")]);
    assert_eq!((tracked.unmapped.len(), tracked.unmapped[0].code.as_deref()), (1, Some("??")));
    let delivered = &tracked.events[0].event;
    assert_eq!(
        (delivered.signed_by.as_deref(), delivered.reason.map(|reason| reason.name())),
        (Some("Ana"), Some("to_neighbour"))
    );
    assert!(delivered.estimated_delivery.is_some());
}

#[test]
fn a_reply_as_a_whole_may_say_no() {
    let carrier = carrier(&file(BATCH));
    let read =
        |status, body| carrier.read_track(&numbers(&["A", "B"]), &account(&carrier), &replied(status, body), NOW).unwrap().0;
    let unknown = read(404, "{}");
    assert_eq!((unknown.answer.outcome, unknown.not_found), (Outcome::NotFound, vec!["A".to_owned(), "B".to_owned()]));
    let busy = read(429, "");
    assert_eq!((busy.answer.outcome, busy.not_found.len(), busy.events.len()), (Outcome::Throttled, 0, 0));
    let none = read(200, r#"{"shipments": []}"#);
    assert_eq!(none.not_found, ["A", "B"]);
    assert_eq!(read(200, "{").answer.outcome, Outcome::Unexpected);
}

#[test]
fn one_number_needs_no_item() {
    let text = file(
        r#"track:
  request: {path: "/track/${{ tracking.number }}"}
  responses: [{when: {status: 2xx}, outcome: accepted}, $http]
  item: {error: {code: $.error, not_found: true}}
  events: [$.scans.first, "$.scans.rest[*]"]
  event: {occurred_at: {from: $.t, format: "%Y-%m-%d %H:%M", zone: unknown}, status: {code: $.c, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up, b: delivered}, unknown: unknown}}
"#,
    );
    let carrier = carrier(&text);
    let tracked = read(
        &carrier,
        &["N"],
        r#"{"scans": {"first": {"t": "2026-03-30 08:00", "c": "a"}, "rest": [{"t": "2026-03-30 09:00", "c": "b"}, {"t": "2026-03-30 10:00", "c": "zz"}]}}"#,
    );
    assert_eq!(events(&tracked), [("N", "picked_up"), ("N", "delivered"), ("N", "unknown")]);
    assert_eq!(tracked.events[0].event.time_is, crossdock_engine::model::TimeIs::Local);
    let missing = read(&carrier, &["N"], r#"{"error": 404}"#);
    assert_eq!((missing.not_found, missing.events.len()), (vec!["N".to_owned()], 0));
}

/// A batch that is asked for by the carrier's own ids, in the body.
fn by_refs(names: &str) -> Carrier {
    let track = format!(
        "track:
  batch: 3
  request: {{path: /track, json: {{ids: '${{{{ tracking.carrier_refs }}}}', list: {{$for: id in tracking.carrier_refs, $do: {{id: '${{{{ id }}}}'}}}}}}}}
  items: $[*]
  item: {{{names}}}
  events: $.events[*]
  event: {{occurred_at: {{from: $.at, format: rfc3339}}, status: {{code: $.code, vocabulary: tracking}}}}
vocabularies: {{tracking: {{codes: {{IT: in_transit}}, unknown: park}}}}
"
    );
    carrier(&file(&track))
}

fn shipment(number: Option<&str>, carrier_ref: &str, reference: &str) -> Asked {
    Asked { tracking_number: number.map(str::to_owned), carrier_ref: Some(carrier_ref.into()), reference: Some(reference.into()) }
}

#[test]
fn shipments_are_asked_for_by_the_carriers_own_ids() {
    let carrier = by_refs("carrier_ref: $.id, reference: $.ref");
    assert_eq!(carrier.asks_by(), [AskedBy::CarrierRef]);
    let asked = [shipment(Some("N1"), "C1", "R1"), shipment(None, "C2", "R2"), shipment(None, "C3", "R3")];
    let next = carrier.track_request(&asked, &account(&carrier), &tokens(), NOW).unwrap();
    let TrackNext::Ask(request) = next else { panic!() };
    assert_eq!(
        crate::support::json_body(&request),
        serde_json::json!({"ids": ["C1", "C2", "C3"], "list": [{"id": "C1"}, {"id": "C2"}, {"id": "C3"}]})
    );
    let event = r#""events": [{"at": "2026-01-02T03:04:05Z", "code": "IT"}]"#;
    let body = format!(r#"[{{"id": "C2", {event}}}, {{"id": null, "ref": "R1", {event}}}, {{"id": "C9", {event}}}]"#);
    let tracked = carrier.read_track(&asked, &account(&carrier), &replied(200, &body), NOW).unwrap().0;
    let names: Vec<_> = tracked
        .events
        .iter()
        .map(|found| (found.event.tracking_number.as_deref(), found.correlation.carrier_ref.as_deref()))
        .collect();
    assert_eq!(names, [(None, Some("C2")), (Some("N1"), Some("C1"))]);
    assert_eq!((tracked.dropped, tracked.not_found), (1, vec!["C3".to_owned()]));
    let nameless = carrier.track_request(&[Asked::number("N1")], &account(&carrier), &tokens(), NOW).unwrap_err();
    assert!(nameless.to_string().contains("`tracking.carrier_ref`"), "{nameless}");
}

#[test]
fn items_without_a_name_all_speak_of_the_one_shipment() {
    let carrier = carrier(&file(
        r#"track:
  request: {path: "/track/${{ tracking.number }}"}
  responses: [{when: {status: 2xx}, outcome: accepted}, $http]
  items: $.packages[*]
  item: {error: {code: $.error, not_found: true}}
  events: $.events[*]
  event: {occurred_at: {from: $.t, format: rfc3339}, status: {code: $.c, vocabulary: v}}
vocabularies: {v: {codes: {a: picked_up, b: delivered}, unknown: unknown}}
"#,
    ));
    let event = |code: &str, hour: u8| format!(r#"{{"events": [{{"t": "2026-03-30T{hour:02}:00:00Z", "c": "{code}"}}]}}"#);
    let two = read(&carrier, &["N"], &format!(r#"{{"packages": [{}, {}]}}"#, event("a", 8), event("b", 9)));
    assert_eq!(events(&two), [("N", "picked_up"), ("N", "delivered")]);
    assert!(two.repeated.is_empty() && two.not_found.is_empty(), "{two:?}");
    let one_known = read(&carrier, &["N"], &format!(r#"{{"packages": [{{"error": 404}}, {}]}}"#, event("a", 8)));
    assert_eq!((events(&one_known), one_known.not_found.len()), (vec![("N", "picked_up")], 0));
    let none_known = read(&carrier, &["N"], r#"{"packages": [{"error": 404}, {"error": 404}]}"#);
    assert_eq!((none_known.events.len(), none_known.not_found), (0, vec!["N".to_owned()]));
}
