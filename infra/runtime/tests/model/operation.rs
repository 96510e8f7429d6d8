//! Operations of the model, and the stand-in for `Carrier::next`: which calls come now, or how the operation has ended.

use crate::entries::End;
use crossdock_engine::carrier::{CallId, Outcome, Progress};

/// Calls of an operation: two forward, and their two undoings.
pub(crate) const CALLS: u8 = 4;

/// All outcomes, in an order of our own: small numbers stand for them.
pub(crate) const OUTCOMES: [Outcome; 11] = [
    Outcome::Accepted,
    Outcome::Rejected,
    Outcome::Reauthenticate,
    Outcome::Misconfigured,
    Outcome::Throttled,
    Outcome::Transient,
    Outcome::NotWritten,
    Outcome::Ambiguous,
    Outcome::NotFound,
    Outcome::Pending,
    Outcome::Unexpected,
];

/// Whether a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reads,
    Within,
    Never,
}

/// What the file declares of its lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) authoritative: bool,
}

/// How the two forward calls stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The second reads the first's reply.
    Steps,
    /// A round of two iterations at once; when one fails, the other is undone.
    Round,
}

/// An operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) shape: Shape,
    pub(crate) kinds: [Kind; 2],
    pub(crate) lookup: Option<Lookup>,
    /// What the carrier answers later is asked for again, whether that only reads or not: that it must is for the ledger to see.
    pub(crate) asks: bool,
}

impl Operation {
    pub(crate) fn kind(&self, call: u8) -> Kind {
        if call < 2 { self.kinds[usize::from(call)] } else { Kind::Never }
    }

    pub(crate) fn writes(&self, call: u8) -> bool {
        self.kind(call) != Kind::Reads
    }
}

/// The call as the engine names it.
pub(crate) fn id_of(operation: &Operation, call: u8) -> CallId {
    let (step, iteration) = match operation.shape {
        Shape::Steps => (if call.is_multiple_of(2) { "first" } else { "second" }, 0),
        Shape::Round => ("each", u32::from(call % 2)),
    };
    CallId { step: Some(step.into()), iteration, undo: call >= 2 }
}

/// The call of that name.
pub(crate) fn index_of(operation: &Operation, id: &CallId) -> u8 {
    (0..CALLS).find(|call| id_of(operation, *call) == *id).expect("a call of the operation")
}

/// An outcome by its small number.
pub(crate) fn outcome_of(number: u8) -> Outcome {
    OUTCOMES[usize::from(number)]
}

/// An outcome's small number.
pub(crate) fn number_of(outcome: Outcome) -> u8 {
    let at = OUTCOMES.iter().position(|known| *known == outcome);
    u8::try_from(at.expect("a known outcome")).expect("a small number")
}

/// As `Carrier::ask_again`: without the answers that only said "later".
pub(crate) fn ask_again(operation: &Operation, progress: &mut Progress) {
    if operation.asks {
        progress.answers.retain(|(id, answer)| answer.outcome != Outcome::Pending || id.undo);
    }
}

/// What comes next.
pub(crate) enum Next {
    /// The bits of the calls to carry out.
    Calls(u8),
    /// The operation has ended for now.
    Done(End),
}

/// As `Carrier::next` walks an operation's steps, over what the ledger calls its progress: what failed decides before anything new
/// is sent, the weightiest failure first; what passes waits; a failed round is undone, the later before the earlier.
pub(crate) fn next(operation: &Operation, progress: &Progress) -> Next {
    let outcome = |call: u8| progress.answer(&id_of(operation, call)).map(|answer| answer.outcome);
    let steps: &[&[u8]] = match operation.shape {
        Shape::Steps => &[&[0], &[1]],
        Shape::Round => &[&[0, 1]],
    };
    for (at, step) in steps.iter().enumerate() {
        let answers = || step.iter().filter_map(|call| outcome(*call));
        let failed = answers().filter(|answer| weight(*answer) > 0).max_by_key(|answer| weight(*answer));
        if let Some(failed) = failed {
            return failure(operation, &outcome, failed, steps[..=at].concat());
        }
        let open = step.iter().filter(|call| outcome(**call).is_none()).fold(0, |bits, call| bits | 1 << call);
        if open != 0 {
            return Next::Calls(open);
        }
        if answers().any(|answer| answer == Outcome::Pending) {
            return Next::Done(End::Pending);
        }
    }
    Next::Done(End::Accepted)
}

fn failure(operation: &Operation, outcome: &dyn Fn(u8) -> Option<Outcome>, failed: Outcome, calls: Vec<u8>) -> Next {
    let standing = calls
        .iter()
        .any(|call| operation.writes(*call) && outcome(*call).is_some_and(succeeded) && !outcome(call + 2).is_some_and(gone));
    match failed {
        failed if passes(failed) => return Next::Done(End::Waits),
        Outcome::Ambiguous => return Next::Done(End::Ambiguous),
        Outcome::Unexpected => return Next::Done(End::Unreadable),
        _ => {}
    }
    if operation.shape == Shape::Round {
        let undone = |call: &&u8| outcome(**call).is_some_and(succeeded) && outcome(**call + 2).is_none();
        let open = calls.iter().filter(undone).fold(0, |bits, call| bits | 1 << (call + 2));
        if open != 0 {
            return Next::Calls(open);
        }
        if calls.iter().any(|call| outcome(call + 2).is_some_and(passes)) {
            return Next::Done(End::Waits);
        }
    }
    Next::Done(match failed {
        _ if standing => End::LeftBehind,
        Outcome::Misconfigured => End::Misconfigured,
        _ => End::Refused,
    })
}

fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Accepted | Outcome::Pending => 0,
        Outcome::Throttled | Outcome::NotWritten | Outcome::Reauthenticate => 1,
        Outcome::Rejected | Outcome::Misconfigured | Outcome::NotFound => 2,
        Outcome::Transient => 3,
        Outcome::Ambiguous | Outcome::Unexpected => 4,
    }
}

/// It was carried out.
pub(crate) fn succeeded(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Accepted | Outcome::Pending)
}

fn gone(outcome: Outcome) -> bool {
    succeeded(outcome) || outcome == Outcome::NotFound
}

fn passes(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Throttled | Outcome::NotWritten | Outcome::Transient | Outcome::Reauthenticate)
}
