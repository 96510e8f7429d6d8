//! What people do: look, mend, decide. The same over every store, beside the workers or without them.
//!
//! An [`Operator`] needs the store alone. What needs the mapping files too is done by an [`Office`](super::Office). Nothing
//! here calls a carrier or the shop: what is to be tried again goes back onto its queue, for the workers.

mod forget;
mod letters;
mod pause;
mod quarantine;
mod redrive;
mod resolve;
mod status;
mod trace;

pub use forget::Forgotten;
pub(crate) use forget::REMOVED;
pub use letters::{Advice, Filter, LetterShown};
pub use quarantine::QuarantineShown;
pub use redrive::{Left, Redriven};
pub use resolve::{Decision, Resolved};
pub use status::{CarrierStatus, DeadGroup, QuarantineStatus, QueueStatus, Status};
pub use trace::{CallLine, Exchanged, Happening, Line, Operation, Parcel, Story};

use super::dispatcher::read_entry;
use super::keys;
use crate::ledger::Entry;
use crate::port::{CommitError, Item, Store, StoreError};
use std::fmt;

/// Items read at once.
const PAGE: usize = 500;

/// What a person operates with: the store alone.
#[derive(Debug)]
pub struct Operator<'o, S: Store> {
    /// Where everything is kept.
    pub store: &'o S,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// There is no such thing.
    Unknown {
        /// What was asked for: "order `SO-1`".
        what: String,
        /// Names that there are and that come near.
        near: Vec<String>,
    },
    /// It cannot be done now.
    NotNow {
        /// Why.
        why: String,
        /// What to do instead.
        help: Option<String>,
    },
    /// The store failed.
    Store(String),
}

impl Failed {
    fn not_now(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self::NotNow { why: why.into(), help: Some(help.into()) }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { what, .. } => write!(f, "there is no {what}"),
            Self::NotNow { why, .. } | Self::Store(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failed {}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<CommitError> for Failed {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict(_) => Self::not_now("something changed meanwhile", "try again"),
            other => Self::Store(other.to_string()),
        }
    }
}

impl<S: Store> Clone for Operator<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Store> Copy for Operator<'_, S> {}

impl<S: Store> Operator<'_, S> {
    /// All items whose key begins so, a page at a time.
    async fn all(&self, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            let after = items.last().map(|item| item.key.clone());
            let page = self.store.list(prefix, after.as_deref(), PAGE).await?;
            let last = page.len() < PAGE;
            items.extend(page);
            if last {
                return Ok(items);
            }
        }
    }

    /// The entries of an order, oldest first, each with its version.
    async fn entries(&self, order_id: &str) -> Result<Vec<(Entry, u64)>, Failed> {
        let items = self.all(&keys::entries_of(order_id)).await?;
        let mut entries: Vec<_> = items.into_iter().filter_map(|item| read_entry(Some(item))).collect();
        if entries.is_empty() {
            return Err(Failed::Unknown { what: format!("order `{order_id}`"), near: self.near(order_id).await? });
        }
        entries.sort_by_key(|(entry, _)| entry.notes.first().map_or(entry.first_seen, |note| note.at));
        Ok(entries)
    }

    /// Orders whose names begin like this one.
    async fn near(&self, order_id: &str) -> Result<Vec<String>, StoreError> {
        let mut length = order_id.len();
        while length > 0 && length * 2 >= order_id.len() {
            if let Some(start) = order_id.get(..length) {
                let items = self.store.list(&keys::entries_like(start), None, 20).await?;
                let mut names: Vec<String> =
                    items.into_iter().filter_map(|item| read_entry(Some(item))).map(|(entry, _)| entry.order_id).collect();
                names.dedup();
                names.truncate(3);
                if !names.is_empty() {
                    return Ok(names);
                }
            }
            length -= 1;
        }
        Ok(Vec::new())
    }
}
