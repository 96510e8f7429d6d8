//! The one thread that writes: whatever batches are waiting become one transaction, made durable once.

use super::apply::{Prepared, Verdict, Written, apply, times};
use super::checkpoint::Checkpoints;
use super::line::Arrival;
use super::mailbox::{Answer, Job};
use super::messages;
use super::shared::Shared;
use crate::port::{CommitError, Queue};
use rusqlite::{Connection, Result};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long another process's messages can go unnoticed while nothing is written.
const LOOK_AROUND: Duration = Duration::from_millis(100);

/// Bounds of a group, so that the first of it does not wait for ever: jobs, and bytes of their batches.
const LARGEST_GROUP: usize = 2048;
const LARGEST_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Under load, groups do not begin more often than this: each rewrites the last pages of every table, so that many small groups
/// write far more than few large ones. Where forcing a group to the disk takes as long, it makes no difference.
const PACE: Duration = Duration::from_millis(4);

/// A group of so many jobs tells load.
const LOAD: usize = 4;

#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    checkpoints: Checkpoints,
    /// The highest message that memory knows; none in a process that hands out none.
    last_seen: Option<i64>,
    /// Changes when another process has written.
    data_version: i64,
    /// Since when the last group was written, and how many jobs it had.
    last: (Instant, usize),
}

/// Why a transaction failed: before its end it certainly has no effect.
enum Failure {
    Before(rusqlite::Error),
    AtCommit(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Before(error)
    }
}

impl Writer {
    /// A writer over a connection of its own. In the process that serves, all messages are taken into memory first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn new(connection: Connection, shared: Arc<Shared>, checkpoints: Checkpoints, serves: bool) -> Result<Self> {
        let data_version = data_version(&connection)?;
        let mut writer =
            Self { connection, shared, checkpoints, last_seen: serves.then_some(0), data_version, last: (Instant::now(), 0) };
        if let Some(last) = writer.last_seen {
            writer.take_in(last, true)?;
        }
        Ok(writer)
    }

    /// Works until there is nobody left who could ask for anything.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(LOOK_AROUND) {
                Ok(first) => self.serve(first, jobs),
                // A failure is met again, and told, by the next commit.
                Err(RecvTimeoutError::Timeout) => _ = self.look_around(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn serve(&mut self, first: Job, jobs: &Receiver<Job>) {
        let (began, jobs_before) = self.last;
        if jobs_before >= LOAD {
            std::thread::sleep(PACE.saturating_sub(began.elapsed()));
        }
        let (mut group, mut bytes) = (Vec::new(), 0);
        let mut next = Some(first);
        while let Some(job) = next {
            if let Job::Alone(work) = job {
                work(&mut self.connection);
            } else {
                bytes += job.bytes();
                group.push(job);
            }
            let full = group.len() >= LARGEST_GROUP || bytes >= LARGEST_GROUP_BYTES;
            next = if full { None } else { jobs.try_recv().ok() };
        }
        self.last = (Instant::now(), group.len());
        if !group.is_empty() {
            self.write(group);
        }
        self.checkpoints.after_group(&self.connection, &self.shared.tally);
    }

    /// Writes a group; when the database refuses it, each of it alone, so that only what is at fault fails.
    fn write(&mut self, group: Vec<Job>) {
        match self.transaction(&group) {
            Ok(verdicts) => self.answer(group, verdicts),
            Err(Failure::Before(_)) if group.len() > 1 => group.into_iter().for_each(|job| self.write(vec![job])),
            Err(Failure::Before(error) | Failure::AtCommit(error)) => {
                let failed = Err(CommitError::Failed(error.to_string()));
                group.into_iter().for_each(|job| job.answer(failed.clone(), &self.shared));
            }
        }
    }

    fn transaction(&mut self, group: &[Job]) -> Result<Vec<Verdict>, Failure> {
        let started = Instant::now();
        run(&self.connection, "BEGIN IMMEDIATE")?;
        let verdicts = match self.look_around().and_then(|()| self.apply_all(group)) {
            Ok(verdicts) => verdicts,
            Err(error) => {
                self.roll_back();
                return Err(Failure::Before(error));
            }
        };
        self.shared.tally.applied(started.elapsed());
        let applied = Instant::now();
        if let Err(error) = run(&self.connection, "COMMIT") {
            self.roll_back();
            return Err(Failure::AtCommit(error));
        }
        self.shared.tally.synced(applied.elapsed());
        Ok(verdicts)
    }

    fn apply_all(&self, group: &[Job]) -> Result<Vec<Verdict>> {
        let now = self.shared.now.millis();
        let each = |job: &Job| match job {
            Job::Commit { batch, .. } => apply(&self.connection, batch, now, |claim| self.shared.holds(claim)),
            Job::Count { ids, .. } => messages::count(&self.connection, ids),
            Job::Alone(_) => Ok(Verdict::Written(Written::default())),
        };
        group.iter().map(each).collect()
    }

    fn roll_back(&self) {
        // It fails only when SQLite has rolled back already.
        _ = run(&self.connection, "ROLLBACK");
    }

    /// Tells memory, then whoever waits.
    fn answer(&mut self, group: Vec<Job>, verdicts: Vec<Verdict>) {
        let now = self.shared.now.millis();
        let tally = &self.shared.tally;
        tally.groups.add(1);
        tally.largest_group.raise(group.len() as u64);
        let (mut arrivals, mut answers) = (Vec::new(), Vec::with_capacity(group.len()));
        for (job, verdict) in group.into_iter().zip(verdicts) {
            let result = match verdict {
                Verdict::Written(written) => {
                    tally.commits.add(1);
                    tally.rows.add(written.rows);
                    for (queue, id) in &written.gone {
                        self.shared.line(*queue).remove(*id);
                    }
                    if let (Job::Commit { batch, .. }, true) = (&job, self.last_seen.is_some()) {
                        arrivals.extend(sent(batch, &written.ids, now));
                    }
                    Ok(())
                }
                Verdict::Conflict(keys) => {
                    tally.conflicts.add(1);
                    Err(CommitError::Conflict(keys))
                }
                Verdict::Senseless(why) => Err(CommitError::Failed(why)),
            };
            answers.push((job, result));
        }
        if let Some(last) = arrivals.iter().map(|(_, arrival): &(Queue, Arrival)| arrival.id).max() {
            self.last_seen = self.last_seen.max(Some(last));
        }
        self.shared.arrive(arrivals);
        answers.into_iter().for_each(|(job, result)| job.answer(result, &self.shared));
    }

    /// Notices what other processes have written.
    fn look_around(&mut self) -> Result<()> {
        let found = data_version(&self.connection)?;
        if let (Some(last), true) = (self.last_seen, found != self.data_version) {
            self.take_in(last, false)?;
        }
        self.data_version = found;
        Ok(())
    }

    fn take_in(&mut self, after: i64, old: bool) -> Result<()> {
        let arrivals = messages::after(&self.connection, after, old)?;
        self.last_seen = arrivals.last().map(|(_, arrival)| arrival.id).max(self.last_seen);
        self.shared.arrive(arrivals);
        Ok(())
    }
}

/// The messages of a batch, as memory keeps them.
fn sent(batch: &Prepared, ids: &[i64], now: i64) -> Vec<(Queue, Arrival)> {
    let arrival = |(message, id): (&crate::port::Outgoing, &i64)| {
        let (due, sent_at) = times(message, now);
        let group = message.group.as_str().into();
        let body = Some(message.body.clone());
        (message.queue, Arrival { id: *id, group, due, sent_at, receives: 0, old: false, body })
    };
    batch.sends.iter().zip(ids).map(arrival).collect()
}

fn data_version(connection: &Connection) -> Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

fn run(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

impl Job {
    fn answer(self, result: Answer, shared: &Shared) {
        match self {
            // Whoever asked may have gone away; what was written stays written.
            Self::Commit { answer, ticket, .. } => {
                drop(ticket);
                _ = answer.send(result);
            }
            Self::Count { queue, ids, answer } => {
                let mut line = shared.line(queue);
                ids.into_iter().for_each(|id| line.end_count(id, result.is_ok()));
                drop(line);
                _ = answer.send(result);
            }
            Self::Alone(_) => {}
        }
    }
}
