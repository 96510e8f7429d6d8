//! The canonical model, through its public face.

mod identity;
mod messages;
mod moves;
mod orders;
mod rules;
mod shapes;
mod texts;
mod words;

/// The sample orders, by file name.
pub(crate) const ORDERS: [(&str, &str); 3] = [
    ("customs.json", include_str!("../fixtures/orders/customs.json")),
    ("domestic_single.json", include_str!("../fixtures/orders/domestic_single.json")),
    ("two_parcels.json", include_str!("../fixtures/orders/two_parcels.json")),
];

/// The richest of them, as JSON.
pub(crate) fn sample() -> serde_json::Value {
    serde_json::from_str(ORDERS[2].1).expect("the sample is JSON")
}

/// An event with nothing optional.
pub(crate) fn event(status: &str) -> crossdock_engine::model::Event {
    let event = serde_json::json!({
        "event_id": "e1", "carrier": "swiftpost", "account": "default", "status": status,
        "occurred_at": "2026-03-31T10:00:00Z", "time_is": "instant", "sequence": 1
    });
    serde_json::from_value(event).expect("the event is one")
}
