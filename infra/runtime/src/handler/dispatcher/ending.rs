//! From how the engine says that an operation ended to what the ledger makes of it.

use crate::ledger::{Ending, Entry, ParkReason, WaitReason};
use crossdock_engine::carrier::{CarrierMessage, Done, Fault, FaultKind, Outcome};
use crossdock_engine::model::{Document, OrderResult, ResultOutcome, ResultParcel, Warning};
use serde_json::Value;
use std::time::Duration;

/// How an operation ended; `wait` gives the time at which to try again, from what the carrier asks for.
pub(super) fn of_done(entry: &Entry, done: Done, wait: impl Fn(Option<Duration>) -> i64) -> Ending {
    let waits = |why| Ending::Waits { until: wait(done.retry_after), why };
    if !done.left_behind.is_empty() && !matches!(done.outcome, Outcome::Accepted | Outcome::Pending) && !passes(done.outcome) {
        return left_behind(&done);
    }
    match done.outcome {
        Outcome::Accepted => match accepted(entry, &done) {
            Some(result) => Ending::Accepted(Box::new(result)),
            None => unreadable("what was extracted is no result".into()),
        },
        Outcome::Pending => Ending::Pending { ask: None, give_up: None, in_vain: None },
        Outcome::Rejected | Outcome::NotFound => {
            let error = done.errors.iter().find(|error| error.code.is_some() || error.message.is_some());
            let error = error.cloned().unwrap_or_default();
            Ending::Refused(Box::new(OrderResult {
                warnings: warnings(done.warnings),
                ..refused(entry, error.code, error.message)
            }))
        }
        Outcome::Throttled => waits(WaitReason::Throttled),
        Outcome::NotWritten => waits(WaitReason::NotWritten),
        Outcome::Transient => waits(WaitReason::Transient),
        Outcome::Reauthenticate | Outcome::Misconfigured => {
            Ending::Parked { reason: ParkReason::Misconfigured, cause: said(&done, "the carrier refuses the account") }
        }
        Outcome::Ambiguous => Ending::Ambiguous { cause: said(&done, "the carrier may or may not have it") },
        Outcome::Unexpected => unreadable(done.unreadable.unwrap_or_else(|| "no rule knows the reply".into())),
    }
}

/// What the engine could not render or send.
pub(super) fn of_fault(entry: &Entry, fault: &Fault) -> Ending {
    match fault.kind {
        FaultKind::Refused => Ending::Refused(Box::new(refused(entry, Some("requires".into()), Some(fault.messages.join("; "))))),
        FaultKind::Mapping => Ending::Parked { reason: ParkReason::Mapping, cause: fault.to_string() },
        FaultKind::Misconfigured | FaultKind::Unknown => {
            Ending::Parked { reason: ParkReason::Misconfigured, cause: fault.to_string() }
        }
    }
}

/// The result of an operation that is refused.
pub(crate) fn refused(entry: &Entry, code: Option<String>, message: Option<String>) -> OrderResult {
    named(entry, OrderResult::refused(code, message))
}

/// The result of an operation that was accepted, with what was extracted from its replies.
pub(super) fn accepted(entry: &Entry, done: &Done) -> Option<OrderResult> {
    let field = |name: &str| done.extracted.get(name).cloned();
    let parcels: Vec<ResultParcel> = read(field("parcels"))?.unwrap_or_default();
    let documents: Vec<Document> = read(field("documents"))?.unwrap_or_default();
    let mut numbers: Vec<String> = Vec::new();
    for number in parcels.iter().filter_map(|parcel| parcel.tracking_number.clone()) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let result = OrderResult {
        tracking_numbers: numbers,
        parcels,
        documents,
        tracking_url: read(field("tracking_url"))?,
        price: read(field("price"))?,
        warnings: warnings(done.warnings.clone()),
        ..OrderResult::new(ResultOutcome::Accepted)
    };
    Some(named(entry, result))
}

/// A result says which operation it is of.
fn named(entry: &Entry, result: OrderResult) -> OrderResult {
    OrderResult { operation: Some(entry.operation.clone()), ..result }
}

/// Null and missing alike are none; another thing than was expected is an error.
#[expect(clippy::option_option, reason = "the outer one is the error")]
fn read<T: serde::de::DeserializeOwned>(value: Option<Value>) -> Option<Option<T>> {
    serde_json::from_value(value.unwrap_or(Value::Null)).ok()
}

fn warnings(messages: Vec<CarrierMessage>) -> Vec<Warning> {
    messages.into_iter().map(|message| Warning { code: message.code, message: message.message }).collect()
}

fn passes(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Throttled | Outcome::NotWritten | Outcome::Transient | Outcome::Reauthenticate)
}

fn unreadable(cause: String) -> Ending {
    Ending::Parked { reason: ParkReason::Unreadable, cause }
}

fn left_behind(done: &Done) -> Ending {
    let cause = format!("left at the carrier: {}", done.left_behind.join(", "));
    match done.outcome {
        Outcome::Ambiguous => Ending::Ambiguous { cause },
        Outcome::Unexpected => unreadable(cause),
        _ => Ending::Parked { reason: ParkReason::LeftBehind, cause },
    }
}

/// The carrier's code; its words may hold personal data and stay in the journal.
fn said(done: &Done, otherwise: &str) -> String {
    let code = done.errors.iter().find_map(|error| error.code.as_deref());
    match (&done.unreadable, code) {
        (Some(why), _) => why.clone(),
        (None, Some(code)) => format!("{otherwise}: code {code}"),
        (None, None) => otherwise.to_owned(),
    }
}
