//! What the tests share: a store in a directory of its own, with a clock that is set by hand.

use crossdock_runtime::local::store::{Now, Options, Role, SqliteStore};
use crossdock_runtime::port::{
    Batch, CommitError, Exchange, ExchangeKind, Expect, Message, Outgoing, Put, Queue, Receipt, Store,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// Where the clock stands at first: milliseconds since 1970.
pub(crate) const START: i64 = 1_800_000_000_000;

/// A directory with a clock.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    clock: Arc<AtomicI64>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory"), clock: Arc::new(AtomicI64::new(START)) }
    }

    pub(crate) fn options(&self) -> Options {
        let clock = Arc::clone(&self.clock);
        let now = Now::new(move || clock.load(Ordering::SeqCst));
        Options { now, wait: Duration::from_millis(60), ..Options::default() }
    }

    pub(crate) fn serve(&self) -> SqliteStore {
        self.open(Role::Serve)
    }

    pub(crate) fn open(&self, role: Role) -> SqliteStore {
        SqliteStore::open_with(self.dir.path(), role, &self.options()).expect("a store")
    }

    pub(crate) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).expect("a short time");
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }
}

pub(crate) fn puts(puts: Vec<Put>) -> Batch {
    Batch { puts, ..Batch::default() }
}

pub(crate) fn put(key: &str, expect: Expect, body: &str) -> Put {
    Put::new(key, expect, body.as_bytes().to_vec())
}

pub(crate) fn message(queue: Queue, group: &str, body: &str) -> Outgoing {
    Outgoing { queue, group: group.into(), body: body.into(), delay: Duration::ZERO, sent_at: None }
}

pub(crate) fn sends(sends: Vec<Outgoing>) -> Batch {
    Batch { sends, ..Batch::default() }
}

pub(crate) fn acks(acks: Vec<Receipt>) -> Batch {
    Batch { acks, ..Batch::default() }
}

/// Puts these on the orders queue, one by one.
pub(crate) async fn send_all(store: &SqliteStore, messages: &[(&str, &str)]) {
    for (group, body) in messages {
        store.commit(sends(vec![message(Queue::Orders, group, body)])).await.expect("sent");
    }
}

pub(crate) async fn receive(store: &SqliteStore, max: usize) -> Vec<Message> {
    receive_with(store, max, &[]).await
}

pub(crate) async fn receive_with(store: &SqliteStore, max: usize, room: &[(&str, usize)]) -> Vec<Message> {
    let room: BTreeMap<String, usize> = room.iter().map(|(group, room)| ((*group).to_owned(), *room)).collect();
    store.receive(Queue::Orders, max, &room).await.expect("received")
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8_lossy(&message.body).into_owned()).collect()
}

pub(crate) fn exchange(id: &str, order_id: &str, at: i64, request: &str, reply: &str) -> Exchange {
    Exchange {
        id: id.into(),
        order_id: order_id.into(),
        at,
        took: 12,
        kind: ExchangeKind::Call,
        party: "swiftpost".into(),
        request: request.into(),
        reply: reply.into(),
        meaning: "accepted".into(),
        release: "d1".into(),
        trace: "t1".into(),
    }
}

pub(crate) fn conflict(keys: &[&str]) -> Result<(), CommitError> {
    Err(CommitError::Conflict(keys.iter().map(|key| (*key).to_owned()).collect()))
}
