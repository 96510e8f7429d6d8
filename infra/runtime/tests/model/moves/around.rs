//! What goes wrong around the workers, and who helps: crashes, time, people, the sweeper.

use super::{By, Label, Model, Move, by_chance, done, flying, release, small};
use crate::entries::{ABSENT, Ask, Id, Said};
use crate::operation::number_of;
use crate::world::{Flight, Later, Owner, Phase, Stage, World, owner};
use crossdock_engine::carrier::Outcome;
use crossdock_runtime::ledger::CallState;

impl Model {
    pub(super) fn mishaps_of(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let me = world.workers[worker];
        if me.phase != Phase::Idle && world.left.crashes > 0 {
            let mut world = *world;
            world.left.crashes -= 1;
            for flight in world.flights.iter_mut() {
                let mine = flight.is_some_and(|flight| flight.owner == owner(worker));
                *flight = match *flight {
                    Some(lost) if mine && lost.stage == Stage::Flying => Some(Flight { owner: Owner::Nobody, ..lost }),
                    Some(_) if mine => None,
                    other => other,
                };
            }
            release(&mut world, worker);
            out.push(by_chance(done("crashes", worker, world)));
        }
        if me.message && world.left.copies > 0 {
            let mut world = *world;
            world.left.copies -= 1;
            world.ready += 1;
            out.push(by_chance(done("holds a message that is delivered again", worker, world)));
        }
    }

    pub(super) fn time(&mut self, world: &World, out: &mut Vec<Move>) {
        if world.entry == ABSENT {
            return;
        }
        let fence = small(self.entries.get(world.entry).fence);
        let expired = self.entries.step(world.entry, Ask::Expire);
        let mut push = |what, world| out.push(Move { label: Label::of(what), world, broken: None });
        if let Some(entry) = expired {
            let mut world = World { entry, ..*world };
            let holder = world.workers.iter().position(|worker| worker.leased && worker.fence == fence);
            let alive = holder.is_some();
            if let Some(holder) = holder {
                world.workers[holder].leased = false;
                too_late(&mut world, holder);
            }
            if !alive || world.left.expiries > 0 {
                world.left.expiries -= u8::from(alive);
                push("the lease runs out", world);
            }
        }
        let lapsed = self.entries.step(world.entry, Ask::Lapse).filter(|entry| *entry != world.entry);
        if let (Some(entry), None, 1..) = (lapsed, expired, world.left.lapses) {
            let mut world = World { entry, ..*world };
            world.left.lapses -= 1;
            world.carrier.lapsed |= world.carrier.done | flying(&world);
            push("the window lapses", world);
        }
        let doubtful = self.entries.calls(world.entry, |call| call.state == CallState::Doubtful);
        let settled = self.entries.step(world.entry, Ask::Settle).filter(|entry| *entry != world.entry);
        if let (Some(entry), false) = (settled, doubtful & flying(world) != 0) {
            push("the settle time passes", World { entry, ..*world });
        }
        for (ask, what) in [(Ask::Due, "it is time to ask"), (Ask::Over, "the later answer is waited for too long")] {
            if let Some(entry) = self.entries.step(world.entry, ask) {
                push(what, World { entry, ..*world });
            }
        }
        let open = !self.entries.get(world.entry).is_terminal();
        if let (Some(entry), 1.., true) = (self.entries.step(world.entry, Ask::Age), world.left.ages, open) {
            let mut world = World { entry, ..*world };
            world.left.ages -= 1;
            push("the order grows old", world);
        }
    }

    pub(super) fn people(&mut self, world: &World, out: &mut Vec<Move>) {
        if world.left.cancels > 0 {
            let mut world = *world;
            world.left.cancels -= 1;
            let base = if world.entry == ABSENT { self.fresh } else { world.entry };
            self.say(world, base, Ask::Cancelled, "the order is cancelled", out);
        }
        if world.entry == ABSENT {
            return;
        }
        if world.left.redrives > 0 {
            let mut world = *world;
            world.left.redrives -= 1;
            self.say(world, world.entry, Ask::Redrive, "a person redrives", out);
        }
        if world.left.resolves > 0 {
            let mut world = *world;
            world.left.resolves -= 1;
            let doubtful = self.entries.calls(world.entry, |call| call.state == CallState::Doubtful);
            for said in [Said::Accepted, Said::Refused] {
                let mut world = world;
                world.seen.said = true;
                self.say(world, world.entry, Ask::Resolve(said), "a person settles it", out);
            }
            world.carrier.excused |= doubtful;
            self.say(world, world.entry, Ask::Resolve(Said::Resend), "a person has it sent again", out);
        }
        self.deliver(world, out);
    }

    /// The carrier tells by delivery what became of what it had put off; it says the same however often it is asked or tells.
    fn deliver(&mut self, world: &World, out: &mut Vec<Move>) {
        let later = world.carrier.later;
        if matches!(later, Later::Open | Later::Accepted) {
            let mut world = *world;
            world.carrier.later = Later::Accepted;
            let ask = Ask::Completed { outcome: number_of(Outcome::Accepted) };
            self.say(world, world.entry, ask, "the carrier reports acceptance", out);
        }
        if matches!(later, Later::Open | Later::Refused) {
            let mut world = *world;
            world.carrier.later = Later::Refused;
            if self.scenario.operation.writes(1) {
                world.carrier.done &= !0b10;
                world.carrier.rejected |= 0b10;
            }
            let ask = Ask::Completed { outcome: number_of(Outcome::Rejected) };
            self.say(world, world.entry, ask, "the carrier reports refusal", out);
        }
    }

    /// A write of somebody who knows, and a message after it, unless a crash comes in between.
    pub(super) fn say(&mut self, world: World, base: Id, ask: Ask, what: &'static str, out: &mut Vec<Move>) {
        let Some(entry) = self.entries.step(base, ask) else { return };
        let mut world = world;
        let broken = self.store(&mut world, entry, By::Person);
        let label = Label { by_chance: true, ..Label::of(what) };
        out.push(Move { label, world, broken });
        if world.ready == 0 {
            world.ready = 1;
            out.push(Move { label, world, broken });
        }
    }

    pub(super) fn sweep(&mut self, world: &World, out: &mut Vec<Move>) {
        if world.entry == ABSENT || world.ready > 0 || world.workers.iter().any(|worker| worker.message) {
            return;
        }
        let leased = self.entries.step(world.entry, Ask::Expire).is_some();
        if self.entries.get(world.entry).due().is_some() && !leased {
            let label = Label::of("the sweeper sends a message");
            out.push(Move { label, world: World { ready: 1, ..*world }, broken: None });
        }
    }
}

/// A worker writes no first byte after the lease that its intent was written with, whatever lease the entry gets later.
fn too_late(world: &mut World, worker: usize) {
    let outcome = number_of(Outcome::NotWritten);
    for flight in world.flights.iter_mut().flatten() {
        if flight.owner == owner(worker) && flight.stage == Stage::Unsent {
            flight.stage = Stage::Replied { outcome, heard: false };
        }
    }
}
