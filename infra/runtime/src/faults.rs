//! Places at which a process can be made to die, so that tests find out what a real crash leaves behind.
//!
//! `CROSSDOCK_FAULT=intended:17` kills the process, as `kill -9` would, when it passes the place `intended` for the
//! seventeenth time. Without the variable a place costs one look at a constant.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Fault {
    place: String,
    left: AtomicU32,
}

static FAULT: LazyLock<Option<Fault>> = LazyLock::new(|| {
    let told = std::env::var("CROSSDOCK_FAULT").ok()?;
    let (place, times) = told.split_once(':').unwrap_or((&told, "1"));
    Some(Fault { place: place.to_owned(), left: AtomicU32::new(times.parse().unwrap_or(1)) })
});

/// Passes a place.
pub fn at(place: &str) {
    let Some(fault) = &*FAULT else { return };
    if fault.place == place && fault.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
