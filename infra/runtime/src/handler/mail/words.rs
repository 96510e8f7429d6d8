//! A problem in plain words: what happened, to which order and parcel, which carrier, what it says, since when. No names and no
//! streets.

use crossdock_engine::model::{Event, Problem, Reason, Refusal, Silence, Status, TimeIs};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// The shop's order.
    pub(crate) order_id: Option<String>,
    /// One line: what happened to which order.
    pub(crate) subject: String,
    /// All that is known.
    pub(crate) text: String,
    /// What a digest puts it under: what happened, at which carrier.
    pub(crate) heading: String,
    /// Its line in a digest.
    pub(crate) line: String,
}

impl Written {
    /// Puts a problem into words. `carrier` is the carrier's name, `at` the time of what has no time of its own (milliseconds
    /// since 1970).
    pub(crate) fn new(problem: &Problem, order_id: Option<&str>, carrier: &str, at: i64) -> Self {
        let words = match problem {
            Problem::Event(event) => of_event(event, order_id, carrier),
            Problem::Refusal(refusal) => of_refusal(refusal, order_id, carrier, at),
            Problem::Silence(silence) => of_silence(silence, order_id, carrier),
        };
        words.written(order_id)
    }
}

/// What is said of a problem, before it is laid out.
struct Words<'w> {
    /// `parcel 00123 of order SO-1`
    what: String,
    /// `is held until someone does something`
    happened: &'static str,
    /// `carrier SwiftPost`, with what a digest adds.
    carrier: &'w str,
    account: &'w str,
    why: Option<&'static str>,
    says: Option<String>,
    since: String,
    place: Option<String>,
    more: Vec<String>,
}

impl Words<'_> {
    fn written(self, order_id: Option<&str>) -> Written {
        let Self { what, happened, carrier, account, why, says, since, place, more } = self;
        let mut text = format!("{} {happened}.\n\n", capital(&what));
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:<18}{value}");
        };
        if let Some(why) = why {
            row("Why:", why);
        }
        if let Some(says) = &says {
            row("The carrier says:", says);
        }
        row("Since:", &since);
        if let Some(place) = &place {
            row("Where:", place);
        }
        row("Carrier:", &format!("{carrier} (account {account})"));
        if let Some(order) = order_id {
            row("Order:", order);
        }
        for line in &more {
            text.push_str(line);
            text.push('\n');
        }
        let because = why.or(says.as_deref()).map(|why| format!(": {why}")).unwrap_or_default();
        Written {
            order_id: order_id.map(str::to_owned),
            subject: one_line(&format!("{carrier}: {what} {happened}")),
            heading: format!("{carrier}: {happened}"),
            line: one_line(&format!("{what}, since {since}{because}")),
            text,
        }
    }
}

fn of_event<'w>(event: &'w Event, order_id: Option<&str>, carrier: &'w str) -> Words<'w> {
    let mut more = Vec::new();
    more.extend(event.estimated_delivery.as_ref().map(|when| format!("{:<18}{when}", "Expected now:")));
    Words {
        what: parcel(event.tracking_number.as_deref(), event.parcel_reference.as_deref(), order_id),
        happened: happened(event.status),
        carrier,
        account: &event.account,
        why: event.reason.map(Reason::meaning),
        says: says(event.carrier_code.as_deref(), event.carrier_text.as_deref()),
        since: when(event),
        place: place(event),
        more,
    }
}

fn of_refusal<'w>(refusal: &'w Refusal, order_id: Option<&str>, carrier: &'w str, at: i64) -> Words<'w> {
    let what = match order_id {
        Some(order) => format!("order {order} ({})", refusal.operation.replace('_', " ")),
        None => format!("the shipment {} ({})", refusal.reference, refusal.operation.replace('_', " ")),
    };
    Words {
        what,
        happened: "is refused by the carrier",
        carrier,
        account: &refusal.account,
        why: None,
        says: says(refusal.code.as_deref(), refusal.message.as_deref()),
        since: minute(at),
        place: None,
        more: vec!["Nothing is sent again by itself: the shop has been told the same.".to_owned()],
    }
}

fn of_silence<'w>(silence: &'w Silence, order_id: Option<&str>, carrier: &'w str) -> Words<'w> {
    let last = match silence.last_status {
        Some(status) => format!("The last thing that the carrier said: it {}.", happened(status)),
        None => "The carrier took the order and has not said a word of the parcel since.".to_owned(),
    };
    Words {
        what: parcel(Some(&silence.tracking_number), silence.parcel_reference.as_deref(), order_id),
        happened: "has not been heard of for too long",
        carrier,
        account: &silence.account,
        why: None,
        says: None,
        since: minute(silence.since.instant().as_millisecond()),
        place: None,
        more: vec![last],
    }
}

fn parcel(number: Option<&str>, reference: Option<&str>, order_id: Option<&str>) -> String {
    let parcel = match (number, reference) {
        (Some(number), Some(reference)) => format!("parcel {reference} ({number})"),
        (Some(one), None) | (None, Some(one)) => format!("parcel {one}"),
        (None, None) => "a parcel".to_owned(),
    };
    match order_id {
        Some(order) => format!("{parcel} of order {order}"),
        None => parcel,
    }
}

fn happened(status: Status) -> &'static str {
    match status {
        Status::Created => "is announced to the carrier",
        Status::Accepted => "is taken by the carrier",
        Status::AtPickup => "is about to be picked up",
        Status::PickedUp => "was picked up",
        Status::InTransit => "is on its way",
        Status::Customs => "is at customs",
        Status::Delayed => "comes later than was said",
        Status::OnHold => "is held until someone does something",
        Status::Exception => "is in trouble",
        Status::OutForDelivery => "is out for delivery",
        Status::Arriving => "is about to arrive",
        Status::DeliveryAttempted => "could not be delivered this time",
        Status::ReadyForPickup => "waits to be collected",
        Status::Returning => "is on its way back",
        Status::Delivered => "was delivered",
        Status::DeliveryFailed => "will not be delivered",
        Status::Returned => "is back at the sender",
        Status::Cancelled => "was cancelled, and not by us",
        Status::Lost => "is lost",
        Status::Unknown => "has a status that nobody can read",
    }
}

fn says(code: Option<&str>, text: Option<&str>) -> Option<String> {
    match (code, text) {
        (Some(code), Some(text)) if code != text => Some(format!("\"{}\" (code {code})", one_line(text))),
        (_, Some(text)) => Some(format!("\"{}\"", one_line(text))),
        (Some(code), None) => Some(format!("code {code}")),
        (None, None) => None,
    }
}

fn when(event: &Event) -> String {
    let readable = event.occurred_at.to_string().replace('T', " ");
    match event.time_is {
        TimeIs::Instant => readable.replace('Z', " UTC"),
        TimeIs::Local => format!("{readable} (local time there)"),
        TimeIs::Day => readable,
        TimeIs::Received => format!("{} (when we were told)", readable.replace('Z', " UTC")),
    }
}

fn place(event: &Event) -> Option<String> {
    let location = event.location.as_ref()?;
    let parts = [location.city.clone(), location.country.as_ref().map(ToString::to_string)];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A time (milliseconds since 1970) to the minute.
pub(crate) fn minute(millis: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Text of a carrier must not break a header or a list: all space is one blank, controls fall out.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(|letter| !letter.is_control()).collect::<String>());
    words.collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
