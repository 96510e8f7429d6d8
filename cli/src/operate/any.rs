//! The store of one machine or of a stack, behind one face: whatever operates a deployment works on both.

use crate::serve::Config;
use crossdock_aws::{AwsSecrets, AwsStore, ReleaseFiles};
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::handler::Ports;
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::local::{DirectorySource, LocalMailer, LocalNotifier, LocalSecrets, SqliteStore};
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use crossdock_runtime::port::{
    Batch, Blob, CommitError, Depth, Exchange, FileSource, Item, Manifest, Message, Queue, Secrets, Store, StoreError,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// The adapters of whoever operates: nothing of it calls a carrier or the shop, and no mail is sent.
#[derive(Debug)]
pub(crate) struct Any;

impl Ports for Any {
    type Store = AnyStore;
    type Wire = HttpClient;
    type Clock = SystemClock;
    type Files = AnyFiles;
    type Secrets = AnySecrets;
    type Mailer = LocalMailer;
    type Notifier = LocalNotifier;
}

/// A store.
#[derive(Debug)]
pub(crate) enum AnyStore {
    /// Of one machine.
    Local(SqliteStore),
    /// Of a stack.
    Aws(AwsStore),
}

/// Where mapping files are.
#[derive(Debug)]
pub(crate) enum AnyFiles {
    Local(DirectorySource),
    Aws(ReleaseFiles),
}

/// Where secrets are.
#[derive(Debug)]
pub(crate) enum AnySecrets {
    Local(LocalSecrets),
    Aws(AwsSecrets),
}

/// The mapping files of this machine; nothing is loaded yet.
pub(super) fn local_mappings(config: &Config) -> Mappings<AnyFiles, AnySecrets> {
    let defaults = AccountDefaults { environment: config.environment.clone(), stand_ins: config.stand_ins.clone() };
    let files = AnyFiles::Local(DirectorySource::new(&config.mappings));
    Mappings::new(files, AnySecrets::Local(LocalSecrets::new(config.secrets.clone())), defaults)
}

macro_rules! either {
    ($self:ident, $it:ident => $call:expr) => {
        match $self {
            Self::Local($it) => $call.await,
            Self::Aws($it) => $call.await,
        }
    };
}

impl FileSource for AnyFiles {
    async fn manifest(&self) -> Result<Manifest, String> {
        either!(self, files => files.manifest())
    }

    async fn read(&self, name: &str, digest: &str) -> Result<Vec<u8>, String> {
        either!(self, files => files.read(name, digest))
    }
}

impl Secrets for AnySecrets {
    async fn of(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        either!(self, secrets => secrets.of(carrier, account, names))
    }

    async fn before(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        either!(self, secrets => secrets.before(carrier, account, names))
    }

    async fn doubt(&self, carrier: &str, account: &str) {
        either!(self, secrets => secrets.doubt(carrier, account));
    }
}

impl Store for AnyStore {
    async fn get(&self, key: &str) -> Result<Option<Item>, StoreError> {
        either!(self, store => store.get(key))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Item>, StoreError> {
        either!(self, store => store.list(prefix, after, limit))
    }

    async fn due(&self, prefix: &str, now: i64, limit: usize) -> Result<Vec<Item>, StoreError> {
        either!(self, store => store.due(prefix, now, limit))
    }

    fn is_atomic(&self) -> bool {
        match self {
            Self::Local(store) => store.is_atomic(),
            Self::Aws(store) => store.is_atomic(),
        }
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        either!(self, store => store.commit(batch))
    }

    async fn receive(&self, queue: Queue, max: usize, room: &BTreeMap<String, usize>) -> Result<Vec<Message>, StoreError> {
        either!(self, store => store.receive(queue, max, room))
    }

    async fn defer(&self, message: &Message, delay: Duration) -> Result<(), StoreError> {
        either!(self, store => store.defer(message, delay))
    }

    async fn depth(&self, queue: Queue) -> Result<BTreeMap<String, Depth>, StoreError> {
        either!(self, store => store.depth(queue))
    }

    async fn blob(&self, id: &str) -> Result<Option<Blob>, StoreError> {
        either!(self, store => store.blob(id))
    }

    async fn exchange(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        either!(self, store => store.exchange(id))
    }

    async fn exchanges(&self, order_id: &str) -> Result<Vec<Exchange>, StoreError> {
        either!(self, store => store.exchanges(order_id))
    }

    async fn forget(&self, order_id: &str) -> Result<(usize, usize), StoreError> {
        either!(self, store => store.forget(order_id))
    }
}
