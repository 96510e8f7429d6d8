//! Actions and updates: one message form, in and out, with all digits.

use crossdock_engine::model::{Action, Effect, EmailLogistics, NotifyShop, Problem, RawBody, Update};
use crossdock_engine::schema;
use serde_json::{Value, json};

fn event() -> Value {
    json!({
        "event_id": "e1", "carrier": "swiftpost", "account": "default", "status": "delivered", "occurred_at": "2026-03-31",
        "time_is": "day", "sequence": 7,
        "location": {"text": "Barcelona", "latitude": serde_json::from_str::<Value>("41.38260000000000000010").expect("a number")}
    })
}

fn actions() -> Vec<Value> {
    let refusal = json!({"carrier": "swiftpost", "account": "default", "operation": "create_shipment", "reference": "R1"});
    let result = json!({
        "outcome": "accepted", "tracking_numbers": ["1E10"], "parcels": [{"reference": "A", "tracking_number": "1E10"}],
        "documents": [{"kind": "label", "media": "application/pdf", "data": "JVBERg=="}],
        "price": {"amount": "12.50", "currency": "EUR"}, "warnings": [{"code": "W1"}]
    });
    vec![
        json!({"action_id": "a1", "order_id": "o1", "order_result": result}),
        json!({"action_id": "a2", "notify_shop": {"event": event()}}),
        json!({"action_id": "a3", "email_logistics": {"topic": "default", "event": event()}}),
        json!({"action_id": "a4", "email_logistics": {"topic": "customs", "refusal": refusal}}),
    ]
}

#[test]
fn actions_come_back_as_they_were() {
    let validator = jsonschema::validator_for(&schema::action()).expect("the schema compiles");
    for message in actions() {
        let action: Action = serde_json::from_value(message.clone()).expect("an action");
        let again = serde_json::to_string(&action).expect("it can be written");
        assert_eq!(serde_json::from_str::<Value>(&again).expect("JSON"), message);
        assert!(validator.is_valid(&message), "{message}");
        assert!(!again.contains("null"), "{again}");
    }
}

#[test]
fn digits_survive_inside_actions() {
    let action: Action = serde_json::from_str(&actions()[1].to_string()).expect("an action");
    let Effect::NotifyShop(NotifyShop { event }) = &action.effect else { panic!("it notifies the shop") };
    assert_eq!(event.sequence, 7);
    assert!(serde_json::to_string(&action).expect("JSON").contains("41.38260000000000000010"));
}

#[test]
fn an_action_is_exactly_one_thing() {
    let validator = jsonschema::validator_for(&schema::action()).expect("the schema compiles");
    let email = |about: Value| json!({"action_id": "a", "email_logistics": about});
    let wrong = [
        json!({"action_id": "a"}),
        json!({"action_id": "a", "notify_shop": null}),
        json!({"action_id": "a", "notify_shop": {"event": event()}, "order_result": {"outcome": "refused"}}),
        json!({"action_id": "a", "order_result": {"outcome": "refused"}, "priority": 1}),
        email(json!({"topic": "default"})),
        email(json!({"topic": "default", "event": null})),
    ];
    for message in wrong {
        assert!(serde_json::from_value::<Action>(message.clone()).is_err(), "{message}");
        assert!(!validator.is_valid(&message), "{message}");
    }
}

#[test]
fn silence_is_a_problem_of_its_own() {
    let silence = json!({"carrier": "swiftpost", "account": "default", "tracking_number": "00123",
        "last_status": "in_transit", "since": "2026-03-31T12:00:00Z"});
    let message = json!({"action_id": "a", "order_id": "SO-1", "email_logistics": {"topic": "default", "silence": silence}});
    let action: Action = serde_json::from_value(message.clone()).expect("an action");
    assert_eq!(json!(action), message);
    assert!(jsonschema::is_valid(&schema::action(), &message));
    let both = json!({"action_id": "a", "email_logistics": {"topic": "t", "event": event(), "silence": silence}});
    assert!(serde_json::from_value::<Action>(both).is_err());
}

#[test]
fn a_null_beside_the_effect_counts_as_missing() {
    let message =
        json!({"action_id": "a", "order_result": null, "email_logistics": {"topic": "t", "event": event(), "refusal": null}});
    let action: Action = serde_json::from_value(message.clone()).expect("an action");
    assert!(matches!(action.effect, Effect::EmailLogistics(EmailLogistics { problem: Problem::Event(_), .. })));
    assert!(jsonschema::is_valid(&schema::action(), &message));
}

#[test]
fn bodies_keep_every_byte() {
    for bytes in [&b"{\"a\":1}"[..], b"", "\u{1F4E6} \u{0}".as_bytes(), &[0xff, 0xfe, 0x00, 0x80]] {
        assert_eq!(RawBody::new(bytes).bytes().as_deref(), Ok(bytes));
    }
    assert_eq!(json!(RawBody::new(b"x=1")), json!({"text": "x=1"}));
    assert_eq!(json!(RawBody::new(&[0xff])), json!({"base64": "/w=="}));
    assert!(RawBody::Base64("?".to_owned()).bytes().is_err());
}

#[test]
fn updates_come_back_as_they_were() {
    let message = json!({
        "id": "u1", "carrier": "swiftpost", "account": "default", "webhook": "tracking", "received_at": "2026-03-31T12:00:00Z",
        "method": "POST", "headers": [{"name": "X-Signature", "value": "v1=00"}], "query": [{"name": "a", "value": "1"}],
        "body": {"text": "{}"}, "verified_by": "hmac"
    });
    let update: Update = serde_json::from_value(message.clone()).expect("an update");
    assert_eq!(json!(update), message);
    assert!(jsonschema::is_valid(&schema::update(), &message));
}
