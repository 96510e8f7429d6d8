//! How an operation ends, for now or for good.

use super::Next;
use crate::ledger::entry::{CallRecord, CallState, ParkReason, State, WaitReason};
use crate::ledger::guard::Guard;
use crate::ledger::input::{Ending, Refused, Terms};
use crossdock_engine::carrier::Outcome;

impl Next {
    pub(super) fn end(&mut self, fence: u32, ending: Ending, terms: Terms) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Claimed { .. } | State::Sending { .. }) {
            return Err(Refused::NotNow);
        }
        let under_way = |call: &CallRecord| call.state == CallState::Sending;
        if self.guards.holds(Guard::Open) && self.entry.calls.iter().any(under_way) {
            return Err(Refused::UnderWay);
        }
        self.finish(ending, terms)
    }

    pub(super) fn finish(&mut self, ending: Ending, terms: Terms) -> Result<(), Refused> {
        let now = self.now;
        match ending {
            Ending::Accepted(result) => self.entry.state = State::Accepted { result, emitted: false },
            Ending::Refused(result) => self.entry.state = State::Refused { result, emitted: false },
            Ending::Pending => self.entry.state = State::Pending { since: now },
            Ending::Waits { until, why } => self.wait(until, why),
            Ending::Ambiguous { cause } => self.doubt(cause, terms),
            Ending::Parked { reason, cause } => return self.park(reason, cause),
        }
        let what = self.entry.state.name();
        if !matches!(self.entry.state, State::Waiting { .. } | State::Parked { .. }) {
            self.entry.note(now, what);
        }
        Ok(())
    }

    /// What passes is forgotten, so that it is sent again.
    pub(super) fn wait(&mut self, until: i64, why: WaitReason) {
        for call in &mut self.entry.calls {
            let passes = matches!(&call.state, CallState::Answered { answer, .. } if passes(answer.outcome));
            if passes {
                call.state = CallState::Open;
            }
        }
        self.entry.waits += 1;
        self.entry.claims = 0;
        self.entry.state = State::Waiting { until, why };
        let (now, waits) = (self.now, self.entry.waits);
        self.entry.note(now, format!("waits ({}), for the {} time", why.name(), ordinal(waits)));
    }

    pub(super) fn doubt(&mut self, cause: String, terms: Terms) {
        for call in &mut self.entry.calls {
            let ambiguous = matches!(&call.state, CallState::Answered { answer, .. } if answer.outcome == Outcome::Ambiguous);
            if ambiguous {
                call.unknown = true;
                call.state = CallState::Doubtful;
            }
        }
        let now = self.now;
        if terms.reconcile {
            self.entry.note(now, format!("ambiguous: {cause}"));
            self.entry.state = State::Ambiguous;
        } else {
            self.entry.note(now, "parked: ambiguous");
            self.entry.state = State::Parked { reason: ParkReason::Ambiguous, cause };
        }
    }

    pub(super) fn park(&mut self, reason: ParkReason, cause: String) -> Result<(), Refused> {
        let now = self.now;
        self.entry.note(now, format!("parked: {}", reason.name()));
        self.entry.state = State::Parked { reason, cause };
        Ok(())
    }
}

/// Whether the order waits and is tried again, rather than has failed.
pub(super) fn passes(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Throttled | Outcome::NotWritten | Outcome::Transient | Outcome::Reauthenticate)
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
