//! What follows from where an operation stands: parcels to know events by, actions, dead letters; and the message's end.

use super::super::dead::DeadLetter;
use super::super::{Desk, Handled, Office, Ports, Trouble, keys};
use super::arrive::{Held, put};
use super::names::name_put_off;
use super::work::Work;
use crate::ledger::{CallState, Entry, Input, ParkReason, State, transition};
use crate::port::{Batch, Blob, Expect, Message, Outgoing, Queue, Store};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crossdock_engine::carrier::Answer;
use crossdock_engine::model::identity::{order_result_id, refusal_email_id};
use crossdock_engine::model::rules::Decision;
use crossdock_engine::model::{Action, Effect, EmailLogistics, Order, OrderResult, Problem, Refusal, ResultOutcome};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

impl<P: Ports> Work<'_, P> {
    /// Writes where the operation stands, with what follows, and acknowledges or defers the message.
    pub(super) async fn finish(&mut self) -> Result<Handled, Trouble> {
        let until = match &self.held.entry.state {
            State::Waiting { until, .. } => Some(*until),
            State::Ambiguous => Some(self.desk.now()),
            _ => None,
        };
        let correlates = self.ready.loaded.carrier.correlates();
        let follow = self.desk.office().follow(&mut self.held.entry, &self.held.order, correlates);
        let mut batch = self.batch();
        join(&mut batch, follow);
        if until.is_none() {
            batch.acks.push(self.message.receipt.clone());
        }
        if !self.save_with(batch).await? {
            return Ok(Handled::Later);
        }
        self.desk.note_emitted(&self.held.entry, self.held.expect).await;
        let state = self.held.entry.state.name();
        metrics::counter!("crossdock_operations_total", "carrier" => self.held.entry.carrier.clone(), "state" => state)
            .increment(1);
        tracing::info!(order = self.held.entry.order_id, carrier = self.held.entry.carrier, state, "order");
        match until {
            Some(until) => self.desk.later(self.message, until).await,
            None => Ok(Handled::Done),
        }
    }

    /// Documents are kept once and handed on by reference.
    pub(super) fn externalize(&mut self, answer: &mut Answer) {
        let Some(Value::Array(documents)) = answer.extracted.get_mut("documents") else { return };
        for document in documents.iter_mut().filter_map(Value::as_object_mut) {
            let Some(Ok(bytes)) = document.get("data").and_then(Value::as_str).map(|data| BASE64_STANDARD.decode(data)) else {
                continue;
            };
            let media = document.get("media").and_then(Value::as_str).unwrap_or("application/octet-stream").to_owned();
            let id = Uuid::new_v4().simple().to_string();
            document.remove("data");
            document.insert("url".into(), format!("{}/documents/{id}", self.desk.settings.public_url).into());
            let order_id = self.held.entry.order_id.clone();
            self.pending.blobs.push(Blob { id, media, order_id, bytes });
        }
    }
}

impl<P: Ports> Desk<P> {
    /// An order that has ended is delivered again: what followed may not have been emitted.
    pub(super) async fn emit_again(&self, held: &Held, message: &Message) -> Result<Handled, Trouble> {
        let correlates = self.mappings.carrier(&held.entry.carrier).map_or((true, true), |loaded| loaded.carrier.correlates());
        let mut batch = self.office().consequences(&held.entry, &held.order, correlates);
        let emitted = transition(&held.entry, Input::Emitted, self.now()).map_err(|_| Trouble::Changed)?;
        // Parcels may have moved on since.
        batch.puts.retain(|put| !put.key.starts_with(keys::PARCELS));
        if self.store.is_atomic() {
            batch.puts.push(put(&emitted, held.expect));
            batch.acks.push(message.receipt.clone());
            self.store.commit(batch).await?;
        } else {
            self.store.commit(batch).await?;
            let puts = vec![put(&emitted, held.expect)];
            self.store.commit(Batch { puts, acks: vec![message.receipt.clone()], ..Batch::default() }).await?;
        }
        Ok(Handled::Done)
    }

    /// Where the store is not atomic, what followed has gone out only now. Without this mark the sweeper has it emitted again,
    /// which does no harm: so it is not tried twice. `expect` is of the entry as it was written with what followed.
    pub(super) async fn note_emitted(&self, entry: &Entry, expect: Expect) {
        if self.store.is_atomic() {
            return;
        }
        let Ok(emitted) = transition(entry, Input::Emitted, self.now()) else { return };
        let puts = vec![put(&emitted, expect)];
        if let Err(error) = self.store.commit(Batch { puts, ..Batch::default() }).await {
            tracing::debug!(order = emitted.key, %error, "an order's end will be emitted again");
        }
    }
}

impl<P: Ports> Office<'_, P> {
    /// What follows from where an operation stands, to be written together with its entry: which is marked as emitted where
    /// the store writes all of it at once.
    pub(crate) fn follow(&self, entry: &mut Entry, order: &Order, correlates: (bool, bool)) -> Batch {
        let mut batch = self.consequences(entry, order, correlates);
        if matches!(entry.state, State::Pending { .. }) {
            batch.puts.extend(name_put_off(entry, order));
        }
        if self.store.is_atomic()
            && let Ok(emitted) = transition(entry, Input::Emitted, self.now())
        {
            *entry = emitted;
        }
        batch
    }

    /// What follows from where an operation stands. `correlates`: whether events name parcels by the carrier's own id, and
    /// by our reference.
    fn consequences(&self, entry: &Entry, order: &Order, correlates: (bool, bool)) -> Batch {
        match &entry.state {
            State::Accepted { result, .. } => {
                let mut batch = self.parcels(entry, order, result, correlates);
                batch.sends.push(action(entry, order, result));
                batch
            }
            State::Refused { result, .. } => {
                let mut batch = Batch { sends: vec![action(entry, order, result)], ..Batch::default() };
                batch.sends.push(self.refusal_email(entry, order, result));
                batch
            }
            State::Parked { .. } => self.parked(entry),
            _ => Batch::default(),
        }
    }

    /// The dead letter of a parked order: a reference, the entry is the truth.
    fn parked(&self, entry: &Entry) -> Batch {
        let State::Parked { reason, cause, .. } = &entry.state else { return Batch::default() };
        let letter = parked_letter(entry, *reason, cause.clone(), self.now());
        tracing::warn!(order = entry.key, carrier = entry.carrier, reason = reason.name(), cause, "an order was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "orders", "reason" => reason.name()).increment(1);
        Batch { puts: vec![letter.put()], ..Batch::default() }
    }

    fn refusal_email(&self, entry: &Entry, order: &Order, result: &OrderResult) -> Outgoing {
        let topic = match self.mappings.release().rules.on_refusal() {
            Decision::EmailLogistics { topic } => topic,
            Decision::NotifyShop => crossdock_engine::model::rules::DEFAULT_TOPIC.to_owned(),
        };
        let refusal = Refusal {
            carrier: entry.carrier.clone(),
            account: entry.account.clone(),
            operation: entry.operation.clone(),
            reference: order.shipment.reference.clone(),
            code: result.code.clone(),
            message: result.message.clone(),
        };
        let email = Action {
            action_id: refusal_email_id(&entry.key, &topic),
            order_id: Some(entry.order_id.clone()),
            effect: Effect::EmailLogistics(EmailLogistics { topic, problem: Problem::Refusal(refusal) }),
        };
        outgoing(&email, entry.trace())
    }
}

fn parked_letter(entry: &Entry, reason: ParkReason, cause: String, at: i64) -> DeadLetter {
    let exchange = entry.calls.iter().rev().find_map(|call| match &call.state {
        CallState::Answered { exchange, .. } => exchange.clone(),
        CallState::Unread { exchange } => Some(exchange.clone()),
        _ => None,
    });
    DeadLetter {
        id: entry.key.clone(),
        queue: Queue::Orders,
        carrier: entry.carrier.clone(),
        reason: reason.name().to_owned(),
        cause,
        order_id: Some(entry.order_id.clone()),
        order_key: Some(entry.key.clone()),
        at,
        body: None,
        exchange,
        redrives: entry.redrives,
        trace: entry.trace.clone(),
    }
}

fn action(entry: &Entry, order: &Order, result: &OrderResult) -> Outgoing {
    let result = OrderResult { operation_id: Some(order.operation_id.clone()), ..result.clone() };
    debug_assert!(matches!(result.outcome, ResultOutcome::Accepted | ResultOutcome::Refused));
    let action = Action {
        action_id: order_result_id(&entry.key),
        order_id: Some(entry.order_id.clone()),
        effect: Effect::OrderResult(result),
    };
    outgoing(&action, entry.trace())
}

/// Who an action is for: the shop, or the post office.
pub(crate) fn group_of(action: &Action) -> &'static str {
    if matches!(action.effect, Effect::EmailLogistics(_)) { "mail" } else { crate::mappings::SHOP }
}

/// The message that carries an action, as a part of a trace.
pub(crate) fn outgoing(action: &Action, trace: &str) -> Outgoing {
    Outgoing {
        queue: Queue::Actions,
        group: group_of(action).to_owned(),
        body: crate::trace::wrapped(trace, &serde_json::to_vec(action).unwrap_or_default()),
        delay: Duration::ZERO,
        sent_at: None,
    }
}

pub(crate) fn join(batch: &mut Batch, other: Batch) {
    batch.checks.extend(other.checks);
    batch.puts.extend(other.puts);
    batch.blobs.extend(other.blobs);
    batch.exchanges.extend(other.exchanges);
    batch.sends.extend(other.sends);
    batch.acks.extend(other.acks);
}
