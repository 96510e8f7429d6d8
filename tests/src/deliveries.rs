//! Webhook bodies as a courier service sends them: states, positions, proofs, returns, words nobody knows.

use crate::random::Random;
use serde_json::{Value, json};

const STATUSES: &[&str] = &[
    "pending",
    "pickup",
    "pickup_complete",
    "dropoff",
    "dropoff",
    "delivered",
    "delivered",
    "canceled",
    "returned",
    "teleported",
];
const KINDS: &[&str] = &["event.delivery_status", "event.delivery_status", "event.delivery_status", "event.courier_update"];
const TIMES: &[&str] = &["2026-03-02T19:01:12Z", "2026-03-02T19:01:12.345Z", "2026-03-02T20:01:12+01:00"];

/// The body of a seed.
#[must_use]
pub fn delivery(seed: u64) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let returns = random.chance(15);
    let number = format!("{}_Kq81Tz{}", if returns { "ret" } else { "del" }, random.between(1000, 9999));
    let status = *random.pick(STATUSES);
    let mut body = json!({
        "id": format!("evt_{}", random.bits()),
        "kind": random.pick(KINDS),
        "status": status,
        "created": random.pick(TIMES),
        "delivery_id": number,
        "customer_id": "cus_hT4vN8pQ",
        "live_mode": true,
        "data": data(random, status)
    });
    if random.chance(5) {
        body["created"] = Value::Null;
    }
    body.to_string().into_bytes()
}

fn data(random: &mut Random, status: &str) -> Value {
    let mut data = json!({
        "id": "del_Kq81TzXw5mPa",
        "status": status,
        "complete": status == "delivered",
        "courier": {"name": "Noa \"Speedy\" Ruiz", "location": {"lat": 37.78, "lng": -122.41}, "vehicle_type": "bicycle"},
        "dropoff": {"name": "Zoë Brandvold", "phone_number": "+14155550198", "location": {"lat": 37.77, "lng": -122.4}},
        "manifest": {"reference": "MG-7788", "items": [{"name": "Tarte 🥧", "quantity": 2}, {"name": "Jar", "quantity": 1}]}
    });
    if random.chance(50) {
        data["courier_imminent"] = random.chance(60).into();
    }
    if random.chance(70) {
        data["dropoff_eta"] = "2026-03-02T19:00:00Z".into();
    }
    if status == "returned" {
        data["undeliverable_reason"] = "customer unavailable – «personne»".into();
    }
    if status == "delivered" {
        data["dropoff"]["verification"] = verification(random);
    }
    data
}

fn verification(random: &mut Random) -> Value {
    let mut verification = json!({});
    if random.chance(60) {
        verification["signature"] = json!({"image_url": "https://proof.example/sig/51.png", "signer_name": "L. Ferrante"});
    }
    if random.chance(60) {
        verification["picture"] = json!({"image_url": "https://proof.example/pic/52.jpg"});
    }
    verification
}
