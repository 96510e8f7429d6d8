//! Orders: read, written and refused.

use crate::{ORDERS, sample};
use crossdock_engine::model::Order;
use crossdock_engine::schema::{OrderValidator, SchemaError};
use serde_json::{Value, json};

/// The findings of the sample order after one change at a JSON pointer (a missing member is added).
fn findings(pointer: &str, value: Value) -> Vec<(String, String)> {
    let mut order = sample();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
    order.pointer_mut(parent).expect("the parent exists")[name] = value;
    told(&OrderValidator::new().validate(&order))
}

fn told(errors: &[SchemaError]) -> Vec<(String, String)> {
    errors.iter().map(|error| (error.path.clone(), error.message.clone())).collect()
}

#[track_caller]
fn check(pointer: &str, value: Value, place: &str, words: &str) {
    let found = findings(pointer, value);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, place);
    assert!(found[0].1.contains(words), "{found:?}");
}

#[test]
fn samples_are_orders_and_come_back_as_they_were() {
    let validator = OrderValidator::new();
    for (name, text) in ORDERS {
        let value: Value = serde_json::from_str(text).expect(name);
        assert_eq!(validator.validate(&value), [], "{name}");
        assert!(validator.is_valid(&value), "{name}");
        let order = validator.read(&value).expect(name);
        let written = serde_json::to_value(&order).expect(name);
        assert_eq!(serde_json::from_value::<Order>(written).expect(name), order, "{name}");
    }
    assert_eq!(json!(validator.read(&sample()).expect("an order")), sample());
}

#[test]
fn what_is_missing_has_its_default() {
    let order: Order = serde_json::from_str(ORDERS[1].1).expect("an order");
    assert_eq!((order.account.as_str(), order.operation.as_str()), ("default", "create_shipment"));
    assert_eq!(order.key(), "W-20418:create_shipment:W-20418-1");
}

#[test]
fn null_counts_as_missing() {
    for pointer in ["/account", "/shipment/items", "/shipment/options", "/shipment/customs", "/shipment/recipient/phone"] {
        assert_eq!(findings(pointer, Value::Null), [], "{pointer}");
        let mut order = sample();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        order.pointer_mut(parent).expect("the parent exists")[name] = Value::Null;
        assert!(serde_json::from_value::<Order>(order).is_ok(), "{pointer}");
    }
}

#[test]
fn digits_survive() {
    let text = ORDERS[2].1.replace("4250", "4250.10000000000000000001").replace("780.5", "1E10");
    let order: Order = serde_json::from_str(&text).expect("an order");
    let weights: Vec<String> = order.shipment.parcels.iter().map(|parcel| parcel.weight.to_string()).collect();
    assert_eq!(weights[0], "4250.10000000000000000001");
    assert!(weights[1].eq_ignore_ascii_case("1e10") || weights[1].eq_ignore_ascii_case("1e+10"), "{}", weights[1]);
}

#[test]
fn metadata_is_free() {
    assert_eq!(findings("/shipment/metadata", json!({"a": {"b": [1, null, "x"]}})), []);
}

#[test]
fn missing_fields_are_named() {
    check("/shipment/sender/address", json!({"lines": ["a"], "country": "FR"}), "/shipment/sender/address/city", "missing");
}

#[test]
fn unknown_fields_name_what_was_meant() {
    check("/shipment/recipent", json!({}), "/shipment/recipent", "did you mean `recipient`?");
    check("/shipment/parcels/1/wieght", json!(1), "/shipment/parcels/1/wieght", "did you mean `weight`?");
    check("/shipment/parcels/1/weigth~", json!(1), "/shipment/parcels/1/weigth~0", "available: `reference`");
    check("/key", json!("x"), "/key", "unknown field");
}

#[test]
fn wrong_types_are_named() {
    check("/shipment/parcels/0/weight", json!("4250"), "/shipment/parcels/0/weight", "expected a number");
    check("/shipment/recipient/address/postal_code", json!(8001), "/shipment/recipient/address/postal_code", "expected a text");
    check("/shipment/parcels", json!({}), "/shipment/parcels", "expected a list");
    check("/shipment/recipient/residential", json!("yes"), "/shipment/recipient/residential", "expected true or false");
}

#[test]
fn findings_inside_optional_objects_are_as_exact() {
    check("/shipment/insurance", json!({"amount": 5, "currency": "EUR"}), "/shipment/insurance/amount", "expected a text");
    check("/shipment/insurance", json!({"amount": "5,00", "currency": "EUR"}), "/shipment/insurance/amount", "decimal text");
    check("/shipment/insurance", json!("5 EUR"), "/shipment/insurance", "expected an object");
    check("/shipment/bill_to", json!({"name": "x"}), "/shipment/bill_to/address", "missing");
    check("/shipment/payer", json!("me"), "/shipment/payer", "`sender`, `recipient`, `third_party`");
}

#[test]
fn bounds_hold() {
    check("/shipment/parcels", json!([]), "/shipment/parcels", "at least 1");
    check("/shipment/sender/address/lines", json!([]), "/shipment/sender/address/lines", "at least 1");
    check("/shipment/sender/address/lines", json!(["1", "2", "3", "4"]), "/shipment/sender/address/lines", "at most 3");
    check("/shipment/parcels/0/weight", json!(-1), "/shipment/parcels/0/weight", "at least 0");
    check("/shipment/recipient/address/latitude", json!(91), "/shipment/recipient/address/latitude", "at most 90");
    check("/order_id", json!(""), "/order_id", "not empty");
    check("/shipment/sender/address/country", json!("fr"), "/shipment/sender/address/country", "two upper-case letters");
    check("/shipment/parcels/0/value/currency", json!("€"), "/shipment/parcels/0/value/currency", "three upper-case letters");
    check("/shipment/ship_date", json!("31.03.2026"), "/shipment/ship_date", "a date like");
    check("/shipment/ship_date", json!("2026-02-30"), "/shipment/ship_date", "a date like");
    check("/shipment/delivery/from", json!("2026-04-01T09:00:00"), "/shipment/delivery/from", "with an offset");
    check("/shipment/parcels/0/items", json!([{"quantity": 1.5}]), "/shipment/parcels/0/items/0/quantity", "an integer");
    check("/shipment/parcels/0/items", json!([{"quantity": 0}]), "/shipment/parcels/0/items/0/quantity", "at least 1");
}

#[test]
fn numbers_of_any_size_are_judged() {
    let number = |text: &str| serde_json::from_str::<Value>(text).expect("a number");
    let weight = |text: &str| findings("/shipment/parcels/0/weight", number(text)).len();
    for text in ["0", "-0", "1E10", "1E400", "123456789012345678901234567890", "0.00000000000000000000000001"] {
        assert_eq!(weight(text), 0, "{text}");
    }
    for text in ["-1E-10", "-1E400", "-123456789012345678901234567890"] {
        assert_eq!(weight(text), 1, "{text}");
    }
    let quantity = |text: &str| findings("/shipment/parcels/0/items", json!([{"quantity": number(text)}])).len();
    assert_eq!(["1", "12345678901234567890123", "1.5", "0", "-5"].map(quantity), [0, 0, 1, 1, 1]);
}

#[test]
fn all_findings_come_at_once() {
    let mut order = sample();
    order["shipment"]["parcels"][0]["weight"] = json!("heavy");
    order["shipment"]["recipient"]["adress"] = json!(1);
    order["shipment"]["payer"] = json!("Inés");
    order["carrier"] = Value::Null;
    let paths: Vec<String> = OrderValidator::new().validate(&order).into_iter().map(|error| error.path).collect();
    assert_eq!(paths, ["/carrier", "/shipment/parcels/0/weight", "/shipment/payer", "/shipment/recipient/adress"]);
}

#[test]
fn no_finding_repeats_what_the_order_says() {
    let secret = "Zacharias Quellnymph";
    let validator = OrderValidator::new();
    let mut pointers = Vec::new();
    leaves(&sample(), String::new(), &mut pointers);
    assert!(pointers.len() > 40);
    for pointer in pointers {
        for value in [json!(secret), json!([secret]), json!({"amount": secret}), json!([[secret]])] {
            let mut order = sample();
            *order.pointer_mut(&pointer).expect("the leaf exists") = value;
            for error in validator.read(&order).err().unwrap_or_default() {
                assert!(!error.to_string().contains("Quellnymph"), "{error}");
            }
        }
    }
}

fn leaves(value: &Value, pointer: String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(value, format!("{pointer}/{name}"), into)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| leaves(value, format!("{pointer}/{at}"), into)),
        _ => into.push(pointer),
    }
}
