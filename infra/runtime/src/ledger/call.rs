//! The record of one exchange.

use crate::clock::millis;
use crossdock_engine::carrier::{Answer, CallId, Outcome, Repeatable};
use serde::{Deserialize, Serialize};

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
    /// From then on nothing of its last attempt is on its way to the carrier: the end of that attempt's lease, or earlier when a
    /// reply came or was given up.
    #[serde(default)]
    pub quiet_from: i64,
    /// Its token was refused and renewed; a second refusal in a row is a fault of the account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewed: bool,
    /// An earlier attempt may have been carried out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// The reply that the carrier answers later, while it is asked for that answer: what holds until there is a better one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_off: Option<PutOff>,
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
            Repeatable::Within(window) => Self::Within(millis(window)),
            Repeatable::Never => Self::Never,
        }
    }
}

/// A reply that says no more than "later".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutOff {
    /// What it was read as.
    pub answer: Box<Answer>,
    /// The journal's exchange that holds it.
    pub exchange: Option<String>,
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

impl CallRecord {
    /// Whether it may be sent and still be on its way until this time, given what is known of its earlier attempts.
    #[must_use]
    pub fn may_be_sent(&self, until: i64) -> bool {
        match self.repeatable {
            _ if !self.unknown => true,
            RepeatableKept::Reads => true,
            RepeatableKept::Within(window) => until < self.first_sent.saturating_add(window),
            RepeatableKept::Never => false,
        }
    }

    /// Whether it writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.repeatable != RepeatableKept::Reads
    }

    /// Whether it may exist at the carrier without our knowing.
    #[must_use]
    pub fn unsettled(&self) -> bool {
        self.writes()
            && match &self.state {
                CallState::Sending | CallState::Doubtful | CallState::Unread { .. } => true,
                CallState::Open => self.unknown,
                CallState::Answered { answer, .. } => match answer.outcome {
                    Outcome::Ambiguous | Outcome::Unexpected => true,
                    Outcome::Accepted | Outcome::Pending | Outcome::Rejected | Outcome::NotFound => false,
                    _ => self.unknown,
                },
            }
    }

    /// What it was read as, while the carrier answers later.
    #[must_use]
    pub fn later(&self) -> Option<&Answer> {
        match (&self.state, &self.put_off) {
            (CallState::Answered { answer, .. }, _) if answer.outcome == Outcome::Pending => Some(answer),
            (_, put_off) => put_off.as_ref().map(|put_off| &*put_off.answer),
        }
    }

    /// It stands as before the carrier was asked for its later answer. False when it was not asked.
    pub(super) fn still_later(&mut self) -> bool {
        let Some(PutOff { answer, exchange }) = self.put_off.take() else { return false };
        self.state = CallState::Answered { answer, exchange };
        true
    }

    /// What a worker that takes the order over makes of it: a request that nobody heard of is sent again if it can end before
    /// `until` safely, and is in doubt otherwise. A question for a later answer may be put again, when its time comes.
    pub(super) fn judge_unheard(&mut self, until: i64, window: bool) {
        if matches!(self.state, CallState::Sending | CallState::Open) && self.still_later() {
            return;
        }
        if self.state == CallState::Sending {
            self.unknown |= self.writes();
            self.state = CallState::Open;
        }
        if self.state == CallState::Open && window && !self.may_be_sent(until) {
            self.state = CallState::Doubtful;
        }
    }
}
