//! What a reply makes of an exchange, in time or late.

use super::Next;
use super::ending::passes;
use crate::ledger::call::{CallRecord, CallState};
use crate::ledger::guard::Guard;
use crate::ledger::input::Refused;
use crate::ledger::state::{ParkReason, State, WaitReason};
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
        let (now, guarded) = (self.now, self.guards.holds(Guard::Window));
        let Some(call) = self.entry.calls.iter_mut().find(|call| call.id == *id) else { return };
        call.quiet_from = call.quiet_from.min(now);
        call.unknown |=
            call.writes() && (answer.outcome == Outcome::Transient || (answer.outcome == Outcome::Ambiguous && !heard));
        let repeats = call.may_be_sent(now) || !guarded;
        let outcome = fate(call, answer.outcome, heard, repeats);
        // Two calls of one round may be refused for the same lapsed token: each may be sent once more.
        call.renewed = outcome == Outcome::Reauthenticate || (call.renewed && !heard);
        // A question for a later answer that came to nothing is put again when its time comes.
        if (passes(outcome) || outcome == Outcome::Ambiguous) && outcome != Outcome::Reauthenticate && call.still_later() {
            return;
        }
        if matches!(outcome, Outcome::Accepted | Outcome::Rejected | Outcome::NotFound | Outcome::Pending) {
            call.put_off = None;
        }
        call.state = match outcome {
            Outcome::Reauthenticate => CallState::Open,
            outcome => CallState::Answered { answer: Box::new(Answer { outcome, ..answer }), exchange },
        };
        self.heard_at_last();
    }

    /// Once the carrier has given all its later answers, the order is as old as the last of them: what is still to be sent has
    /// not been tried before.
    pub(super) fn heard_at_last(&mut self) {
        if self.entry.later.is_some() && !self.entry.is_put_off() {
            self.entry.later = None;
            self.entry.first_seen = self.now;
            self.entry.waits = 0;
        }
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
            | State::Parked { reason: ParkReason::Ambiguous | ParkReason::LeftBehind, .. }
            | State::Waiting { why: WaitReason::Settling, .. } => {}
            State::Reconciling { lease } if lease <= self.now => {}
            _ => return Err(Refused::Held),
        }
        self.answered(id, answer, true, exchange);
        if self.entry.in_doubt() {
            // It stands where it stood: something else is still to be settled.
            let now = self.now;
            self.entry.note(now, "a late reply settled a part of it");
            return Ok(());
        }
        self.entry.fence += 1;
        self.entry.claims = 0;
        self.entry.state = State::Claimed { lease: self.now + lease };
        let now = self.now;
        self.entry.note(now, "a late reply settled it");
        Ok(())
    }
}

/// What an outcome comes to, given what is known of earlier attempts; `repeats` when it may be sent again as things stand.
fn fate(call: &CallRecord, outcome: Outcome, heard: bool, repeats: bool) -> Outcome {
    let again = if repeats { Outcome::Transient } else { Outcome::Ambiguous };
    match outcome {
        Outcome::Transient => again,
        Outcome::Ambiguous if !heard => again,
        Outcome::Ambiguous if !call.writes() => Outcome::Transient,
        Outcome::Misconfigured if call.unknown => Outcome::Ambiguous,
        Outcome::Reauthenticate if call.renewed && call.unknown => Outcome::Ambiguous,
        Outcome::Reauthenticate if call.renewed => Outcome::Misconfigured,
        outcome => outcome,
    }
}
