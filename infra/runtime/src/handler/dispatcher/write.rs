//! What a worker writes: intents before anything leaves, replies that nobody else has, and both with what goes along.

use super::super::{Handled, Ports, Trouble, keys};
use super::arrive::{nudge, put, read_entry, written};
use super::work::{Work, ending_creates};
use crate::clock::Clock;
use crate::ledger::{Input, State, transition};
use crate::port::{Batch, Check, CommitError, Expect, Put, Store};
use crossdock_engine::carrier::{Answer, CallId};
use std::time::Duration;

/// How often a write is tried while a reply is in our hands that nobody else has.
const WRITES: u32 = 8;

/// After this many milliseconds an order that changed underneath is looked at again.
const AGAIN: i64 = 200;

/// A reply that is not durable yet.
pub(super) struct Unsaved {
    pub(super) call: CallId,
    pub(super) answer: Answer,
    pub(super) exchange: Option<String>,
}

impl<P: Ports> Work<'_, P> {
    /// Writes the entry with the intent to send. Nothing has left yet: any trouble means "later".
    pub(super) async fn write_intent(&mut self) -> Result<Option<Handled>, Trouble> {
        let mut batch = self.batch();
        if ending_creates(&self.held.entry.operation) && self.held.entry.calls.iter().all(|call| call.attempts <= 1) {
            batch.checks.push(Check { key: keys::tombstone(&self.held.entry.order_id), expect: Expect::Absent });
        }
        match self.commit(batch).await {
            Ok(()) => Ok(None),
            Err(CommitError::Conflict(_)) => {
                self.desk.store.defer(self.message, Duration::from_millis(200)).await?;
                Ok(Some(Handled::Later))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Writes replies that are in nobody's hands but ours. False when the entry has gone on without us.
    pub(super) async fn save(&mut self) -> Result<bool, Trouble> {
        let batch = self.batch();
        self.save_with(batch).await
    }

    /// As `save`, with what goes along. False when the entry has gone on without us; then nothing of it was written.
    pub(super) async fn save_with(&mut self, batch: Batch) -> Result<bool, Trouble> {
        match self.commit_hard(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_)) => {
                for unsaved in std::mem::take(&mut self.unsaved) {
                    self.late(unsaved).await?;
                }
                self.desk.later(self.message, self.desk.now() + AGAIN).await?;
                Ok(false)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Our claim was superseded while we waited for the carrier: the reply still settles what is in doubt.
    async fn late(&mut self, unsaved: Unsaved) -> Result<(), Trouble> {
        let fence = self.held.entry.fence;
        let Some((entry, version)) = read_entry(self.desk.store.get(&keys::entry(&self.held.entry.key)).await?) else {
            return Ok(());
        };
        let Unsaved { call, answer, exchange } = unsaved;
        let input = Input::Late { fence, call, answer: Box::new(answer), exchange, lease: Duration::ZERO };
        let Ok(settled) = transition(&entry, input, self.desk.now()) else { return Ok(()) };
        tracing::info!(order = settled.key, "a late reply settles the order");
        let mut batch = Batch { exchanges: std::mem::take(&mut self.pending.exchanges), ..Batch::default() };
        batch.puts.push(put(&settled, Expect::Version(version)));
        if let State::Parked { reason, .. } = &entry.state {
            let key = keys::dead("orders", &entry.carrier, reason.name(), &entry.key);
            batch.puts.push(Put::delete(key, Expect::Anything));
        }
        // Whoever gets this message goes on from here.
        batch.sends.push(nudge(&settled, Duration::from_millis(100)));
        self.desk.store.commit(batch).await?;
        Ok(())
    }

    /// The entry as it is now, with everything that goes with its next write.
    pub(super) fn batch(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.pending);
        batch.puts.push(put(&self.held.entry, self.held.expect));
        if self.held.unkept {
            batch.puts.push(Put::new(keys::order(&self.held.entry.key), Expect::Anything, self.held.bytes.to_vec()));
        }
        batch
    }

    pub(super) async fn commit(&mut self, batch: Batch) -> Result<(), CommitError> {
        crate::faults::before(self.held.entry.state.name());
        self.desk.store.commit(batch).await?;
        self.written();
        Ok(())
    }

    /// As `commit`, but tried for long: losing what is to be written would leave the order in doubt.
    pub(super) async fn commit_hard(&mut self, batch: Batch) -> Result<(), CommitError> {
        let mut wait = Duration::from_millis(20);
        crate::faults::before(self.held.entry.state.name());
        for _ in 1..WRITES {
            match self.desk.store.commit(batch.clone()).await {
                Ok(()) => {
                    self.written();
                    return Ok(());
                }
                Err(CommitError::Conflict(keys)) if !self.is_written(&batch).await => return Err(CommitError::Conflict(keys)),
                // An earlier try of ours went through after all.
                Err(CommitError::Conflict(_)) => {
                    self.written();
                    return Ok(());
                }
                Err(CommitError::Busy | CommitError::Failed(_)) => {
                    self.desk.clock.sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
            }
        }
        self.commit(batch).await
    }

    async fn is_written(&self, batch: &Batch) -> bool {
        let key = keys::entry(&self.held.entry.key);
        let ours = batch.puts.iter().find(|put| put.key == key).and_then(|put| put.body.as_ref());
        matches!((self.desk.store.get(&key).await, ours), (Ok(Some(item)), Some(ours)) if item.body == *ours)
    }

    fn written(&mut self) {
        crate::faults::after(self.held.entry.state.name());
        self.unsaved.clear();
        self.held.unkept = false;
        self.held.expect = written(self.held.expect);
    }
}
