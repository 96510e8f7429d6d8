//! From what is kept to the lines of a story.

use super::super::super::dead::DeadLetter;
use super::super::super::dispatcher::outcome_name;
use super::super::super::records::EventRecord;
use super::super::resolve::operation_id_of;
use super::story::{CallLine, Happening, Line, Operation};
use crate::ledger::{CallRecord, CallState, Entry, Note, State};
use crossdock_engine::model::Order;

pub(super) fn taken(entry: &Entry, order: Option<&Order>, full: bool) -> Line {
    let what = Happening::Taken {
        operation: entry.operation.clone(),
        carrier: entry.carrier.clone(),
        account: entry.account.clone(),
        parcels: order.map(|order| order.shipment.parcels.len()),
        order: order.filter(|_| full).and_then(|order| serde_json::to_value(order).ok()).map(Box::new),
    };
    // A redrive counts the age anew, but what was noted before it came later than the order.
    let first_note = entry.notes.first().map_or(i64::MAX, |note| note.at);
    Line { at: entry.first_seen.min(first_note), what }
}

pub(super) fn note(entry: &Entry, note: &Note) -> Line {
    Line { at: note.at, what: Happening::Noted { operation: entry.operation.clone(), text: note.what.clone() } }
}

pub(super) fn event(parcel: &str, record: EventRecord, full: bool) -> Line {
    let event = record.event;
    let what = Happening::Event {
        parcel: parcel.to_owned(),
        sequence: event.sequence,
        status: event.status,
        reason: event.reason,
        carrier_code: event.carrier_code.clone(),
        stale: record.stale,
        event: full.then(|| Box::new(event)),
    };
    Line { at: record.at, what }
}

pub(super) fn parked(letter: DeadLetter) -> Line {
    let DeadLetter { id, queue, reason, cause, at, .. } = letter;
    Line { at, what: Happening::Parked { id, queue, reason, cause } }
}

/// What is shown of an entry.
pub(in super::super) fn operation(entry: Entry, full: bool) -> Operation {
    let (reason, cause, until) = match &entry.state {
        State::Parked { reason, cause, .. } => (Some(reason.name()), Some(cause.clone()), None),
        State::Waiting { until, why } => (Some(why.name()), None, Some(*until)),
        State::Pending { ask } => (None, None, *ask),
        _ => (None, None, None),
    };
    let mut result = entry.result().map(|(result, _)| result.clone());
    if let Some(result) = result.as_mut().filter(|_| !full) {
        result.message = None;
        result.warnings.iter_mut().for_each(|warning| warning.message = None);
    }
    Operation {
        operation_id: operation_id_of(&entry.key),
        state: entry.state.name(),
        calls: entry.calls.iter().map(call).collect(),
        order_key: entry.key,
        operation: entry.operation,
        carrier: entry.carrier,
        account: entry.account,
        release: entry.release,
        trace: entry.trace,
        reason,
        cause,
        until,
        result,
    }
}

fn call(call: &CallRecord) -> CallLine {
    let state = match &call.state {
        CallState::Sending => "sending",
        CallState::Answered { answer, .. } => outcome_name(answer.outcome),
        CallState::Unread { .. } => "unread",
        CallState::Doubtful => "doubtful",
        CallState::Open => "open",
    };
    CallLine { step: call.id.step.clone(), iteration: call.id.iteration, undo: call.id.undo, state, attempts: call.attempts }
}
