//! The store, and the promises that a single write can break.

use super::{By, Model, small};
use crate::entries::{ABSENT, Id, NOW};
use crate::world::{Phase, World};
use crossdock_engine::carrier::Outcome;
use crossdock_runtime::ledger::{CallRecord, CallState, State};

impl Model {
    /// What a worker's write starts from: the entry as it is, since the store refuses a write on an older version; without
    /// that check, what the worker has read.
    pub(super) fn base(&self, world: &World, worker: usize) -> Id {
        if self.scenario.versions { world.entry } else { world.workers[worker].copy }
    }

    pub(super) fn copy(&self, id: Id) -> Id {
        if self.scenario.versions { ABSENT } else { id }
    }

    /// Writes an entry; says what that breaks.
    pub(super) fn store(&mut self, world: &mut World, new: Id, by: By) -> Option<&'static str> {
        let old = std::mem::replace(&mut world.entry, new);
        for worker in &mut world.workers {
            match &mut worker.phase {
                Phase::Emitting { fresh, .. } | Phase::Emitted { fresh } => *fresh = false,
                _ => {}
            }
        }
        let parked = |id: Id| id != ABSENT && matches!(self.entries.get(id).state, State::Parked { .. });
        if !(parked(old) && parked(new)) {
            world.seen.dead_letter = false;
        }
        if old == ABSENT {
            return None;
        }
        let (was, is) = (self.entries.get(old), self.entries.get(new));
        let name = |state: &State| state.name();
        if was.is_terminal() && name(&was.state) != name(&is.state) {
            return Some("what had ended changed");
        }
        if parked(old) && !parked(new) && matches!(by, By::Claim(_) | By::Worker) {
            return Some("a parked order was taken up without a person");
        }
        let answered = |id, of: &dyn Fn(Outcome) -> bool| {
            self.entries.calls(id, |call| matches!(&call.state, CallState::Answered { answer, .. } if of(answer.outcome)))
        };
        let accepted = |id| answered(id, &|outcome| outcome == Outcome::Accepted);
        let later = |id| self.entries.calls(id, |call| call.later().is_some());
        if accepted(old) & !accepted(new) != 0 || later(old) & !later(new) & !answered(new, &|_| true) != 0 {
            return Some("an answer was lost");
        }
        if let By::Claim(worker) = by {
            let given_up = |call: &CallRecord| call.state == CallState::Sending && call.quiet_from > NOW;
            if was.calls.iter().any(given_up) {
                return Some("a request was given up before its lease had run out");
            }
            let other = world.workers[1 - worker];
            let holds = other.leased && matches!(other.phase, Phase::Sending | Phase::Asking | Phase::Asked(_));
            if holds && other.fence < small(is.fence) {
                return Some("a worker was superseded before its lease had run out");
            }
        }
        None
    }
}
