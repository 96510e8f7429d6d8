//! A desk with everything around it.

use super::files::NamedSecrets;
use super::{MemoryFiles, MemoryStore, RecordedMailer, RecordedNotifier, ScriptedWire, json_reply, shapes, status};
use crossdock_engine::carrier::Delivery;
use crossdock_engine::model::Action;
use crossdock_runtime::clock::ManualClock;
use crossdock_runtime::handler::dead::DeadLetter;
use crossdock_runtime::handler::{Address, Answered, Desk, Handled, ParcelRecord, Ports, Settings, Trouble, keys};
use crossdock_runtime::ledger::Entry;
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use crossdock_runtime::port::{Message, Queue, Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The ports of memory.
#[derive(Debug)]
pub struct Memory;

impl Ports for Memory {
    type Store = MemoryStore;
    type Wire = ScriptedWire;
    type Clock = ManualClock;
    type Files = MemoryFiles;
    type Secrets = NamedSecrets;
    type Mailer = RecordedMailer;
    type Notifier = RecordedNotifier;
}

/// A desk, and all that it works with in the tests' hands.
#[derive(Debug)]
pub struct World {
    pub desk: Arc<Desk<Memory>>,
    pub store: MemoryStore,
    pub wire: ScriptedWire,
    pub clock: Arc<ManualClock>,
    pub files: MemoryFiles,
    pub secrets: NamedSecrets,
    pub mailer: RecordedMailer,
    pub notifier: RecordedNotifier,
}

/// The 14th of November 2023, 22:13:20 UTC.
pub const START: u64 = 1_700_000_000;

impl World {
    /// A world with one carrier, a shop and its rules, where all goes well.
    pub async fn new() -> Self {
        Self::with(true, Settings::default()).await
    }

    /// The same over another store, and with other patience.
    pub async fn with(atomic: bool, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let files = MemoryFiles::default();
        files.write("swiftpost/carrier.yaml", include_str!("files/swiftpost.yaml"));
        files.write("shop.yaml", include_str!("files/shop.yaml"));
        files.write("actions.yaml", include_str!("files/actions.yaml"));
        let store = MemoryStore::new(Arc::clone(&clock), atomic);
        let (wire, mailer, notifier) = (ScriptedWire::default(), RecordedMailer::default(), RecordedNotifier::default());
        wire.on("POST", "/oauth/token", [json_reply(200, json!({"access_token": "tok-1", "expires_in": 864_000}))]);
        wire.on("POST", "shop.example", [status(204)]);
        let secrets = NamedSecrets::default();
        let mappings = Mappings::new(files.clone(), secrets.clone(), AccountDefaults::default());
        let desk =
            Desk::new(store.clone(), wire.clone(), Arc::clone(&clock), mappings, mailer.clone(), notifier.clone(), settings);
        let world = Self { desk: Arc::new(desk), store, wire, clock, files, secrets, mailer, notifier };
        world.reload().await;
        world
    }

    /// A second process over the same store and network: its own tokens and gates.
    pub async fn another(&self) -> Arc<Desk<Memory>> {
        let mappings = Mappings::new(self.files.clone(), self.secrets.clone(), AccountDefaults::default());
        mappings.refresh().await.expect("files");
        Arc::new(Desk::new(
            self.store.clone(),
            self.wire.clone(),
            Arc::clone(&self.clock),
            mappings,
            self.mailer.clone(),
            self.notifier.clone(),
            self.desk.settings.clone(),
        ))
    }

    /// Loads the mapping files anew: all of them are good.
    pub async fn reload(&self) {
        self.desk.mappings.refresh().await.expect("the files are at hand");
        assert_eq!(self.desk.mappings.release().problems, []);
    }

    /// Changes a file, and loads it.
    pub async fn edit(&self, file: &str, from: &str, to: &str) {
        self.write(file, from, to);
        self.reload().await;
    }

    /// Changes a file so that it does not load any more.
    pub async fn breaks(&self, file: &str, from: &str, to: &str) {
        self.write(file, from, to);
        self.desk.mappings.refresh().await.expect("the files are at hand");
        assert_ne!(self.desk.mappings.release().problems, []);
    }

    /// Changes a file that nobody loads yet.
    pub fn write(&self, file: &str, from: &str, to: &str) {
        let text = self.files.text(file);
        assert!(text.contains(from), "{file} has no `{from}`");
        self.files.write(file, text.replace(from, to));
    }

    /// Puts an order on the queue, as the shop does.
    pub fn enqueue(&self, order: &Value) {
        self.store.produce(Queue::Orders, "swiftpost", order.to_string().into_bytes());
    }

    /// Puts an action on the queue.
    pub fn enqueue_action(&self, action: &Value) {
        let group = if action.get("email_logistics").is_some() { "mail" } else { "shop" };
        self.store.produce(Queue::Actions, group, action.to_string().into_bytes());
    }

    /// What can be received of a queue now.
    pub async fn receive(&self, queue: Queue) -> Vec<Message> {
        self.store.receive(queue, 100, &BTreeMap::new()).await.expect("the store is at hand")
    }

    /// The one message that can be received of a queue now.
    pub async fn message(&self, queue: Queue) -> Message {
        let mut messages = self.receive(queue).await;
        assert_eq!(messages.len(), 1, "one message in {}", queue.name());
        messages.remove(0)
    }

    /// Hands a message to its handler.
    pub async fn handle(&self, message: &Message) -> Result<Handled, Trouble> {
        match message.receipt.queue {
            Queue::Orders => self.desk.dispatch(message).await,
            Queue::Updates => self.desk.translate(message).await,
            Queue::Actions => self.desk.act(message).await,
        }
    }

    /// Handles what can be received of a queue now, once each: what became of each.
    pub async fn work(&self, queue: Queue) -> Vec<Handled> {
        let mut handled = Vec::new();
        for message in self.receive(queue).await {
            handled.push(self.handle(&message).await.expect("the store is at hand"));
        }
        handled
    }

    /// Works on all queues until nothing can be received without waiting.
    pub async fn settle(&self) {
        for _ in 0..100 {
            let mut still = true;
            for queue in Queue::ALL {
                still &= self.work(queue).await.is_empty();
            }
            if still {
                return;
            }
        }
        panic!("the queues do not come to rest");
    }

    /// Lets time pass in steps, working after each.
    pub async fn pass(&self, time: Duration) {
        let steps = 20;
        for _ in 0..steps {
            self.clock.advance(time / steps);
            self.settle().await;
        }
    }

    /// An order that is taken by the carrier, all told.
    pub async fn accepted(&self, id: &str) {
        self.wire.on("POST", "/shipments", [shapes::taken(id)]);
        self.enqueue(&shapes::order(id));
        self.settle().await;
        assert_eq!(self.state(id).await, "accepted");
    }

    /// The ledger's entry of an order's only operation.
    pub async fn entry(&self, id: &str) -> Entry {
        let entries = self.entries(id);
        assert_eq!(entries.len(), 1, "one operation of {id}");
        entries.into_iter().next().expect("one")
    }

    /// The ledger's entries of an order.
    pub fn entries(&self, id: &str) -> Vec<Entry> {
        let items = self.store.items(&keys::entries_of(id));
        items.iter().map(|item| serde_json::from_slice(&item.body).expect("an entry")).collect()
    }

    /// Where an order's only operation stands.
    pub async fn state(&self, id: &str) -> &'static str {
        self.entry(id).await.state.name()
    }

    /// All dead letters.
    pub fn letters(&self) -> Vec<DeadLetter> {
        self.store.items(keys::DEAD).iter().map(|item| serde_json::from_slice(&item.body).expect("a letter")).collect()
    }

    /// The only dead letter.
    pub fn letter(&self) -> DeadLetter {
        let letters = self.letters();
        assert_eq!(letters.len(), 1, "one dead letter: {letters:?}");
        letters.into_iter().next().expect("one")
    }

    /// The record of an order's only parcel.
    pub fn parcel(&self, id: &str) -> ParcelRecord {
        let key = keys::parcel("swiftpost", "default", &shapes::number(id));
        let item = self.store.items(&key).into_iter().next().expect("a parcel");
        serde_json::from_slice(&item.body).expect("a record")
    }

    /// The actions that wait in their queue.
    pub fn actions(&self) -> Vec<Action> {
        let bodies = self.store.queued(Queue::Actions);
        bodies.iter().map(|body| serde_json::from_slice(body).expect("an action")).collect()
    }

    /// Gives a delivery to the carrier's webhook.
    pub async fn deliver(&self, delivery: Delivery) -> Answered {
        let at = Address { carrier: "swiftpost", account: "default", webhook: "tracking" };
        self.desk.receive(at, delivery).await
    }

    /// What the shop was told of an order under this path, as JSON, in order.
    pub fn told(&self, path: &str) -> Vec<Value> {
        let bodies = self.wire.requests("POST", path).into_iter().map(|request| request.body);
        bodies.map(|body| serde_json::from_slice(&body).expect("JSON")).collect()
    }
}
