//! How much one carrier is asked at once: requests in flight, and requests per time.

use crate::clock::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many requests per time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// Per what time.
    pub per: Duration,
}

/// The gate that every request to one carrier passes. Clones share it.
#[derive(Debug, Clone)]
pub struct Limiter {
    room: Arc<Semaphore>,
    rate: Option<Rate>,
    next: Arc<Mutex<Duration>>,
}

impl Limiter {
    /// At most `concurrency` requests in flight, and no more than `rate` when one is given.
    ///
    /// Requests are spaced evenly instead of in bursts: carriers count in windows that we do not know.
    #[must_use]
    pub fn new(concurrency: usize, rate: Option<Rate>) -> Self {
        Self { room: Arc::new(Semaphore::new(concurrency.max(1))), rate, next: Arc::default() }
    }

    /// The rate, where there is one.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Waits for room and for the rate; the room is given back when the permit is dropped.
    pub async fn enter<C: Clock>(&self, clock: &C) -> Permit {
        let room = Arc::clone(&self.room).acquire_owned().await.ok();
        let wait = self.book(clock.now());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        Permit { _room: room }
    }

    fn book(&self, now: Duration) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = (*next).max(now);
        *next = slot + rate.per / rate.count.max(1);
        slot - now
    }
}

/// Room for one request.
#[derive(Debug)]
pub struct Permit {
    _room: Option<OwnedSemaphorePermit>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test]
    async fn a_rate_spreads_requests_evenly() {
        let clock = ManualClock::at(1_000);
        let limiter = Limiter::new(8, Some(Rate { count: 50, per: Duration::from_secs(1) }));
        for _ in 0..101 {
            limiter.enter(&clock).await;
        }
        assert_eq!(clock.now(), Duration::from_secs(1_002));
    }

    #[tokio::test]
    async fn concurrency_is_given_back() {
        let clock = ManualClock::at(0);
        let limiter = Limiter::new(1, None);
        let held = limiter.enter(&clock).await;
        let second = tokio::time::timeout(Duration::from_millis(20), limiter.enter(&clock));
        assert!(second.await.is_err(), "the second had to wait");
        drop(held);
        limiter.enter(&clock).await;
    }
}
