//! What an entry wants of a worker that holds its message.

use super::call::CallState;
use super::entry::Entry;
use super::state::State;

/// What to do with an order's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Claim the entry and carry on.
    Work(Task),
    /// Not now: somebody has it, or its time has not come. Look again at this time (milliseconds since 1970).
    Leave {
        /// When to look again.
        until: i64,
    },
    /// It has ended or was parked, and what follows may not have been emitted: emit it again, call nobody.
    Emit,
    /// Nothing is to be done: the message has served.
    Drop,
}

/// What a claim is for, as far as the entry tells: the claim's terms decide, so look at the state after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Send what is open, read what is unread, end what has ended.
    Advance,
    /// Find out whether the carrier has it.
    Reconcile,
}

/// What an entry wants at this time (milliseconds since 1970).
#[must_use]
pub fn plan(entry: &Entry, now: i64) -> Plan {
    let task = task(entry, now);
    match &entry.state {
        State::New => Plan::Work(task),
        State::Waiting { until, .. } | State::Claimed { lease: until } | State::Sending { lease: until } => {
            if *until > now {
                Plan::Leave { until: *until }
            } else {
                Plan::Work(task)
            }
        }
        State::Reconciling { lease } if *lease > now => Plan::Leave { until: *lease },
        State::Ambiguous | State::Reconciling { .. } => Plan::Work(Task::Reconcile),
        State::Pending { .. } if entry.due().is_some_and(|due| due <= now) => Plan::Work(task),
        State::Accepted { emitted: false, .. } | State::Refused { emitted: false, .. } | State::Parked { emitted: false, .. } => {
            Plan::Emit
        }
        State::Pending { .. } | State::Accepted { .. } | State::Refused { .. } | State::Parked { .. } => Plan::Drop,
    }
}

/// A request that nobody heard of is in doubt as soon as the next claim judges it so.
fn task(entry: &Entry, now: i64) -> Task {
    let doubtful = entry.calls.iter().any(|call| {
        let mut call = call.clone();
        call.judge_unheard(now, true);
        call.state == CallState::Doubtful
    });
    if doubtful { Task::Reconcile } else { Task::Advance }
}
