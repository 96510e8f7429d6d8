//! Entries of replies and deliveries, however they are reached.

use crossdock_engine::carrier::{AccountSettings, Answer, CallId, Carrier, Delivery, Progress, Reply};
use crossdock_engine::compile::compile;
use crossdock_engine::diagnostic::Renderer;
use crossdock_engine::source::Sources;

const HEAD: &str = "\
format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
servers: {production: {api: https://api.swiftpost.example}}
";

#[track_caller]
fn carrier(body: &str) -> Carrier {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", format!("{HEAD}{body}"));
    let compiled = compile(&sources, file);
    compiled.carrier.unwrap_or_else(|| panic!("{}", Renderer::plain().render_all(&sources, &compiled.diagnostics)))
}

#[track_caller]
fn answer(carrier: &Carrier, content_type: &str, body: &str) -> Answer {
    let account = carrier.account(&AccountSettings::default()).expect("an account");
    let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
    let reply = Reply::Answered { status: 200, headers, body: body.as_bytes().to_vec() };
    let call = CallId { step: None, iteration: 0, undo: false };
    let order = br#"{"order_id":"1","operation_id":"1","shipment":{"reference":"R"}}"#;
    carrier.interpret("create_shipment", order, &account, &Progress::default(), &call, &reply)
}

#[test]
fn a_filter_picks_the_entries_of_a_list_and_a_lone_element() {
    let carrier = carrier(
        "operations:
  create_shipment:
    request: {method: POST, path: /shipments, json: {ref: \"${{ shipment.reference }}\"}}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
    extract:
      parcels: {each: \"$.r.link[?@['@rel']=='parcel']\", tracking_number: \"$['@no']\", carrier_ref: $$.r.id}
",
    );
    let parcels = |body: &str| answer(&carrier, "application/xml", body).extracted["parcels"].to_string();
    assert_eq!(
        parcels("<r><id>7</id><link rel='self' no='0'/><link rel='parcel' no='00123450'/><link rel='parcel' no='1E10'/></r>"),
        r#"[{"tracking_number":"00123450","carrier_ref":"7"},{"tracking_number":"1E10","carrier_ref":"7"}]"#
    );
    assert_eq!(parcels("<r><id>7</id><link rel='parcel' no='4'/></r>"), r#"[{"tracking_number":"4","carrier_ref":"7"}]"#);
}

#[test]
fn a_filter_picks_events_and_the_document_stays_in_reach() {
    let carrier = carrier(
        "webhooks:
  status:
    verify: {none: the example has no sender to verify}
    events: $.events[?@.kind=='scan']
    event:
      tracking_number: $$.no
      occurred_at: {from: $.at, format: rfc3339}
      status: {code: $.code, vocabulary: words}
vocabularies:
  words: {codes: {DL: delivered, PU: picked_up}, unknown: park}
",
    );
    let account = carrier.account(&AccountSettings::default()).expect("an account");
    let body = r#"{"no":478,"events":[{"kind":"note","code":"XX"},{"kind":"scan","code":"PU","at":"2026-03-01T08:00:00Z"},{"kind":"scan","code":"DL","at":"2026-03-01T09:00:00Z"}]}"#;
    let delivery = Delivery { method: "POST".into(), body: body.into(), ..Delivery::default() };
    let translation = carrier.translate("status", &delivery, &account, 0).expect("a delivery");
    let seen: Vec<_> =
        translation.events.iter().map(|found| (found.event.status.name(), found.event.tracking_number.as_deref())).collect();
    assert_eq!(seen, [("picked_up", Some("478")), ("delivered", Some("478"))]);
    assert!(translation.unmapped.is_empty());
}
