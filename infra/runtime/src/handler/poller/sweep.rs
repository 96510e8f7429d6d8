//! Orders that have fallen asleep: their worker died, or their message was lost. Their time has passed, and nobody came. Orders
//! that the carrier answers later have no message: they are woken when it is time to ask.

use super::super::dispatcher::{nudge, read_entry};
use super::super::{Desk, Ports, Trouble, keys};
use super::Polled;
use crate::clock::Clock;
use crate::ledger::{Entry, State};
use crate::port::{Batch, Expect, Item, Put, Store};
use std::time::Duration;

/// Orders that are woken in one turn.
const AT_ONCE: usize = 500;

const MINUTE: i64 = 60_000;

impl<P: Ports> Desk<P> {
    pub(super) async fn sweep(&self, polled: &mut Polled) -> Result<(), Trouble> {
        let now = self.now();
        let items = self.store.due(keys::ENTRIES, now, AT_ONCE).await?;
        polled.more |= items.len() == AT_ONCE;
        for item in items {
            let key = item.key.clone();
            match read_entry(Some(item.clone())) {
                Some((entry, version)) => polled.nudged += usize::from(self.wake(&entry, version, item, now).await?),
                None => {
                    tracing::error!(key, "an entry of the ledger cannot be read");
                    self.look_again(&item, now + 60 * MINUTE).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends the message that has an order looked at, and looks again later, each time after half the order's age: its message
    /// may only be stuck in a long queue. Whether anything has become of it is for the dispatcher to see.
    async fn wake(&self, entry: &Entry, version: u64, item: Item, now: i64) -> Result<bool, Trouble> {
        // A carrier that is not called now: its orders' messages wait, and more of them would not help.
        let closed = self.gates.of(&entry.carrier, None).closed_until(self.clock.now()).is_some();
        let age = now.saturating_sub(entry.first_seen);
        let again = now + (age / 2).clamp(10 * MINUTE, 360 * MINUTE);
        let put = Put::new(item.key, Expect::Version(version), item.body).due(Some(again));
        let sends = if closed { Vec::new() } else { vec![nudge(entry, Duration::ZERO)] };
        let written = self.commit_unless_changed(Batch { puts: vec![put], sends, ..Batch::default() }).await?;
        let woken = written && !closed;
        if woken && !matches!(entry.state, State::Pending { .. }) {
            metrics::counter!("crossdock_woken_total", "carrier" => entry.carrier.clone()).increment(1);
            tracing::info!(order = entry.order_id, state = entry.state.name(), "an order had fallen asleep");
        }
        Ok(woken)
    }

    /// Pushes an item's time on.
    pub(super) async fn look_again(&self, item: &Item, at: i64) -> Result<bool, Trouble> {
        let put = Put::new(item.key.clone(), Expect::Version(item.version), item.body.clone()).due(Some(at));
        self.commit_unless_changed(Batch { puts: vec![put], ..Batch::default() }).await
    }
}
