//! How long an order of 1.9 KB takes to be read into slots, beside serde_json's tree and its mere syntax check.

use crossdock_engine::document::{FrameId, Mode, Plan, PlanBuilder, Slots, Step};
use divan::{Bencher, black_box};

const ORDER: &str = r#"{
  "format": "order/v1", "order_id": "SO-2044871", "operation_id": "SO-2044871-1", "carrier": "swiftpost", "account": "default",
  "shipment": {
    "reference": "SO-2044871", "service": "express", "ship_date": "2026-03-02", "incoterm": "DAP",
    "sender": {
      "name": "Kvist & Bark", "company": "Kvist & Bark AB", "email": "ship@kvist.example", "phone": "+46 8 123 456 78",
      "address": {"lines": ["Hornsgatan 12", "Port 4"], "postal_code": "118 20", "city": "Stockholm", "country": "SE"}
    },
    "recipient": {
      "name": "Zoë Nuñez", "company": null, "email": "zoe@nunez.example", "phone": "+34 600 11 22 33", "language": "es",
      "address": {"lines": ["Carrer de Mallorca 401, 3r 2a"], "postal_code": "08013", "city": "Barcelona", "state": "B", "country": "ES"}
    },
    "parcels": [
      {"reference": "SO-2044871/1", "weight": 1250, "length": 320, "width": 240, "height": 110, "contents": "two ceramic bowls",
       "value": {"amount": "64.90", "currency": "EUR"},
       "items": [{"sku": "BWL-22-G", "name": "bowl, green", "quantity": 2, "weight": 540, "value": {"amount": "32.45", "currency": "EUR"},
                  "origin": "SE", "hs_code": "691200"}]},
      {"reference": "SO-2044871/2", "weight": 2100, "length": 400, "width": 300, "height": 200, "contents": "table lamp",
       "value": {"amount": "129.00", "currency": "EUR"},
       "items": [{"sku": "LMP-07-B", "name": "lamp \"Björk\"", "quantity": 1, "weight": 1800, "value": {"amount": "129.00", "currency": "EUR"},
                  "origin": "SE", "hs_code": "940520"}]}
    ],
    "customs": {"declared_value": {"amount": "193.90", "currency": "EUR"}, "contents": "merchandise", "invoice": "F-2026-1182"},
    "options": {"saturday": false, "insurance": {"amount": "200.00", "currency": "EUR"}, "note": "leave with the neighbour on the left"}
  },
  "requested_at": "2026-03-01T17:05:11Z"
}"#;

const OF_PARTY: &[&str] = &["name", "company", "email", "phone", "address.postal_code", "address.city", "address.country"];
const OF_PARCEL: &[&str] = &["reference", "weight", "length", "width", "height", "contents", "value.amount", "value.currency"];
const OF_SHIPMENT: &[&str] =
    &["reference", "service", "ship_date", "customs.declared_value.amount", "options.saturday", "options.note"];

fn steps(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step::Name(name.into())).collect()
}

/// 45 leaves: 2 parties of 7 and a first address line, 6 of the shipment, 2 parcels of 8 and an item of 3, the carrier.
fn plan() -> Plan {
    let mut builder = PlanBuilder::new(Mode::Order);
    builder.access(FrameId::ROOT, &steps("carrier"));
    for party in ["shipment.sender", "shipment.recipient"] {
        let (_, party) = builder.scope(FrameId::ROOT, &steps(party));
        OF_PARTY.iter().for_each(|path| drop(builder.access(party, &steps(path))));
        builder.access(party, &[steps("address.lines"), vec![Step::Index(0)]].concat());
    }
    let (_, shipment) = builder.scope(FrameId::ROOT, &steps("shipment"));
    OF_SHIPMENT.iter().for_each(|path| drop(builder.access(shipment, &steps(path))));
    let (_, parcel) = builder.rows(shipment, &steps("parcels"));
    OF_PARCEL.iter().for_each(|path| drop(builder.access(parcel, &steps(path))));
    let (_, item) = builder.rows(parcel, &steps("items"));
    ["sku", "quantity", "origin"].iter().for_each(|path| drop(builder.access(item, &steps(path))));
    builder.build()
}

#[divan::bench]
fn into_slots(bencher: Bencher<'_, '_>) {
    let plan = plan();
    let mut slots = Slots::new();
    bencher.bench_local(|| {
        plan.read(black_box(ORDER), &mut slots).expect("readable");
        black_box(&slots);
    });
}

#[divan::bench]
fn into_a_tree() -> serde_json::Value {
    serde_json::from_str(black_box(ORDER)).expect("readable")
}

#[divan::bench]
fn syntax_only() -> &'static serde_json::value::RawValue {
    serde_json::from_str(black_box(ORDER)).expect("readable")
}

fn main() {
    divan::main();
}
