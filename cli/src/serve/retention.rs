//! What may be forgotten with age: what has ended, and what hangs on it. Never what still waits for anybody.

use crossdock_runtime::handler::keys;
use crossdock_runtime::ledger::{Entry, State};
use crossdock_runtime::local::SqliteStore;
use crossdock_runtime::local::store::Retention;
use crossdock_runtime::port::{Item, Store};
use futures_util::FutureExt;

/// The rules of the local process.
pub(super) struct Rules<'s>(pub(super) &'s SqliteStore);

impl Rules<'_> {
    fn item(&self, key: &str) -> Option<Item> {
        // The local store reads an item at once.
        self.0.get(key).now_or_never()?.ok()?
    }

    fn has_ended(&self, order_key: &str) -> bool {
        self.item(&keys::entry(order_key)).is_none_or(|item| ended(&item))
    }
}

fn ended(item: &Item) -> bool {
    let state = serde_json::from_slice::<Entry>(&item.body).map(|entry| entry.state);
    matches!(state, Ok(State::Accepted { emitted: true, .. } | State::Refused { emitted: true, .. }))
}

impl Retention for Rules<'_> {
    fn may_go(&self, item: &Item) -> bool {
        let Some((kind, rest)) = item.key.split_once('/') else { return false };
        match kind {
            "entry" => ended(item),
            "order" => self.has_ended(rest),
            "name" => self.item(&String::from_utf8_lossy(&item.body)).is_none(),
            // What is open or silent is due, and what is due is not asked for here.
            "parcel" | "event" | "tombstone" | "quarantine" | "session" | "breaker" => true,
            _ => false,
        }
    }

    fn kept_by(&self, order_id: &str) -> String {
        keys::entries_of(order_id)
    }
}
