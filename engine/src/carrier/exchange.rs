//! What crosses the engine's border: requests to send, replies to read, and what a reply means.

use super::Asked;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A finished HTTP request: the exact bytes to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Headers in order; names as written in the file.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
    /// How long to wait for the reply.
    pub timeout: Duration,
    /// Whether it may be sent again when its outcome is unknown.
    pub repeatable: Repeatable,
    /// Texts that must be masked wherever this request is shown or kept.
    pub masked: Vec<String>,
    /// The sign-ins whose tokens it carries: these are to be forgotten when the carrier refuses them.
    pub tokens: Vec<String>,
}

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeatable {
    /// It only reads.
    Reads,
    /// It writes, and the carrier recognises a repetition for this long.
    Within(Duration),
    /// It writes: never again.
    Never,
}

/// What came back, or why nothing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The carrier answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// Headers as received; names are compared without case.
        headers: Vec<(String, String)>,
        /// The raw body.
        body: Vec<u8>,
    },
    /// No connection: DNS, TCP or TLS failed, surely nothing was written.
    NotConnected(String),
    /// Time ran out, or the connection broke after the first byte was written.
    Broken(String),
}

/// What an exchange came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Accepted,
    /// The carrier refuses this order.
    Rejected,
    /// The credential has lapsed: renew it and try again once.
    Reauthenticate,
    /// The credential or the account is wrong: a person must mend it.
    Misconfigured,
    /// Too many requests: later.
    Throttled,
    /// A fault of the carrier that passes.
    Transient,
    /// Surely nothing was written.
    NotWritten,
    /// The carrier may or may not have it.
    Ambiguous,
    /// What was asked for does not exist.
    NotFound,
    /// The carrier answers later.
    Pending,
    /// No rule reads this reply.
    Unexpected,
}

/// One error or warning as the carrier words it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CarrierMessage {
    /// The carrier's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The carrier's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Which exchange of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallId {
    /// The step's name; none for an operation of one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The iteration of a `for_each`, from 0; 0 otherwise.
    #[serde(default)]
    pub iteration: u32,
    /// The request undoes that iteration (`compensate`).
    #[serde(default)]
    pub undo: bool,
}

/// An exchange to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which one.
    pub id: CallId,
    /// The request.
    pub request: Request,
}

/// How a reply was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What it means.
    pub outcome: Outcome,
    /// The carrier's errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<CarrierMessage>,
    /// The carrier's warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<CarrierMessage>,
    /// How long the carrier asks to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
    /// What `extract` read, by field name.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extracted: serde_json::Map<String, serde_json::Value>,
    /// Why the reply could not be read, when it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

impl Answer {
    /// An answer that says nothing but what it means.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            errors: Vec::new(),
            warnings: Vec::new(),
            retry_after: None,
            extracted: serde_json::Map::new(),
            unreadable: None,
        }
    }

    /// An answer that could not be read, or was none: `why` is in words without personal data.
    #[must_use]
    pub fn unreadable(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { unreadable: Some(why.into()), ..Self::of(outcome) }
    }
}

/// What an operation has done so far: plain data, kept by the caller between exchanges.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The answers so far, in the order they were recorded.
    pub answers: Vec<(CallId, Answer)>,
}

impl Progress {
    /// Keeps the answer of an exchange.
    pub fn record(&mut self, id: CallId, answer: Answer) {
        self.answers.retain(|(known, _)| *known != id);
        self.answers.push((id, answer));
    }

    /// Puts a webhook's answer in the place of the one that only said "later", what both extracted taken together. Of
    /// several iterations, it is the one that extracted the name which the completion has, whether others still wait or
    /// not: a webhook may tell of one twice. Says whether an exchange waited for it.
    pub fn complete(&mut self, completion: &Completion) -> bool {
        let of_step = |id: &CallId| id.step == completion.step && !id.undo;
        let several = self.answers.iter().filter(|(id, _)| of_step(id)).count() > 1;
        let waits = |(id, answer): &&mut (CallId, Answer)| of_step(id) && answer.outcome == Outcome::Pending;
        let mut waiting: Vec<_> = self.answers.iter_mut().filter(waits).collect();
        if several {
            waiting.retain(|(_, answer)| completion.is_of(answer));
        }
        let [(_, known)] = waiting.as_mut_slice() else { return false };
        let mut answer = completion.answer.clone();
        let mut extracted = std::mem::take(&mut known.extracted);
        extracted.extend(std::mem::take(&mut answer.extracted));
        answer.extracted = extracted;
        *known = answer;
        true
    }

    /// The answer of an exchange, when there is one.
    #[must_use]
    pub fn answer(&self, id: &CallId) -> Option<&Answer> {
        self.answers.iter().find(|(known, _)| known == id).map(|(_, answer)| answer)
    }
}

/// Whether an extract holds one of these names, in itself or in one of its parcels.
fn extracted_name(extracted: &serde_json::Map<String, serde_json::Value>, names: &Asked) -> bool {
    let parcels = extracted.get("parcels").and_then(serde_json::Value::as_array);
    let objects = parcels.into_iter().flatten().filter_map(serde_json::Value::as_object).chain([extracted]);
    let wanted =
        [("tracking_number", &names.tracking_number), ("carrier_ref", &names.carrier_ref), ("reference", &names.reference)];
    objects.into_iter().any(|object| {
        wanted.iter().any(|(key, name)| name.is_some() && object.get(*key).and_then(serde_json::Value::as_str) == name.as_deref())
    })
}

/// What to do next for an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Sign in first: send this, give the reply to `Carrier::read_token`, and ask again with the token.
    SignIn {
        /// The auth's name (`auth` for the only one).
        auth: String,
        /// The sign-in request.
        request: Box<Request>,
    },
    /// Carry these out, concurrently if you like; record every answer; ask again.
    Calls(Vec<Call>),
    /// The operation has ended.
    Done(Box<Done>),
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The operation's outcome.
    pub outcome: Outcome,
    /// Errors of the exchange that decided.
    pub errors: Vec<CarrierMessage>,
    /// Warnings of all exchanges.
    pub warnings: Vec<CarrierMessage>,
    /// How long the carrier asks to wait.
    pub retry_after: Option<Duration>,
    /// How a pending operation goes on.
    pub pending: Option<Waiting>,
    /// `parcels`, `documents`, `tracking_url`, `price`, ... as in `Action::OrderResult`, and fields of the file's own.
    pub extracted: serde_json::Map<String, serde_json::Value>,
    /// What exists at the carrier and could not be undone, when the outcome leaves something behind.
    pub left_behind: Vec<String>,
    /// Why a reply could not be read, when one could not.
    pub unreadable: Option<String>,
}

/// What a pending operation waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The step that is pending; none for an operation of one request.
    pub step: Option<String>,
    /// When to ask again (see [`Carrier::ask_again`](super::Carrier::ask_again)); none when only a webhook tells.
    pub every: Option<Duration>,
    /// How long to ask.
    pub give_up: Option<Duration>,
}

/// The final answer of a pending exchange, as a webhook tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Completion {
    /// The operation.
    pub operation: String,
    /// The step; none for an operation of one request.
    pub step: Option<String>,
    /// What names the order: the tracking number, the carrier's own id or our reference.
    pub names: Asked,
    /// What the exchange came to.
    pub answer: Answer,
}

impl Completion {
    /// Whether the answer of an exchange has one of the names that this one has.
    #[must_use]
    pub fn is_of(&self, answer: &Answer) -> bool {
        extracted_name(&answer.extracted, &self.names)
    }
}

/// A credential that a sign-in gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub value: String,
    /// When it lapses, in seconds since 1970; none when it does not.
    pub expires_at: Option<i64>,
    /// What `session:` extracted.
    pub session: serde_json::Map<String, serde_json::Value>,
    /// A new token ends this one: none may be fetched while requests with this one are under way.
    pub one_session: bool,
}

/// The credentials and settings that one account calls a carrier with.
#[derive(Debug, Clone, Default)]
pub struct AccountSettings {
    /// The account's name.
    pub account: String,
    /// `production`, `sandbox`, ... as in the file's `servers`; the first when none is named.
    pub environment: Option<String>,
    /// Values of the file's `config`.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// The file's secrets by name.
    pub secrets: std::collections::BTreeMap<String, String>,
    /// Base URLs that stand in for the file's servers, by server name: local test servers only.
    pub servers: std::collections::BTreeMap<String, String>,
}

/// A raw webhook delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// The HTTP method, upper case.
    pub method: String,
    /// The query string, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Headers as received; names are compared without case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
    /// The sender's address, as the nearest trusted proxy or the connection itself has it; none when it is not known.
    pub source: Option<std::net::IpAddr>,
}
