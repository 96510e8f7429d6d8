//! A neutral shipment as a canonical order: names, lines, grams, millimetres.

use serde_json::{Map, Value, json};

/// The order that a payload of gathered recordings stands for.
pub(super) fn order(carrier: &str, operation: &str, payload: &Value) -> Value {
    let reference = payload["reference"].as_str().unwrap_or("recorded");
    let mut shipment = Map::new();
    shipment.insert("reference".into(), reference.into());
    put(&mut shipment, "service", payload["service"].clone());
    if let Some(identifier) = payload["shipment_identifier"].as_str() {
        shipment.insert("carrier_ref".into(), identifier.into());
        shipment.insert("tracking_number".into(), identifier.into());
    }
    shipment.insert("sender".into(), party(&payload["shipper"]));
    shipment.insert("recipient".into(), party(&payload["recipient"]));
    let parcels: Vec<Value> = payload["parcels"].as_array().into_iter().flatten().map(parcel).collect();
    let identified =
        || json!({"weight": 1, "carrier_ref": payload["shipment_identifier"], "tracking_number": payload["shipment_identifier"]});
    shipment.insert("parcels".into(), if parcels.is_empty() { json!([identified()]) } else { parcels.into() });
    put(&mut shipment, "label_format", lower(&payload["label_type"]));
    customs(payload, &mut shipment);
    options(&payload["options"], &mut shipment);
    json!({"order_id": reference, "operation_id": "1", "carrier": carrier, "operation": operation, "shipment": shipment})
}

fn put(into: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        into.insert(name.to_owned(), value);
    }
}

fn party(given: &Value) -> Value {
    let street = match (given["street_number"].as_str(), given["address_line1"].as_str()) {
        (Some(number), Some(street)) => format!("{number} {street}"),
        (_, street) => street.unwrap_or("-").to_owned(),
    };
    let lines: Vec<Value> =
        [Value::from(street), given["address_line2"].clone()].into_iter().filter(|line| !line.is_null()).collect();
    let mut address = Map::new();
    address.insert("lines".into(), lines.into());
    address.insert("city".into(), given["city"].as_str().unwrap_or("-").into());
    put(&mut address, "state", given["state_code"].clone());
    put(&mut address, "postal_code", given["postal_code"].clone());
    put(&mut address, "country", given["country_code"].clone());
    let name = given["person_name"].as_str().or(given["company_name"].as_str()).unwrap_or("-");
    let mut party = Map::new();
    party.insert("name".into(), name.into());
    put(&mut party, "company", given["company_name"].clone());
    put(&mut party, "email", given["email"].clone());
    put(&mut party, "phone", given["phone_number"].clone());
    put(&mut party, "residential", given["residential"].clone());
    let tax = if given["federal_tax_id"].is_null() { &given["state_tax_id"] } else { &given["federal_tax_id"] };
    put(&mut party, "tax_id", tax.clone());
    party.insert("address".into(), address.into());
    party.into()
}

fn parcel(given: &Value) -> Value {
    let mut parcel = Map::new();
    put(&mut parcel, "reference", given["reference_number"].clone());
    put(&mut parcel, "packaging", given["packaging_type"].clone());
    put(&mut parcel, "description", given["description"].clone());
    parcel.insert("weight".into(), grams(&given["weight"], &given["weight_unit"]).unwrap_or_else(|| 1.into()));
    let factor = if given["dimension_unit"] == "IN" { 25.4 } else { 10.0 };
    for side in ["length", "width", "height"] {
        put(&mut parcel, side, given[side].as_f64().map_or(Value::Null, |value| rounded(value * factor)));
    }
    let items: Vec<Value> = given["items"].as_array().into_iter().flatten().map(item).collect();
    put(&mut parcel, "items", if items.is_empty() { Value::Null } else { items.into() });
    parcel.into()
}

fn grams(weight: &Value, unit: &Value) -> Option<Value> {
    let factor = match unit.as_str() {
        Some("LB") => 453.592_37,
        Some("OZ") => 28.349_523,
        Some("G") => 1.0,
        _ => 1000.0,
    };
    weight.as_f64().map(|weight| rounded(weight * factor))
}

/// Hundredths are kept: pounds and inches come back as they were.
fn rounded(value: f64) -> Value {
    let hundredths = (value * 100.0).round();
    if hundredths % 100.0 == 0.0 { json!(hundredths as i64 / 100) } else { json!(hundredths / 100.0) }
}

fn item(given: &Value) -> Value {
    let mut item = Map::new();
    for name in ["sku", "title", "description", "origin_country"] {
        put(&mut item, name, given[name].clone());
    }
    item.insert("quantity".into(), given["quantity"].as_i64().unwrap_or(1).into());
    put(&mut item, "weight", grams(&given["weight"], &given["weight_unit"]).unwrap_or_default());
    put(&mut item, "hs_code", text(&given["hs_code"]));
    put(&mut item, "value", money(&given["value_amount"], &given["value_currency"]));
    item.into()
}

fn customs(payload: &Value, shipment: &mut Map<String, Value>) {
    let given = &payload["customs"];
    if given.is_null() {
        return;
    }
    let items: Vec<Value> = given["commodities"].as_array().into_iter().flatten().map(item).collect();
    put(shipment, "items", if items.is_empty() { Value::Null } else { items.into() });
    let mut customs = Map::new();
    put(&mut customs, "declared_value", money(&given["duty"]["declared_value"], &given["duty"]["currency"]));
    put(&mut customs, "content_type", lower(&given["content_type"]));
    put(&mut customs, "incoterm", given["incoterm"].clone());
    put(&mut customs, "invoice_number", given["invoice"].clone());
    put(&mut customs, "invoice_date", given["invoice_date"].clone());
    put(shipment, "content_description", given["content_description"].clone());
    put(shipment, "customs", if customs.is_empty() { Value::Null } else { customs.into() });
}

/// What is neutral among the options; the rest belongs into a setup.
fn options(given: &Value, shipment: &mut Map<String, Value>) {
    put(shipment, "insurance", money(&given["insurance"], &given["currency"]));
    put(shipment, "cash_on_delivery", money(&given["cash_on_delivery"], &given["currency"]));
    put(shipment, "instructions", given["instructions"].clone());
    put(shipment, "ship_date", given["shipment_date"].clone());
}

fn money(amount: &Value, currency: &Value) -> Value {
    match amount {
        Value::Number(number) => json!({"amount": number.to_string(), "currency": currency.as_str().unwrap_or("USD")}),
        _ => Value::Null,
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.to_string().into(),
        other => other.clone(),
    }
}

fn lower(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| text.to_lowercase().into())
}
