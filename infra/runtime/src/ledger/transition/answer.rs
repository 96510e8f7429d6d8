//! What a reply makes of an exchange, in time or late.

use super::Next;
use crate::ledger::entry::{CallRecord, CallState, ParkReason, State, WaitReason};
use crate::ledger::guard::Guard;
use crate::ledger::input::Refused;
use crossdock_engine::carrier::{Answer, CallId, Outcome};

impl Next {
    pub(super) fn reply(
        &mut self,
        fence: u32,
        id: &CallId,
        answer: Answer,
        heard: bool,
        exchange: Option<String>,
    ) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Claimed { .. } | State::Sending { .. }) {
            return Err(Refused::NotNow);
        }
        let guarded = self.guards.holds(Guard::Intended);
        let call = self.entry.calls.iter_mut().find(|call| call.id == *id).ok_or(Refused::NotIntended)?;
        if guarded && !matches!(call.state, CallState::Sending | CallState::Unread { .. }) {
            return Err(Refused::NotIntended);
        }
        self.entry.claims = 0;
        self.answered(id, answer, heard, exchange);
        Ok(())
    }

    /// Keeps an answer; what an unknown fate makes of it is decided here and nowhere else.
    pub(super) fn answered(&mut self, id: &CallId, answer: Answer, heard: bool, exchange: Option<String>) {
        let now = self.now;
        let guarded = self.guards.holds(Guard::Window);
        let renewed = self.entry.renewed;
        let Some(call) = self.entry.calls.iter_mut().find(|call| call.id == *id) else { return };
        let mut answer = answer;
        let unheard = answer.outcome == Outcome::Transient || (answer.outcome == Outcome::Ambiguous && !heard);
        if unheard {
            call.unknown |= call.writes();
            answer.outcome = if call.may_be_sent(now) || !guarded { Outcome::Transient } else { Outcome::Ambiguous };
        }
        // A refused credential proves nothing about an earlier attempt that nobody heard of.
        let refused = matches!(answer.outcome, Outcome::Misconfigured) || (answer.outcome == Outcome::Reauthenticate && renewed);
        if refused {
            answer.outcome = if call.unknown { Outcome::Ambiguous } else { Outcome::Misconfigured };
        }
        if answer.outcome == Outcome::Reauthenticate {
            self.entry.renewed = true;
            call.state = CallState::Open;
            return;
        }
        if answer.outcome == Outcome::Ambiguous && !call.writes() {
            answer.outcome = Outcome::Transient;
        }
        call.state = CallState::Answered { answer: Box::new(answer), exchange };
    }

    pub(super) fn late(
        &mut self,
        fence: u32,
        id: &CallId,
        answer: Answer,
        exchange: Option<String>,
        lease: i64,
    ) -> Result<(), Refused> {
        let settles = matches!(answer.outcome, Outcome::Accepted | Outcome::Pending | Outcome::Rejected | Outcome::NotFound);
        let doubtful = |call: &CallRecord| call.id == *id && call.fence == fence && call.state == CallState::Doubtful;
        if !settles || !self.entry.calls.iter().any(doubtful) {
            return Err(Refused::NotIntended);
        }
        match self.entry.state {
            State::Ambiguous
            | State::Parked { reason: ParkReason::Ambiguous, .. }
            | State::Waiting { why: WaitReason::Settling, .. } => {}
            State::Reconciling { lease } if lease <= self.now => {}
            _ => return Err(Refused::Held),
        }
        self.answered(id, answer, true, exchange);
        self.entry.fence += 1;
        self.entry.claims = 0;
        self.entry.state = State::Claimed { lease: self.now + lease };
        let now = self.now;
        self.entry.note(now, "a late reply settled it");
        Ok(())
    }
}
