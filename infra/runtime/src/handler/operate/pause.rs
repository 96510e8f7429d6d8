//! Stopping a carrier, and letting it go on.

use super::super::keys;
use super::super::records::CarrierRecord;
use super::{Failed, Operator};
use crate::port::{Batch, CommitError, Expect, Put, Store};

/// The translator writes the same record, about once a minute.
const RACES: u32 = 5;

impl<S: Store> Operator<'_, S> {
    /// Stops a carrier: its orders wait, its webhooks are taken. False when it was stopped already.
    ///
    /// # Errors
    /// The store fails.
    pub async fn pause(&self, carrier: &str) -> Result<bool, Failed> {
        self.set_paused(carrier, true).await
    }

    /// Lets a carrier go on. False when it was not stopped.
    ///
    /// # Errors
    /// The store fails.
    pub async fn resume(&self, carrier: &str) -> Result<bool, Failed> {
        self.set_paused(carrier, false).await
    }

    async fn set_paused(&self, carrier: &str, paused: bool) -> Result<bool, Failed> {
        let key = keys::carrier(carrier);
        for _ in 0..RACES {
            let item = self.store.get(&key).await?;
            let known: CarrierRecord = item.as_ref().and_then(|item| serde_json::from_slice(&item.body).ok()).unwrap_or_default();
            if known.paused == paused {
                return Ok(false);
            }
            let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
            let body = serde_json::to_vec(&CarrierRecord { paused, ..known }).unwrap_or_default();
            match self.store.commit(Batch { puts: vec![Put::new(key.as_str(), expect, body)], ..Batch::default() }).await {
                Ok(()) => return Ok(true),
                Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(CommitError::Conflict(vec![key]).into())
    }
}
