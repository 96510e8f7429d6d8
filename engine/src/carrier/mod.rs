//! A compiled carrier and its verbs: make requests, interpret replies, verify deliveries, translate them into events.

mod account;
mod asked;
mod describe;
mod event;
mod exchange;
mod fault;
pub(crate) mod handshake;
mod in_hand;
mod operation;
mod papers;
pub mod plan;
pub mod reader;
mod request;
mod response;
mod result;
mod shop;
mod sign_in;
mod trace;
mod track;
mod walk;
mod webhook;

pub use crate::verify::{KeySet, Refusal};
pub use account::Account;
pub(crate) use account::WrongSetting;
pub use asked::{Asked, AskedBy};
pub use describe::{Cost, RuleText};
pub(crate) use event::Word;
pub use event::{Correlation, Found, Unmapped};
pub use exchange::{
    AccountSettings, Answer, Call, CallId, CarrierMessage, Completion, Delivery, Done, Next, Outcome, Progress, Repeatable,
    Reply, Request, Token, Waiting,
};
pub use fault::{Fault, FaultKind};
pub use plan::{Carrier, Shop};
pub use response::Trail;
pub(crate) use trace::{Origin, OriginKind, Trace};
pub use track::{TrackNext, Tracked};
pub(crate) use walk::Traces;
pub use webhook::{Greeting, Translation, Verified};

impl Carrier {
    /// The carrier's id: its folder's name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The carrier's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its operations.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.iter().map(|operation| operation.name.as_str())
    }

    /// The names of its webhooks.
    pub fn webhooks(&self) -> impl Iterator<Item = &str> {
        self.webhooks.iter().map(|webhook| webhook.name.as_str())
    }

    /// Whether every account must have this secret.
    #[must_use]
    pub fn needs_secret(&self, name: &str) -> bool {
        self.secrets.iter().zip(&self.optional_secrets).any(|(known, optional)| known == name && !optional)
    }

    /// The names of the secrets that an account has.
    #[must_use]
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The names of its environments, the default first.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.environments.iter().map(|(name, _)| name.as_str())
    }

    /// What the carrier bears.
    #[must_use]
    pub fn limits(&self) -> plan::Limits {
        self.limits
    }

    /// When silence is a fault.
    #[must_use]
    pub fn silence(&self) -> plan::Silence {
        self.silence
    }

    /// How an operation's order is looked up when nobody knows what became of a write.
    #[must_use]
    pub fn reconcile(&self, operation: &str) -> Option<&plan::Reconcile> {
        self.operations.iter().find(|known| known.name == operation)?.reconcile.as_ref()
    }

    /// What the file's events name their parcels by beside the tracking number: the carrier's own id, our reference.
    #[must_use]
    pub fn correlates(&self) -> (bool, bool) {
        let plans = || self.webhooks.iter().flat_map(|webhook| webhook.events.lists.iter().map(|list| &list.read));
        (plans().any(|plan| plan.carrier_ref.is_some()), plans().any(|plan| plan.reference.is_some()))
    }

    /// The text of a step in the file, for finding out whether it has changed; none when there is no such step.
    #[must_use]
    pub fn step_text(&self, operation: &str, step: Option<&str>) -> Option<&str> {
        let operation = self.operations.iter().find(|known| known.name == operation)?;
        let step = operation.steps.iter().find(|known| known.name.as_deref() == step)?;
        Some(self.sources.slice(step.span))
    }

    /// Whether the file reads a header of this name from deliveries, or needs it to read their bodies.
    #[must_use]
    pub fn reads_header(&self, name: &str) -> bool {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        same("content-type") || same("content-encoding") || self.headers_read.iter().any(|known| same(known))
    }

    /// What of the file could not be verified.
    pub fn unverified(&self) -> impl Iterator<Item = &str> {
        self.unverified.iter().map(|(text, _)| text.as_str())
    }

    /// How many operations of its expressions are left to minijinja's VM.
    #[must_use]
    pub fn vm_operations(&self) -> usize {
        self.vm_operations
    }

    /// The file that it was compiled from, for the places in messages.
    #[must_use]
    pub fn sources(&self) -> &crate::source::Sources {
        &self.sources
    }
}
