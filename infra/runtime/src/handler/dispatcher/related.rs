//! An order's operations know of each other: a cancel waits for its create, and stops one that has not come yet.

use super::super::records::ParcelRecord;
use super::super::{Handled, Ports, Trouble, keys};
use super::arrive::read_entry;
use super::ending;
use super::names::carrier_ref;
use super::work::{Work, ending_creates};
use crate::ledger::{Ending, Entry, Input, State};
use crate::port::{Batch, Expect, Put, Store};
use crossdock_engine::model::{DEFAULT_OPERATION, OrderResult, ResultOutcome};
use serde_json::{Value, json};

/// The operation that a tombstone stands for.
const CANCEL: &str = "cancel_shipment";

/// How long a later operation waits before it looks for its create again, in milliseconds.
const LOOK_AGAIN: i64 = 5_000;

impl<P: Ports> Work<'_, P> {
    /// Looks at the order's other operations before this one is claimed. Says when that settles it.
    pub(super) async fn related(&mut self) -> Result<Option<Handled>, Trouble> {
        if !self.held.entry.calls.is_empty() {
            return Ok(None);
        }
        if ending_creates(&self.held.entry.operation) {
            // The write of the intent relies on there being no tombstone; only after it failed is there one to look for.
            return if self.message.receives > 1 { self.cancelled().await } else { Ok(None) };
        }
        let creates = self.creates().await?;
        let Some(create) = creates.iter().max_by_key(|entry| entry.first_seen) else { return self.before_its_create().await };
        match &create.state {
            State::Accepted { result, .. } => {
                self.fill_in(create, result);
                if self.held.entry.operation == CANCEL {
                    self.mark_asked(create, result).await?;
                }
                Ok(None)
            }
            State::Refused { .. } if self.held.entry.operation == CANCEL => {
                let words = "the order was refused: there is nothing to cancel";
                let result = ending::refused(&self.held.entry, Some("not_created".into()), Some(words.into()));
                self.settle_unsent(Ending::Refused(Box::new(result))).await.map(Some)
            }
            State::Refused { .. } => Ok(None),
            // Claimed like any attempt, so that its age is bounded.
            _ => self.wait_for_create().await.map(Some),
        }
    }

    async fn creates(&self) -> Result<Vec<Entry>, Trouble> {
        let items = self.desk.store.list(&keys::entries_of(&self.held.entry.order_id), None, 100).await?;
        let entries = items.into_iter().filter_map(|item| read_entry(Some(item)).map(|(entry, _)| entry));
        Ok(entries.filter(|entry| ending_creates(&entry.operation)).collect())
    }

    /// A create whose order was cancelled before it came.
    async fn cancelled(&mut self) -> Result<Option<Handled>, Trouble> {
        if self.desk.store.get(&keys::tombstone(&self.held.entry.order_id)).await?.is_none() {
            return Ok(None);
        }
        let words = "the order was cancelled before it was sent";
        let result = ending::refused(&self.held.entry, Some("cancelled".into()), Some(words.into()));
        self.apply(Input::Cancelled(Box::new(result)))?;
        self.finish().await.map(Some)
    }

    /// A cancel before its create leaves a tombstone: the create, should it come, is refused.
    async fn before_its_create(&mut self) -> Result<Option<Handled>, Trouble> {
        if self.held.entry.operation != CANCEL {
            return Ok(None);
        }
        let key = keys::tombstone(&self.held.entry.order_id);
        let body = self.held.entry.key.clone().into_bytes();
        let puts = vec![Put::new(key.clone(), Expect::Anything, body)];
        self.desk.store.commit(Batch { puts, ..Batch::default() }).await?;
        // A create that was quicker does not see the tombstone; then it is not before its create after all.
        if !self.creates().await?.is_empty() {
            let puts = vec![Put::delete(key, Expect::Anything)];
            self.desk.store.commit(Batch { puts, ..Batch::default() }).await?;
            return self.wait_for_create().await.map(Some);
        }
        let result =
            OrderResult { operation: Some(self.held.entry.operation.clone()), ..OrderResult::new(ResultOutcome::Accepted) };
        self.settle_unsent(Ending::Accepted(Box::new(result))).await.map(Some)
    }

    async fn wait_for_create(&mut self) -> Result<Handled, Trouble> {
        let until = self.desk.now() + LOOK_AGAIN;
        self.settle_unsent(Ending::Waits { until, why: crate::ledger::WaitReason::Creation }).await
    }

    /// Claims and ends at once: nothing is sent.
    async fn settle_unsent(&mut self, ending: Ending) -> Result<Handled, Trouble> {
        self.apply(Input::Claim { lease: self.desk.settings.grace, terms: self.ready.terms })?;
        if matches!(self.held.entry.state, State::Parked { .. }) {
            return self.finish().await;
        }
        self.end(ending).await
    }

    /// What the create learned goes into the order, unless the shop says it itself.
    fn fill_in(&mut self, create: &Entry, result: &OrderResult) {
        let Ok(mut order) = serde_json::from_slice::<Value>(&self.held.bytes) else { return };
        let Some(shipment) = order.get_mut("shipment").and_then(Value::as_object_mut) else { return };
        let mut fill = |name: &str, value: Option<&str>| {
            if let Some(value) = value
                && shipment.get(name).is_none_or(Value::is_null)
            {
                shipment.insert(name.to_owned(), json!(value));
            }
        };
        fill("tracking_number", result.tracking_numbers.first().map(String::as_str));
        let of_first = result.parcels.first().and_then(|parcel| parcel.carrier_ref.clone());
        fill("carrier_ref", carrier_ref(create).or(of_first).as_deref());
        if let Some(Value::Array(parcels)) = shipment.get_mut("parcels") {
            for (at, parcel) in parcels.iter_mut().enumerate() {
                fill_in_parcel(parcel, at, result);
            }
        }
        if let (Ok(bytes), Ok(read)) = (serde_json::to_vec(&order), serde_json::from_value(order)) {
            self.held.bytes = bytes.into();
            self.held.order = read;
        }
    }

    /// Events of a parcel whose cancellation was asked for lead to other actions.
    async fn mark_asked(&mut self, create: &Entry, result: &OrderResult) -> Result<(), Trouble> {
        for number in &result.tracking_numbers {
            let key = keys::parcel(&create.carrier, &create.account, number);
            let Some(item) = self.desk.store.get(&key).await? else { continue };
            let Ok(mut parcel) = serde_json::from_slice::<ParcelRecord>(&item.body) else { continue };
            if !parcel.asked_cancel {
                parcel.asked_cancel = true;
                let body = serde_json::to_vec(&parcel).unwrap_or_default();
                self.pending.puts.push(Put::new(key, Expect::Version(item.version), body).due(item.due));
            }
        }
        Ok(())
    }
}

fn fill_in_parcel(parcel: &mut Value, at: usize, result: &OrderResult) {
    let Some(parcel) = parcel.as_object_mut() else { return };
    let reference = parcel.get("reference").and_then(Value::as_str);
    let named = result.parcels.iter().find(|known| reference.is_some() && known.reference.as_deref() == reference);
    let Some(known) = named.or_else(|| result.parcels.get(at)).cloned() else { return };
    for (name, value) in [("tracking_number", known.tracking_number), ("carrier_ref", known.carrier_ref)] {
        if let Some(value) = value
            && parcel.get(name).is_none_or(Value::is_null)
        {
            parcel.insert(name.to_owned(), json!(value));
        }
    }
}

/// The default operation creates; so does every other whose name says so.
const _: () = assert!(matches!(DEFAULT_OPERATION.as_bytes(), [b'c', b'r', b'e', b'a', b't', b'e', ..]));
