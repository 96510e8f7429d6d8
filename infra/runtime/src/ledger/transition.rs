//! The transition function: the table of the guarantees, as code.

use super::entry::{CallRecord, CallState, Entry, Finding, ParkReason, RepeatableKept, State, WaitReason, millis};
use super::guard::{Guard, Guards};
use super::input::{Ending, Input, Intent, Refused, Resolution, Terms};
use crossdock_engine::carrier::{Answer, CallId, Outcome};

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
            Input::Completed(ending) => self.completed(ending),
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
            State::Pending { .. } => return Err(Refused::NotNow),
            _ => {}
        }
        self.judge_unheard();
        self.entry.fence += 1;
        self.entry.claims += 1;
        if self.in_doubt() && self.guards.holds(Guard::Doubt) {
            return self.claim_in_doubt(lease, terms);
        }
        if self.entry.claims > CLAIMS_WITHOUT_OUTCOME {
            let cause = format!("claimed {CLAIMS_WITHOUT_OUTCOME} times without an outcome");
            return self.park(ParkReason::Claims, cause);
        }
        if now.saturating_sub(self.entry.first_seen) >= millis(terms.give_up_after) {
            let (reason, cause) = self.too_old(terms);
            return self.park(reason, cause);
        }
        self.entry.state = State::Claimed { lease: now + lease };
        Ok(())
    }

    /// Requests that were sent and never answered: again if that is safe, in doubt otherwise.
    fn judge_unheard(&mut self) {
        let (now, guarded) = (self.now, self.guards.holds(Guard::Window));
        for call in &mut self.entry.calls {
            if call.state == CallState::Sending {
                call.unknown |= call.writes();
                call.state = CallState::Open;
            }
            if call.state == CallState::Open && guarded && !call.may_be_sent(now) {
                call.state = CallState::Doubtful;
            }
        }
    }

    fn claim_in_doubt(&mut self, lease: i64, terms: Terms) -> Result<(), Refused> {
        let old = self.now.saturating_sub(self.entry.first_seen) >= millis(terms.give_up_after);
        if !terms.reconcile || old || self.entry.claims > CLAIMS_WITHOUT_OUTCOME {
            return self.park(ParkReason::Ambiguous, "the carrier may or may not have it".to_owned());
        }
        self.entry.state = State::Reconciling { lease: self.now + lease };
        Ok(())
    }

    fn too_old(&self, terms: Terms) -> (ParkReason, String) {
        let words = format!("tried for {} s", terms.give_up_after.as_secs());
        match self.entry.calls.iter().any(|call| call.unknown && call.state == CallState::Open) {
            true => (ParkReason::Ambiguous, format!("{words}; the carrier may or may not have it")),
            false => (ParkReason::Age, words),
        }
    }

    fn in_doubt(&self) -> bool {
        self.entry.calls.iter().any(|call| call.state == CallState::Doubtful)
    }

    fn intend(&mut self, fence: u32, calls: Vec<Intent>, release: String, lease: i64) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Claimed { .. } | State::Sending { .. }) {
            return Err(Refused::NotNow);
        }
        for intent in calls {
            self.intend_one(intent)?;
        }
        self.entry.release = Some(release);
        self.entry.state = State::Sending { lease: self.now + lease };
        Ok(())
    }

    fn intend_one(&mut self, intent: Intent) -> Result<(), Refused> {
        let (now, fence, guards) = (self.now, self.entry.fence, self.guards);
        let repeatable = RepeatableKept::from(intent.repeatable);
        let Some(call) = self.entry.calls.iter_mut().find(|call| call.id == intent.call) else {
            self.entry.calls.push(CallRecord {
                id: intent.call,
                repeatable,
                attempts: 1,
                fence,
                first_sent: now,
                unknown: false,
                state: CallState::Sending,
            });
            return Ok(());
        };
        let open = match &call.state {
            CallState::Open => true,
            CallState::Doubtful => !guards.holds(Guard::Doubt),
            _ => !guards.holds(Guard::Once),
        };
        if !open || (guards.holds(Guard::Window) && !call.may_be_sent(now)) {
            return Err(Refused::MustNotRepeat);
        }
        // What a mended file declares today does not change what was promised when the carrier first got it.
        if !call.unknown {
            call.first_sent = now;
            call.repeatable = repeatable;
        }
        call.attempts += 1;
        call.fence = fence;
        call.state = CallState::Sending;
        Ok(())
    }

    fn reply(&mut self, fence: u32, id: &CallId, answer: Answer, heard: bool, exchange: Option<String>) -> Result<(), Refused> {
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
    fn answered(&mut self, id: &CallId, answer: Answer, heard: bool, exchange: Option<String>) {
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

    fn late(&mut self, fence: u32, id: &CallId, answer: Answer, exchange: Option<String>, lease: i64) -> Result<(), Refused> {
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

    fn end(&mut self, fence: u32, ending: Ending, terms: Terms) -> Result<(), Refused> {
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

    fn finish(&mut self, ending: Ending, terms: Terms) -> Result<(), Refused> {
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
    fn wait(&mut self, until: i64, why: WaitReason) {
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

    fn doubt(&mut self, cause: String, terms: Terms) {
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

    fn reconciled(&mut self, fence: u32, finding: Finding, again: i64, lease: i64) -> Result<(), Refused> {
        self.mine(fence)?;
        if !matches!(self.entry.state, State::Reconciling { .. }) {
            return Err(Refused::NotNow);
        }
        let now = self.now;
        let guarded = self.guards.holds(Guard::Settled);
        match finding {
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

    fn settle_doubt(&mut self) {
        for call in &mut self.entry.calls {
            if call.state == CallState::Doubtful {
                call.unknown = false;
                call.state = CallState::Open;
            }
        }
    }

    fn completed(&mut self, ending: Ending) -> Result<(), Refused> {
        if !matches!(self.entry.state, State::Pending { .. }) {
            return Err(Refused::NotNow);
        }
        match ending {
            Ending::Accepted(_) | Ending::Refused(_) | Ending::Parked { .. } => {
                self.finish(ending, Terms { give_up_after: std::time::Duration::MAX, reconcile: false })
            }
            _ => Err(Refused::NotNow),
        }
    }

    fn cancelled(&mut self, result: Box<crossdock_engine::model::OrderResult>) -> Result<(), Refused> {
        let now = self.now;
        let untouched = self.entry.calls.iter().all(|call| !call.unknown && call.state == CallState::Open);
        match self.entry.state {
            State::New | State::Waiting { .. } if untouched => {}
            _ => return Err(Refused::NotNow),
        }
        self.entry.note(now, "cancelled before anything was sent");
        self.entry.state = State::Refused { result, emitted: false };
        Ok(())
    }

    fn emitted(&mut self) -> Result<(), Refused> {
        match &mut self.entry.state {
            State::Accepted { emitted, .. } | State::Refused { emitted, .. } => {
                *emitted = true;
                Ok(())
            }
            _ => Err(Refused::NotNow),
        }
    }

    fn redrive(&mut self) -> Result<(), Refused> {
        let State::Parked { reason, .. } = self.entry.state else { return Err(Refused::NotNow) };
        match reason {
            ParkReason::Unreadable => self.read_again(),
            ParkReason::Mapping | ParkReason::Misconfigured | ParkReason::Age | ParkReason::Claims => self.reopen(),
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
    fn reopen(&mut self) {
        for call in &mut self.entry.calls {
            let stale = matches!(&call.state, CallState::Answered { answer, .. }
                if answer.outcome == Outcome::Misconfigured || passes(answer.outcome));
            if stale {
                call.state = CallState::Open;
            }
        }
    }

    fn anew(&mut self, what: &str) {
        let now = self.now;
        self.entry.note(now, what);
        self.entry.first_seen = now;
        self.entry.claims = 0;
        self.entry.waits = 0;
        self.entry.renewed = false;
        self.entry.state = State::New;
    }

    fn resolve(&mut self, resolution: Resolution) -> Result<(), Refused> {
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
                if !self.in_doubt() {
                    return Err(Refused::NotNow);
                }
                self.settle_doubt();
                self.anew("resolved: sent again");
            }
        }
        Ok(())
    }

    fn park(&mut self, reason: ParkReason, cause: String) -> Result<(), Refused> {
        let now = self.now;
        self.entry.note(now, format!("parked: {}", reason.name()));
        self.entry.state = State::Parked { reason, cause };
        Ok(())
    }

    fn mine(&self, fence: u32) -> Result<(), Refused> {
        if fence == self.entry.fence || !self.guards.holds(Guard::Fence) { Ok(()) } else { Err(Refused::Superseded) }
    }
}

/// Whether the order waits and is tried again, rather than has failed.
fn passes(outcome: Outcome) -> bool {
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
