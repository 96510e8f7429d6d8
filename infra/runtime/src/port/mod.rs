//! What the handlers need of the outside, as traits: every deployment brings its own.
//!
//! Time is [`crate::clock::Clock`] and HTTP is [`crate::http::Wire`]; the rest is here.

mod files;
mod mail;
mod message;
mod secrets;
mod store;

pub use files::{FileSource, Manifest};
pub use mail::{Mail, Mailer, Notice, Notifier};
pub use message::{Message, Outgoing, Queue, Receipt};
pub use secrets::Secrets;
pub use store::{Batch, Blob, Check, CommitError, Depth, Exchange, ExchangeKind, Expect, Item, Put, Store, StoreError};
