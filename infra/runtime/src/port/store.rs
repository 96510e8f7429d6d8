//! The durable store: versioned items, queues, journal, documents; written together in batches.
//!
//! Items are keyed by path-like texts (`entry/<order>/<operation>/<id>`), so that all of a kind, or all of an order, stand side
//! by side. What the items hold is the business of [`crate::ledger`] and [`crate::handler`]; a store only keeps bytes.

use super::message::{Message, Outgoing, Queue, Receipt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A kept item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its key.
    pub key: String,
    /// Grows with every write, from 1.
    pub version: u64,
    /// What is kept.
    pub body: Vec<u8>,
    /// When someone should look at it, if nothing happens before: milliseconds since 1970.
    pub due: Option<i64>,
}

/// What a write relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The item does not exist.
    Absent,
    /// It has this version.
    Version(u64),
    /// Whatever is there is replaced.
    Anything,
}

/// An item to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its key.
    pub key: String,
    /// What the write relies on.
    pub expect: Expect,
    /// What to keep; none deletes the item.
    pub body: Option<Vec<u8>>,
    /// When someone should look at it: milliseconds since 1970.
    pub due: Option<i64>,
}

/// A condition on an item that is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its key.
    pub key: String,
    /// The condition.
    pub expect: Expect,
}

/// A document or another large body, kept once and handed on by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its name, hard to guess.
    pub id: String,
    /// Media type.
    pub media: String,
    /// Whose it is: the shop's order, or empty for what is no person's data.
    pub order_id: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What the journal keeps of one exchange: in full, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its name.
    pub id: String,
    /// The shop's order; empty where none is known.
    pub order_id: String,
    /// When it began: milliseconds since 1970.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub took: u32,
    /// Between whom.
    pub kind: ExchangeKind,
    /// The carrier's id, or `shop`.
    pub party: String,
    /// What was sent, readable: method, URL, headers, body.
    pub request: String,
    /// What came back, as `Reply` in JSON; empty for deliveries.
    pub reply: String,
    /// What it was read as, in a word or two.
    pub meaning: String,
    /// The release that it was made or read with.
    pub release: String,
    /// The trace that it belongs to; empty where nobody knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trace: String,
}

/// What an exchange was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeKind {
    /// A call of an operation.
    Call,
    /// A question whether the carrier has an order.
    Reconcile,
    /// A question where parcels are.
    Track,
    /// A delivery to a webhook.
    Delivery,
    /// A message to the shop.
    Shop,
    /// An email.
    Email,
}

/// Writes that belong together.
///
/// Checks and puts come first, all or none; then what is sent becomes visible; then what was received is acknowledged. A
/// store that can do all of it at once does; one that cannot keeps this order, and a crash in between leads to a second
/// delivery, never to a loss. Exchanges and blobs are durable no later than the puts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Conditions.
    pub checks: Vec<Check>,
    /// Items.
    pub puts: Vec<Put>,
    /// Documents.
    pub blobs: Vec<Blob>,
    /// Entries of the journal. One of a known name takes its place.
    pub exchanges: Vec<Exchange>,
    /// Messages.
    pub sends: Vec<Outgoing>,
    /// Messages that have served.
    pub acks: Vec<Receipt>,
}

/// Why a batch was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitError {
    /// These items are not as expected: nothing was written.
    Conflict(Vec<String>),
    /// The store has too much to do: nothing was written, later.
    Busy,
    /// The store failed. Whether something was written is not known.
    Failed(String),
}

/// Why the store cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(pub String);

/// How much waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Depth {
    /// To be received now.
    pub ready: usize,
    /// Received and not acknowledged.
    pub in_flight: usize,
    /// Its time has not come.
    pub delayed: usize,
    /// The age of the oldest that could be received, in milliseconds.
    pub oldest: i64,
}

/// A durable store.
pub trait Store: Send + Sync + 'static {
    /// Reads an item, as it is now.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Item>, StoreError>> + Send;

    /// Items whose key begins so, in the order of their keys, after this one.
    fn list(&self, prefix: &str, after: Option<&str>, limit: usize)
    -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// Items whose key begins so and that someone should have looked at by now, the most overdue first.
    fn due(&self, prefix: &str, now: i64, limit: usize) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// Whether a batch is written as a whole: what is sent is visible exactly when the items are written.
    fn is_atomic(&self) -> bool {
        false
    }

    /// Writes a batch; returns when it is durable.
    fn commit(&self, batch: Batch) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Receives up to `max` messages; `room` says how many more of each group are wanted, none listed means any number.
    /// Waits a while for the first.
    fn receive(
        &self,
        queue: Queue,
        max: usize,
        room: &BTreeMap<String, usize>,
    ) -> impl Future<Output = Result<Vec<Message>, StoreError>> + Send;

    /// Puts a message back: it can be received again after this time.
    fn defer(&self, message: &Message, delay: Duration) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How much waits, by group.
    fn depth(&self, queue: Queue) -> impl Future<Output = Result<BTreeMap<String, Depth>, StoreError>> + Send;

    /// A document.
    fn blob(&self, id: &str) -> impl Future<Output = Result<Option<Blob>, StoreError>> + Send;

    /// An exchange of the journal.
    fn exchange(&self, id: &str) -> impl Future<Output = Result<Option<Exchange>, StoreError>> + Send;

    /// All exchanges of an order, oldest first.
    fn exchanges(&self, order_id: &str) -> impl Future<Output = Result<Vec<Exchange>, StoreError>> + Send;

    /// Removes an order's exchanges and documents for good; how many of each.
    fn forget(&self, order_id: &str) -> impl Future<Output = Result<(usize, usize), StoreError>> + Send;
}

impl Put {
    /// Writes an item.
    #[must_use]
    pub fn new(key: impl Into<String>, expect: Expect, body: Vec<u8>) -> Self {
        Self { key: key.into(), expect, body: Some(body), due: None }
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(key: impl Into<String>, expect: Expect) -> Self {
        Self { key: key.into(), expect, body: None, due: None }
    }

    /// The same, to be looked at by then.
    #[must_use]
    pub fn due(mut self, due: Option<i64>) -> Self {
        self.due = due;
        self
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(keys) => write!(f, "changed meanwhile: {}", keys.join(", ")),
            Self::Busy => f.write_str("the store has too much to do"),
            Self::Failed(why) => write!(f, "the store failed: {why}"),
        }
    }
}

impl std::error::Error for CommitError {}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store cannot be read: {}", self.0)
    }
}

impl std::error::Error for StoreError {}
