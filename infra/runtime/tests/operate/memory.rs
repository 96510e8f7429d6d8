//! A store in memory: the port's rules and nothing else.

use crossdock_runtime::port::{
    Batch, Blob, CommitError, Depth, Exchange, Expect, Item, Message, Outgoing, Queue, Receipt, Store, StoreError,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    items: BTreeMap<String, Item>,
    blobs: BTreeMap<String, Blob>,
    exchanges: BTreeMap<String, Exchange>,
    messages: BTreeMap<u64, Waiting>,
    last: u64,
    commits: usize,
    interference: Option<Batch>,
}

#[derive(Debug)]
struct Waiting {
    message: Outgoing,
    receives: u32,
    out: bool,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no panic")
    }

    /// How many batches were written.
    pub(crate) fn commits(&self) -> usize {
        self.kept().commits
    }

    /// Somebody else writes this just before the next batch.
    pub(crate) fn interfere(&self, batch: Batch) {
        self.kept().interference = Some(batch);
    }

    /// Everything that is kept, as text.
    pub(crate) fn text(&self) -> String {
        let kept = self.kept();
        let items = kept.items.values().map(|item| format!("{} {}", item.key, String::from_utf8_lossy(&item.body)));
        let exchanges = kept.exchanges.values().map(|exchange| format!("{} {}", exchange.request, exchange.reply));
        let blobs = kept.blobs.values().map(|blob| String::from_utf8_lossy(&blob.bytes).into_owned());
        items.chain(exchanges).chain(blobs).collect::<Vec<_>>().join("\n")
    }
}

impl Kept {
    fn holds(&self, key: &str, expect: Expect) -> bool {
        let version = self.items.get(key).map(|item| item.version);
        match expect {
            Expect::Absent => version.is_none(),
            Expect::Version(wanted) => version == Some(wanted),
            Expect::Anything => true,
        }
    }

    fn write(&mut self, batch: Batch) -> Result<(), CommitError> {
        let checks = batch.checks.iter().map(|check| (&check.key, check.expect));
        let puts = batch.puts.iter().map(|put| (&put.key, put.expect));
        let wrong: Vec<String> =
            checks.chain(puts).filter(|(key, expect)| !self.holds(key, *expect)).map(|(key, _)| key.clone()).collect();
        if !wrong.is_empty() {
            return Err(CommitError::Conflict(wrong));
        }
        for put in batch.puts {
            let version = self.items.get(&put.key).map_or(1, |item| item.version + 1);
            match put.body {
                Some(body) => _ = self.items.insert(put.key.clone(), Item { key: put.key, version, body, due: put.due }),
                None => _ = self.items.remove(&put.key),
            }
        }
        self.blobs.extend(batch.blobs.into_iter().map(|blob| (blob.id.clone(), blob)));
        self.exchanges.extend(batch.exchanges.into_iter().map(|exchange| (exchange.id.clone(), exchange)));
        for message in batch.sends {
            self.last += 1;
            self.messages.insert(self.last, Waiting { message, receives: 0, out: false });
        }
        for receipt in batch.acks {
            self.messages.remove(&receipt.handle.parse().expect("a handle"));
        }
        self.commits += 1;
        Ok(())
    }
}

impl Store for Memory {
    async fn get(&self, key: &str) -> Result<Option<Item>, StoreError> {
        Ok(self.kept().items.get(key).cloned())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        let kept = self.kept();
        let items =
            kept.items.values().filter(|item| item.key.starts_with(prefix) && after.is_none_or(|after| *item.key > *after));
        Ok(items.take(limit).cloned().collect())
    }

    async fn due(&self, prefix: &str, now: i64, limit: usize) -> Result<Vec<Item>, StoreError> {
        let kept = self.kept();
        let overdue = |item: &&Item| item.key.starts_with(prefix) && item.due.is_some_and(|due| due <= now);
        let mut items: Vec<Item> = kept.items.values().filter(overdue).cloned().collect();
        items.sort_by_key(|item| item.due);
        items.truncate(limit);
        Ok(items)
    }

    fn is_atomic(&self) -> bool {
        true
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let mut kept = self.kept();
        if let Some(other) = kept.interference.take() {
            kept.write(other)?;
        }
        kept.write(batch)
    }

    async fn receive(&self, queue: Queue, max: usize, _room: &BTreeMap<String, usize>) -> Result<Vec<Message>, StoreError> {
        let mut kept = self.kept();
        let ready = kept.messages.iter_mut().filter(|(_, waiting)| waiting.message.queue == queue && !waiting.out);
        let out = ready.take(max).map(|(id, waiting)| {
            waiting.out = true;
            waiting.receives += 1;
            Message {
                receipt: Receipt { queue, handle: id.to_string() },
                group: waiting.message.group.clone(),
                body: waiting.message.body.clone(),
                receives: waiting.receives,
                sent_at: waiting.message.sent_at.unwrap_or(super::START),
            }
        });
        Ok(out.collect())
    }

    async fn defer(&self, message: &Message, _delay: Duration) -> Result<(), StoreError> {
        let id: u64 = message.receipt.handle.parse().expect("a handle");
        if let Some(waiting) = self.kept().messages.get_mut(&id) {
            waiting.out = false;
        }
        Ok(())
    }

    async fn depth(&self, queue: Queue) -> Result<BTreeMap<String, Depth>, StoreError> {
        let mut depths: BTreeMap<String, Depth> = BTreeMap::new();
        for waiting in self.kept().messages.values().filter(|waiting| waiting.message.queue == queue) {
            let depth = depths.entry(waiting.message.group.clone()).or_default();
            *(if waiting.out { &mut depth.in_flight } else { &mut depth.ready }) += 1;
        }
        Ok(depths)
    }

    async fn blob(&self, id: &str) -> Result<Option<Blob>, StoreError> {
        Ok(self.kept().blobs.get(id).cloned())
    }

    async fn exchange(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        Ok(self.kept().exchanges.get(id).cloned())
    }

    async fn exchanges(&self, order_id: &str) -> Result<Vec<Exchange>, StoreError> {
        let mut found: Vec<Exchange> =
            self.kept().exchanges.values().filter(|exchange| exchange.order_id == order_id).cloned().collect();
        found.sort_by_key(|exchange| exchange.at);
        Ok(found)
    }

    async fn forget(&self, order_id: &str) -> Result<(usize, usize), StoreError> {
        let mut kept = self.kept();
        let before = (kept.exchanges.len(), kept.blobs.len());
        kept.exchanges.retain(|_, exchange| exchange.order_id != order_id);
        kept.blobs.retain(|_, blob| blob.order_id != order_id);
        Ok((before.0 - kept.exchanges.len(), before.1 - kept.blobs.len()))
    }
}
