//! What is done: the logic of the six programs, written once over the ports.
//!
//! A handler takes one message, one delivery or one turn of the clock, and returns when all that follows is durable. It
//! acknowledges the message itself, in the same batch as what came of it; a message that it returns without acknowledging
//! comes again.

mod actor;
mod breaker;
pub mod dead;
mod dispatcher;
pub mod gate;
mod intake;
mod journal;
pub mod keys;
mod mail;
mod notifier;
mod office;
pub mod operate;
mod order;
mod poller;
mod records;
mod redriven;
mod report;
mod session;
mod sign_in;
mod translator;
mod webhook;

pub use intake::{Rejected, Taken};
pub use office::Office;
pub use poller::Polled;
pub use records::{CarrierRecord, EventRecord, ParcelRecord};
pub use translator::Taken as EventsTaken;
pub use webhook::{Address, Answered, Quarantined};

use crate::clock::{Clock, millis};
use crate::http::Wire;
use crate::key_sets::KeySets;
use crate::mappings::Mappings;
use crate::port::{Batch, CommitError, FileSource, Mailer, Message, Notifier, Secrets, Store, StoreError};
use crate::tokens::Tokens;
use crossdock_engine::schema::OrderValidator;
use gate::Gates;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A deployment's adapters.
pub trait Ports: Send + Sync + 'static {
    /// Where everything is kept.
    type Store: Store;
    /// What calls carriers and the shop.
    type Wire: Wire;
    /// The time.
    type Clock: Clock;
    /// Where mapping files come from.
    type Files: FileSource;
    /// Where secrets come from.
    type Secrets: Secrets;
    /// What sends emails.
    type Mailer: Mailer;
    /// What tells developers.
    type Notifier: Notifier;
}

/// What all handlers share.
#[derive(Debug)]
pub struct Desk<P: Ports> {
    /// Where everything is kept.
    pub store: P::Store,
    /// What calls carriers and the shop.
    pub wire: P::Wire,
    /// The time.
    pub clock: Arc<P::Clock>,
    /// The mapping files.
    pub mappings: Mappings<P::Files, P::Secrets>,
    /// What sends emails.
    pub mailer: P::Mailer,
    /// What tells developers.
    pub notifier: P::Notifier,
    /// The carriers' tokens.
    pub tokens: Tokens,
    /// The keys that carriers publish.
    pub key_sets: KeySets,
    /// How much each carrier is asked at once.
    pub gates: Gates,
    /// How patient we are.
    pub settings: Settings,
    validator: OrderValidator,
}

/// How patient a deployment is, and where it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where documents are fetched from: the public address, without a slash at its end.
    pub public_url: String,
    /// The wait before the second try; it doubles each time.
    pub first_wait: Duration,
    /// The longest wait between two tries.
    pub longest_wait: Duration,
    /// The longest wait that a carrier may ask for.
    pub longest_asked: Duration,
    /// How long a worker is trusted beyond the request's own timeout.
    pub grace: Duration,
    /// How long an event waits for its order's acceptance.
    pub uncorrelated: Duration,
    /// Failed deliveries kept per webhook.
    pub quarantine: usize,
    /// How often a message may be received before it counts as poison.
    pub receives: u32,
    /// Emails about one topic in an hour, beyond which they come as a digest.
    pub mails_per_hour: usize,
    /// The time between two digests of one topic.
    pub digest_every: Duration,
    /// For how long developers are not told again of more of the same.
    pub quiet: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(600),
            longest_asked: Duration::from_secs(3600),
            grace: Duration::from_secs(30),
            uncorrelated: Duration::from_secs(3600),
            quarantine: 1000,
            receives: 1000,
            mails_per_hour: 20,
            digest_every: Duration::from_secs(900),
            quiet: Duration::from_secs(600),
        }
    }
}

/// Why a message could not be handled now: it comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The store could not be read or written.
    Store(String),
    /// Something changed underneath: look again.
    Changed,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(why) => f.write_str(why),
            Self::Changed => f.write_str("something changed meanwhile"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<CommitError> for Trouble {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::Changed,
            other => Self::Store(other.to_string()),
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It has served and is acknowledged.
    Done,
    /// It comes again.
    Later,
}

impl<P: Ports> Desk<P> {
    /// A desk over these adapters.
    pub fn new(
        store: P::Store,
        wire: P::Wire,
        clock: Arc<P::Clock>,
        mappings: Mappings<P::Files, P::Secrets>,
        mailer: P::Mailer,
        notifier: P::Notifier,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            wire,
            clock,
            mappings,
            mailer,
            notifier,
            tokens: Tokens::default(),
            key_sets: KeySets::default(),
            gates: Gates::default(),
            settings,
            validator: OrderValidator::new(),
        }
    }

    /// Gives every carrier of the release in force its gate, with the limits of its file: the first messages of a carrier are
    /// no more than its later ones.
    pub fn set_up_gates(&self) {
        for id in self.mappings.release().carriers.keys() {
            if let Ok(loaded) = self.mappings.carrier(id) {
                self.gates.of(id, Some(loaded.carrier.limits()));
            }
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        millis(self.clock.now())
    }

    /// Writes a batch whose messages have names of their own: as a whole where the store can; else the messages go first, so
    /// that a crash in between leads to a second one, never to none.
    pub(crate) async fn commit_sending(&self, mut batch: Batch) -> Result<(), CommitError> {
        if !self.store.is_atomic() && !batch.sends.is_empty() {
            let sends = std::mem::take(&mut batch.sends);
            self.store.commit(Batch { sends, ..Batch::default() }).await?;
        }
        self.store.commit(batch).await
    }

    /// Puts a message back until a time (milliseconds since 1970).
    async fn later(&self, message: &Message, until: i64) -> Result<Handled, Trouble> {
        let wait = u64::try_from(until.saturating_sub(self.now())).unwrap_or(0);
        self.store.defer(message, Duration::from_millis(wait.max(50))).await?;
        Ok(Handled::Later)
    }

    /// The wait after so many tries: exponential with jitter; what the carrier asks for is honoured, within bounds.
    pub(crate) fn backoff(&self, tries: u32, asked: Option<Duration>) -> Duration {
        let settings = &self.settings;
        let doubled = settings.first_wait.saturating_mul(1 << tries.min(20)).min(settings.longest_wait);
        let wait = doubled.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        match asked {
            Some(asked) => (asked.min(settings.longest_asked) + settings.first_wait.mul_f64(rand::random())).max(wait),
            None => wait,
        }
    }
}
