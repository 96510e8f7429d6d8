//! What the ledger keeps of one operation of one order.

use crossdock_engine::carrier::{Answer, CallId, Progress, Repeatable};
use crossdock_engine::model::OrderResult;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// When the order was first seen. Its age counts from here, or from its last redrive.
    pub first_seen: i64,
    /// Where it stands.
    pub state: State,
    /// Grows with every claim: what a superseded worker still wants to write does not carry the present one.
    pub fence: u32,
    /// Claims since the carrier was last heard of.
    pub claims: u32,
    /// How often the order has waited: the backoff grows with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub waits: u32,
    /// A token was refused once and renewed; a second refusal is a fault of the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewed: bool,
    /// The digest of the carrier file that is in force for this order, from its first sending to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The exchanges: one record per step, iteration and undoing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallRecord>,
    /// Its story in short, oldest first; the journal has the exchanges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Known; nobody works on it.
    New,
    /// A worker has it; nothing is under way.
    Claimed {
        /// Until when the worker is trusted to be alive.
        lease: i64,
    },
    /// The intent to send is durable: from now on the carrier may have it.
    Sending {
        /// Until when a reply can still come.
        lease: i64,
    },
    /// To be tried again.
    Waiting {
        /// Not before this time.
        until: i64,
        /// Why.
        why: WaitReason,
    },
    /// The carrier may or may not have it.
    Ambiguous,
    /// A worker asks the carrier whether it has it.
    Reconciling {
        /// Until when the worker is trusted to be alive.
        lease: i64,
    },
    /// The carrier answers later.
    Pending {
        /// Since when.
        since: i64,
    },
    /// The carrier has taken it.
    Accepted {
        /// What the shop is told.
        result: Box<OrderResult>,
        /// The actions that follow have been emitted.
        emitted: bool,
    },
    /// Refused: by the carrier, by a rule of its file, or because it was cancelled first.
    Refused {
        /// What the shop is told.
        result: Box<OrderResult>,
        /// The actions that follow have been emitted.
        emitted: bool,
    },
    /// A person decides.
    Parked {
        /// Why.
        reason: ParkReason,
        /// In words, without personal data.
        cause: String,
    },
}

/// Why an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The carrier wants fewer requests.
    Throttled,
    /// Surely nothing was written.
    NotWritten,
    /// A fault of the carrier that passes, on a request that may be repeated.
    Transient,
    /// The sign-in failed and may work later.
    SignIn,
    /// A later operation waits for the order's creation.
    Creation,
    /// The carrier was asked whether it has the order, and cannot tell yet.
    Settling,
}

/// Why an order was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkReason {
    /// The carrier may or may not have it, and nobody can be asked.
    Ambiguous,
    /// A reply that no rule reads; it is kept and can be read again.
    Unreadable,
    /// The request cannot be rendered.
    Mapping,
    /// The account, its credentials or the carrier's name is wrong.
    Misconfigured,
    /// The order itself is not one.
    Invalid,
    /// The same order came with another content.
    Conflict,
    /// Three claims without an outcome: something crashes.
    Claims,
    /// It has been tried for too long.
    Age,
    /// A step failed in a way that leaves something at the carrier.
    LeftBehind,
}

/// An exchange of an operation: a step's iteration, or its undoing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Which one.
    pub id: CallId,
    /// Whether it may be sent again when its outcome is unknown.
    pub repeatable: RepeatableKept,
    /// How often it was sent, or was about to be.
    pub attempts: u32,
    /// The claim that sent it last.
    pub fence: u32,
    /// When it was first sent, surely unwritten attempts aside: the carrier's window counts from here.
    pub first_sent: i64,
    /// When it was last sent.
    pub last_sent: i64,
    /// An earlier attempt may have been carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// Where it stands.
    pub state: CallState,
}

/// [`Repeatable`], as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatableKept {
    /// It only reads.
    Reads,
    /// It writes, and the carrier recognises a repetition for so many milliseconds.
    Within(i64),
    /// It writes: never again.
    Never,
}

impl From<Repeatable> for RepeatableKept {
    fn from(repeatable: Repeatable) -> Self {
        match repeatable {
            Repeatable::Reads => Self::Reads,
            Repeatable::Within(window) => Self::Within(i64::try_from(window.as_millis()).unwrap_or(i64::MAX)),
            Repeatable::Never => Self::Never,
        }
    }
}

/// Where an exchange stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The intent is durable; no reply is.
    Sending,
    /// The reply is durable.
    Answered {
        /// What it was read as.
        answer: Box<Answer>,
        /// The journal's exchange that holds it; none when no reply came.
        exchange: Option<String>,
    },
    /// The reply is durable and is to be read again: nobody is called.
    Unread {
        /// The journal's exchange that holds it.
        exchange: String,
    },
    /// The carrier may or may not have carried it out: it is not sent again until that is settled.
    Doubtful,
    /// Nothing came of the last attempt: to be sent again.
    Open,
}

/// What asking the carrier about an ambiguous order came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The carrier has it.
    Found(Box<OrderResult>),
    /// The carrier does not have it; `authoritative` when that proves it, `settled` when the write had time to be seen.
    NotFound {
        /// The file says that "not found" proves it.
        authoritative: bool,
        /// The carrier's settle time has passed.
        settled: bool,
    },
    /// The carrier could not be asked, or answered nothing that helps: later.
    Undecided,
    /// The answer cannot be read.
    Unreadable(String),
}

/// A line of an entry's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: i64,
    /// What, in few words without personal data.
    pub what: String,
}

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
            state: State::New,
            fence: 0,
            claims: 0,
            waits: 0,
            renewed: false,
            release: None,
            calls: Vec::new(),
            notes: Vec::new(),
        }
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

    /// TEMPORARY
    #[must_use]
    pub fn due(&self) -> Option<i64> {
        match &self.state {
            State::New => Some(self.first_seen.saturating_add(3_600_000)),
            State::Claimed { lease: until }
            | State::Sending { lease: until }
            | State::Reconciling { lease: until }
            | State::Waiting { until, .. } => Some(until.saturating_add(120_000)),
            _ => None,
        }
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

impl CallRecord {
    /// Whether it may be sent at this time, given what is known of its earlier attempts.
    #[must_use]
    pub fn may_be_sent(&self, now: i64) -> bool {
        match self.repeatable {
            _ if !self.unknown => true,
            RepeatableKept::Reads => true,
            RepeatableKept::Within(window) => now < self.first_sent.saturating_add(window),
            RepeatableKept::Never => false,
        }
    }

    /// Whether it writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.repeatable != RepeatableKept::Reads
    }
}

impl State {
    /// Its name, as operators see it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Claimed { .. } => "claimed",
            Self::Sending { .. } => "sending",
            Self::Waiting { .. } => "waiting",
            Self::Ambiguous => "ambiguous",
            Self::Reconciling { .. } => "reconciling",
            Self::Pending { .. } => "pending",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::Parked { .. } => "parked",
        }
    }
}

impl ParkReason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Ambiguous,
        Self::Unreadable,
        Self::Mapping,
        Self::Misconfigured,
        Self::Invalid,
        Self::Conflict,
        Self::Claims,
        Self::Age,
        Self::LeftBehind,
    ];

    /// Its name, as operators see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Unreadable => "unreadable",
            Self::Mapping => "mapping",
            Self::Misconfigured => "misconfigured",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::Claims => "claims",
            Self::Age => "age",
            Self::LeftBehind => "left_behind",
        }
    }
}

impl WaitReason {
    /// Its name, as operators see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::NotWritten => "not_written",
            Self::Transient => "transient",
            Self::SignIn => "sign_in",
            Self::Creation => "creation",
            Self::Settling => "settling",
        }
    }
}

/// A time span in the ledger's milliseconds.
pub(crate) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}
