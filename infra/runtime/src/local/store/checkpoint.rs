//! Moving what was written from the log into the database, so that the log can start anew.
//!
//! Most of it is moved by a thread of its own, while commits go on; a log that is being written to is never moved
//! completely, though, so the writer moves the little that is left, between two groups.

use super::layout::{self, Use};
use super::options::{Durability, OpenError};
use super::stats::Tally;
use rusqlite::{Connection, Result};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// Pages in the log that make it worth moving: 32 MiB.
const WORTH_MOVING: usize = 8192;

const IDLE: u8 = 0;
const ASKED: u8 = 1;
const MOVED: u8 = 2;

/// The writer's side.
#[derive(Debug)]
pub(super) struct Checkpoints {
    pages: Arc<AtomicUsize>,
    stage: Arc<AtomicU8>,
    ask: Option<SyncSender<()>>,
    mover: Option<JoinHandle<()>>,
    next_at: usize,
}

impl Checkpoints {
    /// Starts the thread, and watches the log through the writer's connection.
    pub(super) fn start(path: &Path, durability: Durability, writer: &mut Connection) -> Result<Self, OpenError> {
        let failed = |error: &dyn std::fmt::Display| OpenError::failed(path, error);
        let pages = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&pages);
        let watch = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            seen.store(usize::try_from(pages).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(watch)).map_err(|error| failed(&error))?;
        let connection = layout::connect(path, Use::Checkpoint(durability))?;
        let file = File::open(path).map_err(|error| failed(&error))?;
        let stage = Arc::new(AtomicU8::new(IDLE));
        let (ask, asked) = sync_channel(1);
        let theirs = Arc::clone(&stage);
        let mover = std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || move_all(&connection, &file, &theirs, &asked))
            .map_err(|error| failed(&error))?;
        Ok(Self { pages, stage, ask: Some(ask), mover: Some(mover), next_at: WORTH_MOVING })
    }

    /// Between two groups: asks for the bulk to be moved, or moves the rest when that is done.
    pub(super) fn after_group(&mut self, connection: &Connection, tally: &Tally) {
        let pages = self.pages.load(Ordering::Relaxed);
        tally.log_pages.set(pages as u64);
        match self.stage.load(Ordering::Acquire) {
            IDLE if pages >= self.next_at => self.ask(),
            MOVED => self.finish(connection, tally, pages),
            _ => {}
        }
    }

    fn ask(&self) {
        self.stage.store(ASKED, Ordering::Release);
        if let Some(Err(TrySendError::Disconnected(()))) = self.ask.as_ref().map(|ask| ask.try_send(())) {
            // Without its thread the writer moves everything itself.
            self.stage.store(MOVED, Ordering::Release);
        }
    }

    fn finish(&mut self, connection: &Connection, tally: &Tally, pages: usize) {
        let started = Instant::now();
        let complete = passive(connection).unwrap_or(false);
        tally.checkpointed(started.elapsed());
        tally.checkpoints.add(u64::from(complete));
        // A long read elsewhere can keep the log from starting anew: not asked again before it has grown as much.
        self.next_at = if complete { WORTH_MOVING } else { pages + WORTH_MOVING };
        self.stage.store(IDLE, Ordering::Release);
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.ask = None;
        if let Some(mover) = self.mover.take() {
            _ = mover.join();
        }
    }
}

/// The thread's life. `file` is the database: forced to the disk here, so that the writer's own forcing finds little to do.
/// It stays open as long as the connection, because closing any handle of a file gives up the process's locks on it.
fn move_all(connection: &Connection, file: &File, stage: &AtomicU8, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        // What fails here is done, or told, by the writer.
        _ = passive(connection);
        _ = file.sync_data();
        stage.store(MOVED, Ordering::Release);
    }
}

/// Moves what can be moved without waiting for anybody; whether that was everything.
fn passive(connection: &Connection) -> Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (busy, pages, moved): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && pages == moved)
    })
}
