//! How patient the driver is.

use std::time::Duration;

/// Tries and waits of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent at most.
    pub tries: u32,
    /// The wait before the second try; it doubles each time.
    pub first_wait: Duration,
    /// The longest wait, whatever `Retry-After` asks for.
    pub longest_wait: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { tries: 5, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(30) }
    }
}

impl Policy {
    /// The wait after so many tries. `jitter`, from 0 to 1, spreads it over its upper half, so that orders which
    /// failed together do not come back together.
    pub(super) fn wait(&self, tries: u32, asked: Option<Duration>, jitter: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(20));
        let backoff = doubled.min(self.longest_wait).mul_f64(0.5 + jitter / 2.0);
        match asked {
            Some(asked) => (asked + self.first_wait.mul_f64(jitter)).max(backoff).min(self.longest_wait),
            None => backoff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let policy = Policy::default();
        let waits: Vec<u128> = (1..9).map(|tries| policy.wait(tries, None, 1.0).as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(policy.wait(1, None, 0.0).as_millis(), 250);
    }

    #[test]
    fn what_the_carrier_asks_for_is_honoured_and_capped() {
        let policy = Policy::default();
        assert_eq!(policy.wait(1, Some(Duration::from_secs(7)), 0.0), Duration::from_secs(7));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(7_000)), 1.0), Duration::from_secs(30));
        assert!(policy.wait(5, Some(Duration::ZERO), 0.0) >= Duration::from_secs(4), "no storm on `Retry-After: 0`");
    }
}
