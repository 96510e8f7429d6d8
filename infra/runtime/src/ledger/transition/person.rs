//! What people, webhooks and the outbox do to an entry: nothing of it needs a claim.

use super::Next;
use super::ending::passes;
use crate::ledger::call::{CallRecord, CallState};
use crate::ledger::guard::Guard;
use crate::ledger::input::{Refused, Resolution};
use crate::ledger::state::ParkReason::{Age, Claims, Mapping, Misconfigured, Unreadable};
use crate::ledger::state::{ParkReason, State, WaitReason};
use crossdock_engine::carrier::{Answer, CallId, Completion, Outcome, Progress};

impl Next {
    /// The delivery's answer takes the place of the one that only said "later". A worker goes on from it, as from any other: there
    /// may be more to be sent, or to be undone. An order that was parked while the carrier was to answer is taken up again.
    pub(super) fn completed(&mut self, completion: &Completion, exchange: Option<String>) -> Result<(), Refused> {
        if self.is_told(completion) {
            return Err(Refused::NotIntended);
        }
        match &self.entry.state {
            State::Pending { .. } => {}
            State::Parked { reason: Unreadable | Mapping | Misconfigured | Claims | Age, .. } => {}
            State::Claimed { .. } | State::Sending { .. } | State::Reconciling { .. } if self.guards.holds(Guard::Idle) => {
                return Err(Refused::Held);
            }
            State::Claimed { .. } | State::Sending { .. } => {}
            _ => return Err(Refused::NotNow),
        }
        let waits = |id: &CallId| self.entry.call(id).is_some_and(|call| call.later().is_some());
        let mut progress = Progress { answers: self.entry.calls.iter().filter_map(heard).collect() };
        let told = if progress.complete(completion) { progress.answers } else { Vec::new() };
        let told = told.into_iter().find(|(id, answer)| waits(id) && answer.outcome != Outcome::Pending);
        let (id, answer) = told.ok_or(Refused::NotNow)?;
        let Some(call) = self.entry.calls.iter_mut().find(|call| call.id == id) else { return Err(Refused::NotNow) };
        call.put_off = None;
        call.state = CallState::Answered { answer: Box::new(answer), exchange };
        let now = self.now;
        self.entry.note(now, "a delivery tells what became of it");
        self.heard_at_last();
        self.entry.fence += 1;
        self.entry.claims = 0;
        self.entry.state = State::Claimed { lease: now };
        Ok(())
    }

    /// Whether the answer is known, by an earlier delivery or because the carrier was asked.
    fn is_told(&self, completion: &Completion) -> bool {
        let of_step = || self.entry.calls.iter().filter(|call| call.id.step == completion.step && !call.id.undo);
        let last = |call: &CallRecord| match &call.state {
            CallState::Answered { answer, .. } if call.later().is_none() => Some(completion.is_of(answer)),
            _ => None,
        };
        of_step().any(|call| last(call) == Some(true)) || (of_step().count() > 0 && of_step().all(|call| last(call).is_some()))
    }

    pub(super) fn cancelled(&mut self, result: Box<crossdock_engine::model::OrderResult>) -> Result<(), Refused> {
        let now = self.now;
        let untouched = self.entry.calls.iter().all(|call| !call.writes() || (!call.unknown && call.state == CallState::Open));
        match self.entry.state {
            State::New | State::Waiting { .. } if untouched => {}
            _ => return Err(Refused::NotNow),
        }
        self.entry.note(now, "cancelled before anything was sent");
        self.entry.state = State::Refused { result, emitted: false };
        Ok(())
    }

    pub(super) fn emitted(&mut self) -> Result<(), Refused> {
        match &mut self.entry.state {
            State::Accepted { emitted, .. } | State::Refused { emitted, .. } | State::Parked { emitted, .. } => {
                *emitted = true;
                Ok(())
            }
            _ => Err(Refused::NotNow),
        }
    }

    pub(super) fn redrive(&mut self) -> Result<(), Refused> {
        let State::Parked { reason, .. } = self.entry.state else { return Err(Refused::NotNow) };
        match reason {
            ParkReason::Unreadable => self.read_again(),
            ParkReason::Mapping | ParkReason::Misconfigured | ParkReason::Age | ParkReason::Claims => self.reopen()?,
            ParkReason::Ambiguous | ParkReason::LeftBehind if self.guards.holds(Guard::Doubt) => {
                return Err(Refused::OnlyResolve);
            }
            ParkReason::Ambiguous | ParkReason::LeftBehind => self.settle_doubt(),
            ParkReason::Invalid | ParkReason::Conflict => return Err(Refused::NotNow),
        }
        self.entry.redrives += 1;
        self.anew("redriven");
        Ok(())
    }

    /// Replies that no rule read are read again; the carrier is not called.
    fn read_again(&mut self) {
        for call in &mut self.entry.calls {
            if let CallState::Answered { answer, exchange: Some(exchange) } = &call.state
                && answer.outcome == Outcome::Unexpected
            {
                call.state = CallState::Unread { exchange: exchange.clone() };
            }
        }
    }

    /// Answers that a mended file or account may change are asked for again; what was taken or refused stays.
    fn reopen(&mut self) -> Result<(), Refused> {
        let undoing = self.entry.calls.iter().any(|call| call.id.undo);
        for call in &mut self.entry.calls {
            let stale = matches!(&call.state, CallState::Answered { answer, .. }
                if answer.outcome == Outcome::Misconfigured || passes(answer.outcome));
            // Going on would end as if what was undone were still there.
            if stale && undoing && !call.id.undo {
                return Err(Refused::Undone);
            }
            if stale && !call.still_later() {
                call.state = CallState::Open;
            }
        }
        Ok(())
    }

    fn anew(&mut self, what: &str) {
        let now = self.now;
        self.entry.note(now, what);
        // The file that is in force now, whatever it was sent with before: see `Carrier::step_text` for finished steps.
        self.entry.release = None;
        self.entry.first_seen = now;
        self.entry.claims = 0;
        self.entry.waits = 0;
        self.entry.later = None;
        for call in &mut self.entry.calls {
            call.renewed = false;
        }
        self.entry.state = State::New;
    }

    pub(super) fn resolve(&mut self, resolution: Resolution) -> Result<(), Refused> {
        if !matches!(self.entry.state, State::Parked { .. } | State::Ambiguous | State::Waiting { why: WaitReason::Settling, .. })
        {
            return Err(Refused::NotNow);
        }
        let now = self.now;
        match resolution {
            Resolution::Accepted(result) => {
                self.entry.note(now, "resolved: the carrier has it");
                self.entry.state = State::Accepted { result, emitted: false };
            }
            Resolution::Refused(result) => {
                self.entry.note(now, "resolved: refused");
                self.entry.state = State::Refused { result, emitted: false };
            }
            Resolution::Resend => {
                if !self.entry.in_doubt() {
                    return Err(Refused::NotNow);
                }
                self.settle_doubt();
                self.anew("resolved: sent again");
            }
        }
        Ok(())
    }
}

/// What an exchange was answered; while the carrier is asked for its later answer, the one that said "later".
fn heard(call: &CallRecord) -> Option<(CallId, Answer)> {
    let answer = match &call.state {
        CallState::Answered { answer, .. } if call.put_off.is_none() => Some(&**answer),
        _ => call.later(),
    };
    Some((call.id.clone(), answer?.clone()))
}
