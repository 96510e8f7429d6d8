//! Places at which a process can be made to die, so that tests find out what a real crash leaves behind.
//!
//! `CROSSDOCK_FAULT=before/accepted:17` kills the process, as `kill -9` would, when it passes the place `before/accepted` for
//! the seventeenth time: just before an entry is written as accepted. Without the variable a place costs one look at a
//! constant. The places:
//!
//! - `before/<state>`, `after/<state>`: an entry is written in this state of the ledger
//! - `heard`: a carrier's reply is in our hands, and nowhere else
//! - `before/taken`, `after/taken`: an order is written at intake; afterwards the shop has not been answered
//! - `before/event`, `after/event`: an event is written with its parcel and what follows
//! - `before/told`, `after/told`: the shop has answered; the action is acknowledged

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
    if FAULT.as_ref().is_some_and(|fault| fault.place == place) {
        pass();
    }
}

/// Passes the place before a write of this kind.
pub fn before(what: &str) {
    sided("before/", what);
}

/// Passes the place after a write of this kind.
pub fn after(what: &str) {
    sided("after/", what);
}

fn sided(side: &str, what: &str) {
    if FAULT.as_ref().is_some_and(|fault| fault.place.strip_prefix(side) == Some(what)) {
        pass();
    }
}

fn pass() {
    let Some(fault) = &*FAULT else { return };
    if fault.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
