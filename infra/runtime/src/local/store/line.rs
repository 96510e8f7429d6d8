//! One queue in memory: which messages there are, whose turn it is, and who has what.
//!
//! The rows are durable, the claims are not: after a crash every message that was not acknowledged can simply be received
//! again. Bodies stay in the database, but for a bounded number of recent ones.

use crate::port::Depth;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Bodies are kept of so many messages of a group that wait: of a carrier that hangs thousands do, and what they would fill is
/// what the others need.
const NEAR: usize = 1_024;

/// A message that was just written or found.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) id: i64,
    pub(super) group: Arc<str>,
    pub(super) due: i64,
    pub(super) sent_at: i64,
    pub(super) receives: u32,
    /// It was there when the process started: it may be what made the last one crash.
    pub(super) old: bool,
    pub(super) body: Option<Vec<u8>>,
}

/// A message that was handed out.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) claim: u64,
    pub(super) group: Arc<str>,
    pub(super) sent_at: i64,
    pub(super) receives: u32,
    /// That it is received is not durable yet.
    pub(super) uncounted: bool,
    pub(super) body: Option<Vec<u8>>,
}

/// Whether it is durable that this process has received a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// It is, or need not be: the message came during this process.
    Done,
    /// It is being written.
    Begun,
    /// It has to be, before the message is handed out.
    Wanted,
}

/// A queue. Times are milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Line {
    visibility: i64,
    groups: Vec<Group>,
    /// Groups are carriers: few, so a name that was used once is kept.
    names: HashMap<Arc<str>, usize>,
    slots: HashMap<i64, Slot>,
    /// Groups that have something ready, the next one first.
    turns: VecDeque<usize>,
    /// What becomes ready later: delayed messages, and held ones whose visibility runs out.
    timers: BTreeSet<(i64, i64)>,
    claims: u64,
    recent: Recent,
}

#[derive(Debug)]
struct Group {
    name: Arc<str>,
    /// Ordered by when they were first sent, so that a message that was put back keeps its place.
    ready: BTreeSet<(i64, i64)>,
    held: usize,
    delayed: usize,
}

#[derive(Debug)]
struct Slot {
    group: usize,
    sent_at: i64,
    receives: u32,
    count: Count,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Ready,
    Delayed { due: i64 },
    Held { until: i64, claim: u64 },
}

impl Line {
    pub(super) fn new(visibility: i64, recent_bytes: usize) -> Self {
        Self {
            visibility,
            groups: Vec::new(),
            names: HashMap::new(),
            slots: HashMap::new(),
            turns: VecDeque::new(),
            timers: BTreeSet::new(),
            claims: 0,
            recent: Recent { room: recent_bytes, bodies: HashMap::new() },
        }
    }

    /// Takes a message in.
    pub(super) fn arrive(&mut self, arrival: Arrival, now: i64) {
        let Arrival { id, group, due, sent_at, receives, old, body } = arrival;
        let group = self.group(group);
        let count = if old { Count::Wanted } else { Count::Done };
        self.slots.insert(id, Slot { group, sent_at, receives, count, place: Place::Ready });
        self.put(id, if due > now { Place::Delayed { due } } else { Place::Ready });
        let near = self.groups[group].ready.len() + self.groups[group].delayed <= NEAR;
        if let Some(body) = body.filter(|_| near) {
            self.recent.keep(id, body);
        }
    }

    /// Hands out up to `max` messages, a group after the other; groups of which no more are wanted are passed over.
    pub(super) fn take(&mut self, now: i64, max: usize, room: &BTreeMap<String, usize>) -> Vec<Taken> {
        self.wake(now);
        let mut wanted: HashMap<usize, usize> =
            room.iter().filter_map(|(name, room)| Some((*self.names.get(name.as_str())?, *room))).collect();
        let (mut taken, mut passed) = (Vec::new(), 0);
        while taken.len() < max && passed < self.turns.len() {
            let Some(turn) = self.turns.pop_front() else { break };
            match wanted.get_mut(&turn) {
                Some(0) => {
                    passed += 1;
                    self.turns.push_back(turn);
                    continue;
                }
                Some(room) => *room -= 1,
                None => {}
            }
            passed = 0;
            if let Some((_, id)) = self.groups[turn].ready.pop_first() {
                taken.extend(self.hold(id, now));
            }
            if !self.groups[turn].ready.is_empty() {
                self.turns.push_back(turn);
            }
        }
        taken
    }

    /// When something becomes ready that is not.
    pub(super) fn next_timer(&self) -> Option<i64> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Whether this claim still holds the message.
    pub(super) fn holds(&self, id: i64, claim: u64) -> bool {
        self.slots.get(&id).is_some_and(|slot| matches!(slot.place, Place::Held { claim: held, .. } if held == claim))
    }

    /// Puts a held message back until a time.
    pub(super) fn defer(&mut self, id: i64, claim: u64, due: i64, now: i64) {
        if self.holds(id, claim) {
            self.lift(id);
            self.put(id, if due > now { Place::Delayed { due } } else { Place::Ready });
        }
    }

    /// Puts a message back that was not really handed out.
    pub(super) fn release(&mut self, id: i64, claim: u64) {
        if self.holds(id, claim) {
            self.lift(id);
            self.put(id, Place::Ready);
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.receives = slot.receives.saturating_sub(1);
            }
        }
    }

    /// Whether the caller is the one who has to make it durable that this message is received: of several, the first.
    pub(super) fn begin_count(&mut self, id: i64) -> bool {
        let wanted = self.slots.get_mut(&id).filter(|slot| slot.count == Count::Wanted);
        wanted.map(|slot| slot.count = Count::Begun).is_some()
    }

    /// Whether it is not durable yet that this message is received, but has to be.
    pub(super) fn is_uncounted(&self, id: i64) -> bool {
        self.slots.get(&id).is_some_and(|slot| slot.count != Count::Done)
    }

    /// That was written, or could not be.
    pub(super) fn end_count(&mut self, id: i64, written: bool) {
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.count = if written { Count::Done } else { Count::Wanted };
        }
    }

    /// Forgets a message, wherever it is.
    pub(super) fn remove(&mut self, id: i64) {
        self.lift(id);
        self.slots.remove(&id);
        self.recent.drop(id);
    }

    /// How much waits, by group.
    pub(super) fn depth(&mut self, now: i64) -> BTreeMap<String, Depth> {
        self.wake(now);
        let depth = |group: &Group| Depth {
            ready: group.ready.len(),
            in_flight: group.held,
            delayed: group.delayed,
            oldest: group.ready.first().map_or(0, |(sent_at, _)| (now - sent_at).max(0)),
        };
        let present = |group: &&Group| group.ready.len() + group.held + group.delayed > 0;
        self.groups.iter().filter(present).map(|group| (group.name.to_string(), depth(group))).collect()
    }

    fn group(&mut self, name: Arc<str>) -> usize {
        if let Some(group) = self.names.get(&name) {
            return *group;
        }
        self.groups.push(Group { name: Arc::clone(&name), ready: BTreeSet::new(), held: 0, delayed: 0 });
        self.names.insert(name, self.groups.len() - 1);
        self.groups.len() - 1
    }

    fn hold(&mut self, id: i64, now: i64) -> Option<Taken> {
        self.claims += 1;
        let (claim, until) = (self.claims, now.saturating_add(self.visibility));
        self.put(id, Place::Held { until, claim });
        let slot = self.slots.get_mut(&id)?;
        slot.receives += 1;
        Some(Taken {
            id,
            claim,
            group: Arc::clone(&self.groups[slot.group].name),
            sent_at: slot.sent_at,
            receives: slot.receives,
            uncounted: slot.count != Count::Done,
            body: self.recent.bodies.get(&id).cloned(),
        })
    }

    /// What was delayed or held until now becomes ready.
    fn wake(&mut self, now: i64) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.lift(id);
            self.put(id, Place::Ready);
        }
    }

    fn put(&mut self, id: i64, place: Place) {
        let Some(slot) = self.slots.get_mut(&id) else { return };
        slot.place = place;
        let group = &mut self.groups[slot.group];
        match place {
            Place::Ready => {
                if group.ready.is_empty() {
                    self.turns.push_back(slot.group);
                }
                group.ready.insert((slot.sent_at, id));
            }
            Place::Delayed { due } => {
                group.delayed += 1;
                self.timers.insert((due, id));
            }
            Place::Held { until, .. } => {
                group.held += 1;
                self.timers.insert((until, id));
            }
        }
    }

    /// Takes a message out of where it is; the caller puts it elsewhere.
    fn lift(&mut self, id: i64) {
        let Some(slot) = self.slots.get(&id) else { return };
        let group = &mut self.groups[slot.group];
        match slot.place {
            Place::Ready => {
                group.ready.remove(&(slot.sent_at, id));
                if group.ready.is_empty() {
                    self.turns.retain(|turn| *turn != slot.group);
                }
            }
            Place::Delayed { due } => {
                group.delayed -= 1;
                self.timers.remove(&(due, id));
            }
            Place::Held { until, .. } => {
                group.held -= 1;
                self.timers.remove(&(until, id));
            }
        }
    }
}

/// Bodies of recent messages, as many as there is room for.
#[derive(Debug)]
struct Recent {
    room: usize,
    bodies: HashMap<i64, Vec<u8>>,
}

impl Recent {
    fn keep(&mut self, id: i64, body: Vec<u8>) {
        if let Some(room) = self.room.checked_sub(body.len()) {
            self.room = room;
            self.bodies.insert(id, body);
        }
    }

    fn drop(&mut self, id: i64) {
        if let Some(body) = self.bodies.remove(&id) {
            self.room += body.len();
        }
    }
}
