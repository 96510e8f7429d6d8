//! From a message to the order and its entry; what can never be worked on is parked here.

use super::super::dead::DeadLetter;
use super::super::gate::Gate;
use super::super::order::{Arrived, NotTaken, Reference};
use super::super::redriven::Opened;
use super::super::{Desk, Handled, Ports, Trouble, keys};
use crate::ledger::{CallState, Ending, Entry, Input, ParkReason, Terms, transition};
use crate::mappings::{Loaded, Missing};
use crate::port::{Batch, Expect, Item, Message, Outgoing, Put, Queue, Store};
use crate::trace;
use crossdock_engine::carrier::Account;
use crossdock_engine::model::{Order, RawBody};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// An order with its entry.
pub(super) struct Held {
    pub(super) order: Order,
    /// Canonical JSON.
    pub(super) bytes: Arc<[u8]>,
    pub(super) entry: Entry,
    /// What the entry's next write relies on.
    pub(super) expect: Expect,
    /// The order is not kept yet: it goes with the entry's first write.
    pub(super) unkept: bool,
}

/// A carrier, ready to be called.
pub(super) struct Ready {
    pub(super) loaded: Arc<Loaded>,
    pub(super) account: Arc<Account>,
    pub(super) gate: Arc<Gate>,
    pub(super) terms: Terms,
}

pub(super) enum Arrival {
    Order(Box<Held>),
    /// There is nothing to work on: this is all there is to write.
    Settled(Batch),
}

impl<P: Ports> Desk<P> {
    pub(super) async fn arrive(&self, message: &Opened) -> Result<Arrival, Trouble> {
        match serde_json::from_slice::<Reference>(&message.body) {
            Ok(reference) => self.arrive_known(&reference.order_key, message).await,
            Err(_) => self.arrive_raw(message).await,
        }
    }

    async fn arrive_known(&self, key: &str, message: &Opened) -> Result<Arrival, Trouble> {
        let (entry_key, order_key) = (keys::entry(key), keys::order(key));
        let (entry, order) = tokio::join!(self.store.get(&entry_key), self.store.get(&order_key));
        match (read_entry(entry?), order?) {
            (Some((entry, version)), Some(order)) => match serde_json::from_slice::<Order>(&order.body) {
                Ok(read) => Ok(Arrival::Order(Box::new(Held {
                    order: read,
                    bytes: order.body.into(),
                    entry,
                    expect: Expect::Version(version),
                    unkept: false,
                }))),
                Err(_) => Ok(self.park_raw(message, "invalid", "the kept order cannot be read".into(), None)),
            },
            // Forgotten meanwhile: a person has had the order's data removed.
            _ => Ok(Arrival::Settled(Batch { acks: vec![message.receipt.clone()], ..Batch::default() })),
        }
    }

    async fn arrive_raw(&self, message: &Opened) -> Result<Arrival, Trouble> {
        let Arrived { order, digest, canonical } = match self.read_order(&message.body).await? {
            Ok(arrived) => arrived,
            Err(NotTaken::Unwanted) => {
                return Ok(Arrival::Settled(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }));
            }
            Err(refused) => {
                let (reason, cause) = refused.told();
                return Ok(self.park_raw(message, reason, cause, None));
            }
        };
        let key = order.key();
        if let Some((entry, version)) = read_entry(self.store.get(&keys::entry(&key)).await?) {
            if entry.digest != digest {
                let cause = "the same order came before with another content".into();
                return Ok(self.park_raw(message, ParkReason::Conflict.name(), cause, Some(&order)));
            }
            let held = Held { order, bytes: canonical.into(), entry, expect: Expect::Version(version), unkept: false };
            return Ok(Arrival::Order(Box::new(held)));
        }
        let entry = Entry::new(key, &order, digest, message.sent_at.min(self.now())).traced(message.trace.clone());
        Ok(Arrival::Order(Box::new(Held { order, bytes: canonical.into(), entry, expect: Expect::Absent, unkept: true })))
    }

    /// A message that is no order of ours: it waits for a person, whole.
    fn park_raw(&self, message: &Opened, reason: &str, cause: String, order: Option<&Order>) -> Arrival {
        let letter = DeadLetter {
            id: hex::encode(&Sha256::digest(&message.body)[..16]),
            queue: Queue::Orders,
            carrier: order.map_or_else(|| message.group.clone(), |order| order.carrier.clone()),
            reason: reason.to_owned(),
            cause,
            order_id: order.map(|order| order.order_id.clone()),
            order_key: None,
            at: self.now(),
            body: Some(RawBody::new(&message.body)),
            exchange: None,
            redrives: message.redrives,
            trace: Some(message.trace.clone()),
        };
        tracing::warn!(reason, carrier = letter.carrier, letter = letter.id, "an order's message was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "orders", "reason" => reason.to_owned()).increment(1);
        Arrival::Settled(Batch { puts: vec![letter.put()], acks: vec![message.receipt.clone()], ..Batch::default() })
    }

    /// The carrier and account of an order: as of the release that it was first sent with, else the present one.
    pub(super) async fn carrier_of(&self, held: &Held) -> Result<Result<Ready, String>, Trouble> {
        let entry = &held.entry;
        let under_way = entry.calls.iter().any(|call| !matches!(call.state, CallState::Unread { .. } | CallState::Open));
        let pinned = match (&entry.release, under_way) {
            (Some(release), true) => match self.mappings.pinned(&entry.carrier, release, &self.store).await {
                Ok(pinned) => pinned,
                Err(missing) => return worded(missing),
            },
            _ => None,
        };
        let loaded = match pinned.map_or_else(|| self.mappings.carrier(&entry.carrier), Ok) {
            Ok(loaded) => loaded,
            Err(missing) => return worded(missing),
        };
        let account = match self.mappings.account(&loaded, &entry.account, &*self.clock).await {
            Ok(account) => account,
            Err(missing) => return worded(missing),
        };
        let limits = loaded.carrier.limits();
        let terms =
            Terms { give_up_after: limits.give_up_after, reconcile: loaded.carrier.reconcile(&entry.operation).is_some() };
        let gate = self.gates.of(&entry.carrier, Some(limits));
        Ok(Ok(Ready { loaded, account, gate, terms }))
    }

    /// An order whose carrier or account does not exist.
    pub(super) async fn park_unworkable(&self, held: Held, message: &Message, cause: String) -> Result<Handled, Trouble> {
        let terms = Terms { give_up_after: Duration::MAX, reconcile: false };
        let claim = Input::Claim { lease: self.settings.grace, terms };
        let claimed = transition(&held.entry, claim, self.now()).map_err(|_| Trouble::Changed)?;
        let ending = Ending::Parked { reason: ParkReason::Misconfigured, cause };
        let input = Input::End { fence: claimed.fence, ending, terms };
        let mut parked = transition(&claimed, input, self.now()).unwrap_or(claimed);
        let mut batch = self.office().follow(&mut parked, &held.order, (true, true));
        batch.puts.push(put(&parked, held.expect));
        if held.unkept {
            batch.puts.push(Put::new(keys::order(&parked.key), Expect::Anything, held.bytes.to_vec()));
        }
        batch.acks.push(message.receipt.clone());
        self.store.commit(batch).await?;
        self.note_emitted(&parked, written(held.expect)).await;
        Ok(Handled::Done)
    }
}

fn worded<T>(missing: Missing) -> Result<Result<T, String>, Trouble> {
    match missing {
        Missing::Misconfigured(why) => Ok(Err(why)),
        Missing::Unavailable(why) => Err(Trouble::Store(why)),
    }
}

/// What the next write of an item relies on, after one that relied on this.
pub(crate) fn written(expect: Expect) -> Expect {
    match expect {
        Expect::Version(version) => Expect::Version(version + 1),
        Expect::Absent | Expect::Anything => Expect::Version(1),
    }
}

/// The write of an entry.
pub(crate) fn put(entry: &Entry, expect: Expect) -> Put {
    Put::new(keys::entry(&entry.key), expect, serde_json::to_vec(entry).unwrap_or_default()).due(entry.due())
}

pub(crate) fn read_entry(item: Option<Item>) -> Option<(Entry, u64)> {
    let item = item?;
    serde_json::from_slice(&item.body).ok().map(|entry| (entry, item.version))
}

/// The message that has an order looked at again.
pub(crate) fn nudge(entry: &Entry, delay: Duration) -> Outgoing {
    Outgoing {
        queue: Queue::Orders,
        group: entry.carrier.clone(),
        body: trace::wrapped(entry.trace(), &serde_json::to_vec(&Reference { order_key: entry.key.clone() }).unwrap_or_default()),
        delay,
        sent_at: None,
    }
}
