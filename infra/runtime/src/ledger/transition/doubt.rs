//! What asking the carrier makes of an order in doubt.

use super::Next;
use crate::ledger::call::{CallRecord, CallState};
use crate::ledger::guard::Guard;
use crate::ledger::input::{Finding, Refused};
use crate::ledger::state::{ParkReason, State, WaitReason};
use crossdock_engine::carrier::{Answer, Outcome};

impl Next {
    pub(super) fn reconciled(&mut self, fence: u32, finding: Finding, again: i64, lease: i64) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Reconciling { .. }) {
            return Err(Refused::NotNow);
        }
        let now = self.now;
        let guarded = self.guards.holds(Guard::Settled);
        match finding {
            // A lookup that finds something does not tell which of several exchanges it found.
            Finding::Found(_) | Finding::Carried(_) if self.several_in_doubt() => {
                return self.park(
                    ParkReason::Ambiguous,
                    "the carrier has something of it, and more than one exchange is in doubt".to_owned(),
                );
            }
            Finding::Found(_) if self.something_else_is_open() => {
                let cause = "the carrier has something of it, and an exchange beside the one in doubt is not done";
                return self.park(ParkReason::Ambiguous, cause.to_owned());
            }
            Finding::Carried(answer) => self.carried(*answer, lease),
            Finding::Found(result) => {
                self.entry.note(now, "the carrier has it");
                self.entry.state = State::Accepted { result, emitted: false };
            }
            Finding::NotFound { authoritative, settled } if (authoritative && settled) || !guarded => {
                self.settle_doubt();
                self.entry.note(now, "the carrier does not have it: sent again");
                self.entry.state = State::Claimed { lease: now + lease };
            }
            Finding::NotFound { authoritative: false, .. } => {
                return self.park(ParkReason::Ambiguous, "the carrier does not find it, which proves nothing".to_owned());
            }
            Finding::NotFound { .. } | Finding::Undecided => {
                self.entry.claims = 0;
                self.entry.waits += 1;
                self.entry.state = State::Waiting { until: again, why: WaitReason::Settling };
            }
            Finding::Unreadable(cause) => return self.park(ParkReason::Ambiguous, cause),
        }
        Ok(())
    }

    /// Whether an exchange that was begun is neither done nor the one in doubt: the operation cannot be complete.
    fn something_else_is_open(&self) -> bool {
        let done = |call: &CallRecord| match &call.state {
            CallState::Answered { answer, .. } => matches!(answer.outcome, Outcome::Accepted | Outcome::Pending),
            state => *state == CallState::Doubtful,
        };
        self.entry.calls.iter().any(|call| call.id.undo || !done(call))
    }

    fn several_in_doubt(&self) -> bool {
        self.entry.calls.iter().filter(|call| call.state == CallState::Doubtful).count() > 1
    }

    fn carried(&mut self, answer: Answer, lease: i64) {
        let now = self.now;
        if let Some(call) = self.entry.calls.iter_mut().find(|call| call.state == CallState::Doubtful) {
            call.state = CallState::Answered { answer: Box::new(answer), exchange: None };
        }
        self.entry.claims = 0;
        self.entry.note(now, "the carrier has it");
        self.entry.state = State::Claimed { lease: now + lease };
    }

    pub(super) fn settle_doubt(&mut self) {
        for call in &mut self.entry.calls {
            if call.state == CallState::Doubtful {
                call.unknown = false;
                call.state = CallState::Open;
            }
        }
    }
}
