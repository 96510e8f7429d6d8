//! The poller: one turn of the clock. What was lost on its way is found again, parcels are asked for, silence is noticed, and
//! the mail goes out.
//!
//! A turn does a bounded amount of work and says whether there is more. Every step finds what is due by an index and pushes its
//! time on when it takes it up, so that two pollers do not do the same work and no fault keeps others from their turn.

mod ask;
mod silence;
mod sweep;
mod track;

use super::translator::Taken;
use super::{Desk, Ports, Trouble};
use crate::clock::Clock;
use std::time::Duration;

/// What one turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Polled {
    /// Orders that had fallen asleep, or whose carrier is to be asked for its answer, and were woken.
    pub nudged: usize,
    /// Parcels that carriers were asked for.
    pub asked: usize,
    /// What became of the events that they told.
    pub events: Taken,
    /// Parcels that the logistics team is told are silent.
    pub silent: usize,
    /// Carriers that developers were told have stopped calling.
    pub stopped: usize,
    /// Emails that were sent, digests counted as one.
    pub mails: usize,
    /// There is more to do at once.
    pub more: bool,
}

/// A turn takes up no new work after this time.
const TURN: Duration = Duration::from_secs(20);

/// One turn.
struct Turn {
    until: Duration,
}

impl Turn {
    fn is_over<C: Clock>(&self, clock: &C) -> bool {
        clock.now() >= self.until
    }
}

impl<P: Ports> Desk<P> {
    /// Does what is due.
    ///
    /// # Errors
    /// The store failed at some of it; the rest was done nonetheless.
    pub async fn poll(&self) -> Result<Polled, Trouble> {
        let turn = Turn { until: self.clock.now() + TURN };
        let mut polled = Polled::default();
        let done = [
            self.sweep(&mut polled).await,
            self.track(&turn, &mut polled).await,
            self.notice_stopped_carriers(&mut polled).await,
            self.flush_mail().await.map(|sent| polled.mails = sent),
        ];
        done.into_iter().find(Result::is_err).unwrap_or(Ok(()))?;
        Ok(polled)
    }
}
