//! Calls of an order, carried out: their intent is durable before the first byte leaves, and what their replies mean is read.

use super::super::gate::{Gate, Health};
use super::super::journal::{Told, new_id, reply_of};
use super::super::{Desk, Handled, Ports, Trouble};
use super::Step;
use super::work::{Work, outcome_name};
use super::write::Unsaved;
use crate::clock::{Clock, from_millis, millis};
use crate::http::{Unsendable, Wire};
use crate::ledger::{CallState, Input, Intent, State, WaitReason};
use crate::port::{Exchange, ExchangeKind, Store};
use crossdock_engine::carrier::{Account, Answer, Call, CallId, Outcome, Reply, Token};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Requests of one order that are in flight at once.
const CALLS_AT_ONCE: usize = 8;

/// A carrier that throttles without saying for how long.
const HOLD: Duration = Duration::from_secs(1);

/// A call with what came of it.
struct Heard {
    call: Call,
    /// Of a request that cannot be sent at all: that it did not reach anybody.
    reply: Reply,
    unsendable: Option<Unsendable>,
    at: i64,
    took: i64,
}

impl<P: Ports> Work<'_, P> {
    /// The intent is durable before the first byte leaves; every reply is durable before anything rests upon it.
    pub(super) async fn send_all(&mut self, calls: Vec<Call>, tokens: &BTreeMap<String, Token>) -> Result<Step, Trouble> {
        let intents = calls.iter().map(|call| Intent { call: call.id.clone(), repeatable: call.request.repeatable }).collect();
        let longest = calls.iter().map(|call| call.request.timeout).max().unwrap_or_default();
        let rounds = u32::try_from(calls.len().div_ceil(CALLS_AT_ONCE)).unwrap_or(1);
        let input = Input::Intend {
            fence: self.held.entry.fence,
            calls: intents,
            release: self.ready.loaded.digest.clone(),
            lease: longest * rounds + self.desk.settings.grace,
        };
        self.desk.mappings.keep(&self.ready.loaded, &self.desk.store).await?;
        self.apply(input)?;
        if let Some(handled) = self.write_intent().await? {
            return Ok(Step::Handled(handled));
        }
        let mut waiting: Vec<Call> = calls;
        waiting.reverse();
        let mut out = FuturesUnordered::new();
        let desk = self.desk;
        let (gate, used) = (Arc::clone(&self.ready.gate), Arc::clone(&self.ready.account));
        let mut left = waiting.len();
        let last_moment = match self.held.entry.state {
            State::Sending { lease } => lease,
            _ => self.desk.now(),
        };
        loop {
            while out.len() < CALLS_AT_ONCE
                && let Some(call) = waiting.pop()
            {
                let (gate, scope) = (Arc::clone(&gate), self.scope.clone());
                out.push(async move { exchange(desk, &gate, &scope, call, last_moment).await });
            }
            let Some(heard) = out.next().await else { return Ok(Step::GoOn) };
            left -= 1;
            crate::faults::at("heard");
            let (id, mut answer, replied, exchange_id) = self.read(heard, tokens);
            // Nothing was done: with the secrets that the account has by now it is sent again, once.
            if answer.outcome == Outcome::Misconfigured && replied && self.have_other_secrets(&used).await {
                answer.outcome = Outcome::Reauthenticate;
            }
            let input = Input::Reply {
                fence: self.held.entry.fence,
                call: id.clone(),
                answer: Box::new(answer.clone()),
                heard: replied,
                exchange: exchange_id.clone(),
            };
            self.apply(input)?;
            self.unsaved.push(Unsaved { call: id, answer, exchange: exchange_id });
            // The last reply is written together with what follows from it.
            if left > 0 && !self.save().await? {
                return Ok(Step::Handled(Handled::Later));
            }
        }
    }

    /// Whether the account has other secrets than those that were refused; they are taken.
    async fn have_other_secrets(&mut self, used: &Account) -> bool {
        let carrier = &self.ready.loaded.carrier;
        let renewed = self.desk.other_secrets(carrier, carrier.id(), used).await;
        let changed = renewed.is_some();
        self.renew(renewed);
        changed
    }

    /// What a reply means; it goes to the journal with the next write.
    fn read(&mut self, heard: Heard, tokens: &BTreeMap<String, Token>) -> (CallId, Answer, bool, Option<String>) {
        let entry = &self.held.entry;
        let progress = entry.progress();
        let id = heard.call.id.clone();
        let mut answer = match &heard.unsendable {
            Some(unsendable) => unsendable.answer(),
            None => self.ready.loaded.carrier.interpret(
                &entry.operation,
                &self.held.bytes,
                &self.ready.account,
                &progress,
                &id,
                &heard.reply,
            ),
        };
        if answer.outcome == Outcome::Reauthenticate && !self.desk.tokens.refuse(&self.scope, &heard.call.request, tokens) {
            answer.outcome = Outcome::Misconfigured;
        }
        let now = self.desk.clock.now();
        if let Some(why) = self.why_in_vain(&id, answer.outcome) {
            self.in_vain = Some((why, answer.retry_after));
        }
        match answer.outcome {
            Outcome::Throttled => self.ready.gate.report(Health::Hold(answer.retry_after.unwrap_or(HOLD)), now),
            Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => self.ready.gate.report(Health::Ill, now),
            _ => self.ready.gate.report(Health::Well, now),
        }
        self.externalize(&mut answer);
        let replied = matches!(heard.reply, Reply::Answered { .. });
        let exchange = self.told(&heard, &answer);
        let exchange_id = replied.then(|| exchange.id.clone());
        let labels = [("carrier", self.held.entry.carrier.clone()), ("outcome", outcome_name(answer.outcome).to_owned())];
        metrics::histogram!("crossdock_carrier_seconds", &labels).record(from_millis(heard.took).as_secs_f64());
        self.pending.exchanges.push(exchange);
        (id, answer, replied, exchange_id)
    }

    /// Why a question for a later answer came to nothing; none for every other call.
    fn why_in_vain(&self, id: &CallId, outcome: Outcome) -> Option<WaitReason> {
        self.held.entry.call(id)?.put_off.as_ref()?;
        match outcome {
            Outcome::Throttled => Some(WaitReason::Throttled),
            Outcome::NotWritten => Some(WaitReason::NotWritten),
            Outcome::Transient | Outcome::Ambiguous => Some(WaitReason::Transient),
            _ => None,
        }
    }

    fn told(&self, heard: &Heard, answer: &Answer) -> Exchange {
        let told = Told {
            id: new_id(),
            order_id: &self.held.entry.order_id,
            kind: ExchangeKind::Call,
            party: &self.held.entry.carrier,
            request: &heard.call.request,
            reply: &heard.reply,
            meaning: meaning(&heard.call.id, answer),
            release: &self.ready.loaded.digest,
            trace: self.held.entry.trace(),
            at: heard.at,
            took: heard.took,
        };
        told.exchange()
    }

    /// Replies that a mended file may read now: the carrier is not called. How many there were.
    pub(super) async fn read_unread(&mut self) -> Result<usize, Trouble> {
        let unread: Vec<(CallId, String)> = self
            .held
            .entry
            .calls
            .iter()
            .filter_map(|call| match &call.state {
                CallState::Unread { exchange } => Some((call.id.clone(), exchange.clone())),
                _ => None,
            })
            .collect();
        let count = unread.len();
        for (id, exchange) in unread {
            let kept = self.desk.store.exchange(&exchange).await?;
            let Some(reply) = kept.as_ref().and_then(reply_of) else {
                return Err(Trouble::Store(format!("the kept reply {exchange} cannot be read")));
            };
            let mut answer = self.ready.loaded.carrier.interpret(
                &self.held.entry.operation,
                &self.held.bytes,
                &self.ready.account,
                &self.held.entry.progress(),
                &id,
                &reply,
            );
            self.externalize(&mut answer);
            let input = Input::Reply {
                fence: self.held.entry.fence,
                call: id,
                answer: Box::new(answer),
                heard: true,
                exchange: Some(exchange),
            };
            self.apply(input)?;
        }
        Ok(count)
    }
}

/// Sends a request, unless its turn comes so late that our claim could lapse before its reply.
async fn exchange<P: Ports>(desk: &Desk<P>, gate: &Gate, scope: &str, call: Call, last_moment: i64) -> Heard {
    let _in_use = desk.tokens.hold(scope, &call.request).await;
    let _room = gate.enter(&*desk.clock).await;
    let at = desk.now();
    let longest = millis(call.request.timeout);
    if at.saturating_add(longest) > last_moment {
        let reply = Reply::NotConnected("its turn came too late".into());
        return Heard { call, reply, unsendable: None, at, took: 0 };
    }
    let (reply, unsendable) = match desk.wire.send(&call.request).await {
        Ok(reply) => (reply, None),
        Err(refused) => (Reply::NotConnected(refused.0.clone()), Some(refused)),
    };
    Heard { call, reply, unsendable, at, took: desk.now() - at }
}

fn meaning(id: &CallId, answer: &Answer) -> String {
    let step = match (&id.step, id.undo) {
        (Some(step), true) => format!("undo {step} {}: ", id.iteration + 1),
        (Some(step), false) => format!("{step} {}: ", id.iteration + 1),
        (None, _) => String::new(),
    };
    let code = answer.errors.iter().find_map(|error| error.code.as_deref()).map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{step}{}{code}", outcome_name(answer.outcome))
}
