//! What must hold in every state of the world.

use crate::entries::ABSENT;
use crate::moves::Model;
use crate::operation::Operation;
use crate::world::{Emission, Later, World};
use crossdock_runtime::ledger::State;

impl Model {
    /// The promise that a world breaks.
    pub(crate) fn broken(&self, world: &World) -> Option<&'static str> {
        let held = world.ready > 0 || world.workers.iter().any(|worker| worker.message);
        if world.entry == ABSENT {
            return (!held).then_some("nowhere: the order is unknown and its message is gone");
        }
        let entry = self.entries.get(world.entry);
        if !held && entry.due().is_none() && !self.well_ended(world) {
            return Some("nowhere: nothing more can happen, and nobody was told");
        }
        if world.seen.said {
            return None;
        }
        let later = world.carrier.later;
        if matches!(entry.state, State::Accepted { .. }) && matches!(later, Later::Open | Later::Refused) {
            return Some("an order was accepted that the carrier has not accepted in the end");
        }
        let operation = &self.scenario.operation;
        // A person who has it sent again says that it is not there.
        let there = standing(operation, world);
        let writes = (0..2).filter(|call| operation.writes(*call)).fold(0, |bits, call| bits | 1 << call);
        match entry.state {
            State::Refused { .. } if there & !world.carrier.excused != 0 => Some("a refused order exists at the carrier"),
            State::Accepted { .. } if there != writes => Some("an accepted order does not exist at the carrier"),
            _ => None,
        }
    }

    /// An end that may stay as it is.
    pub(crate) fn well_ended(&self, world: &World) -> bool {
        if world.entry == ABSENT {
            return false;
        }
        match &self.entries.get(world.entry).state {
            State::Accepted { emitted, .. } => *emitted && world.seen.told == Some(Emission::Accepted),
            State::Refused { emitted, .. } => *emitted && world.seen.told == Some(Emission::Refused),
            State::Parked { emitted, .. } => *emitted && world.seen.dead_letter,
            _ => false,
        }
    }
}

/// What is at the carrier now.
pub(crate) fn standing(operation: &Operation, world: &World) -> u8 {
    let done = world.carrier.done;
    (0..2)
        .filter(|call| operation.writes(*call) && done & (1 << call) != 0 && done & (1 << (call + 2)) == 0)
        .fold(0, |bits, call| bits | 1 << call)
}
