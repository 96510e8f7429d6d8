//! What the store keeps beside the ledger's entries.

use super::{Desk, Office, Ports};
use crate::clock::millis;
use crossdock_engine::carrier::{Asked, Carrier};
use crossdock_engine::model::{Action, Event, Status, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A parcel at the carrier: what its events need to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParcelRecord {
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The carrier's tracking number, or its own name of the parcel.
    pub number: String,
    /// What the carrier can be asked for it by.
    #[serde(default)]
    pub asked_by: Asked,
    /// The key of the operation that created it.
    pub order_key: String,
    /// The shop's order.
    pub order_id: String,
    /// The shop's references of what travels under this number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The recipient's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// When the carrier accepted it: milliseconds since 1970.
    pub accepted_at: i64,
    /// Where it stands, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<(Status, Timestamp)>,
    /// Events so far: the number of the last one.
    #[serde(default)]
    pub sequence: u64,
    /// Attempts at delivery so far.
    #[serde(default)]
    pub attempts: u32,
    /// The statuses that it has had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Status>,
    /// The shop has asked for a cancellation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_cancel: bool,
    /// When its last event came: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<i64>,
    /// When the carrier was last asked for it: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<i64>,
    /// The logistics team has been told of its silence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silence_told: bool,
}

impl ParcelRecord {
    /// Status and instant, as the moves of a parcel's state take them.
    #[must_use]
    pub fn stands(&self) -> Option<(Status, jiff::Timestamp)> {
        self.state.as_ref().map(|(status, at)| (*status, at.instant()))
    }
}

/// What is known of a carrier as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CarrierRecord {
    /// A person has stopped it: its orders wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// When its last delivery came, give or take a minute: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<i64>,
    /// Developers have been told that it stopped calling.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silence_told: bool,
}

/// An event of a parcel, and what followed from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// The event.
    pub event: Event,
    /// It came too late to change anything, or its status is never a state.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// When it came: milliseconds since 1970.
    pub at: i64,
    /// The journal's exchange that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What followed and is not known to be emitted: a redelivery emits it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Action>,
}

/// A parcel of which nothing more is expected stays open for so long after its last event.
const OPEN: Duration = Duration::from_secs(30 * 86_400);

impl ParcelRecord {
    /// Whether its way has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.stands().is_some_and(|(status, _)| status.is_terminal())
    }

    /// What the carrier is asked for it by. A record that does not say has a tracking number.
    #[must_use]
    pub fn asked(&self) -> Asked {
        if self.asked_by == Asked::default() { Asked::number(self.number.clone()) } else { self.asked_by.clone() }
    }

    /// Since when nobody has heard of it: milliseconds since 1970.
    #[must_use]
    pub fn silent_since(&self) -> i64 {
        self.heard_at.unwrap_or(self.accepted_at)
    }

    /// When its silence is too long; none when it never is, or when that has been told.
    pub(crate) fn silent_at(&self, carrier: &Carrier) -> Option<i64> {
        carrier.silence().events.filter(|_| !self.silence_told && !self.has_ended()).map(|time| later(self.silent_since(), time))
    }

    /// When the carrier is to be asked for it at this time or next; none when it is not asked any more, or has no name that the
    /// carrier is asked by.
    pub(crate) fn ask_at(&self, carrier: &Carrier, now: i64) -> Option<i64> {
        let poll = carrier.polling().and_then(|(poll, _)| poll).filter(|_| !self.has_ended())?;
        let names = self.asked();
        if carrier.asks_by().iter().any(|by| names.by(*by).is_none_or(str::is_empty)) {
            return None;
        }
        let asks = poll.give_up.is_none_or(|time| now < later(self.accepted_at, time));
        asks.then(|| later(self.asked_at.unwrap_or(self.accepted_at), poll.every))
    }
}

impl<P: Ports> Desk<P> {
    /// See [`Office::parcel_due`].
    pub(crate) fn parcel_due(&self, parcel: &ParcelRecord) -> Option<i64> {
        self.office().parcel_due(parcel)
    }
}

impl<P: Ports> Office<'_, P> {
    /// When someone should look at a parcel, if no event comes before: to ask the carrier, or because it is silent. Every open
    /// parcel has such a time, so that open ones are found without looking at all.
    pub(crate) fn parcel_due(&self, parcel: &ParcelRecord) -> Option<i64> {
        let loaded = self.mappings.carrier(&parcel.carrier).ok()?;
        let carrier = &loaded.carrier;
        let open = Some(later(parcel.silent_since(), OPEN)).filter(|until| *until > self.now() && !parcel.has_ended());
        [parcel.silent_at(carrier), parcel.ask_at(carrier, self.now()), open].into_iter().flatten().min()
    }
}

fn later(from: i64, time: Duration) -> i64 {
    from.saturating_add(millis(time))
}
