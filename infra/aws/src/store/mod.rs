//! The durable store on AWS: items in a table, messages in three queues, journal and documents in a bucket.
//!
//! A batch is written in the order that the port asks for: journal and documents, then the items, all or none; then the
//! messages; then what was received is acknowledged. What goes wrong in between leads to a second delivery.

mod documents;
mod journal;
mod member;
pub mod message;
mod place;
mod queues;
mod retention;
mod row;
mod table;
mod write;

pub use queues::Arrived;

use crate::reach::Reach;
use crate::settings::Names;
use crossdock_runtime::clock::{Clock, SystemClock};
use crossdock_runtime::port::{
    Batch, Blob, CommitError, Depth, Exchange, Item, Message, Outgoing, Put, Queue, Receipt, Store, StoreError,
};
use documents::Documents;
use futures_util::future::{try_join, try_join_all};
use journal::{Inbox, Journal, Trace};
use queues::{Outbox, Queues};
use row::{Packed, Row};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use table::Table;
use write::Write;

/// Waits up to this long are spent where a message is: a longer one is spent as a copy that is sent later.
const BY_VISIBILITY: Duration = Duration::from_secs(60);

/// So often a message waits where it is: each time counts as a receive, and too many look like crashes.
const RECEIVES: u32 = 5;

/// How a store is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// What is acknowledged is only noted: the event source mapping deletes it.
    pub notes: bool,
    /// Entries of the journal that belong to a message travel with it, and are written in batches by whoever receives it.
    pub rides: bool,
    /// Earlier tellings of an exchange are removed from the journal at once.
    pub scrubs: bool,
    /// How long what is to be written waits for more of it.
    pub linger: Duration,
}

impl Mode {
    /// For functions that work on batches of messages.
    #[must_use]
    pub fn worker(linger: Duration) -> Self {
        Self { notes: true, rides: false, scrubs: false, linger }
    }

    /// For the function that takes deliveries, one at a time.
    #[must_use]
    pub fn webhook() -> Self {
        Self { notes: true, rides: true, scrubs: false, linger: Duration::ZERO }
    }

    /// For people, who may read and remove what is kept.
    #[must_use]
    pub fn operator() -> Self {
        Self { notes: false, rides: false, scrubs: true, linger: Duration::from_millis(5) }
    }
}

/// The store of a deployment. Clones share it.
#[derive(Debug, Clone)]
pub struct AwsStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    mode: Mode,
    kept: Duration,
    table: Table,
    queues: Queues,
    outbox: Outbox,
    documents: Documents,
    journal: Journal,
    inbox: Inbox,
    noted: Mutex<HashSet<String>>,
}

impl AwsStore {
    /// The store of these names.
    #[must_use]
    pub fn new(reach: &Reach, names: &Names, mode: Mode) -> Self {
        let table = Table::new(reach.dynamodb(), &names.table);
        let s3 = reach.s3();
        let inner = Inner {
            mode,
            kept: names.retention,
            queues: Queues::new(reach.sqs(), names.queues.clone()),
            outbox: Outbox::new(mode.linger),
            documents: Documents::new(s3.clone(), &names.bucket),
            journal: Journal::new(s3, table.clone(), &names.bucket, names.retention),
            inbox: Inbox::new(mode.linger, mode.scrubs),
            noted: Mutex::default(),
            table,
        };
        Self { inner: Arc::new(inner) }
    }

    /// A message of an event, as handlers take it. What travelled with it is in the journal by then.
    ///
    /// # Errors
    /// It cannot be read, or the journal cannot be written: it comes again.
    pub async fn arrived(&self, queue: Queue, arrived: Arrived<'_>) -> Result<Message, String> {
        let received = arrived.read(queue, &self.inner.documents).await?;
        self.inner.inbox.keep(&self.inner.journal, received.exchanges, now()).await?;
        Ok(received.message)
    }

    /// Whether a message has been acknowledged, or sent again as a copy, since this was last asked.
    #[must_use]
    pub fn has_served(&self, receipt: &Receipt) -> bool {
        self.noted().remove(&receipt.handle)
    }

    /// An address under which anybody can fetch a document for a while; none where there is no such document.
    ///
    /// # Errors
    /// The store fails.
    pub async fn document_address(&self, id: &str, time: Duration) -> Result<Option<String>, String> {
        let documents = &self.inner.documents;
        match documents.get(id).await? {
            Some(blob) if !blob.order_id.is_empty() => documents.address(id, time).await.map(Some),
            _ => Ok(None),
        }
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.inner.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is durable before the items are.
    async fn before(&self, batch: &mut Batch) -> Result<(), String> {
        let exchanges = std::mem::take(&mut batch.exchanges);
        let keep = async {
            if exchanges.is_empty() { Ok(()) } else { self.inner.inbox.keep(&self.inner.journal, exchanges, now()).await }
        };
        try_join(keep, try_join_all(batch.blobs.iter().map(|blob| self.keep_blob(blob)))).await.map(drop)
    }

    async fn keep_blob(&self, blob: &Blob) -> Result<(), String> {
        // The note goes first: a document that nobody knows of would outlive its person's data.
        if !blob.order_id.is_empty() {
            self.inner.journal.note_document(&blob.id, &blob.order_id, now()).await?;
        }
        self.inner.documents.put(blob).await
    }

    async fn writes(&self, puts: Vec<Put>) -> Result<Vec<Write>, String> {
        let write = |put: Put| async {
            let mut body = put.body.as_deref().map(Packed::of);
            if let Some(large) = body.as_mut().filter(|body| body.is_large()) {
                large.object = Some(self.inner.documents.put_aside(std::mem::take(&mut large.bytes)).await?);
            }
            let expires = retention::expires(&put, self.inner.kept, now());
            // The row has its own copy.
            Ok::<_, String>(Write { put: Put { body: None, ..put }, body, expires })
        };
        try_join_all(puts.into_iter().map(write)).await
    }

    /// Objects that hold the bodies of what is about to be deleted.
    async fn aside_of(&self, puts: &[Put]) -> Result<Vec<String>, String> {
        let deleted: Vec<String> =
            puts.iter().filter(|put| put.body.is_none() && may_be_large(&put.key)).map(|put| put.key.clone()).collect();
        if !self.inner.mode.scrubs || deleted.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.inner.table.get_all(&deleted, now()).await?;
        Ok(rows.into_iter().filter_map(|row| row.body.object).collect())
    }

    async fn send(&self, outgoing: &Outgoing, with: Vec<Exchange>) -> Result<(), String> {
        let letter = Queues::letter(&self.inner.documents, outgoing, with).await?;
        self.inner.outbox.send(&self.inner.queues, outgoing.queue, letter).await
    }

    async fn acknowledge(&self, receipts: &[Receipt]) -> Result<(), String> {
        if self.inner.mode.notes {
            self.noted().extend(receipts.iter().map(|receipt| receipt.handle.clone()));
            return Ok(());
        }
        self.inner.queues.delete(receipts).await
    }

    /// A batch of a delivery: its entry of the journal travels with its message.
    async fn ride(&self, batch: Batch) -> Result<(), CommitError> {
        let mut sends = batch.sends.into_iter();
        let Some(first) = sends.next() else { return Ok(()) };
        let letter = message::Letter::of(&first, batch.exchanges.clone());
        // Too large together: each goes its own way.
        let with = if letter.is_large() {
            let keep = self.inner.inbox.keep(&self.inner.journal, batch.exchanges, now());
            keep.await.map_err(CommitError::Failed)?;
            Vec::new()
        } else {
            batch.exchanges
        };
        self.send(&first, with).await.map_err(CommitError::Failed)?;
        for send in sends {
            self.send(&send, Vec::new()).await.map_err(CommitError::Failed)?;
        }
        Ok(())
    }

    async fn item(&self, mut row: Row) -> Result<Item, StoreError> {
        if let Some(object) = row.body.object.take() {
            row.body.bytes = self.inner.documents.taken_aside(&object).await.map_err(StoreError)?;
        }
        row.item().map_err(StoreError)
    }

    async fn items(&self, rows: Vec<Row>) -> Result<Vec<Item>, StoreError> {
        try_join_all(rows.into_iter().map(|row| self.item(row))).await
    }
}

impl Store for AwsStore {
    async fn get(&self, key: &str) -> Result<Option<Item>, StoreError> {
        match self.inner.table.get(key, now()).await.map_err(StoreError)? {
            Some(row) => self.item(row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        self.items(self.inner.table.list(prefix, after, limit, now()).await.map_err(StoreError)?).await
    }

    async fn due(&self, prefix: &str, until: i64, limit: usize) -> Result<Vec<Item>, StoreError> {
        self.items(self.inner.table.due(prefix, until, limit, now()).await.map_err(StoreError)?).await
    }

    async fn commit(&self, mut batch: Batch) -> Result<(), CommitError> {
        let alone = batch.puts.is_empty() && batch.checks.is_empty() && batch.blobs.is_empty() && batch.acks.is_empty();
        if self.inner.mode.rides && alone && !batch.sends.is_empty() && !batch.exchanges.is_empty() {
            return self.ride(batch).await;
        }
        self.before(&mut batch).await.map_err(CommitError::Failed)?;
        let aside = self.aside_of(&batch.puts).await.map_err(CommitError::Failed)?;
        let writes = self.writes(batch.puts).await.map_err(CommitError::Failed)?;
        self.inner.table.write(&batch.checks, &writes, now()).await?;
        try_join_all(batch.sends.iter().map(|send| self.send(send, Vec::new()))).await.map_err(CommitError::Failed)?;
        if !batch.acks.is_empty() {
            self.acknowledge(&batch.acks).await.map_err(CommitError::Failed)?;
        }
        for object in aside {
            self.inner.documents.remove_aside(&object).await.map_err(CommitError::Failed)?;
        }
        Ok(())
    }

    /// `room` is not SQS's to honour: what has no room is deferred by its handler.
    async fn receive(&self, queue: Queue, max: usize, _room: &BTreeMap<String, usize>) -> Result<Vec<Message>, StoreError> {
        let received = self.inner.queues.receive(&self.inner.documents, queue, max).await.map_err(StoreError)?;
        let mut messages = Vec::with_capacity(received.len());
        for received in received {
            self.inner.inbox.keep(&self.inner.journal, received.exchanges, now()).await.map_err(StoreError)?;
            messages.push(received.message);
        }
        Ok(messages)
    }

    async fn defer(&self, message: &Message, delay: Duration) -> Result<(), StoreError> {
        if delay <= BY_VISIBILITY && message.receives <= RECEIVES {
            return self.inner.queues.show_again(&message.receipt, delay).await.map_err(StoreError);
        }
        let copy = Outgoing {
            queue: message.receipt.queue,
            group: message.group.clone(),
            body: message.body.clone(),
            delay,
            sent_at: Some(message.sent_at),
        };
        self.send(&copy, Vec::new()).await.map_err(StoreError)?;
        self.acknowledge(std::slice::from_ref(&message.receipt)).await.map_err(StoreError)
    }

    async fn depth(&self, queue: Queue) -> Result<BTreeMap<String, Depth>, StoreError> {
        let depth = self.inner.queues.depth(queue).await.map_err(StoreError)?;
        Ok(BTreeMap::from([(String::new(), depth)]))
    }

    async fn blob(&self, id: &str) -> Result<Option<Blob>, StoreError> {
        self.inner.documents.get(id).await.map_err(StoreError)
    }

    async fn exchange(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        self.inner.journal.exchange(id).await.map_err(StoreError)
    }

    async fn exchanges(&self, order_id: &str) -> Result<Vec<Exchange>, StoreError> {
        let traces = self.inner.journal.of_order(order_id).await.map_err(StoreError)?;
        let read = traces.into_iter().filter_map(|trace| match trace {
            Trace::Exchange { id } => Some(async move { self.exchange(&id).await }),
            Trace::Document { .. } => None,
        });
        Ok(try_join_all(read).await?.into_iter().flatten().collect())
    }

    async fn forget(&self, order_id: &str) -> Result<(usize, usize), StoreError> {
        let (mut exchanges, mut documents) = (0, 0);
        for trace in self.inner.journal.of_order(order_id).await.map_err(StoreError)? {
            match trace {
                Trace::Exchange { id } => {
                    self.inner.journal.remove_exchange(&id).await.map_err(StoreError)?;
                    exchanges += 1;
                }
                Trace::Document { id } => {
                    self.inner.documents.remove(&id).await.map_err(StoreError)?;
                    self.inner.journal.remove_document(&id).await.map_err(StoreError)?;
                    documents += 1;
                }
            }
        }
        Ok((exchanges, documents))
    }
}

/// Only what holds whole messages can be too large for a row.
fn may_be_large(key: &str) -> bool {
    ["order/", "dead/", "quarantine/", "entry/"].iter().any(|kind| key.starts_with(kind))
}

fn now() -> i64 {
    i64::try_from(SystemClock.now().as_millis()).unwrap_or(i64::MAX)
}
