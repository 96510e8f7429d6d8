//! A state of the world: the store, the queue, two workers, the requests on their way, the carrier, and what a test must remember.

use crate::entries::{ABSENT, End, Id, Told};

/// Requests on their way at once.
pub const FLIGHTS: usize = 6;

/// The world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct World {
    /// The entry in the store.
    pub entry: Id,
    /// Copies of the order's message that can be received.
    pub ready: u8,
    pub workers: [Worker; 2],
    /// Sorted; empty places last.
    pub flights: [Option<Flight>; FLIGHTS],
    pub carrier: Carrier,
    pub left: Budget,
    pub seen: Seen,
}

/// A worker: where it is in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    pub phase: Phase,
    /// It holds a copy of the message.
    pub message: bool,
    /// Its claim.
    pub fence: u8,
    /// Its lease has not run out.
    pub leased: bool,
    /// What it last read or wrote; looked at only where the store checks no versions.
    pub copy: Id,
}

/// Where a worker is in its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
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
pub enum Then {
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
pub enum Emission {
    Accepted,
    Refused,
    DeadLetter,
}

/// A request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flight {
    pub call: u8,
    pub fence: u8,
    pub owner: Owner,
    pub stage: Stage,
    /// When it left, the carrier still recognised what it had been sent before.
    pub known: bool,
}

/// Who waits for the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    Worker(u8),
    /// A worker that gave up waiting, but would still hear.
    Late,
    Nobody,
}

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
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
pub struct Carrier {
    /// Carried out.
    pub done: u8,
    /// Carried out twice by order of a person: no longer counted.
    pub excused: u8,
    /// Rejected: the same request is rejected again.
    pub rejected: u8,
    /// Sent before the window lapsed: a repetition is no longer recognised.
    pub lapsed: u8,
    /// What was pending was withdrawn by the carrier.
    pub withdrawn: bool,
}

/// What may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Budget {
    pub crashes: u8,
    pub expiries: u8,
    /// Further copies of the message.
    pub copies: u8,
    /// Replies other than acceptance, and lookups that tell nothing.
    pub troubles: u8,
    pub cancels: u8,
    pub redrives: u8,
    pub resolves: u8,
    pub lapses: u8,
    pub ages: u8,
}

/// What the test remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seen {
    /// The shop was told.
    pub told: Option<Emission>,
    /// The entry is parked and its dead letter was sent.
    pub dead_letter: bool,
    /// A person said how it ends.
    pub said: bool,
}

impl World {
    pub fn new(left: Budget) -> Self {
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

    pub fn flights(&self) -> impl Iterator<Item = (usize, Flight)> {
        self.flights.iter().enumerate().filter_map(|(at, flight)| flight.map(|flight| (at, flight)))
    }

    /// The requests that a worker waits for.
    pub fn waited(&self, worker: usize) -> impl Iterator<Item = (usize, Flight)> {
        self.flights().filter(move |(_, flight)| flight.owner == owner(worker))
    }

    pub fn launch(&mut self, flight: Flight) {
        let free = self.flights.iter().position(Option::is_none).expect("room for another request");
        self.flights[free] = Some(flight);
    }

    /// The same for all worlds that differ in the workers' names, or in the order of requests, alone.
    pub fn canonical(mut self) -> Self {
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

    pub fn busy(&self) -> bool {
        self.workers.iter().any(|worker| worker.phase != Phase::Idle)
    }
}

impl Worker {
    pub const IDLE: Self = Self { phase: Phase::Idle, message: false, fence: 0, leased: false, copy: ABSENT };
}

pub fn owner(worker: usize) -> Owner {
    Owner::Worker(u8::from(worker == 1))
}
