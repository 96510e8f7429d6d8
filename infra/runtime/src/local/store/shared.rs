//! What the writer and the callers share.

use super::apply::{Claim, queue_number};
use super::line::{Arrival, Line};
use super::options::{Now, Options};
use super::stats::Tally;
use crate::clock::millis;
use crate::port::Queue;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Debug)]
pub(super) struct Shared {
    lines: [Mutex<Line>; 3],
    bells: [Notify; 3],
    pub(super) admission: Admission,
    pub(super) tally: Tally,
    pub(super) now: Now,
}

impl Shared {
    pub(super) fn new(options: &Options) -> Self {
        let visibility = millis(options.visibility);
        let line = || Mutex::new(Line::new(visibility, options.recent_bytes));
        Self {
            lines: [line(), line(), line()],
            bells: [Notify::new(), Notify::new(), Notify::new()],
            admission: Admission::new(options),
            tally: Tally::default(),
            now: options.now.clone(),
        }
    }

    pub(super) fn line(&self, queue: Queue) -> MutexGuard<'_, Line> {
        self.lines[index(queue)].lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bell(&self, queue: Queue) -> &Notify {
        &self.bells[index(queue)]
    }

    pub(super) fn holds(&self, claim: Claim) -> bool {
        self.line(claim.queue).holds(claim.id, claim.claim)
    }

    /// Takes messages in and wakes who waits for them.
    pub(super) fn arrive(&self, arrivals: Vec<(Queue, Arrival)>) {
        let (now, mut rung) = (self.now.millis(), [false; 3]);
        for (queue, arrival) in arrivals {
            rung[index(queue)] = true;
            self.line(queue).arrive(arrival, now);
        }
        for queue in Queue::ALL.into_iter().filter(|queue| rung[index(*queue)]) {
            self.bell(queue).notify_waiters();
        }
    }
}

fn index(queue: Queue) -> usize {
    usize::try_from(queue_number(queue)).unwrap_or_default()
}

/// How much may wait for the writer.
#[derive(Debug)]
pub(super) struct Admission {
    batches: usize,
    bytes: usize,
    waiting_batches: AtomicUsize,
    waiting_bytes: AtomicUsize,
}

/// The right of a batch to wait; given back when dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Admission {
    fn new(options: &Options) -> Self {
        Self {
            batches: options.waiting_batches.max(1),
            bytes: options.waiting_bytes,
            waiting_batches: AtomicUsize::new(0),
            waiting_bytes: AtomicUsize::new(0),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting_batches.load(Ordering::Relaxed)
    }

    /// Whether so many batches wait that another one is not even prepared.
    pub(super) fn is_full(&self) -> bool {
        self.waiting() >= self.batches
    }

    fn is_over(&self, others: usize, bytes: usize) -> bool {
        others >= self.batches || (others > 0 && bytes > self.bytes)
    }
}

impl Ticket {
    /// A ticket, unless too much is waiting. One batch is always let in, however large it is.
    pub(super) fn get(shared: &Arc<Shared>, bytes: usize) -> Option<Self> {
        let admission = &shared.admission;
        let others = admission.waiting_batches.fetch_add(1, Ordering::Relaxed);
        let total = admission.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Dropping the ticket takes both back.
        let ticket = Self { shared: Arc::clone(shared), bytes };
        (!admission.is_over(others, total)).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let admission = &self.shared.admission;
        admission.waiting_batches.fetch_sub(1, Ordering::Relaxed);
        admission.waiting_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
