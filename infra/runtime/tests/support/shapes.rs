//! Orders, replies and deliveries as tests use them.

use super::json_reply;
use crossdock_engine::carrier::{Delivery, Reply};
use serde_json::{Value, json};

/// An order of one parcel.
pub fn order(id: &str) -> Value {
    json!({
        "order_id": id, "operation_id": "1", "carrier": "swiftpost",
        "shipment": {
            "reference": id,
            "sender": {"name": "Harbour Books", "address": {"lines": ["Quay 1"], "city": "Rotterdam", "country": "NL"}},
            "recipient": {"name": "Zoë Müller", "address":
                {"lines": ["Hauptstraße 5"], "city": "Dresden", "postal_code": "01067", "country": "DE"}},
            "parcels": [{"reference": format!("{id}-1"), "weight": 1200}],
        },
    })
}

/// The cancellation of an order.
pub fn cancel(id: &str) -> Value {
    let mut order = order(id);
    order["operation"] = "cancel_shipment".into();
    order["operation_id"] = "2".into();
    order
}

/// The carrier takes an order; its parcel's number is `00` and the order's id.
pub fn taken(id: &str) -> Reply {
    json_reply(201, json!({"shipmentNo": 7, "parcels": [{"ref": format!("{id}-1"), "no": number(id)}]}))
}

/// The number of an order's parcel.
pub fn number(id: &str) -> String {
    format!("00{id}")
}

/// A delivery of the carrier's webhook, verified.
pub fn delivery(events: &[Value]) -> Delivery {
    Delivery {
        source: None,
        method: "POST".into(),
        query: Vec::new(),
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("X-Key".into(), "s3cr3t-webhook_key".into()),
            ("X-Other".into(), "is not kept".into()),
        ],
        body: json!({"events": events}).to_string().into_bytes(),
    }
}

/// An event of an order's parcel, at this hour of the 14th of November 2023.
pub fn event(id: &str, code: &str, hour: u32) -> Value {
    json!({"no": number(id), "code": code, "text": "as the carrier says", "time": format!("2023-11-14T{hour:02}:00:00Z"),
        "city": "Leipzig", "country": "DE"})
}
