//! Webhook deliveries.

use super::OnDemand;
use crate::baseline::order::Text;
use crate::baseline::{Refused, text};
use crossdock_engine::model::identity::EventIdentity;
use crossdock_engine::model::{Event, Moment, Status, TimeIs};
use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use serde::Deserialize;

#[derive(Deserialize)]
struct Delivery<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    created: Option<Text<'a>>,
    #[serde(borrow)]
    delivery_id: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    courier_imminent: Option<bool>,
    #[serde(borrow)]
    undeliverable_reason: Option<Text<'a>>,
    #[serde(borrow)]
    dropoff_eta: Option<Text<'a>>,
    #[serde(borrow)]
    dropoff: Option<Dropoff<'a>>,
}

#[derive(Deserialize)]
struct Dropoff<'a> {
    #[serde(borrow)]
    verification: Option<Verification<'a>>,
}

#[derive(Deserialize)]
struct Verification<'a> {
    #[serde(borrow)]
    signature: Option<Proof<'a>>,
    #[serde(borrow)]
    picture: Option<Proof<'a>>,
}

#[derive(Deserialize)]
struct Proof<'a> {
    #[serde(borrow)]
    image_url: Option<Text<'a>>,
    #[serde(borrow)]
    signer_name: Option<Text<'a>>,
}

/// What a delivery says.
#[derive(Debug)]
pub enum Said {
    /// An event.
    Event(Box<Event>),
    /// Nothing of a shipment.
    Ignored,
    /// A word that nobody knows, or a time that cannot be read.
    Unknown,
}

impl OnDemand {
    /// What a delivery says; `received_at` in seconds since 1970.
    ///
    /// # Errors
    /// The body cannot be read.
    pub fn translate(&self, body: &[u8], received_at: i64) -> Result<Said, Refused> {
        let delivery: Delivery<'_> = serde_json::from_str(text(body)?)?;
        let kind = delivery.kind.as_ref().map_or("", |kind| &kind.0);
        if matches!(kind, "event.courier_update" | "event.refund_request" | "event.shopping_progress") {
            return Ok(Said::Ignored);
        }
        Ok(self.event(delivery, received_at).map_or(Said::Unknown, |event| Said::Event(Box::new(event))))
    }

    fn event(&self, delivery: Delivery<'_>, received_at: i64) -> Option<Event> {
        let (occurred_at, time_is) = match &delivery.created {
            Some(text) => (moment(&text.0)?, TimeIs::Instant),
            None => (Moment::from(Timestamp::from_second(received_at).ok()?), TimeIs::Received),
        };
        let data = delivery.data.as_ref();
        let number = words(delivery.delivery_id.as_ref()).unwrap_or_default();
        let returns = number.starts_with("ret_");
        let number = if returns { number.replace("ret_", "del_") } else { number };
        let plain = words(delivery.status.as_ref())?;
        let code = if returns { format!("return {plain}") } else { plain };
        let imminent = data.and_then(|data| data.courier_imminent).unwrap_or(false);
        let text = match imminent {
            true => Some("courier imminent".to_owned()),
            false => words(data.and_then(|data| data.undeliverable_reason.as_ref())),
        };
        let status = status(&code, imminent)?;
        let id = words(delivery.id.as_ref());
        let verification = data.and_then(|data| data.dropoff.as_ref()).and_then(|dropoff| dropoff.verification.as_ref());
        let signature = verification.and_then(|verification| verification.signature.as_ref());
        let picture = verification.and_then(|verification| verification.picture.as_ref());
        let url = |proof: Option<&Proof<'_>>| words(proof.and_then(|proof| proof.image_url.as_ref()));
        let identity = EventIdentity {
            carrier: &self.carrier,
            account: &self.account,
            carrier_event_id: id.as_deref(),
            number: Some(&number),
            code: Some(&code),
            text: text.as_deref(),
            occurred_at: &occurred_at,
            time_is,
        };
        Some(Event {
            event_id: identity.id(),
            carrier: self.carrier.clone(),
            account: self.account.clone(),
            order_id: None,
            parcel_reference: None,
            tracking_number: Some(number),
            status,
            reason: None,
            carrier_code: Some(code),
            carrier_text: text,
            occurred_at,
            time_is,
            location: None,
            estimated_delivery: match data.and_then(|data| data.dropoff_eta.as_ref()) {
                Some(text) => Some(moment(&text.0)?),
                None => None,
            },
            signed_by: words(signature.and_then(|signature| signature.signer_name.as_ref())),
            proof_url: url(picture).or_else(|| url(signature)),
            sequence: 0,
        })
    }
}

fn words(text: Option<&Text<'_>>) -> Option<String> {
    text.map(|text| text.0.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn status(code: &str, imminent: bool) -> Option<Status> {
    Some(match code {
        "pickup" if imminent => Status::AtPickup,
        "dropoff" if imminent => Status::Arriving,
        "pending" => Status::Created,
        "pickup" => Status::Accepted,
        "pickup_complete" => Status::PickedUp,
        "dropoff" => Status::OutForDelivery,
        "delivered" => Status::Delivered,
        "canceled" => Status::Cancelled,
        "returned" | "return pending" | "return pickup" | "return pickup_complete" | "return dropoff" => Status::Returning,
        "return delivered" => Status::Returned,
        _ => return None,
    })
}

/// In UTC where it is written so, with its own offset otherwise.
fn moment(text: &str) -> Option<Moment> {
    let instant: Timestamp = text.trim().parse().ok()?;
    if text.ends_with('Z') {
        return Some(Moment::from(instant));
    }
    let offset = Pieces::parse(text).ok()?.to_numeric_offset()?;
    match offset.is_zero() {
        true => Some(Moment::from(instant)),
        false => Moment::parse(instant.display_with_offset(offset).to_string()).ok(),
    }
}
