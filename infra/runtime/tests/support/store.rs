//! A store of memory that keeps every promise of the port, and can be told to break down.

use crossdock_runtime::clock::{Clock, ManualClock};
use crossdock_runtime::port::{
    Batch, Blob, CommitError, Depth, Exchange, Expect, Item, Message, Outgoing, Queue, Receipt, Store, StoreError,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A message that was received is invisible for so long.
const VISIBILITY: i64 = 300_000;

/// Clones share what is kept.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    clock: Arc<ManualClock>,
    atomic: bool,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    items: BTreeMap<String, Item>,
    queues: BTreeMap<Queue, Vec<Queued>>,
    blobs: BTreeMap<String, Blob>,
    exchanges: BTreeMap<String, Exchange>,
    next: u64,
    commits: usize,
    /// The writes that fail from now on: how many are let through first, and what they fail with.
    breakdown: Option<(usize, CommitError)>,
}

#[derive(Debug, Clone)]
struct Queued {
    id: u64,
    group: String,
    body: Vec<u8>,
    sent_at: i64,
    visible_at: i64,
    receives: u32,
    in_flight: bool,
}

impl MemoryStore {
    /// An empty store. One that is not atomic claims no more than the port asks of every store.
    pub fn new(clock: Arc<ManualClock>, atomic: bool) -> Self {
        Self { clock, atomic, inner: Arc::default() }
    }

    /// Lets so many writes through; all others fail, until it is mended.
    pub fn breaks_after(&self, writes: usize, with: CommitError) {
        self.inner().breakdown = Some((writes, with));
    }

    /// Writes go through again.
    pub fn mended(&self) {
        self.inner().breakdown = None;
    }

    /// How many writes there were.
    pub fn commits(&self) -> usize {
        self.inner().commits
    }

    /// All items whose key begins so.
    pub fn items(&self, prefix: &str) -> Vec<Item> {
        self.inner().items.values().filter(|item| item.key.starts_with(prefix)).cloned().collect()
    }

    /// Everything in the journal, oldest first.
    pub fn journal(&self) -> Vec<Exchange> {
        self.inner().exchanges.values().cloned().collect()
    }

    /// Documents.
    pub fn blobs(&self) -> Vec<Blob> {
        self.inner().blobs.values().cloned().collect()
    }

    /// Bodies of all messages of a queue, received or not, in the order in which they were sent.
    pub fn queued(&self, queue: Queue) -> Vec<Vec<u8>> {
        self.inner()
            .queues
            .get(&queue)
            .into_iter()
            .flatten()
            .map(|queued| crossdock_runtime::trace::unwrapped(&queued.body).1.to_vec())
            .collect()
    }

    /// Somebody else deletes an item.
    pub fn remove(&self, key: &str) {
        self.inner().items.remove(key);
    }

    /// Puts a message on a queue, as a producer does.
    pub fn produce(&self, queue: Queue, group: &str, body: Vec<u8>) {
        let now = self.now();
        let outgoing = Outgoing { queue, group: group.into(), body, delay: Duration::ZERO, sent_at: None };
        self.inner().send(outgoing, now);
    }

    /// Everything that was received and not acknowledged can be received again: its receiver has died.
    pub fn lose_receivers(&self) {
        let now = self.now();
        for queued in self.inner().queues.values_mut().flatten() {
            if queued.in_flight {
                queued.visible_at = now;
            }
        }
    }

    /// Loses all messages of a queue.
    pub fn lose_messages(&self, queue: Queue) {
        self.inner().queues.remove(&queue);
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.now().as_millis()).expect("a time")
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while the store is locked")
    }
}

impl Inner {
    fn fits(&self, key: &str, expect: Expect) -> bool {
        let version = self.items.get(key).map(|item| item.version);
        match expect {
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version == Some(expected),
            Expect::Anything => true,
        }
    }

    fn check(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if let Some((left, error)) = &mut self.breakdown {
            if *left == 0 {
                return Err(error.clone());
            }
            *left -= 1;
        }
        let conditions = batch
            .checks
            .iter()
            .map(|check| (&check.key, check.expect))
            .chain(batch.puts.iter().map(|put| (&put.key, put.expect)));
        let broken: Vec<String> =
            conditions.filter(|(key, expect)| !self.fits(key, *expect)).map(|(key, _)| key.clone()).collect();
        if broken.is_empty() { Ok(()) } else { Err(CommitError::Conflict(broken)) }
    }

    fn write(&mut self, batch: Batch, now: i64) {
        self.commits += 1;
        for put in batch.puts {
            let version = self.items.get(&put.key).map_or(0, |item| item.version) + 1;
            match put.body {
                Some(body) => drop(self.items.insert(put.key.clone(), Item { key: put.key, version, body, due: put.due })),
                None => drop(self.items.remove(&put.key)),
            }
        }
        self.blobs.extend(batch.blobs.into_iter().map(|blob| (blob.id.clone(), blob)));
        self.exchanges.extend(batch.exchanges.into_iter().map(|exchange| (exchange.id.clone(), exchange)));
        for outgoing in batch.sends {
            self.send(outgoing, now);
        }
        for ack in batch.acks {
            let queue = self.queues.entry(ack.queue).or_default();
            queue.retain(|queued| handle(queued) != ack.handle);
        }
    }

    fn send(&mut self, outgoing: Outgoing, now: i64) {
        self.next += 1;
        let queued = Queued {
            id: self.next,
            group: outgoing.group,
            body: outgoing.body,
            sent_at: outgoing.sent_at.unwrap_or(now),
            visible_at: now + i64::try_from(outgoing.delay.as_millis()).expect("a delay"),
            receives: 0,
            in_flight: false,
        };
        self.queues.entry(outgoing.queue).or_default().push(queued);
    }
}

/// Only the last receiver's handle serves.
fn handle(queued: &Queued) -> String {
    format!("{}/{}", queued.id, queued.receives)
}

impl Store for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Item>, StoreError> {
        Ok(self.inner().items.get(key).cloned())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        let inner = self.inner();
        let behind = |item: &&Item| item.key.starts_with(prefix) && after.is_none_or(|after| item.key.as_str() > after);
        Ok(inner.items.values().filter(behind).take(limit).cloned().collect())
    }

    async fn due(&self, prefix: &str, now: i64, limit: usize) -> Result<Vec<Item>, StoreError> {
        let inner = self.inner();
        let mut due: Vec<Item> = inner
            .items
            .values()
            .filter(|item| item.key.starts_with(prefix) && item.due.is_some_and(|due| due <= now))
            .cloned()
            .collect();
        due.sort_by_key(|item| item.due);
        due.truncate(limit);
        Ok(due)
    }

    fn is_atomic(&self) -> bool {
        self.atomic
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        tokio::task::yield_now().await;
        let now = self.now();
        let mut inner = self.inner();
        inner.check(&batch)?;
        inner.write(batch, now);
        Ok(())
    }

    async fn receive(&self, queue: Queue, max: usize, room: &BTreeMap<String, usize>) -> Result<Vec<Message>, StoreError> {
        let (now, mut room) = (self.now(), room.clone());
        let mut inner = self.inner();
        let mut messages = Vec::new();
        for queued in inner.queues.entry(queue).or_default().iter_mut().filter(|queued| queued.visible_at <= now) {
            let left = room.get_mut(&queued.group);
            if messages.len() == max || left.as_ref().is_some_and(|left| **left == 0) {
                continue;
            }
            if let Some(left) = left {
                *left -= 1;
            }
            queued.receives += 1;
            queued.visible_at = now + VISIBILITY;
            queued.in_flight = true;
            messages.push(Message {
                receipt: Receipt { queue, handle: handle(queued) },
                group: queued.group.clone(),
                body: queued.body.clone(),
                receives: queued.receives,
                sent_at: queued.sent_at,
            });
        }
        Ok(messages)
    }

    async fn defer(&self, message: &Message, delay: Duration) -> Result<(), StoreError> {
        let until = self.now() + i64::try_from(delay.as_millis()).expect("a delay");
        let mut inner = self.inner();
        let queue = inner.queues.entry(message.receipt.queue).or_default();
        if let Some(queued) = queue.iter_mut().find(|queued| handle(queued) == message.receipt.handle) {
            queued.visible_at = until;
            queued.in_flight = false;
        }
        Ok(())
    }

    async fn depth(&self, queue: Queue) -> Result<BTreeMap<String, Depth>, StoreError> {
        let now = self.now();
        let mut depths: BTreeMap<String, Depth> = BTreeMap::new();
        for queued in self.inner().queues.get(&queue).into_iter().flatten() {
            let depth = depths.entry(queued.group.clone()).or_default();
            match queued {
                queued if queued.visible_at <= now => {
                    depth.ready += 1;
                    depth.oldest = depth.oldest.max(now - queued.sent_at);
                }
                queued if queued.in_flight => depth.in_flight += 1,
                _ => depth.delayed += 1,
            }
        }
        Ok(depths)
    }

    async fn blob(&self, id: &str) -> Result<Option<Blob>, StoreError> {
        Ok(self.inner().blobs.get(id).cloned())
    }

    async fn exchange(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        Ok(self.inner().exchanges.get(id).cloned())
    }

    async fn exchanges(&self, order_id: &str) -> Result<Vec<Exchange>, StoreError> {
        Ok(self.inner().exchanges.values().filter(|exchange| exchange.order_id == order_id).cloned().collect())
    }

    async fn forget(&self, order_id: &str) -> Result<(usize, usize), StoreError> {
        let mut inner = self.inner();
        let before = (inner.exchanges.len(), inner.blobs.len());
        inner.exchanges.retain(|_, exchange| exchange.order_id != order_id);
        inner.blobs.retain(|_, blob| blob.order_id != order_id);
        Ok((before.0 - inner.exchanges.len(), before.1 - inner.blobs.len()))
    }
}
