//! An order in doubt: the carrier is asked whether it has it.

use super::super::journal::{Told, new_id};
use super::super::sign_in::{NotSignedIn, Whose};
use super::super::{Handled, Ports, Trouble};
use super::ending;
use super::work::{Work, outcome_name};
use crate::clock::{Clock, millis};
use crate::http::Wire;
use crate::ledger::{Finding, Input, State};
use crate::port::ExchangeKind;
use crossdock_engine::carrier::plan::Reconcile;
use crossdock_engine::carrier::{Answer, Call, Done, FaultKind, Next, Outcome, Progress, Reply};

/// Questions that a lookup may ask, one after the other.
const QUESTIONS: usize = 16;

impl<P: Ports> Work<'_, P> {
    /// Asks the carrier, and goes on with what it says.
    pub(super) async fn reconcile(&mut self) -> Result<Handled, Trouble> {
        // The claim is durable first: two workers need not ask at once.
        let batch = self.batch();
        self.commit(batch).await?;
        let finding = self.ask().await?;
        let input = Input::Reconciled {
            fence: self.held.entry.fence,
            finding,
            again: self.again_at(None),
            lease: self.desk.settings.grace,
        };
        self.apply(input)?;
        match self.held.entry.state {
            State::Claimed { .. } => self.advance().await,
            _ => self.finish().await,
        }
    }

    async fn ask(&mut self) -> Result<Finding, Trouble> {
        let loaded = std::sync::Arc::clone(&self.ready.loaded);
        let Some(reconcile) = loaded.carrier.reconcile(&self.held.entry.operation) else { return Ok(Finding::Undecided) };
        let mut progress = Progress::default();
        let asked = self.desk.now();
        let mut renewed = false;
        for _ in 0..QUESTIONS {
            let tokens = self.desk.tokens.usable(&self.scope, self.desk.clock.now());
            let now = self.desk.clock.seconds();
            let next = loaded.carrier.next(&reconcile.operation, &self.held.bytes, &self.ready.account, &tokens, &progress, now);
            match next {
                Ok(Next::SignIn { auth, request }) => {
                    let whose = Whose {
                        carrier: &loaded.carrier,
                        account: &self.ready.account,
                        gate: &self.ready.gate,
                        scope: &self.scope,
                    };
                    match self.desk.sign_in(&whose, &auth, &request).await {
                        Ok(renewed) => self.renew(renewed),
                        Err(NotSignedIn::Later(_)) => return Ok(Finding::Undecided),
                        Err(NotSignedIn::Store(why)) => return Err(Trouble::Store(why)),
                        Err(NotSignedIn::Misconfigured(why)) => return Ok(Finding::Unreadable(why)),
                    }
                }
                Ok(Next::Calls(calls)) => {
                    for call in calls {
                        let request = call.request.clone();
                        let (id, answer) = self.question(call, &reconcile.operation, &progress).await;
                        // A lookup only reads: with a new token it is made again.
                        if answer.outcome == Outcome::Reauthenticate
                            && self.desk.tokens.refuse(&self.scope, &request, &tokens)
                            && !std::mem::replace(&mut renewed, true)
                        {
                            break;
                        }
                        if answer.outcome == Outcome::Misconfigured
                            && let Some(account) =
                                self.desk.other_secrets(&loaded.carrier, loaded.carrier.id(), &self.ready.account).await
                        {
                            self.ready.account = account;
                            break;
                        }
                        progress.record(id, answer);
                    }
                }
                Ok(Next::Done(done)) => return Ok(self.finding(*done, reconcile, asked)),
                Err(fault) if fault.kind == FaultKind::Refused => return Ok(Finding::Undecided),
                Err(fault) => return Ok(Finding::Unreadable(fault.to_string())),
            }
        }
        Ok(Finding::Undecided)
    }

    async fn question(
        &mut self,
        call: Call,
        operation: &str,
        progress: &Progress,
    ) -> (crossdock_engine::carrier::CallId, crossdock_engine::carrier::Answer) {
        let _in_use = self.desk.tokens.hold(&self.scope, &call.request).await;
        let _room = self.ready.gate.enter(&*self.desk.clock).await;
        let at = self.desk.now();
        let reply = match self.desk.wire.send(&call.request).await {
            Ok(reply) => reply,
            Err(refused) => Reply::NotConnected(refused.0),
        };
        let carrier = &self.ready.loaded.carrier;
        let mut answer = carrier.interpret(operation, &self.held.bytes, &self.ready.account, progress, &call.id, &reply);
        self.externalize(&mut answer);
        let told = Told {
            id: new_id(),
            order_id: &self.held.entry.order_id,
            kind: ExchangeKind::Reconcile,
            party: &self.held.entry.carrier,
            request: &call.request,
            reply: &reply,
            meaning: format!("lookup: {}", outcome_name(answer.outcome)),
            release: &self.ready.loaded.digest,
            trace: self.held.entry.trace(),
            at,
            took: self.desk.now() - at,
        };
        self.pending.exchanges.push(told.exchange());
        (call.id, answer)
    }

    fn finding(&self, done: Done, reconcile: &Reconcile, asked: i64) -> Finding {
        let settle = millis(reconcile.settle);
        match done.outcome {
            // One of several steps was in doubt: the operation goes on from it.
            Outcome::Accepted if self.held.entry.calls.iter().any(|call| call.id.step.is_some()) => {
                Finding::Carried(Box::new(answer_of(done)))
            }
            Outcome::Accepted => match ending::accepted(&self.held.entry, &done) {
                Some(result) => Finding::Found(Box::new(result)),
                None => Finding::Unreadable("what was extracted is no result".into()),
            },
            Outcome::NotFound => {
                Finding::NotFound { authoritative: reconcile.authoritative, settled: self.held.entry.settled(settle, asked) }
            }
            Outcome::Unexpected => Finding::Unreadable(done.unreadable.unwrap_or_else(|| "no rule knows the reply".into())),
            Outcome::Misconfigured => Finding::Unreadable("the carrier refuses the account".into()),
            _ => Finding::Undecided,
        }
    }
}

/// What a lookup found, as the answer of the exchange that was in doubt.
fn answer_of(done: Done) -> Answer {
    Answer { warnings: done.warnings, extracted: done.extracted, ..Answer::of(Outcome::Accepted) }
}
