//! The search: breadth first, so that the first violation that is found has the shortest trace.

use crate::moves::{Label, Model};
use crate::scenario::Scenario;
use crate::world::World;
use crossdock_runtime::ledger::Guards;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::time::Instant;

/// What a search found.
pub(crate) struct Found {
    pub(crate) states: usize,
    pub(crate) steps: usize,
    pub(crate) entries: usize,
    pub(crate) depth: usize,
    pub(crate) seconds: f64,
    /// The promise that was broken, and how.
    pub(crate) violation: Option<(&'static str, String)>,
    /// The names of the states in which nothing more is to be done.
    pub(crate) ends: Vec<String>,
}

/// Looks at every state of a scenario that can be reached, until one breaks a promise.
///
/// States are told apart by 64 bits of their hash: among ten million of them, the chance that two share theirs is one in
/// three hundred thousand.
pub(crate) fn search(scenario: Scenario, guards: Guards) -> Found {
    let began = Instant::now();
    let mut model = Model::new(scenario, guards);
    let mut seen: HashMap<u64, u32, BuildHasherDefault<Plain>> = HashMap::default();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut trail = Trail { worlds: vec![World::new(scenario.left).canonical()], parents: vec![u32::MAX] };
    let hasher = BuildHasherDefault::<Fold>::default();
    seen.insert(hasher.hash_one(trail.worlds[0]), 0);
    let (mut at, mut steps, mut depth, mut level_end) = (0, 0, 0, 1);
    let mut ends: Vec<String> = Vec::new();
    let mut violation = None;
    'all: while at < trail.worlds.len() {
        if at == level_end {
            depth += 1;
            level_end = trail.worlds.len();
        }
        let world = trail.worlds[at];
        let moves = model.moves(&world);
        if !world.busy() && world.ready == 0 {
            note_end(&model, &world, &mut ends);
        }
        for step in moves {
            steps += 1;
            let new = small(trail.worlds.len());
            let to = *seen.entry(hasher.hash_one(step.world)).or_insert(new);
            if !step.label.by_chance {
                edges.push((small(at), to));
            }
            if to != new && step.broken.is_none() {
                continue;
            }
            trail.worlds.push(step.world);
            trail.parents.push(small(at));
            if let Some(broken) = step.broken.or_else(|| model.broken(&step.world)) {
                violation = Some((broken, trail.tell(&mut model, trail.worlds.len() - 1, Some(step.label))));
                break 'all;
            }
        }
        at += 1;
    }
    if violation.is_none() {
        let good: Vec<bool> = trail.worlds.iter().map(|world| model.well_ended(world)).collect();
        let stuck = reaching(good, &edges).iter().position(|reaches| !reaches);
        violation = stuck.map(|at| ("stuck: it ends well by chance only", trail.tell(&mut model, at, None)));
    }
    ends.sort();
    let seconds = began.elapsed().as_secs_f64();
    Found { states: trail.worlds.len(), steps, entries: model.entries.len(), depth, seconds, violation, ends }
}

fn note_end(model: &Model, world: &World, ends: &mut Vec<String>) {
    use crossdock_runtime::ledger::State;
    let entry = model.entries.get(world.entry);
    if entry.due().is_some() {
        return;
    }
    let name = match &entry.state {
        State::Parked { reason, .. } => format!("parked {}", reason.name()),
        state => state.name().to_owned(),
    };
    if !ends.contains(&name) {
        ends.push(name);
    }
}

/// The states from which a good one can be reached.
fn reaching(good: Vec<bool>, edges: &[(u32, u32)]) -> Vec<bool> {
    let mut first = vec![0_u32; good.len() + 1];
    for (_, to) in edges {
        first[*to as usize + 1] += 1;
    }
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
    let mut free = first.clone();
    let mut before = vec![0_u32; edges.len()];
    for (from, to) in edges {
        before[free[*to as usize] as usize] = *from;
        free[*to as usize] += 1;
    }
    let mut reaches = good;
    let mut open: Vec<usize> = (0..reaches.len()).filter(|at| reaches[*at]).collect();
    while let Some(at) = open.pop() {
        for from in &before[first[at] as usize..first[at + 1] as usize] {
            if !std::mem::replace(&mut reaches[*from as usize], true) {
                open.push(*from as usize);
            }
        }
    }
    reaches
}

fn small(at: usize) -> u32 {
    u32::try_from(at).expect("few enough states")
}

/// How each state was first reached.
struct Trail {
    worlds: Vec<World>,
    parents: Vec<u32>,
}

impl Trail {
    /// The way to a state, in words; `last` is its last step where that is known.
    fn tell(&self, model: &mut Model, at: usize, last: Option<Label>) -> String {
        let mut way = vec![at];
        while let Some(parent) = way.last().map(|at| self.parents[*at]).filter(|parent| *parent != u32::MAX) {
            way.push(parent as usize);
        }
        way.reverse();
        let mut text = String::new();
        for (number, pair) in way.windows(2).enumerate() {
            let (from, to) = (self.worlds[pair[0]], self.worlds[pair[1]]);
            let step = model.moves(&from).into_iter().find(|step| step.world == to);
            let known = last.filter(|_| number + 2 == way.len()).or(step.map(|step| step.label));
            let label = known.map(|label| label.to_string()).unwrap_or_default();
            let state = if to.entry == crate::entries::ABSENT { "-" } else { model.entries.get(to.entry).state.name() };
            let _ = writeln!(text, "  {:>2}. {label}  [{state}]", number + 1);
        }
        text
    }
}

/// A quick hash for worlds: they hold small numbers only.
#[derive(Default)]
struct Fold(u64);

impl Hasher for Fold {
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.unsigned_abs() as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

/// What is hashed already.
#[derive(Default)]
struct Plain(u64);

impl Hasher for Plain {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("hashes only");
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}
