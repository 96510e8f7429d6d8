//! The worlds that are explored: the operation, what the carrier answers, what may go wrong and how often.
//!
//! All have two workers and two exchanges. [`CALM`] is the full scope: two crashes, two leases that run out under a living worker
//! (those of the dead run out freely), three deliveries of the same message at once. Where many other things may go wrong, fewer of
//! these do, so that the whole stays a matter of seconds; small scenarios come first, since the search for a missing guard ends with
//! the first that notices.

use crate::operation::{Kind, Lookup, Operation, Shape};
use crate::world::Budget;
use crossdock_engine::carrier::Outcome;

/// A scenario.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) operation: Operation,
    /// What the carrier may answer instead of accepting.
    pub(crate) replies: &'static [Outcome],
    /// The carrier may answer later.
    pub(crate) pending: bool,
    /// The request cannot be rendered, or the order is refused by the file.
    pub(crate) faults: bool,
    /// The store refuses a write on an older version.
    pub(crate) versions: bool,
    pub(crate) left: Budget,
}

const CALM: Budget =
    Budget { crashes: 2, expiries: 2, copies: 2, troubles: 0, cancels: 0, redrives: 0, resolves: 0, lapses: 0, ages: 0 };

const STEPS: Operation = Operation { shape: Shape::Steps, kinds: [Kind::Never, Kind::Never], lookup: None, asks: false };

const PLAIN: Scenario =
    Scenario { name: "", operation: STEPS, replies: &[], pending: false, faults: false, versions: true, left: CALM };

/// All that are explored.
pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "a write within a window that a mended file refuses",
        operation: Operation { kinds: [Kind::Within, Kind::Never], ..STEPS },
        faults: true,
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 2, cancels: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "steps that are never repeated",
        replies: &[Outcome::Rejected, Outcome::Throttled, Outcome::Transient],
        left: Budget { troubles: 1, cancels: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a carrier that answers a write later",
        operation: Operation { asks: true, ..STEPS },
        pending: true,
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a carrier that is asked for a later answer",
        operation: Operation { kinds: [Kind::Never, Kind::Reads], asks: true, ..STEPS },
        replies: &[Outcome::Throttled, Outcome::Unexpected],
        pending: true,
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 2, redrives: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a carrier whose later answer only a delivery tells",
        pending: true,
        left: Budget { troubles: 1, cancels: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a round at once, undone when one fails",
        operation: Operation { shape: Shape::Round, ..STEPS },
        replies: &[Outcome::Rejected, Outcome::Throttled],
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 2, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a round that can be looked up",
        operation: Operation { shape: Shape::Round, lookup: Some(Lookup { authoritative: true }), ..STEPS },
        replies: &[Outcome::Rejected],
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a round that a person redrives",
        operation: Operation { shape: Shape::Round, ..STEPS },
        replies: &[Outcome::Misconfigured],
        faults: true,
        left: Budget { crashes: 1, expiries: 1, copies: 1, troubles: 2, redrives: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a quotation, then a write that can be looked up",
        operation: Operation { kinds: [Kind::Reads, Kind::Never], lookup: Some(Lookup { authoritative: true }), ..STEPS },
        replies: &[Outcome::Ambiguous],
        left: Budget { troubles: 1, ages: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a lookup that proves nothing, and a person",
        operation: Operation { lookup: Some(Lookup { authoritative: false }), ..STEPS },
        left: Budget { expiries: 1, copies: 1, troubles: 1, resolves: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "a round within a window",
        operation: Operation { shape: Shape::Round, kinds: [Kind::Within, Kind::Within], ..STEPS },
        replies: &[Outcome::Rejected, Outcome::Reauthenticate],
        left: Budget { crashes: 1, expiries: 1, copies: 0, troubles: 2, lapses: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "steps within a window",
        operation: Operation { kinds: [Kind::Within, Kind::Within], ..STEPS },
        replies: &[Outcome::Rejected, Outcome::Throttled, Outcome::Transient],
        left: Budget { troubles: 1, lapses: 1, ..CALM },
        ..PLAIN
    },
    Scenario {
        name: "replies that a person must see to",
        replies: &[Outcome::Unexpected, Outcome::Misconfigured, Outcome::Reauthenticate],
        faults: true,
        left: Budget { crashes: 1, expiries: 1, copies: 0, troubles: 2, redrives: 1, resolves: 1, ..CALM },
        ..PLAIN
    },
];
