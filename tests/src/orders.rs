//! Canonical orders as shops write them: accents, emoji, quotes, escapes, missing and null fields; some break a rule.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// What kind of carrier an order is for: its options and rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Deliveries within a city, by parcels, within windows of time.
    LocalDelivery,
    /// Couriers on demand, by items.
    OnDemand,
}

const NAMES: &[&str] = &[
    "Zoë Brandvold",
    "Imogen Falk",
    "José \"Pepe\" Ibáñez",
    "Nguyễn Thị Lan",
    "O'Shea & Sons",
    "Lucian Ferrante 🌿",
    "Søren Ægir",
    "Priya Okonjo",
    "Đorđe Šimić",
    "李 小龍",
];
const COMPANIES: &[&str] = &["Marigold Pantry", "Paper Boat Books", "Café «Élan»", "Thistle \\ Fern LLC", "Ferrante Frames"];
const STREETS: &[&str] = &["18 Larkspur Ave", "905 Juniper St", "1410 NE Alder Wharf", "77 Quince Court", "3 Rue de l’Été"];
const CITIES: &[(&str, &str, &str)] =
    &[("Oakland", "CA", "94607"), ("Portland", "OR", "97232"), ("Gresham", "OR", "97030"), ("San José", "CA", "95113")];
const PHONES: &[&str] = &[
    "(510) 555-0142",
    "+1 415 555 0198",
    "503.555.0118 ext. 7",
    "1-415-555-0132",
    "5035550118",
    "+44 20 7946 0958",
    "011 34 911 234 567",
    "tel:+1-503-555-0164",
];
const GOODS: &[&str] = &["Quince jelly", "World atlas, boxed", "Tarte à l’oignon 🥧", "Frame 8\" × 10\"", "Two\tjars", "Candles"];
const NOTES: &[&str] = &[
    "Ring twice",
    "Leave with the neighbour at № 4,\nnot before 5 pm",
    "Côté cour, 2e étage",
    "Gate code is \"blue\" 🚪",
    "Please call when you are at the corner of the street: the house stands back behind the tall hedge, and the bell by the \
     wooden gate has not worked since the storm. If nobody answers, try the workshop on the left; somebody is always there \
     between nine and five, also on Saturdays. Merci beaucoup à vous!",
];

/// The order of a seed, as JSON of 1 to 3 kB.
#[must_use]
pub fn order(seed: u64, kind: Kind) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let mut order = json!({
        "order_id": format!("{}-{}", random.pick(&["PB", "UD/é", "order 7"]), random.between(1000, 99_999)),
        "operation_id": random.between(1, 3).to_string(),
        "carrier": "any",
        "shipment": shipment(random, kind),
        "received_at": "2026-03-02T17:20:11Z"
    });
    if random.chance(30) {
        order["operation"] = "create_shipment".into();
    }
    if random.chance(8) {
        spoil(random, &mut order["shipment"]);
    }
    write(random, &order)
}

/// Breaks a rule of some carrier.
fn spoil(random: &mut Random, shipment: &mut Value) {
    match random.between(0, 5) {
        0 => shipment["recipient"]["address"]["country"] = "FR".into(),
        1 => shipment["recipient"]["phone"] = Value::Null,
        2 => shipment["pickup"] = Value::Null,
        3 => shipment["options"] = json!({"leave_at_door": true, "signature": true, "signature_required": "yes"}),
        4 => shipment["options"] = json!({"gift_wrap": true}),
        _ => shipment["cash_on_delivery"] = json!({"amount": "10.00", "currency": "USD"}),
    }
}

/// Compact or indented; beyond ASCII as it is or escaped.
fn write(random: &mut Random, order: &Value) -> Vec<u8> {
    let text = if random.chance(10) { format!("{order:#}") } else { order.to_string() };
    if random.chance(75) {
        return text.into_bytes();
    }
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter.is_ascii() {
            true => escaped.push(letter),
            false => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    escaped.into_bytes()
}

fn shipment(random: &mut Random, kind: Kind) -> Value {
    let parcels: Vec<Value> = (1..=random.between(1, 4)).map(|number| parcel(random, kind, number)).collect();
    let mut shipment = json!({
        "reference": format!("MG-{}", random.between(1000, 9999)),
        "sender": party(random, 90),
        "recipient": party(random, 25),
        "parcels": parcels,
        "pickup": {"from": "2026-03-02T18:00:00Z"},
        "delivery": {"from": "2026-03-02T18:20:00Z", "to": "2026-03-02T13:30:00-06:00"},
        "metadata": {"source": "web", "cart": {"id": random.bits().to_string(), "notes": ["a", null, {"b": 1.5}]}}
    });
    if random.chance(50) {
        shipment["pickup"]["to"] = "2026-03-02T18:30:00Z".into();
    }
    if random.chance(50) {
        shipment["items"] = (0..random.between(1, 3)).map(|_| item(random)).collect();
    }
    if random.chance(70) {
        shipment["options"] = options(random, kind);
    }
    maybe(random, &mut shipment, 60, "content_description", |random| (*random.pick(GOODS)).into());
    maybe(random, &mut shipment, 60, "instructions", |random| (*random.pick(NOTES)).into());
    maybe(random, &mut shipment, 30, "service", |_| "standard".into());
    shipment
}

/// Sets a field now and then; sometimes to null or to an empty text, where it is missing otherwise.
fn maybe(random: &mut Random, object: &mut Value, percent: u64, name: &str, value: impl FnOnce(&mut Random) -> Value) {
    if random.chance(percent) {
        object[name] = value(random);
    } else if random.chance(10) {
        object[name] = Value::Null;
    } else if random.chance(10) {
        object[name] = "".into();
    }
}

fn party(random: &mut Random, companies: u64) -> Value {
    let (city, state, postal_code) = *random.pick(CITIES);
    let mut lines = vec![*random.pick(STREETS)];
    if random.chance(40) {
        lines.push("Apt 4 \"rear\"");
    }
    if random.chance(10) {
        lines.push("c/o Ægir");
    }
    let mut address = json!({"lines": lines, "city": city, "state": state, "postal_code": postal_code, "country": "US"});
    if random.chance(50) {
        address["latitude"] = json!(37.7725);
        address["longitude"] = json!(-122.4147);
    }
    maybe(random, &mut address, 20, "door_code", |random| format!("{}B#", random.between(10, 99)).into());
    let mut party = json!({"name": random.pick(NAMES), "phone": random.pick(PHONES), "address": address});
    maybe(random, &mut party, companies, "company", |random| (*random.pick(COMPANIES)).into());
    maybe(random, &mut party, 60, "email", |_| "someone@example.com".into());
    party
}

fn money(random: &mut Random) -> Value {
    let amount = format!("{}.{:02}", random.between(1, 400), random.between(0, 99));
    json!({"amount": amount, "currency": if random.chance(90) { "USD" } else { "CAD" }})
}

fn parcel(random: &mut Random, kind: Kind, number: u64) -> Value {
    let mut parcel = json!({"reference": format!("box-{number}"), "weight": random.between(100, 20_000)});
    if random.chance(25) {
        parcel["weight"] = json!(1250.5);
    }
    if random.chance(80) {
        for side in ["length", "width", "height"] {
            parcel[side] = random.between(40, 900).into();
        }
    }
    if random.chance(60) {
        parcel["value"] = money(random);
    }
    if random.chance(30) {
        parcel["items"] = (0..random.between(1, 2)).map(|_| item(random)).collect();
    }
    if kind == Kind::OnDemand && random.chance(30) {
        parcel["options"] = json!({"size": random.pick(&["small", "large", "xlarge"])});
    }
    maybe(random, &mut parcel, 60, "description", |random| (*random.pick(GOODS)).into());
    parcel
}

fn item(random: &mut Random) -> Value {
    let mut item = json!({"sku": format!("OC-{}", random.between(10, 99)), "quantity": random.between(1, 9)});
    maybe(random, &mut item, 70, "title", |random| (*random.pick(GOODS)).into());
    if random.chance(60) {
        item["weight"] = json!(340.5);
    }
    if random.chance(60) {
        item["value"] = money(random);
    }
    item
}

fn options(random: &mut Random, kind: Kind) -> Value {
    let mut options = Map::new();
    let mut flag = |random: &mut Random, name: &str, percent| {
        if random.chance(percent) {
            options.insert(name.to_owned(), random.chance(60).into());
        }
    };
    match kind {
        Kind::LocalDelivery => {
            flag(random, "signature_required", 50);
            flag(random, "notifications_enabled", 30);
            flag(random, "trailer_required", 20);
            flag(random, "decline_insurance", 20);
            if random.chance(20) {
                options.insert("extra_compensation".into(), json!(7.25));
            }
        }
        Kind::OnDemand => {
            flag(random, "signature", 50);
            if random.chance(30) {
                options.insert("minimum_age".into(), 21.into());
            }
            if random.chance(40) {
                options.insert("tip".into(), random.between(0, 900).into());
            }
            if random.chance(40) {
                options.insert("item_size".into(), (*random.pick(&["small", "medium", "xlarge"])).into());
            }
            if random.chance(30) {
                options.insert("undeliverable".into(), (*random.pick(&["return", "leave_at_door"])).into());
            }
        }
    }
    Value::Object(options)
}
