//! The shop's orders of the day: invented people with names and addresses that break careless software.

use super::chance::chance;
use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

const NAMES: [&str; 8] = [
    "Zoë Müller",
    "Seán Ó Briain",
    "Anna \"Nan\" Smith",
    "李小龍",
    "Łukasz Żak",
    "Marie-Claire d'Été",
    "O{{brien}} & Sons",
    "Nuria Núñez 🚚",
];
const PLACES: [(&str, &str, &str, &str); 6] = [
    ("Hauptstraße 5", "Dresden", "01067", "DE"),
    ("Calle Mayor 12, 3º B", "Barcelona", "08001", "ES"),
    ("1 <High> Street", "Leeds", "LS1 1UR", "GB"),
    ("Storgata 7", "Oslo", "0155", "NO"),
    ("10 Rue de l'Église", "Lyon", "69001", "FR"),
    ("ul. Długa 4", "Gdańsk", "80-831", "PL"),
];

/// The order of this number, from 0.
pub(crate) fn order(seed: u64, number: u32) -> Value {
    let id = format!("SO-{:05}", number + 1);
    let mut chance = chance(seed, "order", &id);
    let parcels = if chance.random_bool(0.15) { 2 } else { 1 };
    let parcel = |at: u32, grams: u32| json!({"reference": format!("{id}-{at}"), "weight": grams});
    let parcels: Vec<Value> = (1..=parcels).map(|at| parcel(at, chance.random_range(100..20_000))).collect();
    let service = if chance.random_bool(0.3) { "express" } else { "standard" };
    let (line, city, postal_code, country) = *PLACES.choose(&mut chance).unwrap_or(&PLACES[0]);
    json!({
        "order_id": id,
        "operation_id": "1",
        "carrier": "swiftpost",
        "shipment": {
            "reference": id,
            "service": service,
            "sender": {
                "name": "Harbour Books",
                "phone": "+34911234567",
                "address": {"lines": ["Quay 1"], "city": "Rotterdam", "postal_code": "3011 AA", "country": "NL"},
            },
            "recipient": {
                "name": NAMES.choose(&mut chance).unwrap_or(&NAMES[0]),
                "address": {"lines": [line], "city": city, "postal_code": postal_code, "country": country},
            },
            "parcels": parcels,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::order;
    use crossdock_engine::schema::OrderValidator;

    #[test]
    fn orders_are_orders_and_the_same_for_a_seed() {
        let validator = OrderValidator::new();
        for number in 0..200 {
            assert_eq!(validator.validate(&order(1, number)), []);
        }
        assert_eq!(order(7, 3), order(7, 3));
        assert_ne!(order(7, 3), order(8, 3));
    }
}
