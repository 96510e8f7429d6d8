//! A worker's program: small steps over the crate's functions, with a place for a crash between any two.

use super::{By, Label, Model, Move, abandon, done, emitting, label, release, small};
use crate::entries::{ABSENT, Ask, End, Id, NOW, Told};
use crate::operation::{CALLS, Next, ask_again, next, number_of};
use crate::promises::standing;
use crate::world::{Emission, Flight, Phase, Stage, Then, Worker, World, owner};
use crossdock_engine::carrier::Outcome;
use crossdock_runtime::ledger::{CallState, Plan, State, plan};

impl Model {
    pub(super) fn program(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        match world.workers[worker].phase {
            Phase::Idle if world.ready > 0 => self.receive(world, worker, out),
            Phase::Idle => {}
            Phase::Loaded(then) => self.write_claim(world, worker, then, out),
            Phase::Sending => self.echo(world, worker, out),
            Phase::Asking => self.ask(world, worker, out),
            Phase::Asked(told) => self.write_told(world, worker, told, out),
            Phase::Emitting { what, fresh } => emit(world, worker, what, fresh, out),
            Phase::Emitted { fresh } => self.write_emitted(world, worker, fresh, out),
            Phase::Acking => {
                let mut world = *world;
                world.workers[worker] = Worker::IDLE;
                out.push(done("acknowledges", worker, world));
            }
        }
    }

    pub(super) fn receive(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let mut world = *world;
        world.ready -= 1;
        world.workers[worker] = Worker { message: true, copy: self.copy(world.entry), ..Worker::IDLE };
        let planned = if world.entry == ABSENT { None } else { Some(plan(self.entries.get(world.entry), NOW)) };
        let phases = match planned {
            Some(Plan::Leave { .. }) => return,
            Some(Plan::Drop) => vec![(Phase::Acking, 0)],
            Some(Plan::Emit) => vec![(emitting(self.entries.get(world.entry).state.clone()), 0)],
            Some(Plan::Work(_)) => self.thens(world.entry, &world),
            None => self.thens(self.fresh, &world),
        };
        for (phase, cost) in phases {
            let mut world = world;
            let Some(troubles) = world.left.troubles.checked_sub(cost) else { continue };
            world.left.troubles = troubles;
            world.workers[worker].phase = phase;
            out.push(done("receives and reads", worker, world));
        }
    }

    /// What the worker will write with its claim, by what it has read; and what that costs of the troubles.
    pub(super) fn thens(&mut self, id: Id, world: &World) -> Vec<(Phase, u8)> {
        let Some(claimed) = self.entries.step(id, Ask::Claim) else { return Vec::new() };
        if !matches!(self.entries.get(claimed).state, State::Claimed { .. }) {
            return vec![(Phase::Loaded(Then::Nothing), 0)];
        }
        let unread = self.entries.calls(claimed, |call| matches!(call.state, CallState::Unread { .. }));
        if unread != 0 {
            let call = u8::try_from(unread.trailing_zeros()).expect("a call");
            let read = |outcome| Phase::Loaded(Then::Read { call, outcome: number_of(outcome) });
            let mended = if world.carrier.done & (1 << call) == 0 { Outcome::Rejected } else { Outcome::Accepted };
            return vec![(read(mended), 0), (read(Outcome::Unexpected), 1)];
        }
        // In its first look at the order, the worker has the carrier asked for its later answers.
        let mut progress = self.entries.get(claimed).progress();
        ask_again(&self.scenario.operation, &mut progress);
        if let (Next::Calls(calls), fence) = (next(&self.scenario.operation, &progress), small(self.entries.get(claimed).fence))
            && self.entries.step(claimed, Ask::Intend { fence, calls }).is_none()
        {
            progress = self.entries.get(claimed).progress();
        }
        match next(&self.scenario.operation, &progress) {
            Next::Done(end) => vec![(Phase::Loaded(Then::End(end)), 0)],
            Next::Calls(_) if self.undone_again(claimed) => vec![(Phase::Loaded(Then::End(End::LeftBehind)), 0)],
            Next::Calls(calls) if self.scenario.faults => {
                let fault = |end| (Phase::Loaded(Then::End(end)), 1);
                let mut phases = vec![(Phase::Loaded(Then::Intend(calls)), 0), fault(End::Mapping)];
                // The engine looks at `requires` and the options while nothing has been answered.
                if self.entries.get(claimed).progress().answers.is_empty() {
                    phases.push(fault(End::Refused));
                }
                phases
            }
            Next::Calls(calls) => vec![(Phase::Loaded(Then::Intend(calls)), 0)],
        }
    }

    /// The claim and what follows, in one write. When the entry has changed meanwhile, the same is tried on what it has become.
    pub(super) fn write_claim(&mut self, world: &World, worker: usize, then: Then, out: &mut Vec<Move>) {
        let mut world = *world;
        let base = self.base(&world, worker);
        let base = if base == ABSENT { self.fresh } else { base };
        match self.claimed(base, then) {
            Some(entry) => {
                let broken = self.store(&mut world, entry, By::Claim(worker));
                self.go_on(&mut world, worker);
                out.push(Move { label: label("claims", worker), world, broken });
            }
            None => {
                release(&mut world, worker);
                out.push(done("may not claim", worker, world));
            }
        }
    }

    pub(super) fn claimed(&mut self, base: Id, then: Then) -> Option<Id> {
        let claimed = self.entries.step(base, Ask::Claim)?;
        let entry = self.entries.get(claimed);
        if !matches!(entry.state, State::Claimed { .. }) {
            return Some(claimed);
        }
        let fence = small(entry.fence);
        match then {
            Then::Nothing => Some(self.carry_on(claimed)),
            Then::Intend(calls) => self.entries.step(claimed, Ask::Intend { fence, calls }),
            Then::End(end) => self.entries.step(claimed, Ask::End { fence, end }),
            Then::Read { call, outcome } => {
                let read = self.entries.step(claimed, Ask::Reply { fence, call, outcome, heard: true })?;
                Some(self.carry_on(read))
            }
        }
    }

    /// What follows from an answer is written together with it: the end, or the next intents, if the ledger takes them.
    pub(super) fn carry_on(&mut self, id: Id) -> Id {
        let entry = self.entries.get(id);
        let working = matches!(entry.state, State::Claimed { .. } | State::Sending { .. });
        if !working || entry.calls.iter().any(|call| matches!(call.state, CallState::Unread { .. })) {
            return id;
        }
        let fence = small(entry.fence);
        let ask = match next(&self.scenario.operation, &entry.progress()) {
            Next::Done(end) => Ask::End { fence, end },
            Next::Calls(calls) => {
                let calls = calls & !self.entries.calls(id, |call| call.state == CallState::Sending);
                if calls == 0 {
                    return id;
                }
                Ask::Intend { fence, calls }
            }
        };
        self.entries.step(id, ask).or_else(|| self.undone(id)).unwrap_or(id)
    }

    /// Where a part was undone and the rest is asked for again, the order is parked as left behind.
    fn undone(&mut self, id: Id) -> Option<Id> {
        let fence = small(self.entries.get(id).fence);
        self.undone_again(id).then(|| self.entries.step(id, Ask::End { fence, end: End::LeftBehind })).flatten()
    }

    fn undone_again(&self, id: Id) -> bool {
        let begun = self.entries.calls(id, |call| call.id.undo) != 0;
        let entry = self.entries.get(id);
        begun && matches!(next(&self.scenario.operation, &entry.progress()), Next::Calls(calls) if calls & 0b11 != 0)
    }

    /// Where a worker stands after its own write.
    pub(super) fn go_on(&mut self, world: &mut World, worker: usize) {
        let entry = self.entries.get(world.entry);
        let fence = small(entry.fence);
        let phase = match &entry.state {
            State::Sending { .. } | State::Claimed { .. } => Phase::Sending,
            State::Reconciling { .. } => Phase::Asking,
            State::Pending { .. } => Phase::Acking,
            State::New | State::Waiting { .. } | State::Ambiguous => return release(world, worker),
            ended => emitting(ended.clone()),
        };
        let intended = self.entries.calls(world.entry, |call| call.state == CallState::Sending && small(call.fence) == fence);
        let copy = self.copy(world.entry);
        let alive = self.entries.step(world.entry, Ask::Expire).is_some();
        let me = &mut world.workers[worker];
        let holds = matches!(phase, Phase::Sending | Phase::Asking);
        *me = Worker { phase, fence: if holds { fence } else { 0 }, leased: holds && alive, copy, ..*me };
        if phase != Phase::Sending {
            return abandon(world, worker);
        }
        for call in (0..CALLS).filter(|call| intended & (1 << call) != 0) {
            if !world.waited(worker).any(|(_, flight)| flight.call == call) {
                world.launch(Flight { call, fence, owner: owner(worker), stage: Stage::Unsent, known: true });
            }
        }
        if world.waited(worker).next().is_none() {
            release(world, worker);
        }
    }

    /// The network tells of an exchange a second time, when it has been answered.
    pub(super) fn echo(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let base = self.base(world, worker);
        let fence = world.workers[worker].fence;
        for call in 0..CALLS {
            let answered = self.entries.calls(base, |call| matches!(call.state, CallState::Answered { .. }));
            let ask = Ask::Reply { fence, call, outcome: number_of(Outcome::Ambiguous), heard: false };
            if answered & (1 << call) != 0
                && let Some(entry) = self.entries.step(base, ask)
            {
                let mut world = *world;
                let broken = self.store(&mut world, entry, By::Worker);
                out.push(Move { label: Label { call: Some(call), ..label("is told twice", worker) }, world, broken });
            }
        }
    }

    pub(super) fn ask(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let base = self.base(world, worker);
        let doubtful = self.entries.calls(base, |call| call.state == CallState::Doubtful);
        let authoritative = self.scenario.operation.lookup.is_some_and(|lookup| lookup.authoritative);
        let settled = self.entries.settled(base);
        let proof = authoritative && settled;
        // A lookup tells of what was created and is still there, whatever is in doubt about it.
        let there = standing(&self.scenario.operation, world) & (doubtful | doubtful >> 2) != 0;
        let not_found = Told::NotFound { authoritative, settled };
        let last = doubtful & 0b10 != 0;
        let mut told = vec![(Told::Undecided, 1), (Told::Unreadable, 1)];
        match there {
            true => told.push((if last { Told::Found } else { Told::Carried }, 0)),
            false => told.push((not_found, u8::from(!settled))),
        }
        if there && !proof {
            told.push((not_found, 1));
        }
        for (told, cost) in told {
            let mut world = *world;
            let Some(troubles) = world.left.troubles.checked_sub(cost) else { continue };
            world.left.troubles = troubles;
            world.workers[worker].phase = Phase::Asked(told);
            out.push(done("asks the carrier", worker, world));
        }
    }

    pub(super) fn write_told(&mut self, world: &World, worker: usize, told: Told, out: &mut Vec<Move>) {
        let mut world = *world;
        let (base, fence) = (self.base(&world, worker), world.workers[worker].fence);
        let Some(entry) = self.entries.step(base, Ask::Reconciled { fence, told }) else {
            release(&mut world, worker);
            return out.push(done("is superseded", worker, world));
        };
        let entry = self.carry_on(entry);
        let broken = self.store(&mut world, entry, By::Worker);
        self.go_on(&mut world, worker);
        out.push(Move { label: label("writes what it was told", worker), world, broken });
    }

    pub(super) fn write_emitted(&mut self, world: &World, worker: usize, fresh: bool, out: &mut Vec<Move>) {
        let mut world = *world;
        let base = self.base(&world, worker);
        match self.entries.step(base, Ask::Emitted) {
            Some(entry) if fresh || !self.scenario.versions => {
                let broken = self.store(&mut world, entry, By::Worker);
                world.workers[worker] = Worker { phase: Phase::Acking, message: world.workers[worker].message, ..Worker::IDLE };
                out.push(Move { label: label("writes that it emitted", worker), world, broken });
            }
            _ => {
                release(&mut world, worker);
                out.push(done("must look again", worker, world));
            }
        }
    }
}

fn emit(world: &World, worker: usize, what: Emission, fresh: bool, out: &mut Vec<Move>) {
    let mut world = *world;
    let mut broken = None;
    match what {
        Emission::DeadLetter => world.seen.dead_letter |= fresh,
        told => {
            broken = world.seen.told.is_some_and(|before| before != told).then_some("the shop was told two different ends");
            world.seen.told = Some(told);
        }
    }
    world.workers[worker].phase = Phase::Emitted { fresh };
    out.push(Move { label: label("emits", worker), world, broken });
}
