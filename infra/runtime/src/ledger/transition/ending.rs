//! How an operation ends, for now or for good.

use super::Next;
use crate::clock::millis;
use crate::ledger::call::{CallRecord, CallState};
use crate::ledger::entry::Later;
use crate::ledger::guard::Guard;
use crate::ledger::input::{Ending, Refused, Terms};
use crate::ledger::state::{ParkReason, State, WaitReason};
use crossdock_engine::carrier::{CallId, Outcome};
use std::time::Duration;

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
        // An ending that was found before others went on with the order must not be written after them.
        if matches!(ending, Ending::Refused(_)) && self.stands() {
            return Err(Refused::Standing);
        }
        if matches!(ending, Ending::Accepted(_) | Ending::Pending { .. }) && self.undoing() {
            return Err(Refused::Undone);
        }
        self.finish(ending, terms)
    }

    pub(super) fn finish(&mut self, ending: Ending, terms: Terms) -> Result<(), Refused> {
        let now = self.now;
        match ending {
            Ending::Accepted(result) => self.entry.state = State::Accepted { result, emitted: false },
            Ending::Refused(_) if self.unsettled() => return self.not_refused(terms),
            Ending::Refused(result) => self.entry.state = State::Refused { result, emitted: false },
            Ending::Pending { ask, give_up, in_vain } => {
                self.put_off(ask, give_up.unwrap_or(terms.give_up_after), in_vain);
                return Ok(());
            }
            Ending::Waits { until, why } => self.wait(until, why),
            Ending::Ambiguous { cause } => return self.doubt(cause, terms),
            Ending::Parked { reason, cause } => return self.park(reason, cause),
        }
        let what = self.entry.state.name();
        if !matches!(self.entry.state, State::Waiting { .. } | State::Parked { .. }) {
            self.entry.note(now, what);
        }
        Ok(())
    }

    /// The carrier answers later. Asked in vain, it is asked again after longer and longer times.
    fn put_off(&mut self, ask: Option<i64>, give_up: Duration, in_vain: Option<WaitReason>) {
        let now = self.now;
        if self.entry.later.is_none() {
            self.entry.later = Some(Later { since: now, until: now.saturating_add(millis(give_up)) });
            self.entry.note(now, "pending");
        }
        self.entry.waits = in_vain.map_or(0, |_| self.entry.waits + 1);
        if let Some(why) = in_vain {
            let waits = self.entry.waits;
            self.entry.note(now, format!("asked in vain ({}), for the {} time", why.name(), ordinal(waits)));
        }
        self.entry.claims = 0;
        self.entry.state = State::Pending { ask };
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

    /// Whether a write was carried out and not undone. What the carrier has put off counts until it has said how it ended.
    pub(super) fn stands(&self) -> bool {
        let undone = |id: &CallId| {
            let undo = self.entry.call(&CallId { undo: true, ..id.clone() });
            undo.is_some_and(|undo| is(undo, &[Outcome::Accepted, Outcome::Pending, Outcome::NotFound]))
        };
        let stands = |call: &CallRecord| {
            call.writes() && !call.id.undo && is(call, &[Outcome::Accepted, Outcome::Pending]) && !undone(&call.id)
        };
        self.guards.holds(Guard::Standing) && self.entry.calls.iter().any(stands)
    }

    fn unsettled(&self) -> bool {
        self.guards.holds(Guard::Unsettled) && self.entry.calls.iter().any(CallRecord::unsettled)
    }

    /// A refusal that would tell the shop of something that may exist at the carrier: settled first.
    fn not_refused(&mut self, terms: Terms) -> Result<(), Refused> {
        let unsettled = || self.entry.calls.iter().filter(|call| call.unsettled());
        let unread = |call: &CallRecord| match &call.state {
            CallState::Answered { answer, .. } => answer.outcome == Outcome::Unexpected,
            state => matches!(state, CallState::Unread { .. }),
        };
        let cause = "to be refused, but the carrier may have a part of it".to_owned();
        if unsettled().any(|call| call.id.undo) {
            return self.park(ParkReason::LeftBehind, cause);
        }
        if unsettled().any(unread) {
            return self.park(ParkReason::Unreadable, cause);
        }
        self.doubt(cause, terms)
    }

    fn doubt(&mut self, cause: String, terms: Terms) -> Result<(), Refused> {
        if !terms.reconcile {
            return self.park(ParkReason::Ambiguous, cause);
        }
        self.hold_what_is_in_doubt();
        self.entry.note(self.now, format!("ambiguous: {cause}"));
        self.entry.state = State::Ambiguous;
        Ok(())
    }

    /// From now on only a lookup, a late reply or a person sends it again.
    fn hold_what_is_in_doubt(&mut self) {
        for call in &mut self.entry.calls {
            let ambiguous = match &call.state {
                CallState::Answered { answer, .. } => {
                    answer.outcome == Outcome::Ambiguous || (call.unknown && passes(answer.outcome))
                }
                CallState::Open => call.unknown,
                _ => false,
            };
            if ambiguous {
                call.unknown = true;
                call.state = CallState::Doubtful;
            }
        }
    }

    pub(super) fn park(&mut self, reason: ParkReason, cause: String) -> Result<(), Refused> {
        if reason == ParkReason::Ambiguous {
            self.hold_what_is_in_doubt();
        }
        let now = self.now;
        self.entry.note(now, format!("parked: {}", reason.name()));
        self.entry.state = State::Parked { reason, cause, emitted: false };
        Ok(())
    }
}

/// Whether an exchange was answered so.
fn is(call: &CallRecord, outcomes: &[Outcome]) -> bool {
    matches!(&call.state, CallState::Answered { answer, .. } if outcomes.contains(&answer.outcome))
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
