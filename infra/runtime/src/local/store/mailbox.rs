//! How the writer is asked.

use super::apply::Prepared;
use super::shared::{Shared, Ticket};
use crate::port::{Batch, CommitError};
use rusqlite::Connection;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::oneshot;

/// What became of a job.
pub(super) type Answer = Result<(), CommitError>;

/// Something that the writer does.
pub(super) enum Job {
    /// Writes a batch.
    Commit { batch: Prepared, answer: oneshot::Sender<Answer>, ticket: Ticket },
    /// Makes it durable that these messages are received once more.
    Count { ids: Vec<i64>, answer: oneshot::Sender<Answer> },
    /// Anything else, between two groups, with a transaction of its own if it needs one.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

impl Job {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Commit { batch, .. } => batch.bytes(),
            Self::Count { ids, .. } => ids.len() * 8,
            Self::Alone(_) => 0,
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commit { .. } => "Commit",
            Self::Count { .. } => "Count",
            Self::Alone(_) => "Alone",
        })
    }
}

/// The way to the writer.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
}

impl Mailbox {
    pub(super) fn new(jobs: Sender<Job>, shared: Arc<Shared>) -> Self {
        Self { jobs, shared }
    }

    /// Writes a batch; returns when it is durable.
    pub(super) async fn commit(&self, batch: Batch) -> Answer {
        if self.shared.admission.is_full() {
            return self.busy();
        }
        let batch = Prepared::new(batch);
        let Some(ticket) = Ticket::get(&self.shared, batch.bytes()) else { return self.busy() };
        self.ask(|answer| Job::Commit { batch, answer, ticket }).await
    }

    /// Makes it durable that these messages are received once more.
    pub(super) async fn count(&self, ids: Vec<i64>) -> Answer {
        self.ask(|answer| Job::Count { ids, answer }).await
    }

    /// Does something between two groups.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let (answer, result) = oneshot::channel();
        let work = move |connection: &mut Connection| _ = answer.send(work(connection).map_err(|error| error.to_string()));
        self.jobs.send(Job::Alone(Box::new(work))).map_err(|_| stopped())?;
        result.await.map_err(|_| stopped())?
    }

    async fn ask(&self, job: impl FnOnce(oneshot::Sender<Answer>) -> Job) -> Answer {
        let (answer, result) = oneshot::channel();
        self.jobs.send(job(answer)).map_err(|_| CommitError::Failed(stopped()))?;
        result.await.map_err(|_| CommitError::Failed(stopped()))?
    }

    fn busy(&self) -> Answer {
        self.shared.tally.busy.add(1);
        Err(CommitError::Busy)
    }
}

fn stopped() -> String {
    "its writer has stopped".into()
}
