//! Telling the shop: its own operations, called like a carrier's, until it says that it knows.

use super::super::dispatcher::outcome_name;
use super::super::gate::{Gate, Health};
use super::super::journal::{Told, new_id};
use super::super::redriven::Opened;
use super::super::sign_in::{NotSignedIn, Whose};
use super::super::{Desk, Handled, Ports, Trouble};
use super::Parked;
use crate::clock::{Clock, from_millis, millis};
use crate::http::Wire;
use crate::mappings::{Missing, SHOP};
use crate::port::{Batch, Exchange, ExchangeKind, Store};
use crate::trace;
use crossdock_engine::carrier::plan::Shop;
use crossdock_engine::carrier::{Account, Answer, Call, Done, Fault, FaultKind, Next, Outcome, Progress, Reply, Request, Token};
use crossdock_engine::model::Action;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Looks at one action: sign-ins, and the steps of an operation.
const LOOKS: usize = 32;

/// A shop that throttles without saying for how long.
const HOLD: Duration = Duration::from_secs(1);

/// One action on its way to the shop.
struct Errand<'e, P: Ports> {
    desk: &'e Desk<P>,
    operation: &'static str,
    order_id: &'e str,
    /// The action as JSON.
    action: &'e [u8],
    trace: &'e str,
    shop: Arc<Shop>,
    release: String,
    account: Arc<Account>,
    gate: Arc<Gate>,
    /// What goes to the journal.
    exchanges: Vec<Exchange>,
}

/// How an errand ended.
enum End {
    /// The shop knows.
    Told,
    /// Not now; why, in a few words.
    Later { asked: Option<Duration>, why: String },
    /// A person decides.
    Parked(Parked),
}

impl<P: Ports> Desk<P> {
    pub(super) async fn tell_shop(&self, message: &Opened, action: &Action, operation: &'static str) -> Result<Handled, Trouble> {
        let release = self.mappings.release();
        let wants = |shop: &&Arc<Shop>| shop.counterpart().operations().any(|known| known == operation);
        let Some(shop) = release.shop.as_ref().filter(wants) else {
            return self.untold(message, action, operation).await;
        };
        let gate = self.gates.of(SHOP, Some(shop.counterpart().limits()));
        if let Some(until) = self.closed_until(SHOP, &gate, shop.counterpart().limits().timeout).await? {
            return self.later(&message.as_it_came(), millis(until)).await;
        }
        let account = match self.mappings.shop_account(shop, &*self.clock).await {
            Ok(account) => account,
            Err(Missing::Misconfigured(why)) => {
                let parked = Parked::new("misconfigured", why);
                return self.park_action(message, Some(action), parked, Batch::default()).await;
            }
            Err(Missing::Unavailable(why)) => return Err(Trouble::Store(why)),
        };
        let mut errand = Errand {
            desk: self,
            operation,
            order_id: action.order_id.as_deref().unwrap_or_default(),
            action: &message.body,
            trace: &message.trace,
            shop: Arc::clone(shop),
            release: release.id.clone(),
            account,
            gate,
            exchanges: Vec::new(),
        };
        let end = errand.run().await;
        self.tell_breaker(SHOP, &errand.gate).await;
        let give_up_after = errand.shop.counterpart().limits().give_up_after;
        let batch = Batch { exchanges: errand.exchanges, ..Batch::default() };
        self.end_errand(message, action, end, batch, give_up_after).await
    }

    async fn end_errand(
        &self,
        message: &Opened,
        action: &Action,
        end: End,
        mut batch: Batch,
        give_up_after: Duration,
    ) -> Result<Handled, Trouble> {
        let told = |fate: &'static str| metrics::counter!("crossdock_shop_actions_total", "fate" => fate).increment(1);
        match end {
            End::Told => {
                batch.acks.push(message.receipt.clone());
                crate::faults::before("told");
                self.store.commit(batch).await?;
                crate::faults::after("told");
                told("told");
                Ok(Handled::Done)
            }
            End::Parked(parked) => {
                told("parked");
                self.park_action(message, Some(action), parked, batch).await
            }
            End::Later { why, .. } if self.age(message) >= give_up_after => {
                told("parked");
                let cause = format!("tried for {} s; at last: {why}", give_up_after.as_secs());
                self.park_action(message, Some(action), Parked::new("age", cause), batch).await
            }
            End::Later { asked, why } => {
                told("later");
                tracing::debug!(action = action.action_id, why, "the shop is told later");
                if !batch.exchanges.is_empty() {
                    self.store.commit(batch).await?;
                }
                let wait = self.backoff(message.receives.saturating_sub(1), asked);
                self.store.defer(&message.as_it_came(), wait).await?;
                Ok(Handled::Later)
            }
        }
    }

    /// There is no shop to tell, or it does not want to know: the journal keeps what it would have been told.
    async fn untold(&self, message: &Opened, action: &Action, operation: &str) -> Result<Handled, Trouble> {
        metrics::counter!("crossdock_shop_actions_total", "fate" => "no shop").increment(1);
        let exchange = Exchange {
            id: new_id(),
            order_id: action.order_id.clone().unwrap_or_default(),
            at: self.now(),
            took: 0,
            kind: ExchangeKind::Shop,
            party: SHOP.to_owned(),
            request: format!("{operation}\n\n{}", String::from_utf8_lossy(&message.body)),
            reply: String::new(),
            meaning: "no shop".to_owned(),
            release: self.mappings.release().id.clone(),
            trace: message.trace.clone(),
        };
        self.settle(Batch { exchanges: vec![exchange], acks: vec![message.receipt.clone()], ..Batch::default() }).await
    }

    fn age(&self, message: &Opened) -> Duration {
        from_millis(self.now().saturating_sub(message.sent_at))
    }
}

impl<P: Ports> Errand<'_, P> {
    async fn run(&mut self) -> End {
        let mut progress = Progress::default();
        let mut renewed = false;
        for _ in 0..LOOKS {
            let tokens = self.desk.tokens.usable(SHOP, self.desk.clock.now());
            let now = self.desk.clock.seconds();
            let next = self.shop.counterpart().next(self.operation, self.action, &self.account, &tokens, &progress, now);
            match next {
                Ok(Next::SignIn { auth, request }) => {
                    if let Some(end) = self.sign_in(&auth, &request).await {
                        return end;
                    }
                }
                Ok(Next::Calls(calls)) => {
                    if let Some(end) = self.calls(calls, &mut progress, &tokens, &mut renewed).await {
                        return end;
                    }
                }
                Ok(Next::Done(done)) => return of_done(*done),
                Err(fault) => return of_fault(&fault),
            }
        }
        End::Parked(Parked::new("mapping", format!("no end after {LOOKS} looks at `{}`", self.operation)))
    }

    async fn sign_in(&mut self, auth: &str, request: &Request) -> Option<End> {
        let carrier = self.shop.counterpart();
        let whose = Whose { carrier, account: &self.account, gate: &self.gate, scope: SHOP };
        match self.desk.sign_in(&whose, auth, request).await {
            Ok(renewed) => {
                self.account = renewed.unwrap_or_else(|| Arc::clone(&self.account));
                None
            }
            Err(NotSignedIn::Misconfigured(why)) => Some(End::Parked(Parked::new("misconfigured", why))),
            Err(NotSignedIn::Store(why)) => Some(End::Later { asked: None, why }),
            Err(NotSignedIn::Later(answer)) => {
                self.gate.report(Health::Ill, self.desk.clock.now());
                Some(End::Later { asked: answer.retry_after, why: "the sign-in failed".to_owned() })
            }
        }
    }

    /// Carries the calls out. A token that has lapsed is renewed once; secrets that have changed are taken.
    async fn calls(
        &mut self,
        calls: Vec<Call>,
        progress: &mut Progress,
        tokens: &BTreeMap<String, Token>,
        renewed: &mut bool,
    ) -> Option<End> {
        for call in calls {
            let mut answer = self.call(&call, progress).await;
            if answer.outcome == Outcome::Reauthenticate {
                if self.desk.tokens.refuse(SHOP, &call.request, tokens) && !std::mem::replace(renewed, true) {
                    return None;
                }
                answer.outcome = Outcome::Misconfigured;
            }
            if answer.outcome == Outcome::Misconfigured
                && let Some(account) = self.desk.other_secrets(self.shop.counterpart(), SHOP, &self.account).await
            {
                self.account = account;
                return None;
            }
            progress.record(call.id, answer);
        }
        None
    }

    async fn call(&mut self, call: &Call, progress: &Progress) -> Answer {
        let desk = self.desk;
        let carrier = self.shop.counterpart();
        let _in_use = desk.tokens.hold(SHOP, &call.request).await;
        let _room = self.gate.enter(&*desk.clock).await;
        let at = desk.now();
        let request = &self.traced(&call.request);
        let sent = desk.wire.send(request).await;
        let (reply, answer) = match sent {
            Ok(reply) => {
                let answer = carrier.interpret(self.operation, self.action, &self.account, progress, &call.id, &reply);
                (reply, answer)
            }
            Err(refused) => (Reply::NotConnected(refused.0.clone()), refused.answer()),
        };
        self.gate.report(health(&answer), desk.clock.now());
        let told = Told {
            id: new_id(),
            order_id: self.order_id,
            kind: ExchangeKind::Shop,
            party: SHOP,
            request,
            reply: &reply,
            meaning: format!("{}: {}", self.operation, said(answer.outcome, code(&answer.errors))),
            release: &self.release,
            trace: self.trace,
            at,
            took: desk.now() - at,
        };
        self.exchanges.push(told.exchange());
        answer
    }

    /// The shop can tell which of its orders, or which delivery, a call belongs to. Its own file may say otherwise.
    fn traced(&self, request: &Request) -> Request {
        let mut request = request.clone();
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(trace::HEADER)) {
            request.headers.push((trace::HEADER.to_owned(), trace::header(self.trace)));
        }
        request
    }
}

fn health(answer: &Answer) -> Health {
    match answer.outcome {
        Outcome::Throttled => Health::Hold(answer.retry_after.unwrap_or(HOLD)),
        Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => Health::Ill,
        _ => Health::Well,
    }
}

/// The shop is told again whatever happened to an attempt: it knows the action by its name.
fn of_done(done: Done) -> End {
    let words = said(done.outcome, code(&done.errors));
    let parked = |reason, words: String| End::Parked(Parked::new(reason, words));
    match done.outcome {
        Outcome::Accepted | Outcome::Pending => End::Told,
        Outcome::Throttled | Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => {
            End::Later { asked: done.retry_after, why: words }
        }
        // Its words may hold personal data; they are in the journal.
        Outcome::Rejected | Outcome::NotFound => parked("rejected", format!("the shop says: {words}")),
        Outcome::Misconfigured | Outcome::Reauthenticate => {
            parked("misconfigured", done.unreadable.unwrap_or_else(|| format!("the shop refuses our account: {words}")))
        }
        Outcome::Unexpected => {
            parked("unexpected", done.unreadable.unwrap_or_else(|| "no rule knows the shop's reply".to_owned()))
        }
    }
}

fn of_fault(fault: &Fault) -> End {
    let reason = match fault.kind {
        FaultKind::Refused | FaultKind::Mapping => "mapping",
        FaultKind::Misconfigured | FaultKind::Unknown => "misconfigured",
    };
    End::Parked(Parked::new(reason, fault.to_string()))
}

fn code(errors: &[crossdock_engine::carrier::CarrierMessage]) -> Option<&str> {
    errors.iter().find_map(|error| error.code.as_deref())
}

fn said(outcome: Outcome, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("{} (code {code})", outcome_name(outcome)),
        None => outcome_name(outcome).to_owned(),
    }
}
