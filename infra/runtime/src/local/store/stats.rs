//! What a store has done, for metrics.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a store has done since it was opened. Times are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// Batches written.
    pub commits: u64,
    /// Batches that found something changed.
    pub conflicts: u64,
    /// Batches that were turned away because too much was waiting.
    pub busy: u64,
    /// Transactions that they were written in.
    pub groups: u64,
    /// The largest group.
    pub largest_group: u64,
    /// Rows written or deleted.
    pub rows: u64,
    /// Time spent on rows.
    pub apply_us: u64,
    /// Time spent on making transactions durable.
    pub sync_us: u64,
    /// The longest of those.
    pub longest_sync_us: u64,
    /// Checkpoints that let the log start anew.
    pub checkpoints: u64,
    /// Time for which commits waited for checkpoints.
    pub checkpoint_us: u64,
    /// The longest of those.
    pub longest_checkpoint_us: u64,
    /// Pages in the log.
    pub log_pages: u64,
    /// Batches that wait for the writer now.
    pub waiting: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn raise(&self, to: u64) {
        self.0.fetch_max(to, Ordering::Relaxed);
    }

    pub(super) fn set(&self, to: u64) {
        self.0.store(to, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) commits: Counter,
    pub(super) conflicts: Counter,
    pub(super) busy: Counter,
    pub(super) groups: Counter,
    pub(super) largest_group: Counter,
    pub(super) rows: Counter,
    pub(super) apply: Counter,
    pub(super) sync: Counter,
    pub(super) longest_sync: Counter,
    pub(super) checkpoints: Counter,
    pub(super) checkpoint: Counter,
    pub(super) longest_checkpoint: Counter,
    pub(super) log_pages: Counter,
}

impl Tally {
    pub(super) fn applied(&self, took: Duration) {
        self.apply.add(micros(took));
    }

    pub(super) fn synced(&self, took: Duration) {
        self.sync.add(micros(took));
        self.longest_sync.raise(micros(took));
    }

    pub(super) fn checkpointed(&self, took: Duration) {
        self.checkpoint.add(micros(took));
        self.longest_checkpoint.raise(micros(took));
    }

    pub(super) fn snapshot(&self, waiting: usize) -> Stats {
        Stats {
            commits: self.commits.get(),
            conflicts: self.conflicts.get(),
            busy: self.busy.get(),
            groups: self.groups.get(),
            largest_group: self.largest_group.get(),
            rows: self.rows.get(),
            apply_us: self.apply.get(),
            sync_us: self.sync.get(),
            longest_sync_us: self.longest_sync.get(),
            checkpoints: self.checkpoints.get(),
            checkpoint_us: self.checkpoint.get(),
            longest_checkpoint_us: self.longest_checkpoint.get(),
            log_pages: self.log_pages.get(),
            waiting: waiting as u64,
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
