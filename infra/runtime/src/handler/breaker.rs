//! Breakers that all processes share: whoever sees a carrier break down tells the others through the store, and one order of all
//! of them probes whether it is back.

use super::gate::{Gate, News, Open};
use super::{Desk, Ports, keys};
use crate::clock::{Clock, from_millis, millis};
use crate::port::{Batch, CommitError, Expect, Item, Put, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The order that probes has so long beyond the carrier's own timeout; then another one does it.
const TRUST: Duration = Duration::from_secs(5);

/// Whoever comes second to a probe looks again after this time.
const LOOK: Duration = Duration::from_secs(1);

/// An open breaker, as the store has it. One that is closed is not there.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Record {
    /// Nobody passes before this time: milliseconds since 1970.
    until: i64,
    /// How often in a row the carrier was found down.
    pauses: u32,
    /// Until then an order probes: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probe: Option<i64>,
}

impl Record {
    fn read(item: &Item) -> Option<Self> {
        serde_json::from_slice(&item.body).ok()
    }

    fn put(&self, key: &str, expect: Expect) -> Put {
        Put::new(key, expect, serde_json::to_vec(self).unwrap_or_default())
    }

    fn open(&self) -> Open {
        let until = self.until.max(self.probe.unwrap_or(0));
        Open { until: from_millis(until), pauses: self.pauses }
    }
}

impl<P: Ports> Desk<P> {
    /// Takes note of the breakers that other processes have opened and closed.
    ///
    /// # Errors
    /// The store cannot be read: the gates stay as they are.
    pub async fn look_at_breakers(&self) -> Result<(), StoreError> {
        let items = self.store.list(keys::BREAKERS, None, 10_000).await?;
        let open = items.iter().filter_map(|item| Some((keys::breaker_of(&item.key)?, Record::read(item)?.open())));
        self.gates.learn(&open.collect::<BTreeMap<_, _>>());
        Ok(())
    }

    /// Tells the other processes what ours has found out about a carrier. What cannot be told they find out themselves.
    pub(crate) async fn tell_breaker(&self, carrier: &str, gate: &Gate) {
        let key = keys::breaker(carrier);
        let put = match gate.news() {
            None => return,
            Some(News::Closed) => Put::delete(key, Expect::Anything),
            Some(News::Opened(open)) => {
                tracing::warn!(carrier, pauses = open.pauses, "a carrier is down or asks for time: its orders wait");
                let until = millis(open.until);
                Record { until, pauses: open.pauses, probe: None }.put(&key, Expect::Anything)
            }
        };
        if let Err(error) = self.store.commit(Batch { puts: vec![put], ..Batch::default() }).await {
            tracing::warn!(carrier, %error, "what was found out about a carrier could not be shared");
        }
    }

    /// Until when an order of this carrier waits; none when it passes. While a breaker is half open, one order of all processes
    /// passes, and the others wait for what it finds.
    pub(crate) async fn closed_until(
        &self,
        carrier: &str,
        gate: &Gate,
        timeout: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        let now = self.clock.now();
        if let Some(until) = gate.closed_until(now) {
            return Ok(Some(until));
        }
        if !gate.is_half_open() {
            return Ok(None);
        }
        let key = keys::breaker(carrier);
        let item = self.store.get(&key).await?;
        let Some((item, record)) = item.and_then(|item| Record::read(&item).map(|record| (item, record))) else {
            gate.learn(None);
            return Ok(None);
        };
        if record.open().until > now {
            gate.learn(Some(record.open()));
            return Ok(gate.closed_until(now));
        }
        let probe = millis(now + timeout + TRUST);
        let put = Record { probe: Some(probe), ..record }.put(&key, Expect::Version(item.version));
        match self.store.commit(Batch { puts: vec![put], ..Batch::default() }).await {
            Ok(()) => Ok(None),
            Err(CommitError::Conflict(_)) => Ok(Some(now + LOOK)),
            Err(error) => Err(StoreError(error.to_string())),
        }
    }
}
