//! The durable store in one file: SQLite with a write-ahead log.
//!
//! One thread writes. Whatever batches are waiting when it comes round become one transaction, forced to the disk once, so
//! that durability costs a group, not a batch. Queues are rows; who has received what is only in memory, since after a crash
//! nobody has. One process serves a store; others, such as the command line, may read it and commit to it meanwhile.

mod apply;
mod checkpoint;
mod forget;
mod layout;
mod line;
mod mailbox;
mod messages;
mod options;
mod packing;
mod reader;
mod receive;
mod retention;
mod shared;
mod stats;
mod writer;

pub use options::{Durability, Now, OpenError, Options, Role};
pub use retention::{Pruned, Retention};
pub use stats::Stats;

use crate::clock::millis;
use crate::port::{Batch, Blob, CommitError, Depth, Exchange, Item, Message, Queue, Store, StoreError};
use apply::claim_of;
use checkpoint::Checkpoints;
use layout::Use;
use mailbox::Mailbox;
use reader::Readers;
use rusqlite::Connection;
use shared::Shared;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;
use writer::Writer;

/// A store in a directory. Clones share it; it is closed with the last one, after everything that waits is written.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    role: Role,
    wait: Duration,
    shared: Arc<Shared>,
    readers: Arc<Readers>,
    round: retention::Round,
    mailbox: Option<Mailbox>,
    writer: Option<JoinHandle<()>>,
    /// Held as long as this process serves.
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the store in a directory, durable against the loss of power.
    ///
    /// # Errors
    /// When it cannot be used: see [`OpenError`].
    pub fn open(dir: &Path, role: Role) -> Result<Self, OpenError> {
        Self::open_with(dir, role, &Options::default())
    }

    /// Opens the store in a directory.
    ///
    /// # Errors
    /// When it cannot be used: see [`OpenError`].
    pub fn open_with(dir: &Path, role: Role, options: &Options) -> Result<Self, OpenError> {
        let (path, lock) = layout::prepare(dir, role)?;
        let failed = |error: &dyn std::fmt::Display| OpenError::failed(&path, error);
        let shared = Arc::new(Shared::new(options));
        let readers = Arc::new(Readers::open(&path, options.readers)?);
        let mut connection = layout::connect(&path, Use::Write(options.durability))?;
        let checkpoints = Checkpoints::start(&path, options.durability, &mut connection)?;
        let writer =
            Writer::new(connection, Arc::clone(&shared), checkpoints, role == Role::Serve).map_err(|error| failed(&error))?;
        let (jobs, todo) = channel();
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(&todo));
        let inner = Inner {
            role,
            wait: options.wait,
            mailbox: Some(Mailbox::new(jobs, Arc::clone(&shared))),
            shared,
            readers,
            round: retention::Round::default(),
            writer: Some(thread.map_err(|error| failed(&error))?),
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What the store has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.shared.tally.snapshot(self.inner.shared.admission.waiting())
    }

    /// Removes some of what was last written before this time (milliseconds since 1970), as far as the rules let it go: a
    /// step of bounded work, which goes on where the last one stopped.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn prune(&self, before: i64, rules: &impl Retention) -> Result<Pruned, StoreError> {
        retention::prune((&self.inner.round, &self.inner.readers, self.mailbox()?), before, rules).await
    }

    fn mailbox(&self) -> Result<&Mailbox, StoreError> {
        self.inner.mailbox.as_ref().ok_or_else(|| StoreError("it is closed".into()))
    }

    /// Reads a row or two, at once: it takes microseconds.
    fn glance<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.inner.readers.read(read).map_err(|error| StoreError(error.to_string()))
    }

    /// Reads what may take longer, on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.inner.readers);
        let found = tokio::task::spawn_blocking(move || readers.read(read)).await;
        found.map_err(|error| StoreError(error.to_string()))?.map_err(|error| StoreError(error.to_string()))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.mailbox = None;
        if let Some(writer) = self.writer.take() {
            _ = writer.join();
        }
    }
}

impl Store for SqliteStore {
    async fn get(&self, key: &str) -> Result<Option<Item>, StoreError> {
        self.glance(|connection| reader::get(connection, key))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read(move |connection| reader::list(connection, &prefix, after.as_deref(), limit)).await
    }

    async fn due(&self, prefix: &str, now: i64, limit: usize) -> Result<Vec<Item>, StoreError> {
        let prefix = prefix.to_owned();
        self.read(move |connection| reader::due(connection, &prefix, now, limit)).await
    }

    fn is_atomic(&self) -> bool {
        true
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.mailbox().map_err(|error| CommitError::Failed(error.0))?.commit(batch).await
    }

    async fn receive(&self, queue: Queue, max: usize, room: &BTreeMap<String, usize>) -> Result<Vec<Message>, StoreError> {
        if self.inner.role == Role::Tool {
            return Err(StoreError("only the process that serves it hands out messages".into()));
        }
        let around = (&*self.inner.shared, &*self.inner.readers, self.mailbox()?);
        receive::receive(around, queue, max, room, self.inner.wait).await
    }

    async fn defer(&self, message: &Message, delay: Duration) -> Result<(), StoreError> {
        let Some(claim) = claim_of(&message.receipt) else { return Err(StoreError("the receipt is not of this store".into())) };
        let now = self.inner.shared.now.millis();
        let due = now.saturating_add(millis(delay));
        self.inner.shared.line(claim.queue).defer(claim.id, claim.claim, due, now);
        self.inner.shared.bell(claim.queue).notify_waiters();
        Ok(())
    }

    async fn depth(&self, queue: Queue) -> Result<BTreeMap<String, Depth>, StoreError> {
        let now = self.inner.shared.now.millis();
        match self.inner.role {
            Role::Serve => Ok(self.inner.shared.line(queue).depth(now)),
            Role::Tool => self.read(move |connection| messages::depth(connection, apply::queue_number(queue), now)).await,
        }
    }

    async fn blob(&self, id: &str) -> Result<Option<Blob>, StoreError> {
        self.glance(|connection| reader::blob(connection, id))
    }

    async fn exchange(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        self.glance(|connection| reader::exchange(connection, id))
    }

    async fn exchanges(&self, order_id: &str) -> Result<Vec<Exchange>, StoreError> {
        let order_id = order_id.to_owned();
        self.read(move |connection| reader::exchanges(connection, &order_id)).await
    }

    async fn forget(&self, order_id: &str) -> Result<(usize, usize), StoreError> {
        let order_id = order_id.to_owned();
        self.mailbox()?.alone(move |connection| forget::forget(connection, &order_id)).await.map_err(StoreError)
    }
}
