//! What no step looks at any more is left out.

use super::{Model, small};
use crate::entries::{ABSENT, Id};
use crate::operation::{CALLS, Kind};
use crate::world::{Flight, Owner, Stage, World};
use crossdock_runtime::ledger::CallRecord;

impl Model {
    /// Leaves out what no step looks at any more, so that worlds that behave alike are one.
    pub(super) fn tidy(&mut self, mut world: World) -> World {
        for call in 0..CALLS {
            if self.scenario.operation.kind(call) != Kind::Within {
                world.carrier.lapsed &= !(1 << call);
            }
        }
        for place in &mut world.flights {
            *place = place.and_then(|flight| self.still(world.entry, flight));
        }
        // Of several repetitions that the carrier recognises, one is like all.
        for at in 1..world.flights.len() {
            let same =
                |flight: Flight| flight.owner == Owner::Nobody && flight.known && world.flights[..at].contains(&Some(flight));
            let within = |flight: Flight| self.scenario.operation.kind(flight.call) == Kind::Within;
            if world.flights[at].is_some_and(|flight| within(flight) && same(flight)) {
                world.flights[at] = None;
            }
        }
        if world.entry == ABSENT || !self.scenario.versions {
            return world;
        }
        let flights = world.flights.iter().flatten().map(|flight| flight.fence);
        let held = world.workers.iter().map(|worker| worker.fence).chain(flights).fold(0, |bits, fence| bits | 1_u64 << fence);
        let used = (self.entries.fences(world.entry) | held) & !1;
        if used & (used + 2) == 0 {
            return world;
        }
        let rank = |fence: u8| (used & ((1 << fence) - 1)).count_ones() as u8 + 1;
        let ranks = (1..16)
            .filter(|fence| used & (1 << fence) != 0)
            .fold(0, |ranks, fence| ranks | u64::from(rank(fence)) << (4 * fence));
        let ranked = |fence: u8| if fence == 0 { 0 } else { rank(fence) };
        world.entry = self.entries.renumbered(world.entry, ranks);
        world.workers.iter_mut().for_each(|worker| worker.fence = ranked(worker.fence));
        world.flights.iter_mut().flatten().for_each(|flight| flight.fence = ranked(flight.fence));
        world
    }

    /// What is left of a request whose reply cannot be of use to anybody. A late reply to an earlier attempt is none: that it is
    /// refused is for the ledger's own tests.
    pub(super) fn still(&self, entry: Id, flight: Flight) -> Option<Flight> {
        let sent = |call: &CallRecord| small(call.fence) == flight.fence;
        let useful = match flight.owner {
            Owner::Worker(_) => true,
            Owner::Late => entry != ABSENT && self.entries.calls(entry, sent) & (1 << flight.call) != 0,
            Owner::Nobody => false,
        };
        match flight.stage {
            _ if useful => Some(flight),
            Stage::Flying if self.scenario.operation.writes(flight.call) => {
                Some(Flight { owner: Owner::Nobody, fence: 0, ..flight })
            }
            _ => None,
        }
    }
}
