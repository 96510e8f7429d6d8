//! What an entry wants of a worker that holds its message.

use super::entry::{CallState, Entry, State};

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
    /// It has ended, and what follows may not have been emitted: emit it again, call nobody.
    Emit,
    /// Nothing is to be done: the message has served.
    Drop,
}

/// What a claim is for.
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
    let doubtful = entry.calls.iter().any(|call| call.state == CallState::Doubtful);
    let task = if doubtful { Task::Reconcile } else { Task::Advance };
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
        State::Accepted { emitted: false, .. } | State::Refused { emitted: false, .. } => Plan::Emit,
        State::Pending { .. } | State::Accepted { .. } | State::Refused { .. } | State::Parked { .. } => Plan::Drop,
    }
}
