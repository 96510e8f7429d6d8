//! Whether more orders can be taken: looked at a few times a second, read with every request.

use std::sync::atomic::{AtomicBool, Ordering};

/// Too much waits for us; what waits for a carrier is not counted.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    high: AtomicBool,
}

impl Pressure {
    /// Whether orders are to be answered with 429.
    pub(crate) fn is_high(&self) -> bool {
        self.high.load(Ordering::Relaxed)
    }

    /// Takes note.
    pub(crate) fn set(&self, high: bool) {
        self.high.store(high, Ordering::Relaxed);
    }
}
