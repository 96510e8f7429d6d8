//! The transition function: the table of the guarantees, as code.

mod answer;
mod doubt;
mod ending;
mod person;

use super::call::{CallRecord, CallState, PutOff, RepeatableKept};
use super::entry::Entry;
use super::guard::{Guard, Guards};
use super::input::{Input, Intent, Refused, Terms};
use super::state::{ParkReason, State};
use crate::clock::millis;
use crossdock_engine::carrier::{Answer, Outcome};

/// An order that was claimed so often without a word from the carrier is parked: something crashes.
pub const CLAIMS_WITHOUT_OUTCOME: u32 = 3;

/// The entry after an input at a time (milliseconds since 1970).
///
/// # Errors
/// The input does not apply: nothing may be written or sent for it.
pub fn transition(entry: &Entry, input: Input, now: i64) -> Result<Entry, Refused> {
    transition_guarded(entry, input, now, Guards::ALL)
}

/// As [`transition`], with the guards that are in force.
///
/// # Errors
/// See [`transition`].
pub fn transition_guarded(entry: &Entry, input: Input, now: i64, guards: Guards) -> Result<Entry, Refused> {
    let mut next = Next { entry: entry.clone(), now, guards };
    next.take(input)?;
    next.entry.changed = now;
    Ok(next.entry)
}

struct Next {
    entry: Entry,
    now: i64,
    guards: Guards,
}

impl Next {
    fn take(&mut self, input: Input) -> Result<(), Refused> {
        if self.entry.is_terminal() && self.guards.holds(Guard::Terminal) {
            return self.after_the_end(&input);
        }
        match input {
            Input::Claim { lease, terms } => self.claim(millis(lease), terms),
            Input::Intend { fence, calls, release, lease } => self.intend(fence, calls, release, millis(lease)),
            Input::Reply { fence, call, answer, heard, exchange } => self.reply(fence, &call, *answer, heard, exchange),
            Input::Late { fence, call, answer, exchange, lease } => self.late(fence, &call, *answer, exchange, millis(lease)),
            Input::End { fence, ending, terms } => self.end(fence, ending, terms),
            Input::Reconciled { fence, finding, again, lease } => self.reconciled(fence, finding, again, millis(lease)),
            Input::Completed { completion, exchange } => self.completed(&completion, exchange),
            Input::Cancelled(result) => self.cancelled(result),
            Input::Emitted => self.emitted(),
            Input::Redrive => self.redrive(),
            Input::Resolve(resolution) => self.resolve(resolution),
        }
    }

    fn after_the_end(&mut self, input: &Input) -> Result<(), Refused> {
        match input {
            Input::Emitted => self.emitted(),
            _ => Err(Refused::Ended),
        }
    }

    /// A worker wants the entry: what an earlier worker left behind is judged first.
    fn claim(&mut self, lease: i64, terms: Terms) -> Result<(), Refused> {
        let now = self.now;
        match &self.entry.state {
            State::Claimed { lease } | State::Sending { lease } | State::Reconciling { lease }
                if *lease > now && self.guards.holds(Guard::Lease) =>
            {
                return Err(Refused::Held);
            }
            State::Waiting { until, .. } if *until > now => return Err(Refused::TooEarly),
            State::Parked { .. } if self.guards.holds(Guard::Parked) => return Err(Refused::Parked),
            State::Pending { .. } if self.entry.due().is_none_or(|due| due > now) => return Err(Refused::TooEarly),
            _ => {}
        }
        let windowed = self.guards.holds(Guard::Window);
        for call in &mut self.entry.calls {
            call.judge_unheard(now + lease, windowed);
        }
        self.entry.fence += 1;
        self.entry.claims += 1;
        if self.entry.in_doubt() && self.guards.holds(Guard::Doubt) {
            return self.claim_in_doubt(lease, terms);
        }
        if self.entry.claims > CLAIMS_WITHOUT_OUTCOME {
            let cause = format!("claimed {CLAIMS_WITHOUT_OUTCOME} times without an outcome");
            return self.park(ParkReason::Claims, cause);
        }
        if self.is_old(terms) {
            let (reason, cause) = self.too_old(terms);
            return self.park(reason, cause);
        }
        self.entry.state = State::Claimed { lease: now + lease };
        Ok(())
    }

    fn claim_in_doubt(&mut self, lease: i64, terms: Terms) -> Result<(), Refused> {
        // A lookup tells of what was created, nothing of whether it was undone.
        if self.entry.calls.iter().any(|call| call.id.undo && call.state == CallState::Doubtful) {
            return self.park(ParkReason::LeftBehind, "an undoing may or may not have been carried out".to_owned());
        }
        if !terms.reconcile || self.is_old(terms) || self.entry.claims > CLAIMS_WITHOUT_OUTCOME {
            return self.park(ParkReason::Ambiguous, "the carrier may or may not have it".to_owned());
        }
        self.entry.state = State::Reconciling { lease: self.now + lease };
        Ok(())
    }

    /// Whether it has been tried for too long, or the carrier's later answer has been waited for too long.
    fn is_old(&self, terms: Terms) -> bool {
        match self.entry.later {
            Some(later) => self.now >= later.until,
            None => self.now.saturating_sub(self.entry.first_seen) >= millis(terms.give_up_after),
        }
    }

    fn too_old(&self, terms: Terms) -> (ParkReason, String) {
        let words = match self.entry.later {
            Some(later) => {
                let waited = self.now.saturating_sub(later.since) / 1000;
                format!("the carrier was to answer later, and has not for {waited} s")
            }
            None => format!("tried for {} s", terms.give_up_after.as_secs()),
        };
        match self.entry.calls.iter().any(|call| call.unknown && call.state == CallState::Open) {
            true => (ParkReason::Ambiguous, format!("{words}; the carrier may or may not have it")),
            false => (ParkReason::Age, words),
        }
    }

    fn intend(&mut self, fence: u32, calls: Vec<Intent>, release: String, lease: i64) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Claimed { .. } | State::Sending { .. }) {
            return Err(Refused::NotNow);
        }
        if self.undoing() && calls.iter().any(|intent| !intent.call.undo) {
            return Err(Refused::Undone);
        }
        for intent in calls {
            self.intend_one(intent, lease)?;
        }
        self.entry.release = Some(release);
        self.entry.state = State::Sending { lease: self.now + lease };
        Ok(())
    }

    /// Whether something has been undone, or was about to be.
    fn undoing(&self) -> bool {
        self.guards.holds(Guard::Undoing) && self.entry.calls.iter().any(|call| call.id.undo)
    }

    fn intend_one(&mut self, intent: Intent, lease: i64) -> Result<(), Refused> {
        let (now, fence, guards) = (self.now, self.entry.fence, self.guards);
        let repeatable = RepeatableKept::from(intent.repeatable);
        let Some(call) = self.entry.calls.iter_mut().find(|call| call.id == intent.call) else {
            self.entry.calls.push(CallRecord {
                id: intent.call,
                repeatable,
                attempts: 1,
                fence,
                first_sent: now,
                quiet_from: now + lease,
                renewed: false,
                unknown: false,
                put_off: None,
                state: CallState::Sending,
            });
            return Ok(());
        };
        let asks = |answer: &Answer| answer.outcome == Outcome::Pending && (!call.writes() || !guards.holds(Guard::Asks));
        let open = match &call.state {
            CallState::Open => true,
            CallState::Answered { answer, .. } if asks(answer) => true,
            CallState::Doubtful => !guards.holds(Guard::Doubt),
            _ => !guards.holds(Guard::Once),
        };
        if !open || (guards.holds(Guard::Window) && !call.may_be_sent(now + lease)) {
            return Err(Refused::MustNotRepeat);
        }
        // What a mended file declares today does not change what was promised when the carrier first got it.
        if !call.unknown {
            call.first_sent = now;
            call.repeatable = repeatable;
        }
        call.attempts += 1;
        call.quiet_from = now + lease;
        call.fence = fence;
        let before = std::mem::replace(&mut call.state, CallState::Sending);
        if let CallState::Answered { answer, exchange } = before
            && answer.outcome == Outcome::Pending
        {
            call.put_off = Some(PutOff { answer, exchange });
        }
        Ok(())
    }

    fn mine(&self, fence: u32) -> Result<(), Refused> {
        if fence == self.entry.fence || !self.guards.holds(Guard::Fence) { Ok(()) } else { Err(Refused::Superseded) }
    }
}
