//! What differs from account to account and from request to request: the environment, secrets that may be missing, an id.

use crate::support::{NOW, carrier, file, file_of_request, findings, header, json_body, order, refused_file, replied, tokens};
use crossdock_engine::carrier::{AccountSettings, Asked, Next, Outcome, Progress, Request, TrackNext};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SERVERS: &str =
    "servers: {production: {api: \"https://api.swiftpost.example\"}, sandbox: {api: \"https://sbx.swiftpost.example\"}}\n";

#[track_caller]
fn sent(text: &str, environment: &str, secrets: &[(&str, &str)], now: i64) -> Result<Request, String> {
    let carrier = carrier(text);
    let settings = AccountSettings {
        environment: Some(environment.to_owned()),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..AccountSettings::default()
    };
    let account = carrier.account(&settings).unwrap();
    match carrier.next("create_shipment", &order(json!({})), &account, &tokens(), &Progress::default(), now) {
        Ok(Next::Calls(mut calls)) => Ok(calls.remove(0).request),
        Ok(other) => panic!("{other:?}"),
        Err(fault) => Err(fault.to_string()),
    }
}

#[test]
fn a_value_may_differ_by_environment() {
    let text = file_of_request(
        SERVERS,
        "path: /x
query: {test: \"${{ 'true' if account.environment != 'production' else none }}\"}
headers: {X-Env: \"${{ account.environment }}\"}
json: {billing: {$match: account.environment, production: LIVE, sandbox: TEST}}",
    );
    let live = sent(&text, "production", &[], NOW).unwrap();
    let test = sent(&text, "sandbox", &[], NOW).unwrap();
    assert_eq!((live.url.as_str(), header(&live, "x-env")), ("https://api.swiftpost.example/x", Some("production")));
    assert_eq!((test.url.as_str(), header(&test, "x-env")), ("https://sbx.swiftpost.example/x?test=true", Some("sandbox")));
    assert_eq!((json_body(&live), json_body(&test)), (json!({"billing": "LIVE"}), json!({"billing": "TEST"})));
}

#[test]
fn an_environment_that_the_file_does_not_have_is_a_finding() {
    let with = |body: &str| file_of_request(SERVERS, &format!("path: /x\njson: {body}"));
    refused_file(&with("{a: \"${{ 'x' if account.environment == 'staging' else 'y' }}\"}"), "it is never `staging`");
    refused_file(&with("{a: {$match: account.environment, production: 1, test: 2}}"), "it is never `test`");
    refused_file(&with("{a: \"${{ account.name }}\"}"), "there is no `name` here");
}

#[test]
fn replies_and_deliveries_know_the_environment_too() {
    let text = file(&format!(
        "{SERVERS}operations:\n  create_shipment:\n    request: {{method: POST, path: /x}}\n    responses:\n      - {{when: {{if: \"account.environment == 'sandbox' and body.demo\"}}, outcome: rejected}}\n      - {{when: {{status: 2xx}}, outcome: accepted}}\n      - $http\n\
         webhooks:\n  tracking:\n    verify: {{none: the carrier signs nothing}}\n    ignore_if: body.env != account.environment\n    event: {{tracking_number: $.no, status: {{code: $.code, vocabulary: v}}}}\nvocabularies: {{v: {{codes: {{a: picked_up}}, unknown: park}}}}\n"
    ));
    let carrier = carrier(&text);
    for (environment, outcome, ignored) in [("production", Outcome::Accepted, false), ("sandbox", Outcome::Rejected, true)] {
        let account =
            carrier.account(&AccountSettings { environment: Some(environment.into()), ..AccountSettings::default() }).unwrap();
        let call = crossdock_engine::carrier::CallId { step: None, iteration: 0, undo: false };
        let reply = replied(200, r#"{"demo": true}"#);
        let answer = carrier.interpret("create_shipment", &order(json!({})), &account, &Progress::default(), &call, &reply);
        assert_eq!(answer.outcome, outcome, "{environment}");
        let delivery = crossdock_engine::carrier::Delivery {
            method: "POST".into(),
            body: br#"{"env": "production", "no": "A", "code": "a"}"#.to_vec(),
            ..Default::default()
        };
        assert_eq!(carrier.translate("tracking", &delivery, &account, NOW).unwrap().ignored, ignored);
    }
}

#[test]
fn a_secret_may_be_left_out_where_the_file_says_so() {
    let text = |mark: &str| {
        file_of_request(
            &format!(
                "{SERVERS}secrets: [key, \"unit{mark}\"]\nauth: {{header: {{name: X-Key, value: \"${{{{ secret.key }}}}\"}}}}"
            ),
            "path: /x\nheaders: {X-Unit: \"${{ secret.unit }}\"}\njson: {$omit: absent, unit: {$secret: unit}}",
        )
    };
    let both = sent(&text("?"), "production", &[("key", "k"), ("unit", "u")], NOW).unwrap();
    assert_eq!((header(&both, "x-unit"), json_body(&both)), (Some("u"), json!({"unit": "u"})));
    assert!(both.masked.contains(&"u".to_owned()));
    let one = sent(&text("?"), "production", &[("key", "k")], NOW);
    assert!(one.unwrap_err().contains("null"), "in a body it must be there");
    let headers = file_of_request(
        &format!("{SERVERS}secrets: [\"unit?\"]"),
        "path: /x\nheaders: {X-Unit: \"${{ secret.unit }}\", X-Kind: \"${{ 'b' if secret.unit else 'a' }}\"}",
    );
    let without = sent(&headers, "production", &[], NOW).unwrap();
    assert_eq!((header(&without, "x-unit"), header(&without, "x-kind")), (None, Some("a")));
    let missing = sent(&text(""), "production", &[("key", "k")], NOW);
    assert!(missing.unwrap_err().contains("has no secret `unit`"));
    let needed = |name: &str| carrier(&text("?")).needs_secret(name);
    assert_eq!((needed("key"), needed("unit"), needed("other")), (true, false, false));
}

#[test]
fn a_nonce_tells_requests_apart_and_is_no_idempotency_key() {
    let text = file_of_request(SERVERS, "path: /x\nheaders: {X-Id: \"${{ nonce }}\", X-Again: \"${{ nonce }}\"}");
    let id = |now: i64| header(&sent(&text, "production", &[], now).unwrap(), "x-id").unwrap().to_owned();
    let first = id(NOW);
    let form = |at: usize| first.as_bytes()[at] as char;
    assert_eq!((first.len(), form(8), form(14)), (36, '-', '8'));
    assert_ne!(first, id(NOW + 1));
    assert_eq!(header(&sent(&text, "production", &[], NOW).unwrap(), "x-again"), Some(first.as_str()));
    let per_parcel = file(&format!(
        "{SERVERS}operations:\n  create_shipment:\n    steps:\n      book: {{for_each: p in shipment.parcels, request: {{method: POST, path: /x, headers: {{X-Id: \"${{{{ nonce }}}}\"}}}}}}\n"
    ));
    let carrier = carrier(&per_parcel);
    let account = carrier.account(&AccountSettings::default()).unwrap();
    let two = order(json!({"shipment": {"parcels": [{"reference": "A", "weight": 1}, {"reference": "B", "weight": 1}]}}));
    let Ok(Next::Calls(calls)) = carrier.next("create_shipment", &two, &account, &BTreeMap::new(), &Progress::default(), NOW)
    else {
        panic!()
    };
    assert_ne!(header(&calls[0].request, "x-id"), header(&calls[1].request, "x-id"));
    let keyed = file(&format!(
        "{SERVERS}operations:\n  create_shipment:\n    idempotency: {{header: Idempotency-Key, value: \"${{{{ nonce }}}}\", window: 24h}}\n    request: {{method: POST, path: /x}}\n"
    ));
    refused_file(&keyed, "`nonce` is not in scope");
}

#[test]
fn questions_have_a_nonce_too() {
    let carrier = carrier(&file(&format!(
        "{SERVERS}track:\n  request: {{method: GET, path: \"/track/${{{{ tracking.number }}}}\", headers: {{X-Id: \"${{{{ nonce }}}}\"}}}}\n  event: {{status: {{code: $.code, vocabulary: v}}}}\nvocabularies: {{v: {{codes: {{a: picked_up}}, unknown: park}}}}\n"
    )));
    let account = carrier.account(&AccountSettings::default()).unwrap();
    let id = |number: &str, now: i64| match carrier.track_request(&[Asked::number(number)], &account, &BTreeMap::new(), now) {
        Ok(TrackNext::Ask(request)) => header(&request, "x-id").unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_ne!(id("A", NOW), id("B", NOW));
    assert_ne!(id("A", NOW), id("A", NOW + 1));
}

#[test]
fn names_of_settings_may_be_taken_by_lets() {
    let text = file(&format!(
        "{SERVERS}operations:\n  create_shipment:\n    let: {{account: \"'own'\"}}\n    request: {{method: POST, path: /x, json: {{a: \"${{{{ account }}}}\"}}}}\n"
    ));
    let hidden = findings(&text);
    let body = if hidden.is_empty() { json_body(&sent(&text, "production", &[], NOW).unwrap()) } else { Value::Null };
    assert!(body == json!({"a": "own"}) || hidden.iter().any(|finding| finding.contains("account")), "{hidden:?} {body}");
}
