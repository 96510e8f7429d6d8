//! A state of the world: the store, the queue, two workers, the requests on their way, the carrier, and what a test must remember.

use crate::entries::{ABSENT, End, Id, Told};

/// Requests on their way at once.
pub(crate) const FLIGHTS: usize = 8;

/// The world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The entry in the store.
    pub(crate) entry: Id,
    /// Copies of the order's message that can be received.
    pub(crate) ready: u8,
    pub(crate) workers: [Worker; 2],
    /// Sorted; empty places last.
    pub(crate) flights: [Option<Flight>; FLIGHTS],
    pub(crate) carrier: Carrier,
    pub(crate) left: Budget,
    pub(crate) seen: Seen,
}

/// A worker: where it is in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Worker {
    pub(crate) phase: Phase,
    /// It holds a copy of the message.
    pub(crate) message: bool,
    /// Its claim.
    pub(crate) fence: u8,
    /// Its lease has not run out.
    pub(crate) leased: bool,
    /// What it last read or wrote; looked at only where the store checks no versions.
    pub(crate) copy: Id,
}

/// Where a worker is in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    Idle,
    /// It has read the entry, and is about to write its claim and what follows from it.
    Loaded(Then),
    /// It has requests on their way.
    Sending,
    /// It is about to ask the carrier.
    Asking,
    /// It has been told, and is about to write that.
    Asked(Told),
    /// It is about to emit what follows from an end; `fresh` while nobody has written since it looked.
    Emitting {
        what: Emission,
        fresh: bool,
    },
    /// It has emitted, and is about to write that.
    Emitted {
        fresh: bool,
    },
    /// It is about to acknowledge the message.
    Acking,
}

/// What a worker writes together with its claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Then {
    /// The claim alone: it decides what it is for.
    Nothing,
    /// The intent to send these.
    Intend(u8),
    /// The end.
    End(End),
    /// What a kept reply is read as now.
    Read { call: u8, outcome: u8 },
}

/// What is emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Emission {
    Accepted,
    Refused,
    DeadLetter,
}

/// A request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Flight {
    pub(crate) call: u8,
    pub(crate) fence: u8,
    pub(crate) owner: Owner,
    pub(crate) stage: Stage,
    /// When it left, the carrier still recognised what it had been sent before.
    pub(crate) known: bool,
}

/// Who waits for the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Owner {
    Worker(u8),
    /// A worker that gave up waiting, but would still hear.
    Late,
    Nobody,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Its intent is durable; its first byte has not left.
    Unsent,
    Flying,
    /// The carrier has dealt with it; no reply will come.
    Lost,
    /// A reply has come.
    Replied {
        outcome: u8,
        heard: bool,
    },
}

/// What has happened at the carrier, in bits by call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Carrier {
    /// Carried out.
    pub(crate) done: u8,
    /// Carried out twice by order of a person: no longer counted.
    pub(crate) excused: u8,
    /// Rejected: the same request is rejected again.
    pub(crate) rejected: u8,
    /// Sent before the window lapsed: a repetition is no longer recognised.
    pub(crate) lapsed: u8,
    /// What the carrier answers later, if it wants to.
    pub(crate) later: Later,
}

/// How far the carrier is with an answer that it gives later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Later {
    /// It has not put anything off.
    #[default]
    No,
    /// It has, and has not decided.
    Open,
    Accepted,
    Refused,
}

/// What may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub(crate) crashes: u8,
    pub(crate) expiries: u8,
    /// Further copies of the message.
    pub(crate) copies: u8,
    /// Replies other than acceptance, and lookups that tell nothing.
    pub(crate) troubles: u8,
    pub(crate) cancels: u8,
    pub(crate) redrives: u8,
    pub(crate) resolves: u8,
    pub(crate) lapses: u8,
    pub(crate) ages: u8,
}

/// What the test remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Seen {
    /// The shop was told.
    pub(crate) told: Option<Emission>,
    /// The entry is parked and its dead letter was sent.
    pub(crate) dead_letter: bool,
    /// A person said how it ends.
    pub(crate) said: bool,
}

impl World {
    pub(crate) fn new(left: Budget) -> Self {
        Self {
            entry: ABSENT,
            ready: 1,
            workers: [Worker::IDLE; 2],
            flights: [None; FLIGHTS],
            carrier: Carrier::default(),
            left,
            seen: Seen::default(),
        }
    }

    pub(crate) fn flights(&self) -> impl Iterator<Item = (usize, Flight)> {
        self.flights.iter().enumerate().filter_map(|(at, flight)| flight.map(|flight| (at, flight)))
    }

    /// The requests that a worker waits for.
    pub(crate) fn waited(&self, worker: usize) -> impl Iterator<Item = (usize, Flight)> {
        self.flights().filter(move |(_, flight)| flight.owner == owner(worker))
    }

    pub(crate) fn launch(&mut self, flight: Flight) {
        let free = self.flights.iter().position(Option::is_none).expect("room for another request");
        self.flights[free] = Some(flight);
    }

    /// The same for all worlds that differ in the workers' names, or in the order of requests, alone.
    pub(crate) fn canonical(mut self) -> Self {
        self.sort();
        let mut other = self;
        other.workers.swap(0, 1);
        for flight in other.flights.iter_mut().flatten() {
            flight.owner = match flight.owner {
                Owner::Worker(worker) => Owner::Worker(1 - worker),
                owner => owner,
            };
        }
        other.sort();
        if (other.workers, other.flights) < (self.workers, self.flights) { other } else { self }
    }

    fn sort(&mut self) {
        self.flights.sort_unstable_by(|one, other| (one.is_none(), one).cmp(&(other.is_none(), other)));
    }

    pub(crate) fn busy(&self) -> bool {
        self.workers.iter().any(|worker| worker.phase != Phase::Idle)
    }
}

impl Worker {
    pub(crate) const IDLE: Self = Self { phase: Phase::Idle, message: false, fence: 0, leased: false, copy: ABSENT };
}

pub(crate) fn owner(worker: usize) -> Owner {
    Owner::Worker(u8::from(worker == 1))
}
