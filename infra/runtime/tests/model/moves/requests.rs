//! Requests on their way: they leave, the carrier deals with them, their replies come, are lost, or come late.

use super::{By, Label, Model, Move, by_chance, flying, label, of, release};
use crate::entries::{ABSENT, Ask};
use crate::operation::{Kind, number_of};
use crate::world::{Flight, Later, Owner, Stage, World};
use crossdock_engine::carrier::Outcome;

impl Model {
    pub(super) fn flight(&mut self, world: &World, at: usize, flight: Flight, out: &mut Vec<Move>) {
        match (flight.stage, flight.owner) {
            (Stage::Unsent, Owner::Worker(worker)) => self.send(world, at, flight, usize::from(worker), out),
            (Stage::Unsent, _) => {}
            (Stage::Flying, by) => {
                self.carrier(world, at, flight, out);
                if let Owner::Worker(worker) = by
                    && world.left.troubles > 0
                {
                    let mut world = *world;
                    world.left.troubles -= 1;
                    self.record(world, at, flight, usize::from(worker), (number_of(Outcome::Ambiguous), false), out);
                }
            }
            (Stage::Lost, Owner::Worker(worker)) => {
                self.record(*world, at, flight, usize::from(worker), (number_of(Outcome::Ambiguous), false), out);
            }
            (Stage::Replied { outcome, heard }, Owner::Worker(worker)) => {
                self.record(*world, at, flight, usize::from(worker), (outcome, heard), out);
            }
            (Stage::Replied { outcome, .. }, _) => self.late(world, at, flight, outcome, out),
            (Stage::Lost, _) => {}
        }
    }

    /// The first byte leaves.
    pub(super) fn send(&mut self, world: &World, at: usize, flight: Flight, worker: usize, out: &mut Vec<Move>) {
        let mut world = *world;
        let bit = 1 << flight.call;
        let intended = world.entry != ABSENT && self.entries.calls(world.entry, |_| true) & bit != 0;
        // A carrier that has nothing of it gets the key for the first time.
        if (world.carrier.done | flying(&world)) & bit == 0 {
            world.carrier.lapsed &= !bit;
        }
        let known = world.carrier.lapsed & bit == 0;
        world.flights[at] = Some(Flight { stage: Stage::Flying, known, ..flight });
        let broken = (!intended).then_some("sent before its intent was durable");
        out.push(of(Move { label: label("sends", worker), world, broken }, flight));
    }

    /// What the carrier makes of a request, and what becomes of its reply.
    pub(super) fn carrier(&mut self, world: &World, at: usize, flight: Flight, out: &mut Vec<Move>) {
        let bit = 1 << flight.call;
        let writes = self.scenario.operation.writes(flight.call);
        let done_before = world.carrier.done & bit != 0;
        let may_do = world.carrier.rejected & bit == 0;
        if self.scenario.pending && flight.call == 1 && !writes {
            return self.tell_later(world, at, flight, out);
        }
        let waited = matches!(flight.owner, Owner::Worker(_));
        let heard = |outcome| Some((number_of(outcome), outcome != Outcome::NotWritten));
        let mut fates = Vec::new();
        if may_do {
            fates.push((true, heard(Outcome::Accepted), 0));
            fates.push((true, None, u8::from(waited)));
        } else if waited {
            fates.push((false, heard(Outcome::Rejected), 0));
        }
        fates.push((false, None, u8::from(waited)));
        if flight.owner == Owner::Late && !done_before {
            fates.push((false, heard(Outcome::Rejected), 0));
        }
        if waited && self.scenario.pending && flight.call == 1 && may_do {
            fates.push((true, heard(Outcome::Pending), 0));
        }
        if waited {
            for outcome in self.scenario.replies {
                let tells_nothing = matches!(outcome, Outcome::Transient | Outcome::Unexpected | Outcome::Ambiguous);
                if *outcome != Outcome::Rejected || !done_before {
                    fates.push((false, heard(*outcome), 1));
                }
                if tells_nothing && writes && may_do {
                    fates.push((true, heard(*outcome), 1));
                }
            }
        }
        for (commits, reply, cost) in fates {
            let mut world = *world;
            let Some(troubles) = world.left.troubles.checked_sub(cost) else { continue };
            world.left.troubles = troubles;
            let broken = if commits { self.carry_out(&mut world, flight) } else { None };
            if reply.is_some_and(|(outcome, _)| outcome == number_of(Outcome::Rejected)) {
                world.carrier.rejected |= bit;
            }
            if reply.is_some_and(|(outcome, _)| outcome == number_of(Outcome::Pending)) {
                world.carrier.later = Later::Open;
            }
            world.flights[at] = match (reply, flight.owner) {
                (_, Owner::Nobody) | (None, Owner::Late) => None,
                (None, _) => Some(Flight { stage: Stage::Lost, ..flight }),
                (Some((outcome, heard)), _) => Some(Flight { stage: Stage::Replied { outcome, heard }, ..flight }),
            };
            let what = if commits { "the carrier carries it out" } else { "the carrier does nothing" };
            let label = Label { call: Some(flight.call), outcome: reply.map(|(outcome, _)| outcome), ..Label::of(what) };
            out.push(Move { label, world, broken });
        }
    }

    /// The carrier is asked for an answer that it wanted to give later.
    fn tell_later(&mut self, world: &World, at: usize, flight: Flight, out: &mut Vec<Move>) {
        let decided = match world.carrier.later {
            Later::Accepted => vec![(Outcome::Accepted, 0)],
            Later::Refused => vec![(Outcome::Rejected, 0)],
            _ => vec![(Outcome::Accepted, 0), (Outcome::Rejected, 1), (Outcome::Pending, 0)],
        };
        let mishaps = self.scenario.replies.iter().map(|outcome| (*outcome, 1));
        for (outcome, cost) in decided.into_iter().chain(mishaps) {
            let mut world = *world;
            let Some(troubles) = world.left.troubles.checked_sub(cost) else { continue };
            world.left.troubles = troubles;
            world.carrier.later = match outcome {
                Outcome::Accepted => Later::Accepted,
                Outcome::Rejected => Later::Refused,
                Outcome::Pending => Later::Open,
                _ => world.carrier.later,
            };
            let stage = Stage::Replied { outcome: number_of(outcome), heard: outcome != Outcome::NotWritten };
            world.flights[at] = matches!(flight.owner, Owner::Worker(_)).then_some(Flight { stage, ..flight });
            let label = Label {
                call: Some(flight.call),
                outcome: Some(number_of(outcome)),
                ..Label::of("the carrier is asked for its answer")
            };
            out.push(Move { label, world, broken: None });
        }
        let mut lost = *world;
        lost.flights[at] = matches!(flight.owner, Owner::Worker(_)).then_some(Flight { stage: Stage::Lost, ..flight });
        out.push(of(Move { label: Label::of("the carrier's answer is lost"), world: lost, broken: None }, flight));
    }

    pub(super) fn carry_out(&mut self, world: &mut World, flight: Flight) -> Option<&'static str> {
        let bit = 1 << flight.call;
        if !self.scenario.operation.writes(flight.call) {
            return None;
        }
        let again = world.carrier.done & bit != 0;
        let recognised = self.scenario.operation.kind(flight.call) == Kind::Within && flight.known;
        let excused = world.carrier.excused & bit != 0;
        world.carrier.done |= bit;
        (again && !recognised && !excused).then_some("the carrier carried an exchange out twice")
    }

    /// A reply, or its absence, is written with what follows from it.
    pub(super) fn record(
        &mut self,
        world: World,
        at: usize,
        flight: Flight,
        worker: usize,
        reply: (u8, bool),
        out: &mut Vec<Move>,
    ) {
        let mut world = world;
        let (outcome, heard) = reply;
        let (base, fence) = (self.base(&world, worker), world.workers[worker].fence);
        // Who gave up waiting still hears what comes later.
        let later = Flight { owner: Owner::Late, ..flight };
        let step = self.entries.step(base, Ask::Reply { fence, call: flight.call, outcome, heard });
        let still_comes = flight.stage == Stage::Flying || (step.is_none() && heard);
        world.flights[at] = still_comes.then_some(later);
        let note = |label| Label { call: Some(flight.call), outcome: Some(outcome), ..label };
        let Some(entry) = step else {
            if world.waited(worker).next().is_none() {
                release(&mut world, worker);
            }
            return out.push(Move { label: note(label("is superseded", worker)), world, broken: None });
        };
        let entry = self.carry_on(entry);
        let broken = self.store(&mut world, entry, By::Worker);
        self.go_on(&mut world, worker);
        out.push(Move { label: note(label("writes the reply", worker)), world, broken });
    }

    pub(super) fn late(&mut self, world: &World, at: usize, flight: Flight, outcome: u8, out: &mut Vec<Move>) {
        let mut gone = *world;
        gone.flights[at] = None;
        let what = |what| Label { call: Some(flight.call), outcome: Some(outcome), ..Label::of(what) };
        out.push(Move { label: what("a late reply is lost"), world: gone, broken: None });
        if world.entry == ABSENT {
            return;
        }
        if let Some(entry) = self.entries.step(world.entry, Ask::Late { fence: flight.fence, call: flight.call, outcome }) {
            let broken = self.store(&mut gone, entry, By::Late);
            out.push(by_chance(Move { label: what("a late reply is written"), world: gone, broken }));
        }
    }
}
