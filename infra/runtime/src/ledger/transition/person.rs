//! What people, webhooks and the outbox do to an entry: nothing of it needs a claim.

use super::Next;
use super::ending::passes;
use crate::ledger::call::CallState;
use crate::ledger::guard::Guard;
use crate::ledger::input::{Ending, Refused, Resolution, Terms};
use crate::ledger::state::{ParkReason, State, WaitReason};
use crossdock_engine::carrier::Outcome;

impl Next {
    pub(super) fn completed(&mut self, ending: Ending) -> Result<(), Refused> {
        if !matches!(self.entry.state, State::Pending { .. }) {
            return Err(Refused::NotNow);
        }
        match ending {
            Ending::Refused(_) if self.stands() => {
                self.park(ParkReason::LeftBehind, "refused in the end; an earlier step stands at the carrier".to_owned())
            }
            Ending::Accepted(_) | Ending::Refused(_) | Ending::Parked { .. } => {
                self.finish(ending, Terms { give_up_after: std::time::Duration::MAX, reconcile: false })
            }
            _ => Err(Refused::NotNow),
        }
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
            if stale {
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
