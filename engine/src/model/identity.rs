//! Names that are the same whenever the same thing comes again.

use super::{Moment, TimeIs};
use sha2::{Digest, Sha256};

/// What an event is recognised by.
#[derive(Debug, Clone, Copy)]
pub struct EventIdentity<'a> {
    /// The carrier's id.
    pub carrier: &'a str,
    /// The account.
    pub account: &'a str,
    /// The carrier's own id of the event, where it gives one.
    pub carrier_event_id: Option<&'a str>,
    /// The tracking number, or whatever else names the parcel.
    pub number: Option<&'a str>,
    /// The code as the vocabulary reads it.
    pub code: Option<&'a str>,
    /// The carrier's words.
    pub text: Option<&'a str>,
    /// When it happened.
    pub occurred_at: &'a Moment,
    /// What that time is.
    pub time_is: TimeIs,
}

impl EventIdentity<'_> {
    /// The event's id, 32 hexadecimal digits: of the carrier's id if there is one, else of number, code, text and time. An
    /// instant counts as itself, however it is written; a time of reception does not count, since it differs each time.
    #[must_use]
    pub fn id(&self) -> String {
        if let Some(id) = self.carrier_event_id {
            // The number too: one carrier id may tell of several parcels, and events are kept per parcel.
            return name(&[Some("event"), Some(self.carrier), Some(self.account), Some("id"), Some(id), self.number]);
        }
        let time = match self.time_is {
            TimeIs::Instant => Some(self.occurred_at.instant().to_string()),
            TimeIs::Local | TimeIs::Day => Some(self.occurred_at.to_string()),
            TimeIs::Received => None,
        };
        let what = [self.number, self.code, self.text, time.as_deref()];
        let whose = [Some("event"), Some(self.carrier), Some(self.account), Some("seen")];
        name(&[whose, what].concat())
    }
}

/// The id of the action that tells the shop how an order ended; `order_key` as of [`super::order_key`].
#[must_use]
pub fn order_result_id(order_key: &str) -> String {
    name(&[Some("order_result"), Some(order_key)])
}

/// The id of the action that tells the shop of an event.
#[must_use]
pub fn notify_shop_id(event_id: &str) -> String {
    name(&[Some("notify_shop"), Some(event_id)])
}

/// The id of the email about an event to one topic.
#[must_use]
pub fn event_email_id(event_id: &str, topic: &str) -> String {
    name(&[Some("email_event"), Some(event_id), Some(topic)])
}

/// The id of the email about a refused order to one topic; `order_key` as of [`super::order_key`].
#[must_use]
pub fn refusal_email_id(order_key: &str, topic: &str) -> String {
    name(&[Some("email_refusal"), Some(order_key), Some(topic)])
}

/// The id of the email about a parcel that has been silent since a time (milliseconds since 1970), to one topic: a silence that
/// goes on has one name, the next one another. `parcel` names the parcel among all of ours.
#[must_use]
pub fn silence_email_id(parcel: &str, since: i64, topic: &str) -> String {
    name(&[Some("email_silence"), Some(parcel), Some(&since.to_string()), Some(topic)])
}

/// The first 32 hexadecimal digits of the parts' SHA-256. Each part goes in with its length, so that no two lists of parts
/// read the same; a missing part is not an empty one.
fn name(parts: &[Option<&str>]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        match part {
            Some(part) => {
                hash.update([1]);
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
            None => hash.update([0]),
        }
    }
    hex::encode(&hash.finalize()[..16])
}
