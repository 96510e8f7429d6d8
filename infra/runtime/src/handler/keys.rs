//! The keys of what the store keeps. Parts are percent-encoded, so that no two things share a key.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn part(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A part of a key, as it was before.
#[must_use]
pub fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}

/// All ledger entries stand under this.
pub const ENTRIES: &str = "entry/";
/// All parcels stand under this.
pub const PARCELS: &str = "parcel/";
/// All dead letters stand under this.
pub const DEAD: &str = "dead/";
/// All deliveries that could not be verified stand under this.
pub const QUARANTINE: &str = "quarantine/";
/// What is known of each carrier stands under this.
pub const CARRIERS: &str = "carrier/";
/// Carriers that are down, as all processes know them, stand under this.
pub const BREAKERS: &str = "breaker/";
/// Emails on their way, and for a while those that were sent, stand under this.
pub const MAIL: &str = "mail/";
/// What developers have been told of, and are to be told of, stands under this.
pub const NOTICES: &str = "notice/";

/// The ledger entry of an operation; `order_key` as of the model.
#[must_use]
pub fn entry(order_key: &str) -> String {
    format!("{ENTRIES}{order_key}")
}

/// All ledger entries of an order begin so.
#[must_use]
pub fn entries_of(order_id: &str) -> String {
    format!("{ENTRIES}{}:", part(order_id))
}

/// The ledger entries of all orders whose names begin so stand under this.
#[must_use]
pub fn entries_like(start: &str) -> String {
    format!("{ENTRIES}{}", part(start))
}

/// An order as it was taken, canonical.
#[must_use]
pub fn order(order_key: &str) -> String {
    format!("order/{order_key}")
}

/// All orders as taken, of one order id.
#[must_use]
pub fn orders_of(order_id: &str) -> String {
    format!("order/{}:", part(order_id))
}

/// The mark of an order that was cancelled before it came.
#[must_use]
pub fn tombstone(order_id: &str) -> String {
    format!("tombstone/{}", part(order_id))
}

/// The mark that what stood under a key, or under keys that begin so, was removed by a person's will; the key cannot be read of it.
#[must_use]
pub fn forgotten(key: &str) -> String {
    format!("tombstone/forgotten/{}", hex::encode(&Sha256::digest(key)[..16]))
}

/// A parcel, by the carrier's number of it.
#[must_use]
pub fn parcel(carrier: &str, account: &str, number: &str) -> String {
    format!("{PARCELS}{}/{}/{}", part(carrier), part(account), part(number))
}

/// All parcels of a carrier begin so.
#[must_use]
pub fn parcels_of(carrier: &str) -> String {
    format!("{PARCELS}{}/", part(carrier))
}

/// Another name of a parcel: `ref` is the carrier's own, `our` is ours.
#[must_use]
pub fn name(carrier: &str, account: &str, kind: &str, value: &str) -> String {
    format!("name/{}/{}/{kind}/{}", part(carrier), part(account), part(value))
}

/// An order whose carrier answers later, by a name that the answer may have: `ref` is the carrier's own, `our` is ours.
#[must_use]
pub fn put_off(carrier: &str, account: &str, kind: &str, value: &str, order_key: &str) -> String {
    format!("{}{}", put_off_under(carrier, account, kind, value), part(order_key))
}

/// All orders whose carrier answers later, of one such name, begin so.
#[must_use]
pub fn put_off_under(carrier: &str, account: &str, kind: &str, value: &str) -> String {
    format!("name/{}/{}/later-{kind}/{}/", part(carrier), part(account), part(value))
}

/// An event of a parcel; `parcel` is the parcel's key.
#[must_use]
pub fn event(parcel: &str, event_id: &str) -> String {
    format!("{}{}", events_of(parcel), part(event_id))
}

/// All events of a parcel begin so.
#[must_use]
pub fn events_of(parcel: &str) -> String {
    format!("event/{}/", parcel.strip_prefix(PARCELS).unwrap_or(parcel))
}

/// A dead letter.
#[must_use]
pub fn dead(queue: &str, carrier: &str, reason: &str, id: &str) -> String {
    format!("{}{}", dead_like(queue, Some(carrier), Some(reason)), part(id))
}

/// All dead letters of a queue begin so; of one carrier and one reason, where they are given.
#[must_use]
pub fn dead_like(queue: &str, carrier: Option<&str>, reason: Option<&str>) -> String {
    match (carrier, reason) {
        (None, _) => format!("{DEAD}{queue}/"),
        (Some(carrier), None) => format!("{DEAD}{queue}/{}/", part(carrier)),
        (Some(carrier), Some(reason)) => format!("{DEAD}{queue}/{}/{reason}/", part(carrier)),
    }
}

/// A delivery that could not be verified.
#[must_use]
pub fn quarantine(carrier: &str, account: &str, webhook: &str, id: &str) -> String {
    format!("{}{}", quarantine_of(carrier, account, webhook), part(id))
}

/// All unverified deliveries of a carrier begin so.
#[must_use]
pub fn quarantine_of_carrier(carrier: &str) -> String {
    format!("{QUARANTINE}{}/", part(carrier))
}

/// All unverified deliveries of a webhook begin so.
#[must_use]
pub fn quarantine_of(carrier: &str, account: &str, webhook: &str) -> String {
    format!("{QUARANTINE}{}/{}/{}/", part(carrier), part(account), part(webhook))
}

/// The carrier's id that a key of [`carrier`] is made of.
#[must_use]
pub fn carrier_of(key: &str) -> Option<String> {
    key.strip_prefix(CARRIERS).map(decoded)
}

/// What is known of a carrier as a whole.
#[must_use]
pub fn carrier(id: &str) -> String {
    format!("{CARRIERS}{}", part(id))
}

/// An email to a topic.
#[must_use]
pub fn mail(topic: &str, action_id: &str) -> String {
    format!("{}{}", mail_of(topic), part(action_id))
}

/// All emails to a topic begin so.
#[must_use]
pub fn mail_of(topic: &str) -> String {
    format!("{MAIL}{}/", part(topic))
}

/// That a carrier is down.
#[must_use]
pub fn breaker(carrier: &str) -> String {
    format!("{BREAKERS}{}", part(carrier))
}

/// The carrier's id that a key of [`breaker`] is made of.
#[must_use]
pub fn breaker_of(key: &str) -> Option<String> {
    key.strip_prefix(BREAKERS).map(decoded)
}

/// The token that all processes share, where a carrier grants one session; `scope` tells whose it is.
#[must_use]
pub fn session(scope: &str, auth: &str) -> String {
    format!("session/{}/{}", part(scope), part(auth))
}

/// How much a topic has been written to.
#[must_use]
pub fn mailbox(topic: &str) -> String {
    format!("mailbox/{}", part(topic))
}

/// What developers know of one kind of trouble: `kind`, and whatever tells one of a kind from another.
#[must_use]
pub fn notice(kind: &str, which: &[&str]) -> String {
    let mut key = format!("{NOTICES}{kind}");
    for which in which {
        key.push('/');
        key.push_str(&part(which));
    }
    key
}
