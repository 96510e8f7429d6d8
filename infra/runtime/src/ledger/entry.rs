//! What the ledger keeps of one operation of one order.

use super::call::{CallRecord, CallState};
use super::state::State;
use crossdock_engine::carrier::{CallId, Progress};
use crossdock_engine::model::OrderResult;
use serde::{Deserialize, Serialize};

/// One operation of one order. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `order_id:operation:operation_id`, percent-encoded: see the model's `order_key`.
    pub key: String,
    /// The shop's name of the order.
    pub order_id: String,
    /// The operation of the carrier's file.
    pub operation: String,
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// SHA-256 of the order as it came, before any mapping, in hexadecimal digits.
    pub digest: String,
    /// When the order was first seen. Its age counts from here, or from its last redrive, or from the carrier's later answer.
    pub first_seen: i64,
    /// When anything last happened to it.
    #[serde(default)]
    pub changed: i64,
    /// Where it stands.
    pub state: State,
    /// Grows with every claim: what a superseded worker still wants to write does not carry the present one.
    pub fence: u32,
    /// Claims since the carrier was last heard of.
    pub claims: u32,
    /// How often the order has waited: the backoff grows with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waits: u32,
    /// How often a person has had it tried again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redrives: u32,
    /// While the carrier answers later: since when, and until when that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// What the carrier may name the order by when it answers later: keys of the store that lead here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The digest of the carrier file that is in force for this order, from its first sending to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The trace that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The exchanges: one record per step, iteration and undoing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallRecord>,
    /// Its story in short, oldest first; the journal has the exchanges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// How long a later answer is waited for. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Since when.
    pub since: i64,
    /// Until when.
    pub until: i64,
}

/// A line of an entry's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: i64,
    /// What, in few words without personal data.
    pub what: String,
}

/// A new order waits so long for a worker before the sweeper looks whether its message was lost: milliseconds.
const UNTOUCHED: i64 = 3_600_000;

/// So long after a lease or a wait the sweeper looks whether the message was lost: milliseconds.
const OVERDUE: i64 = 120_000;

/// So long after an end, or a parking, the sweeper looks whether it was emitted: milliseconds.
const UNEMITTED: i64 = 60_000;

/// Notes kept of an entry; the middle of a long story is cut.
const NOTES: usize = 40;

impl Entry {
    /// A new entry.
    #[must_use]
    pub fn new(key: String, order: &crossdock_engine::model::Order, digest: String, now: i64) -> Self {
        Self {
            key,
            order_id: order.order_id.clone(),
            operation: order.operation.clone(),
            carrier: order.carrier.clone(),
            account: order.account.clone(),
            digest,
            first_seen: now,
            changed: now,
            state: State::New,
            fence: 0,
            claims: 0,
            waits: 0,
            redrives: 0,
            later: None,
            names: Vec::new(),
            release: None,
            trace: None,
            calls: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The same, as a part of this trace.
    #[must_use]
    pub fn traced(self, trace: String) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// The trace that it belongs to; empty where nobody knows.
    #[must_use]
    pub fn trace(&self) -> &str {
        self.trace.as_deref().unwrap_or_default()
    }

    /// What the engine takes as the operation's progress: the exchanges that were answered.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let answered = |call: &CallRecord| match &call.state {
            CallState::Answered { answer, .. } => Some((call.id.clone(), (**answer).clone())),
            _ => None,
        };
        Progress { answers: self.calls.iter().filter_map(answered).collect() }
    }

    /// The record of an exchange.
    #[must_use]
    pub fn call(&self, id: &CallId) -> Option<&CallRecord> {
        self.calls.iter().find(|call| call.id == *id)
    }

    /// What the shop is told, and whether it has been emitted; none before the end.
    #[must_use]
    pub fn result(&self) -> Option<(&OrderResult, bool)> {
        match &self.state {
            State::Accepted { result, emitted } | State::Refused { result, emitted } => Some((result, *emitted)),
            _ => None,
        }
    }

    /// Whether it has ended for good.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self.state, State::Accepted { .. } | State::Refused { .. })
    }

    /// Whether the carrier is still to answer an exchange.
    #[must_use]
    pub fn is_put_off(&self) -> bool {
        self.calls.iter().any(|call| call.later().is_some())
    }

    /// Whether an exchange may have been carried out and is not to be sent again before that is settled.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        self.calls.iter().any(|call| call.state == CallState::Doubtful)
    }

    /// Whether a question that was put to the carrier at `asked` sees everything that is in doubt, if the carrier takes up to
    /// `settle` milliseconds to show a write.
    #[must_use]
    pub fn settled(&self, settle: i64, asked: i64) -> bool {
        let mut doubtful = self.calls.iter().filter(|call| call.state == CallState::Doubtful);
        doubtful.all(|call| call.quiet_from.saturating_add(settle) <= asked)
    }

    /// When someone should look at it if nothing happens: what the store's sweeper goes by. None when nothing is to be done.
    ///
    /// It is later than any message that the entry's own worker keeps, so that the sweeper finds only what was lost.
    #[must_use]
    pub fn due(&self) -> Option<i64> {
        match &self.state {
            State::New => Some(self.first_seen.saturating_add(UNTOUCHED)),
            State::Claimed { lease: until }
            | State::Sending { lease: until }
            | State::Reconciling { lease: until }
            | State::Waiting { until, .. } => Some(until.saturating_add(OVERDUE)),
            State::Ambiguous => Some(self.changed.saturating_add(OVERDUE)),
            State::Accepted { emitted: false, .. }
            | State::Refused { emitted: false, .. }
            | State::Parked { emitted: false, .. } => Some(self.changed.saturating_add(UNEMITTED)),
            // Nobody holds a message of it: the sweeper has the carrier asked.
            State::Pending { ask } => [*ask, self.later.map(|later| later.until)].into_iter().flatten().min(),
            State::Accepted { .. } | State::Refused { .. } | State::Parked { .. } => None,
        }
    }

    /// The journal's exchanges that hold what its calls were answered.
    pub fn exchanges(&self) -> impl Iterator<Item = String> {
        self.calls.iter().filter_map(|call| match &call.state {
            CallState::Answered { exchange, .. } => exchange.clone(),
            CallState::Unread { exchange } => Some(exchange.clone()),
            _ => None,
        })
    }

    /// The first time that any exchange was sent.
    #[must_use]
    pub fn first_sent(&self) -> Option<i64> {
        self.calls.iter().map(|call| call.first_sent).min()
    }

    pub(super) fn note(&mut self, at: i64, what: impl Into<String>) {
        if self.notes.len() >= NOTES {
            self.notes.remove(NOTES / 2);
        }
        self.notes.push(Note { at, what: what.into() });
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
