//! What can happen next: the workers' program over the crate's functions, and everything that may go wrong around it.

mod around;
mod requests;
mod store;
mod tidy;
mod worker;

use crate::entries::{Entries, Id};
use crate::scenario::Scenario;
use crate::world::{Emission, Flight, Owner, Phase, Stage, Worker, World, owner};
use crossdock_runtime::ledger::{Guards, State};
use std::fmt;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    what: &'static str,
    worker: Option<usize>,
    call: Option<u8>,
    outcome: Option<u8>,
    /// Nobody can count on it: a person, a late reply, a crash.
    pub(crate) by_chance: bool,
}

/// A step: what happened, the world after it, and the promise that it broke.
pub(crate) struct Move {
    pub(crate) label: Label,
    pub(crate) world: World,
    pub(crate) broken: Option<&'static str>,
}

/// A scenario, with the entries that came up in it.
pub(crate) struct Model {
    pub(crate) entries: Entries,
    pub(crate) scenario: Scenario,
    fresh: Id,
}

/// Who writes to the store.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Claim(usize),
    Worker,
    Late,
    /// A person, a webhook: somebody who knows.
    Person,
}

impl Model {
    pub(crate) fn new(scenario: Scenario, guards: Guards) -> Self {
        let mut entries = Entries::new(scenario.operation, guards);
        let fresh = entries.fresh();
        Self { entries, scenario, fresh }
    }

    /// All that can happen.
    pub(crate) fn moves(&mut self, world: &World) -> Vec<Move> {
        let mut out = Vec::with_capacity(16);
        for worker in 0..2 {
            self.program(world, worker, &mut out);
            self.mishaps_of(world, worker, &mut out);
        }
        for (at, flight) in world.flights() {
            self.flight(world, at, flight, &mut out);
        }
        self.time(world, &mut out);
        self.people(world, &mut out);
        self.sweep(world, &mut out);
        for step in &mut out {
            step.world = self.tidy(step.world).canonical();
        }
        out
    }
}

pub(super) fn emitting(state: State) -> Phase {
    let what = match state {
        State::Accepted { .. } => Emission::Accepted,
        State::Refused { .. } => Emission::Refused,
        _ => Emission::DeadLetter,
    };
    Phase::Emitting { what, fresh: true }
}

/// The worker lets go of the order; its message, if it has one, can be received again.
pub(super) fn release(world: &mut World, worker: usize) {
    world.ready += u8::from(world.workers[worker].message);
    world.workers[worker] = Worker::IDLE;
    abandon(world, worker);
}

/// Nobody waits for what the worker sent; a late reply would still be heard.
pub(super) fn abandon(world: &mut World, worker: usize) {
    for flight in &mut world.flights {
        *flight = flight.and_then(|flight| match (flight.owner == owner(worker), flight.stage) {
            (true, Stage::Unsent | Stage::Lost) => None,
            (true, _) => Some(Flight { owner: Owner::Late, ..flight }),
            (false, _) => Some(flight),
        });
    }
}

pub(super) fn label(what: &'static str, worker: usize) -> Label {
    Label { worker: Some(worker), ..Label::of(what) }
}

pub(super) fn done(what: &'static str, worker: usize, world: World) -> Move {
    Move { label: label(what, worker), world, broken: None }
}

pub(super) fn of(step: Move, flight: Flight) -> Move {
    Move { label: Label { call: Some(flight.call), ..step.label }, ..step }
}

pub(super) fn small(fence: u32) -> u8 {
    u8::try_from(fence).expect("few claims")
}

impl Label {
    const fn of(what: &'static str) -> Self {
        Self { what, worker: None, call: None, outcome: None, by_chance: false }
    }
}

/// A step that nobody can count on.
pub(super) fn by_chance(step: Move) -> Move {
    Move { label: Label { by_chance: true, ..step.label }, ..step }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(worker) = self.worker {
            write!(f, "worker {worker} ")?;
        }
        f.write_str(self.what)?;
        if let Some(call) = self.call {
            write!(f, ", call {call}")?;
        }
        self.outcome.map_or(Ok(()), |outcome| write!(f, ", {:?}", crate::operation::outcome_of(outcome)))
    }
}

/// The calls that are on their way.
pub(super) fn flying(world: &World) -> u8 {
    world.flights().filter(|(_, flight)| flight.stage == Stage::Flying).fold(0, |bits, (_, flight)| bits | 1 << flight.call)
}
