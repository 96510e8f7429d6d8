//! One worker's time with one order: it is claimed, looked at again and again, and ended. `send` carries calls out, `write` keeps
//! what came of them.

use super::super::gate::Health;
use super::super::sign_in::{NotSignedIn, Renewed, Whose};
use super::super::{Desk, Handled, Ports, Trouble};
use super::arrive::{Held, Ready};
use super::write::Unsaved;
use super::{Step, ending};
use crate::clock::{Clock, millis};
use crate::ledger::{Ending, Input, ParkReason, State, Task, WaitReason, transition};
use crate::port::{Batch, Message};
use crossdock_engine::carrier::{Done, Next, Outcome, Progress};
use std::time::Duration;

pub(super) struct Work<'w, P: Ports> {
    pub(super) desk: &'w Desk<P>,
    pub(super) message: &'w Message,
    pub(super) held: Held,
    pub(super) ready: Ready,
    pub(super) scope: String,
    /// What goes with the next write.
    pub(super) pending: Batch,
    /// Replies that nobody has but us.
    pub(super) unsaved: Vec<Unsaved>,
    /// The carrier was to be asked for an answer that it gives later, and could not be: why, and how long it wants us to wait.
    pub(super) in_vain: Option<(WaitReason, Option<Duration>)>,
}

impl<'w, P: Ports> Work<'w, P> {
    pub(super) fn new(desk: &'w Desk<P>, message: &'w Message, held: Held, ready: Ready) -> Self {
        let scope = format!("{}/{}", held.entry.carrier, held.entry.account);
        Self { desk, message, held, ready, scope, pending: Batch::default(), unsaved: Vec::new(), in_vain: None }
    }

    pub(super) async fn run(mut self, task: Task) -> Result<Handled, Trouble> {
        if let Some(handled) = self.related().await? {
            return Ok(handled);
        }
        let claim = Input::Claim { lease: self.desk.settings.grace, terms: self.ready.terms };
        self.apply(claim)?;
        match (&self.held.entry.state, task) {
            (State::Parked { .. }, _) => self.finish().await,
            (State::Reconciling { .. }, _) | (_, Task::Reconcile) => self.reconcile().await,
            _ => self.advance().await,
        }
    }

    /// Goes from look to look until the order waits or has ended.
    pub(super) async fn advance(&mut self) -> Result<Handled, Trouble> {
        // What is read again may be the answer that was waited for: then nobody is asked.
        let mut asks = self.read_unread().await? == 0;
        loop {
            let mut progress = self.held.entry.progress();
            if std::mem::take(&mut asks)
                && let Err(fault) = self.ready.loaded.carrier.ask_again(&self.held.entry.operation, &mut progress)
            {
                return self.end(ending::of_fault(&self.held.entry, &fault)).await;
            }
            if let Step::Handled(handled) = self.look(progress).await? {
                return Ok(handled);
            }
        }
    }

    async fn look(&mut self, progress: Progress) -> Result<Step, Trouble> {
        let tokens = self.desk.tokens.usable(&self.scope, self.desk.clock.now());
        let entry = &self.held.entry;
        let next = self.ready.loaded.carrier.next(
            &entry.operation,
            &self.held.bytes,
            &self.ready.account,
            &tokens,
            &progress,
            self.desk.clock.seconds(),
        );
        match next {
            Ok(Next::SignIn { auth, request }) => {
                let whose = Whose {
                    carrier: &self.ready.loaded.carrier,
                    account: &self.ready.account,
                    gate: &self.ready.gate,
                    scope: &self.scope,
                };
                match self.desk.sign_in(&whose, &auth, &request).await {
                    Ok(renewed) => {
                        self.renew(renewed);
                        Ok(Step::GoOn)
                    }
                    Err(NotSignedIn::Later(answer)) if self.in_vain.is_none() && self.held.entry.is_put_off() => {
                        self.in_vain = Some((WaitReason::SignIn, answer.retry_after));
                        Ok(Step::GoOn)
                    }
                    Err(failed) => self.end(self.not_signed_in(failed)).await.map(Step::Handled),
                }
            }
            Ok(Next::Calls(calls)) => self.send_all(calls, &tokens).await,
            Ok(Next::Done(done)) => {
                let ending = match done.outcome {
                    Outcome::Pending => self.put_off(&done),
                    _ => ending::of_done(&self.held.entry, *done, |asked| self.again_at(asked)),
                };
                self.end(ending).await.map(Step::Handled)
            }
            Err(fault) => self.end(ending::of_fault(&self.held.entry, &fault)).await.map(Step::Handled),
        }
    }

    /// Goes on with the secrets that the account has by now.
    pub(super) fn renew(&mut self, renewed: Renewed) {
        if let Some(account) = renewed {
            self.ready.account = account;
        }
    }

    fn not_signed_in(&self, failed: NotSignedIn) -> Ending {
        match failed {
            NotSignedIn::Misconfigured(cause) => Ending::Parked { reason: ParkReason::Misconfigured, cause },
            NotSignedIn::Later(answer) => {
                self.ready.gate.report(Health::Ill, self.desk.clock.now());
                Ending::Waits { until: self.again_at(answer.retry_after), why: WaitReason::SignIn }
            }
            // Not the carrier's fault. What the order has heard so far is kept, if the store can do that.
            NotSignedIn::Store(why) => {
                tracing::warn!(order = self.held.entry.key, why, "the session could not be shared");
                Ending::Waits { until: self.again_at(None), why: WaitReason::SignIn }
            }
        }
    }

    /// The carrier answers later: when it is asked, and for how long. Asked in vain, it is asked less and less often.
    fn put_off(&self, done: &Done) -> Ending {
        let waiting = done.pending.as_ref();
        let ask = waiting.and_then(|waiting| waiting.every).map(|every| {
            let soonest = self.desk.now().saturating_add(millis(every));
            self.in_vain.map_or(soonest, |(_, asked)| soonest.max(self.again_at(asked)))
        });
        let give_up = waiting.and_then(|waiting| waiting.give_up);
        Ending::Pending { ask, give_up, in_vain: self.in_vain.map(|(why, _)| why) }
    }

    pub(super) fn again_at(&self, asked: Option<Duration>) -> i64 {
        let wait = self.desk.backoff(self.held.entry.waits, asked);
        self.desk.now().saturating_add(millis(wait))
    }

    pub(super) async fn end(&mut self, ending: Ending) -> Result<Handled, Trouble> {
        let input = Input::End { fence: self.held.entry.fence, ending, terms: self.ready.terms };
        self.apply(input)?;
        self.finish().await
    }

    /// Takes an input; what does not apply means that the entry is not what we thought.
    pub(super) fn apply(&mut self, input: Input) -> Result<(), Trouble> {
        match transition(&self.held.entry, input, self.desk.now()) {
            Ok(entry) => {
                self.held.entry = entry;
                Ok(())
            }
            Err(refused) => {
                tracing::debug!(order = self.held.entry.key, why = %refused, "a step does not apply");
                Err(Trouble::Changed)
            }
        }
    }
}

pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Rejected => "rejected",
        Outcome::Reauthenticate => "reauthenticate",
        Outcome::Misconfigured => "misconfigured",
        Outcome::Throttled => "throttled",
        Outcome::Transient => "transient",
        Outcome::NotWritten => "not_written",
        Outcome::Ambiguous => "ambiguous",
        Outcome::NotFound => "not_found",
        Outcome::Pending => "pending",
        Outcome::Unexpected => "unexpected",
    }
}

/// Operations that make something at the carrier which a later operation can undo.
pub(crate) fn ending_creates(operation: &str) -> bool {
    operation.starts_with("create")
}
