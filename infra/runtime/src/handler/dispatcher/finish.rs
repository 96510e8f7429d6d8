//! What follows from where an operation stands: parcels to know events by, actions, dead letters; and the message's end.

use super::super::dead::DeadLetter;
use super::super::records::ParcelRecord;
use super::super::{Desk, Handled, Office, Ports, Trouble, keys};
use super::arrive::{Held, put};
use super::work::Work;
use crate::ledger::{CallState, Entry, Input, ParkReason, State, transition};
use crate::port::{Batch, Blob, Expect, Message, Outgoing, Put, Queue, Store};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crossdock_engine::carrier::Answer;
use crossdock_engine::model::identity::{order_result_id, refusal_email_id};
use crossdock_engine::model::rules::Decision;
use crossdock_engine::model::{
    Action, Effect, EmailLogistics, Order, OrderResult, Problem, Refusal, ResultOutcome, ResultParcel,
};
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
        self.note_emitted().await;
        let state = self.held.entry.state.name();
        metrics::counter!("crossdock_operations_total", "carrier" => self.held.entry.carrier.clone(), "state" => state)
            .increment(1);
        tracing::info!(order = self.held.entry.order_id, carrier = self.held.entry.carrier, state, "order");
        match until {
            Some(until) => self.desk.later(self.message, until).await,
            None => Ok(Handled::Done),
        }
    }

    /// Where the store is not atomic, what followed has gone out only now. Without this mark the sweeper has it emitted again,
    /// which does no harm: so it is not tried twice.
    async fn note_emitted(&mut self) {
        if self.desk.store.is_atomic() {
            return;
        }
        let Ok(emitted) = transition(&self.held.entry, Input::Emitted, self.desk.now()) else { return };
        let puts = vec![put(&emitted, self.held.expect)];
        if let Err(error) = self.desk.store.commit(Batch { puts, ..Batch::default() }).await {
            tracing::debug!(order = emitted.key, %error, "an order's end will be emitted again");
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
        let mut batch = self.consequences(&held.entry, &held.order, correlates);
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

    /// See [`Office::consequences`].
    pub(crate) fn consequences(&self, entry: &Entry, order: &Order, correlates: (bool, bool)) -> Batch {
        self.office().consequences(entry, order, correlates)
    }

    /// See [`Office::parked`].
    pub(crate) fn parked(&self, entry: &Entry) -> Batch {
        self.office().parked(entry)
    }
}

impl<P: Ports> Office<'_, P> {
    /// What follows from where an operation stands, to be written together with its entry: which is marked as emitted where
    /// the store writes all of it at once.
    pub(crate) fn follow(&self, entry: &mut Entry, order: &Order, correlates: (bool, bool)) -> Batch {
        let batch = self.consequences(entry, order, correlates);
        if self.store.is_atomic()
            && let Ok(emitted) = transition(entry, Input::Emitted, self.now())
        {
            *entry = emitted;
        }
        batch
    }

    /// What follows from where an operation stands. `correlates`: whether events name parcels by the carrier's own id, and
    /// by our reference.
    pub(crate) fn consequences(&self, entry: &Entry, order: &Order, correlates: (bool, bool)) -> Batch {
        match &entry.state {
            State::Accepted { result, .. } => {
                let mut batch = self.parcels(entry, order, Some(result), correlates);
                batch.sends.push(action(entry, order, result));
                batch
            }
            State::Refused { result, .. } => {
                let mut batch = Batch { sends: vec![action(entry, order, result)], ..Batch::default() };
                batch.sends.push(self.refusal_email(entry, order, result));
                batch
            }
            State::Pending { .. } => self.parcels(entry, order, None, correlates),
            State::Parked { .. } => self.parked(entry),
            _ => Batch::default(),
        }
    }

    /// The dead letter of a parked order: a reference, the entry is the truth.
    pub(crate) fn parked(&self, entry: &Entry) -> Batch {
        let State::Parked { reason, cause, .. } = &entry.state else { return Batch::default() };
        let letter = parked_letter(entry, *reason, cause.clone(), self.now());
        tracing::warn!(order = entry.key, carrier = entry.carrier, reason = reason.name(), cause, "an order was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "orders", "reason" => reason.name()).increment(1);
        Batch { puts: vec![letter.put()], ..Batch::default() }
    }

    /// What later events will know the parcels by.
    fn parcels(&self, entry: &Entry, order: &Order, result: Option<&OrderResult>, correlates: (bool, bool)) -> Batch {
        let mut batch = Batch::default();
        if !super::work::ending_creates(&entry.operation) {
            return batch;
        }
        for known in known_parcels(entry, order, result) {
            let key = keys::parcel(&entry.carrier, &entry.account, &known.number);
            if batch.puts.iter().any(|put| put.key == key) {
                continue;
            }
            let record = ParcelRecord {
                carrier: entry.carrier.clone(),
                account: entry.account.clone(),
                number: known.number,
                order_key: entry.key.clone(),
                order_id: entry.order_id.clone(),
                references: known.reference.into_iter().collect(),
                country: Some(order.shipment.recipient.address.country.to_string()),
                accepted_at: self.now(),
                state: None,
                sequence: 0,
                attempts: 0,
                statuses: Vec::new(),
                asked_cancel: false,
                heard_at: None,
                asked_at: None,
                silence_told: false,
            };
            let due = self.parcel_due(&record);
            let body = serde_json::to_vec(&record).unwrap_or_default();
            batch.puts.push(Put::new(key.clone(), Expect::Anything, body).due(due));
            for (kind, value) in known.names {
                if (kind == THEIRS && correlates.0) || (kind == OURS && correlates.1) {
                    let named = keys::name(&entry.carrier, &entry.account, kind, &value);
                    batch.puts.push(Put::new(named, Expect::Anything, key.clone().into_bytes()));
                }
            }
        }
        batch
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
        outgoing(&Action {
            action_id: refusal_email_id(&entry.key, &topic),
            order_id: Some(entry.order_id.clone()),
            effect: Effect::EmailLogistics(EmailLogistics { topic, problem: Problem::Refusal(refusal) }),
        })
    }
}

pub(crate) fn parked_letter(entry: &Entry, reason: ParkReason, cause: String, at: i64) -> DeadLetter {
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
        redrives: 0,
    }
}

/// The carrier's own name of the shipment, as its replies gave it.
pub(crate) fn carrier_ref(entry: &Entry) -> Option<String> {
    entry.calls.iter().find_map(|call| match &call.state {
        CallState::Answered { answer, .. } if !call.id.undo => {
            answer.extracted.get("carrier_ref").and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    })
}

/// A name that the carrier has given.
const THEIRS: &str = "ref";
/// A name that the shop has given.
const OURS: &str = "our";

/// A parcel of an operation that creates, with all its names.
pub(crate) struct KnownParcel {
    /// The tracking number, or the carrier's own name of it.
    pub(crate) number: String,
    /// The shop's reference.
    pub(crate) reference: Option<String>,
    /// Its other names, by kind: as of [`keys::name`].
    pub(crate) names: Vec<(&'static str, String)>,
}

/// The parcels that an operation has made, as far as the carrier has named them.
pub(crate) fn known_parcels(entry: &Entry, order: &Order, result: Option<&OrderResult>) -> Vec<KnownParcel> {
    let shipment_ref = carrier_ref(entry);
    let known = |parcel: ResultParcel| {
        let number = parcel.tracking_number.clone().or_else(|| parcel.carrier_ref.clone())?;
        let all = [
            (THEIRS, parcel.carrier_ref.clone()),
            (THEIRS, shipment_ref.clone()),
            (OURS, parcel.reference.clone()),
            (OURS, Some(order.shipment.reference.clone())),
        ];
        let others =
            all.into_iter().filter_map(|(kind, value)| value.filter(|value| *value != number).map(|value| (kind, value)));
        Some(KnownParcel { names: others.collect(), reference: parcel.reference, number })
    };
    numbered(order, result, shipment_ref.as_deref()).into_iter().filter_map(known).collect()
}

/// The parcels with what the carrier calls them: those of the result, or the order's own under the shipment's numbers.
fn numbered(order: &Order, result: Option<&OrderResult>, carrier_ref: Option<&str>) -> Vec<ResultParcel> {
    if let Some(result) = result.filter(|result| !result.parcels.is_empty()) {
        return result.parcels.clone();
    }
    let number = result.and_then(|result| result.tracking_numbers.first().cloned());
    let parcel = |reference: Option<String>| ResultParcel {
        reference,
        tracking_number: number.clone(),
        carrier_ref: carrier_ref.map(str::to_owned),
        refused: None,
    };
    order.shipment.parcels.iter().map(|known| parcel(known.reference.clone())).collect()
}

fn action(entry: &Entry, order: &Order, result: &OrderResult) -> Outgoing {
    let result = OrderResult { operation_id: Some(order.operation_id.clone()), ..result.clone() };
    debug_assert!(matches!(result.outcome, ResultOutcome::Accepted | ResultOutcome::Refused));
    outgoing(&Action {
        action_id: order_result_id(&entry.key),
        order_id: Some(entry.order_id.clone()),
        effect: Effect::OrderResult(result),
    })
}

/// The message that carries an action: to the shop, or to the post office.
pub(crate) fn outgoing(action: &Action) -> Outgoing {
    let group = if matches!(action.effect, Effect::EmailLogistics(_)) { "mail" } else { crate::mappings::SHOP };
    Outgoing {
        queue: Queue::Actions,
        group: group.to_owned(),
        body: serde_json::to_vec(action).unwrap_or_default(),
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
