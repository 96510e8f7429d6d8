//! Orders.

use super::OnDemand;
use crate::baseline::amounts::{cents, converted};
use crate::baseline::json::{Json, write_text};
use crate::baseline::order::{Address, Money, Party, Text, Window, some};
use crate::baseline::phone::e164;
use crate::baseline::{Refused, text};
use crossdock_engine::carrier::{Repeatable, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::time::Duration;

/// What an order's key keeps of its parts.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    order_id: Text<'a>,
    #[serde(borrow)]
    operation_id: Text<'a>,
    #[serde(borrow)]
    operation: Option<Text<'a>>,
    #[serde(borrow)]
    shipment: Shipment<'a>,
}

#[derive(Deserialize)]
struct Shipment<'a> {
    #[serde(borrow)]
    reference: Text<'a>,
    #[serde(borrow)]
    content_description: Option<Text<'a>>,
    #[serde(borrow)]
    sender: Party<'a>,
    #[serde(borrow)]
    recipient: Party<'a>,
    #[serde(borrow)]
    parcels: Vec<Parcel<'a>>,
    #[serde(borrow)]
    items: Option<Vec<Item<'a>>>,
    #[serde(borrow)]
    pickup: Option<Window<'a>>,
    #[serde(borrow)]
    delivery: Option<Window<'a>>,
    #[serde(borrow)]
    cash_on_delivery: Option<&'a RawValue>,
    #[serde(borrow)]
    instructions: Option<Text<'a>>,
    #[serde(default)]
    options: Option<Options>,
}

#[derive(Deserialize)]
struct Parcel<'a> {
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    weight: &'a RawValue,
    #[serde(borrow)]
    length: Option<&'a RawValue>,
    #[serde(borrow)]
    width: Option<&'a RawValue>,
    #[serde(borrow)]
    height: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<Money<'a>>,
    #[serde(default)]
    options: Option<ParcelOptions>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    sku: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    quantity: &'a RawValue,
    #[serde(borrow)]
    weight: Option<&'a RawValue>,
    #[serde(borrow)]
    value: Option<Money<'a>>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
    #[default]
    Medium,
    Large,
    Xlarge,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Undeliverable {
    #[default]
    Return,
    LeaveAtDoor,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Options {
    leave_at_door: Option<bool>,
    undeliverable: Option<Undeliverable>,
    signature: Option<bool>,
    minimum_age: Option<i64>,
    tip: Option<i64>,
    item_size: Option<Size>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ParcelOptions {
    size: Option<Size>,
}

impl OnDemand {
    /// The request of an order; `body` is used again.
    ///
    /// # Errors
    /// The order cannot be read, or this carrier does not take it.
    pub fn create_shipment(&self, order: &[u8], token: &str, mut body: Vec<u8>) -> Result<Request, Refused> {
        let order: Order<'_> = serde_json::from_str(text(order)?)?;
        admit(&order.shipment)?;
        body.clear();
        write(&order, &mut Json { out: &mut body })?;
        let mut masked = Vec::with_capacity(1 + self.secrets.len());
        masked.push(token.to_owned());
        masked.extend(self.secrets.iter().cloned());
        Ok(Request {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers: vec![
                ("Authorization".to_owned(), format!("Bearer {token}")),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body,
            timeout: Duration::from_secs(20),
            repeatable: Repeatable::Within(Duration::from_secs(6 * 3600)),
            masked,
            tokens: vec!["auth".to_owned()],
        })
    }
}

fn admit(shipment: &Shipment<'_>) -> Result<(), Refused> {
    let none = Options::default();
    let options = shipment.options.as_ref().unwrap_or(&none);
    let at_door = options.leave_at_door.unwrap_or(false);
    let rules = [
        (shipment.sender.phone.is_some(), "a phone number of the sender"),
        (shipment.recipient.phone.is_some(), "a phone number of the recipient"),
        (shipment.sender.address.country.0 == shipment.recipient.address.country.0, "no borders"),
        (shipment.cash_on_delivery.is_none(), "no cash"),
        (!(at_door && options.signature.unwrap_or(false)), "no signature at the door"),
        (!at_door || options.minimum_age.is_none(), "no age check at the door"),
    ];
    let broken: Vec<&'static str> = rules.iter().filter(|(holds, _)| !holds).map(|(_, words)| *words).collect();
    if broken.is_empty() { Ok(()) } else { Err(Refused(broken)) }
}

fn write(order: &Order<'_>, json: &mut Json<'_>) -> Result<(), Refused> {
    let shipment = &order.shipment;
    let none = Options::default();
    let options = shipment.options.as_ref().unwrap_or(&none);
    let mut nested = Vec::with_capacity(160);
    let (pickup, delivery) = (shipment.pickup.as_ref(), shipment.delivery.as_ref());
    json.out.push(b'{');
    json.text("\"pickup_name\":", &shipment.sender.name);
    json.optional("\"pickup_business_name\":", shipment.sender.company.as_ref());
    write_address("\"pickup_address\":", &shipment.sender.address, &mut nested, json)?;
    write_phone("\"pickup_phone_number\":", &shipment.sender, json)?;
    json.number("\"pickup_latitude\":", shipment.sender.address.latitude.map(RawValue::get));
    json.number("\"pickup_longitude\":", shipment.sender.address.longitude.map(RawValue::get));
    json.optional("\"pickup_ready_dt\":", pickup.and_then(|window| window.from.as_ref()));
    json.optional("\"pickup_deadline_dt\":", pickup.and_then(|window| window.to.as_ref()));
    json.text("\"dropoff_name\":", &shipment.recipient.name);
    json.optional("\"dropoff_business_name\":", shipment.recipient.company.as_ref());
    write_address("\"dropoff_address\":", &shipment.recipient.address, &mut nested, json)?;
    write_phone("\"dropoff_phone_number\":", &shipment.recipient, json)?;
    json.number("\"dropoff_latitude\":", shipment.recipient.address.latitude.map(RawValue::get));
    json.number("\"dropoff_longitude\":", shipment.recipient.address.longitude.map(RawValue::get));
    write_notes(shipment.instructions.as_ref(), json);
    if let Some(code) = shipment.recipient.address.door_code.as_ref().filter(|code| !code.0.is_empty()) {
        json.text("\"dropoff_seller_notes\":", &Text(format!("Door code {}", code.0).into()));
    }
    json.optional("\"dropoff_ready_dt\":", delivery.and_then(|window| window.from.as_ref()));
    json.optional("\"dropoff_deadline_dt\":", delivery.and_then(|window| window.to.as_ref()));
    write_options(options, json);
    json.text("\"manifest_reference\":", &shipment.reference);
    write_manifest(shipment, options, json);
    json.text("\"external_id\":", &shipment.reference);
    write_integer("\"tip\":", options.tip, json);
    write_key(order, json);
    json.out.push(b'}');
    Ok(())
}

/// The address is JSON in a text.
fn write_address(key: &str, address: &Address<'_>, nested: &mut Vec<u8>, json: &mut Json<'_>) -> Result<(), Refused> {
    nested.clear();
    nested.push(b'{');
    let mut inner = Json { out: nested };
    inner.raw("\"street_address\":", address.lines.get());
    inner.text("\"city\":", &address.city);
    inner.filled("\"state\":", address.state.as_ref());
    inner.filled("\"zip_code\":", address.postal_code.as_ref());
    inner.text("\"country\":", &address.country);
    nested.push(b'}');
    if address.lines.get().len() <= 2 || address.city.0.is_empty() || !some(address.postal_code.as_ref()) {
        return Err(Refused(vec!["an address without street, city or postal code"]));
    }
    json.key(key);
    let text = std::str::from_utf8(nested).map_err(|_| Refused(vec!["not UTF-8"]))?;
    serde_json::to_writer(&mut *json.out, text)?;
    Ok(())
}

fn write_phone(key: &str, party: &Party<'_>, json: &mut Json<'_>) -> Result<(), Refused> {
    let phone = party.phone.as_ref().and_then(|phone| e164(&phone.0)).ok_or(Refused(vec!["a phone number"]))?;
    json.raw(key, "\"");
    json.out.extend_from_slice(phone.as_bytes());
    json.out.push(b'"');
    Ok(())
}

fn write_notes(notes: Option<&Text<'_>>, json: &mut Json<'_>) {
    let Some(notes) = notes else { return };
    match notes.0.char_indices().nth(280) {
        None => json.text("\"dropoff_notes\":", notes),
        Some((end, _)) => json.text("\"dropoff_notes\":", &Text(notes.0[..end].trim_end().to_owned().into())),
    }
}

fn write_options(options: &Options, json: &mut Json<'_>) {
    let verification = json.open("\"dropoff_verification\":", b'{');
    if options.signature.unwrap_or(false) {
        json.raw("\"signature_requirement\":", r#"{"enabled":true,"collect_signer_name":true}"#);
    }
    let identification = json.open("\"identification\":", b'{');
    write_integer("\"min_age\":", options.minimum_age, json);
    json.close(identification);
    json.close(verification);
    json.raw(
        "\"deliverable_action\":",
        match options.leave_at_door.unwrap_or(false) {
            true => "\"deliverable_action_leave_at_door\"",
            false => "\"deliverable_action_meet_at_door\"",
        },
    );
    json.raw(
        "\"undeliverable_action\":",
        match options.undeliverable.unwrap_or_default() {
            Undeliverable::Return => "\"return\"",
            Undeliverable::LeaveAtDoor => "\"leave_at_door\"",
        },
    );
}

fn write_manifest(shipment: &Shipment<'_>, options: &Options, json: &mut Json<'_>) {
    let list = json.open("\"manifest_items\":", b'[');
    match shipment.items.as_deref() {
        Some(items @ [_, ..]) => items.iter().for_each(|item| write_item(item, options.item_size.unwrap_or_default(), json)),
        _ => shipment.parcels.iter().for_each(|parcel| write_parcel(parcel, shipment.content_description.as_ref(), json)),
    }
    json.close_list(list);
}

fn write_item(item: &Item<'_>, size: Size, json: &mut Json<'_>) {
    let object = json.item();
    let names = [&item.title, &item.description, &item.sku];
    json.filled("\"name\":", names.into_iter().flatten().find(|name| !name.0.is_empty()));
    json.raw("\"quantity\":", item.quantity.get());
    json.raw("\"size\":", size.json());
    json.decimal("\"price\":", cents(item.value.as_ref()));
    json.decimal("\"weight\":", converted(item.weight.map(RawValue::get), Decimal::ONE, 0));
    json.close(object);
}

fn write_parcel(parcel: &Parcel<'_>, contents: Option<&Text<'_>>, json: &mut Json<'_>) {
    let centimetres = |number: Option<&'_ RawValue>| converted(number.map(RawValue::get), Decimal::TEN, 0);
    let object = json.item();
    match parcel.description.as_ref().filter(|name| !name.0.is_empty()).or(contents.filter(|name| !name.0.is_empty())) {
        Some(name) => json.text("\"name\":", name),
        None => json.raw("\"name\":", "\"Parcel\""),
    }
    json.raw("\"quantity\":", "1");
    json.raw("\"size\":", parcel.options.as_ref().and_then(|options| options.size).unwrap_or_default().json());
    let dimensions = json.open("\"dimensions\":", b'{');
    json.decimal("\"length\":", centimetres(parcel.length));
    json.decimal("\"height\":", centimetres(parcel.height));
    json.decimal("\"depth\":", centimetres(parcel.width));
    json.close(dimensions);
    json.decimal("\"price\":", cents(parcel.value.as_ref()));
    json.decimal("\"weight\":", converted(Some(parcel.weight.get()), Decimal::ONE, 0));
    json.close(object);
}

fn write_integer(key: &str, number: Option<i64>, json: &mut Json<'_>) {
    if let Some(number) = number {
        json.decimal(key, Some(number.into()));
    }
}

/// The order's key: its parts, escaped.
fn write_key(order: &Order<'_>, json: &mut Json<'_>) {
    let operation = order.operation.as_ref().map_or("create_shipment", |operation| &operation.0);
    let escaped = |part: &str| utf8_percent_encode(part, KEPT).to_string();
    let mut key = String::with_capacity(48);
    // Writing to a text cannot fail.
    let _ = write!(key, "{}:{}:{}", escaped(&order.order_id.0), escaped(operation), escaped(&order.operation_id.0));
    json.key("\"idempotency_key\":");
    write_text(&Text(key.as_str().into()), json.out);
}

impl Size {
    fn json(self) -> &'static str {
        match self {
            Self::Small => "\"small\"",
            Self::Medium => "\"medium\"",
            Self::Large => "\"large\"",
            Self::Xlarge => "\"xlarge\"",
        }
    }
}
