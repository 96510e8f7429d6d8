//! A bearer token, JSON, one shipment of all parcels, windows of time, American addresses and units.

use super::amounts::{converted, decimal};
use super::json::Json;
use super::order::{Money, Party, Text, Window, some};
use super::{Refused, text};
use crossdock_engine::carrier::{Repeatable, Request};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

#[derive(Deserialize)]
struct Order<'a> {
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
    pickup: Option<Window<'a>>,
    #[serde(borrow)]
    delivery: Option<Window<'a>>,
    #[serde(borrow)]
    instructions: Option<Text<'a>>,
    #[serde(borrow)]
    options: Option<Options<'a>>,
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
    options: Option<NoOptions>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Options<'a> {
    signature_required: Option<bool>,
    notifications_enabled: Option<bool>,
    over_21_required: Option<bool>,
    #[serde(borrow)]
    extra_compensation: Option<&'a RawValue>,
    trailer_required: Option<bool>,
    decline_insurance: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

/// The mapping for one account.
#[derive(Debug)]
pub struct LocalDelivery {
    /// The URL that orders go to.
    pub url: String,
    /// The account's token.
    pub token: String,
}

impl LocalDelivery {
    /// The request of an order; `body` is used again.
    ///
    /// # Errors
    /// The order cannot be read, or this carrier does not take it.
    pub fn create_shipment(&self, order: &[u8], mut body: Vec<u8>) -> Result<Request, Refused> {
        let Order { shipment } = serde_json::from_str(text(order)?)?;
        admit(&shipment)?;
        body.clear();
        write(&shipment, &mut Json { out: &mut body });
        Ok(Request {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers: vec![
                ("Authorization".to_owned(), format!("Bearer {}", self.token)),
                ("Content-Type".to_owned(), "application/json".to_owned()),
            ],
            body,
            timeout: Duration::from_secs(20),
            repeatable: Repeatable::Never,
            masked: vec![self.token.clone(), self.token.clone()],
            tokens: Vec::new(),
        })
    }
}

fn admit(shipment: &Shipment<'_>) -> Result<(), Refused> {
    let window = shipment.delivery.as_ref();
    let compensation = shipment.options.as_ref().and_then(|options| options.extra_compensation);
    let rules = [
        (compensation.is_none_or(|raw| !raw.get().starts_with(['"', 't', 'f', '{', '['])), "a number"),
        (shipment.parcels.iter().all(|parcel| parcel.options.is_none()), "no options of parcels"),
        (shipment.sender.address.country.0 == "US", "the United States only"),
        (shipment.recipient.address.country.0 == "US", "the United States only"),
        (some(shipment.pickup.as_ref().and_then(|window| window.from.as_ref())), "the time of collection"),
        (some(window.and_then(|window| window.from.as_ref())), "the start of the window"),
        (some(window.and_then(|window| window.to.as_ref())), "the end of the window"),
    ];
    let broken: Vec<&'static str> = rules.iter().filter(|(holds, _)| !holds).map(|(_, words)| *words).collect();
    if broken.is_empty() { Ok(()) } else { Err(Refused(broken)) }
}

fn write(shipment: &Shipment<'_>, json: &mut Json<'_>) {
    json.out.push(b'{');
    json.filled("\"reference_id\":", Some(&shipment.reference));
    json.filled("\"description\":", shipment.content_description.as_ref());
    let items = json.open("\"items\":", b'[');
    for parcel in &shipment.parcels {
        write_parcel(parcel, shipment.content_description.as_ref(), json);
    }
    json.close_list(items);
    write_location("\"pickup_location\":", &shipment.sender, None, json);
    write_location("\"delivery_location\":", &shipment.recipient, shipment.instructions.as_ref(), json);
    json.filled("\"pickup_after\":", shipment.pickup.as_ref().and_then(|window| window.from.as_ref()));
    let between = json.open("\"deliver_between\":", b'{');
    json.filled("\"start\":", shipment.delivery.as_ref().and_then(|window| window.from.as_ref()));
    json.filled("\"end\":", shipment.delivery.as_ref().and_then(|window| window.to.as_ref()));
    json.close(between);
    write_options(shipment.options.as_ref().unwrap_or(&Options::default()), json);
    json.out.push(b'}');
}

fn write_parcel(parcel: &Parcel<'_>, contents: Option<&Text<'_>>, json: &mut Json<'_>) {
    let (inch, pound) = (Decimal::new(254, 1), Decimal::new(45_359_237, 5));
    let raw = |number: Option<&'_ RawValue>| converted(number.map(RawValue::get), inch, 2);
    let item = json.item();
    json.filled("\"description\":", parcel.description.as_ref().filter(|words| !words.0.is_empty()).or(contents));
    json.decimal("\"length\":", raw(parcel.length));
    json.decimal("\"width\":", raw(parcel.width));
    json.decimal("\"height\":", raw(parcel.height));
    json.decimal("\"weight\":", converted(Some(parcel.weight.get()), pound, 2));
    let dollars = parcel.value.as_ref().filter(|value| value.currency.0 == "USD");
    json.decimal("\"value\":", dollars.and_then(|value| decimal(&value.amount.0)).map(|amount| amount.normalize()));
    json.raw("\"quantity\":", "1");
    json.close(item);
}

fn write_location(key: &str, party: &Party<'_>, notes: Option<&Text<'_>>, json: &mut Json<'_>) {
    let location = json.open(key, b'{');
    let address = json.open("\"address\":", b'{');
    json.filled("\"name\":", party.company.as_ref());
    // Three lines at most, two as a rule.
    let lines: Vec<Text<'_>> = serde_json::from_str(party.address.lines.get()).unwrap_or_default();
    json.filled("\"street1\":", lines.first());
    match &lines[1.min(lines.len())..] {
        [] => {}
        [second] => json.filled("\"street2\":", Some(second)),
        more => {
            let joined = more.iter().map(|line| &*line.0).collect::<Vec<_>>().join(", ");
            json.filled("\"street2\":", Some(&Text(joined.into())));
        }
    }
    json.filled("\"city\":", Some(&party.address.city));
    json.filled("\"state\":", party.address.state.as_ref());
    json.filled("\"zip\":", party.address.postal_code.as_ref());
    json.close(address);
    let contact = json.open("\"contact\":", b'{');
    json.filled("\"name\":", Some(&party.name));
    json.filled("\"phone\":", party.phone.as_ref());
    json.close(contact);
    json.filled("\"notes\":", notes);
    json.close(location);
}

fn write_options(options: &Options<'_>, json: &mut Json<'_>) {
    let flag = |json: &mut Json<'_>, key: &str, flag: Option<bool>| {
        if let Some(flag) = flag {
            json.raw(key, if flag { "true" } else { "false" });
        }
    };
    let object = json.open("\"options\":", b'{');
    flag(json, "\"signature_required\":", Some(options.signature_required.unwrap_or(false)));
    flag(json, "\"notifications_enabled\":", Some(options.notifications_enabled.unwrap_or(false)));
    flag(json, "\"over_21_required\":", Some(options.over_21_required.unwrap_or(false)));
    json.number("\"extra_compensation\":", options.extra_compensation.map(RawValue::get));
    flag(json, "\"trailer_required\":", options.trailer_required);
    flag(json, "\"decline_insurance\":", options.decline_insurance);
    json.close(object);
}
