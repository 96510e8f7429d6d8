//! What can happen next: the workers' program over the crate's functions, and everything that may go wrong around it.

use crate::entries::{ABSENT, Ask, End, Entries, Id, Said, Told};
use crate::operation::{CALLS, Next, Operation, next, number_of, succeeded};
use crate::scenario::Scenario;
use crate::world::{Emission, Flight, Owner, Phase, Stage, Then, Worker, World, owner};
use crossdock_engine::carrier::Outcome;
use crossdock_runtime::ledger::{CallState, Guards, Plan, State, plan};
use std::fmt;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Label {
    what: &'static str,
    worker: Option<usize>,
    call: Option<u8>,
    outcome: Option<u8>,
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

    /// Leaves out what no step looks at any more, so that worlds that behave alike are one.
    fn tidy(&mut self, mut world: World) -> World {
        for call in 0..CALLS {
            if self.scenario.operation.kind(call) != crate::operation::Kind::Within {
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
            let within = |flight: Flight| self.scenario.operation.kind(flight.call) == crate::operation::Kind::Within;
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

    /// What is left of a request whose reply cannot be of use to anybody.
    fn still(&self, entry: Id, flight: Flight) -> Option<Flight> {
        let sent = |call: &crossdock_runtime::ledger::CallRecord| small(call.fence) == flight.fence;
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

    // --- the workers' program

    fn program(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
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

    fn receive(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let mut world = *world;
        world.ready -= 1;
        world.workers[worker] = Worker { message: true, copy: self.copy(world.entry), ..Worker::IDLE };
        let planned = if world.entry == ABSENT { None } else { Some(plan(self.entries.get(world.entry), crate::entries::NOW)) };
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
    fn thens(&mut self, id: Id, world: &World) -> Vec<(Phase, u8)> {
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
        match next(&self.scenario.operation, &self.entries.get(claimed).progress()) {
            Next::Done(end) => vec![(Phase::Loaded(Then::End(end)), 0)],
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
    fn write_claim(&mut self, world: &World, worker: usize, then: Then, out: &mut Vec<Move>) {
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

    fn claimed(&mut self, base: Id, then: Then) -> Option<Id> {
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
    fn carry_on(&mut self, id: Id) -> Id {
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
        self.entries.step(id, ask).unwrap_or(id)
    }

    /// Where a worker stands after its own write.
    fn go_on(&mut self, world: &mut World, worker: usize) {
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
    fn echo(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
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

    fn ask(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
        let base = self.base(world, worker);
        let doubtful = self.entries.calls(base, |call| call.state == CallState::Doubtful);
        let authoritative = self.scenario.operation.lookup.is_some_and(|lookup| lookup.authoritative);
        let settled = self.entries.settled(base);
        let proof = authoritative && settled;
        let there = doubtful & world.carrier.done != 0;
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

    fn write_told(&mut self, world: &World, worker: usize, told: Told, out: &mut Vec<Move>) {
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

    fn write_emitted(&mut self, world: &World, worker: usize, fresh: bool, out: &mut Vec<Move>) {
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

    // --- requests on their way

    fn flight(&mut self, world: &World, at: usize, flight: Flight, out: &mut Vec<Move>) {
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
    fn send(&mut self, world: &World, at: usize, flight: Flight, worker: usize, out: &mut Vec<Move>) {
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
    fn carrier(&mut self, world: &World, at: usize, flight: Flight, out: &mut Vec<Move>) {
        let bit = 1 << flight.call;
        let writes = self.scenario.operation.writes(flight.call);
        let done_before = world.carrier.done & bit != 0;
        let may_do = world.carrier.rejected & bit == 0;
        let waited = matches!(flight.owner, Owner::Worker(_));
        let heard = |outcome| Some((number_of(outcome), outcome != Outcome::NotWritten));
        let mut fates = Vec::new();
        if may_do {
            fates.push((true, heard(Outcome::Accepted), 0));
            fates.push((true, None, u8::from(waited)));
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
            world.flights[at] = match (reply, flight.owner) {
                (_, Owner::Nobody) | (None, Owner::Late) => None,
                (None, _) => Some(Flight { stage: Stage::Lost, ..flight }),
                (Some((outcome, heard)), _) => Some(Flight { stage: Stage::Replied { outcome, heard }, ..flight }),
            };
            let what = if commits { "the carrier carries it out" } else { "the carrier does nothing" };
            let label = Label { what, worker: None, call: Some(flight.call), outcome: reply.map(|(outcome, _)| outcome) };
            out.push(Move { label, world, broken });
        }
    }

    fn carry_out(&mut self, world: &mut World, flight: Flight) -> Option<&'static str> {
        let bit = 1 << flight.call;
        if !self.scenario.operation.writes(flight.call) {
            return None;
        }
        let again = world.carrier.done & bit != 0;
        let recognised = self.scenario.operation.kind(flight.call) == crate::operation::Kind::Within && flight.known;
        let excused = world.carrier.excused & bit != 0;
        world.carrier.done |= bit;
        (again && !recognised && !excused).then_some("the carrier carried an exchange out twice")
    }

    /// A reply, or its absence, is written with what follows from it.
    fn record(&mut self, world: World, at: usize, flight: Flight, worker: usize, reply: (u8, bool), out: &mut Vec<Move>) {
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

    fn late(&mut self, world: &World, at: usize, flight: Flight, outcome: u8, out: &mut Vec<Move>) {
        let mut gone = *world;
        gone.flights[at] = None;
        let what = |what| Label { what, worker: None, call: Some(flight.call), outcome: Some(outcome) };
        out.push(Move { label: what("a late reply is lost"), world: gone, broken: None });
        if world.entry == ABSENT {
            return;
        }
        if let Some(entry) = self.entries.step(world.entry, Ask::Late { fence: flight.fence, call: flight.call, outcome }) {
            let broken = self.store(&mut gone, entry, By::Late);
            out.push(Move { label: what("a late reply is written"), world: gone, broken });
        }
    }

    // --- what goes wrong, and who helps

    fn mishaps_of(&mut self, world: &World, worker: usize, out: &mut Vec<Move>) {
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
            out.push(done("crashes", worker, world));
        }
        if me.message && world.left.copies > 0 {
            let mut world = *world;
            world.left.copies -= 1;
            world.ready += 1;
            out.push(done("holds a message that is delivered again", worker, world));
        }
    }

    fn time(&mut self, world: &World, out: &mut Vec<Move>) {
        if world.entry == ABSENT {
            return;
        }
        let fence = small(self.entries.get(world.entry).fence);
        let expired = self.entries.step(world.entry, Ask::Expire);
        let mut push =
            |what, world| out.push(Move { label: Label { what, worker: None, call: None, outcome: None }, world, broken: None });
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
        let open = !self.entries.get(world.entry).is_terminal();
        if let (Some(entry), 1.., true) = (self.entries.step(world.entry, Ask::Age), world.left.ages, open) {
            let mut world = World { entry, ..*world };
            world.left.ages -= 1;
            push("the order grows old", world);
        }
    }

    fn people(&mut self, world: &World, out: &mut Vec<Move>) {
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
        self.say(*world, world.entry, Ask::Completed(End::Accepted), "the carrier reports acceptance", out);
        let mut withdrawn = *world;
        withdrawn.carrier.withdrawn = true;
        self.say(withdrawn, world.entry, Ask::Completed(End::Refused), "the carrier reports refusal", out);
    }

    /// A write of somebody who knows, and a message after it, unless a crash comes in between.
    fn say(&mut self, world: World, base: Id, ask: Ask, what: &'static str, out: &mut Vec<Move>) {
        let Some(entry) = self.entries.step(base, ask) else { return };
        let mut world = world;
        let broken = self.store(&mut world, entry, By::Person);
        let label = Label { what, worker: None, call: None, outcome: None };
        out.push(Move { label, world, broken });
        if world.ready == 0 {
            world.ready = 1;
            out.push(Move { label, world, broken });
        }
    }

    fn sweep(&mut self, world: &World, out: &mut Vec<Move>) {
        if world.entry == ABSENT || world.ready > 0 || world.workers.iter().any(|worker| worker.message) {
            return;
        }
        let leased = self.entries.step(world.entry, Ask::Expire).is_some();
        if self.entries.get(world.entry).due().is_some() && !leased {
            let label = Label { what: "the sweeper sends a message", worker: None, call: None, outcome: None };
            out.push(Move { label, world: World { ready: 1, ..*world }, broken: None });
        }
    }

    // --- the store

    /// What a worker's write starts from: the entry as it is, since the store refuses a write on an older version; without
    /// that check, what the worker has read.
    fn base(&self, world: &World, worker: usize) -> Id {
        if self.scenario.versions { world.entry } else { world.workers[worker].copy }
    }

    fn copy(&self, id: Id) -> Id {
        if self.scenario.versions { ABSENT } else { id }
    }

    /// Writes an entry; says what that breaks.
    fn store(&mut self, world: &mut World, new: Id, by: By) -> Option<&'static str> {
        let old = std::mem::replace(&mut world.entry, new);
        for worker in &mut world.workers {
            match &mut worker.phase {
                Phase::Emitting { fresh, .. } | Phase::Emitted { fresh } => *fresh = false,
                _ => {}
            }
        }
        let parked = |id: Id| id != ABSENT && matches!(self.entries.get(id).state, State::Parked { .. });
        if !(parked(old) && parked(new)) {
            world.seen.dead_letter = false;
        }
        if old == ABSENT {
            return None;
        }
        let (was, is) = (self.entries.get(old), self.entries.get(new));
        let name = |state: &State| state.name();
        if was.is_terminal() && name(&was.state) != name(&is.state) {
            return Some("what had ended changed");
        }
        if parked(old) && !parked(new) && matches!(by, By::Claim(_) | By::Worker) {
            return Some("a parked order was taken up without a person");
        }
        let taken = |id| {
            self.entries.calls(id, |call| matches!(&call.state, CallState::Answered { answer, .. } if succeeded(answer.outcome)))
        };
        if taken(old) & !taken(new) != 0 {
            return Some("an answer was lost");
        }
        if let By::Claim(worker) = by {
            let other = world.workers[1 - worker];
            let holds = other.leased && matches!(other.phase, Phase::Sending | Phase::Asking | Phase::Asked(_));
            if holds && other.fence < small(is.fence) {
                return Some("a worker was superseded before its lease had run out");
            }
        }
        None
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

fn emitting(state: State) -> Phase {
    let what = match state {
        State::Accepted { .. } => Emission::Accepted,
        State::Refused { .. } => Emission::Refused,
        _ => Emission::DeadLetter,
    };
    Phase::Emitting { what, fresh: true }
}

/// The worker lets go of the order; its message, if it has one, can be received again.
fn release(world: &mut World, worker: usize) {
    world.ready += u8::from(world.workers[worker].message);
    world.workers[worker] = Worker::IDLE;
    abandon(world, worker);
}

/// Nobody waits for what the worker sent; a late reply would still be heard.
fn abandon(world: &mut World, worker: usize) {
    for flight in &mut world.flights {
        *flight = flight.and_then(|flight| match (flight.owner == owner(worker), flight.stage) {
            (true, Stage::Unsent | Stage::Lost) => None,
            (true, _) => Some(Flight { owner: Owner::Late, ..flight }),
            (false, _) => Some(flight),
        });
    }
}

fn label(what: &'static str, worker: usize) -> Label {
    Label { what, worker: Some(worker), call: None, outcome: None }
}

fn done(what: &'static str, worker: usize, world: World) -> Move {
    Move { label: label(what, worker), world, broken: None }
}

fn of(step: Move, flight: Flight) -> Move {
    Move { label: Label { call: Some(flight.call), ..step.label }, ..step }
}

fn small(fence: u32) -> u8 {
    u8::try_from(fence).expect("few claims")
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

/// A worker writes no first byte after the lease that its intent was written with, whatever lease the entry gets later.
fn too_late(world: &mut World, worker: usize) {
    let outcome = number_of(Outcome::NotWritten);
    for flight in world.flights.iter_mut().flatten() {
        if flight.owner == owner(worker) && flight.stage == Stage::Unsent {
            flight.stage = Stage::Replied { outcome, heard: false };
        }
    }
}

/// The calls that are on their way.
fn flying(world: &World) -> u8 {
    world.flights().filter(|(_, flight)| flight.stage == Stage::Flying).fold(0, |bits, (_, flight)| bits | 1 << flight.call)
}

/// What is at the carrier now.
pub(crate) fn standing(operation: &Operation, world: &World) -> u8 {
    let done = world.carrier.done;
    (0..2)
        .filter(|call| operation.writes(*call) && done & (1 << call) != 0 && done & (1 << (call + 2)) == 0)
        .fold(0, |bits, call| bits | 1 << call)
}
