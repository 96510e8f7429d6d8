//! The result line of an order, and what it means for another run.

use crossdock_engine::carrier::{Answer, CarrierMessage, Done, Outcome};
use crossdock_runtime::drive::{Ended, Ending};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// About to be sent; on disk before the first byte leaves.
    Sending,
    /// The carrier took it.
    Accepted,
    /// The carrier, or a rule of its file, refuses it.
    Refused,
    /// The carrier answers later.
    Pending,
    /// The carrier may or may not have it.
    Ambiguous,
    /// Something exists at the carrier, or may: a person decides.
    Parked,
    /// Nothing exists at the carrier; another run tries again.
    Failed,
    /// It is not an order.
    Invalid,
    /// Another order of the same key but other content was first.
    Conflict,
}

impl State {
    /// Another run must not send it.
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Pending)
    }

    /// Only a person can say whether it may be sent.
    pub(crate) fn needs_a_person(self) -> bool {
        matches!(self, Self::Sending | Self::Ambiguous | Self::Parked)
    }

    /// The word in tables.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Pending => "pending",
            Self::Ambiguous => "ambiguous",
            Self::Parked => "parked",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
        }
    }
}

/// One line of results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The order's key; where it was found, when it has none.
    pub(crate) key: String,
    /// Where the order stands.
    pub(crate) state: State,
    /// Tells two orders of one key apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) digest: String,
    /// The carrier.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) carrier: String,
    /// Why, in one word for the summary: `timeout`, `mapping`, the carrier's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What the carrier or the file says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<CarrierMessage>,
    /// What the carrier remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<CarrierMessage>,
    /// Tracking numbers, documents, price and so on.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) result: Map<String, Value>,
    /// What exists at the carrier and could not be undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_behind: Vec<String>,
    /// Requests sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) requests: u32,
    /// Milliseconds from the first request to the end, waits included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) took_ms: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Line {
    /// A line that knows only where the order stands.
    pub(crate) fn new(key: &str, state: State) -> Self {
        Self {
            key: key.to_owned(),
            state,
            digest: String::new(),
            carrier: String::new(),
            reason: None,
            errors: Vec::new(),
            warnings: Vec::new(),
            result: Map::new(),
            left_behind: Vec::new(),
            requests: 0,
            took_ms: None,
        }
    }

    /// The same with a reason.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    /// The same with words of ours.
    pub(crate) fn saying(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.errors.extend(words.into_iter().map(|message| CarrierMessage { code: None, message: Some(message) }));
        self
    }

    /// What an operation's end comes to.
    pub(crate) fn ended(key: &str, ended: Ended) -> Self {
        let began = ended.progress.answers.iter().any(|(_, answer)| leaves_something(answer.outcome));
        let effort = ended.effort;
        let mut line = match ended.ending {
            Ending::Done(done) => Self::done(key, *done),
            _ if began => Self::new(key, State::Parked).because("interrupted"),
            Ending::NotMet(words) => Self::new(key, State::Refused).because("requires").saying([words]),
            Ending::Mapping(words) => Self::new(key, State::Failed).because("mapping").saying([words]),
            Ending::Misconfigured(words) => Self::new(key, State::Failed).because("misconfigured").saying([words]),
            Ending::Unsendable(words) => Self::new(key, State::Failed).because("unsendable").saying([words]),
            Ending::SignIn(answer) => Self::sign_in(key, *answer),
        };
        line.requests = effort.requests;
        line.took_ms = Some(u64::try_from(effort.took.as_millis()).unwrap_or(u64::MAX));
        line
    }

    fn done(key: &str, done: Done) -> Self {
        let state = if done.left_behind.is_empty() { state(done.outcome) } else { State::Parked };
        let code = done.errors.iter().find_map(|error| error.code.clone());
        let reason = match state {
            State::Accepted | State::Pending => None,
            State::Refused => code.or_else(|| Some(word(done.outcome).to_owned())),
            _ => Some(word(done.outcome).to_owned()),
        };
        Self {
            reason,
            errors: done.errors,
            warnings: done.warnings,
            result: done.extracted,
            left_behind: done.left_behind,
            ..Self::new(key, state)
        }
        .saying(done.unreadable)
    }

    fn sign_in(key: &str, answer: Answer) -> Self {
        let reason = format!("sign-in {}", word(answer.outcome));
        Self { errors: answer.errors, ..Self::new(key, State::Failed).because(&reason) }.saying(answer.unreadable)
    }
}

fn leaves_something(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::Pending | Outcome::Ambiguous | Outcome::Unexpected)
}

fn state(outcome: Outcome) -> State {
    match outcome {
        Outcome::Accepted => State::Accepted,
        Outcome::Rejected | Outcome::NotFound => State::Refused,
        Outcome::Pending => State::Pending,
        Outcome::Ambiguous => State::Ambiguous,
        Outcome::Unexpected => State::Parked,
        Outcome::Reauthenticate | Outcome::Misconfigured | Outcome::Throttled | Outcome::Transient | Outcome::NotWritten => {
            State::Failed
        }
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Rejected => "rejected",
        Outcome::Reauthenticate | Outcome::Misconfigured => "misconfigured",
        Outcome::Throttled => "throttled",
        Outcome::Transient => "transient",
        Outcome::NotWritten => "not_written",
        Outcome::Ambiguous => "ambiguous",
        Outcome::NotFound => "not_found",
        Outcome::Pending => "pending",
        Outcome::Unexpected => "unreadable",
    }
}
