//! Entries of the ledger, interned: a state of the world holds a number, and each step of the crate's transition function is
//! computed once.
//!
//! Time stands still at [`NOW`]; what time does to an entry is a step of its own ([`Ask::Expire`] and the like), so that leases,
//! windows and ages run out in any order that is possible.

use crate::operation::{CALLS, Kind, Operation, id_of, index_of, outcome_of};
use crossdock_engine::carrier::{Answer, Asked, Completion, Outcome, Repeatable};
use crossdock_engine::model::{Order, OrderResult, ResultOutcome};
use crossdock_runtime::ledger::{
    CallRecord, CallState, Ending, Entry, Finding, Guards, Input, Intent, ParkReason, RepeatableKept, Resolution, State, Terms,
    WaitReason, transition_guarded,
};
use std::collections::HashMap;
use std::time::Duration;

/// The time, in milliseconds.
pub(crate) const NOW: i64 = 1_000_000_000;
/// A lease.
const LEASE: i64 = 60_000;
/// The carrier's window of idempotency.
const WINDOW: i64 = 3_600_000;
/// The carrier's time to show a write.
const SETTLE: i64 = 120_000;
/// How often the carrier is asked for its later answer.
const EVERY: i64 = 30_000;
/// How long an order is tried.
const GIVE_UP: i64 = 86_400_000;

/// An interned entry.
pub(crate) type Id = u32;
/// No entry in the store.
pub(crate) const ABSENT: Id = u32::MAX;

/// An input of the ledger, or what time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Ask {
    Claim,
    Intend {
        fence: u8,
        calls: u8,
    },
    Reply {
        fence: u8,
        call: u8,
        outcome: u8,
        heard: bool,
    },
    Late {
        fence: u8,
        call: u8,
        outcome: u8,
    },
    End {
        fence: u8,
        end: End,
    },
    Reconciled {
        fence: u8,
        told: Told,
    },
    /// A delivery tells what became of the second exchange.
    Completed {
        outcome: u8,
    },
    Cancelled,
    Emitted,
    Redrive,
    Resolve(Said),
    /// The lease runs out.
    Expire,
    /// The carrier forgets the keys of what it was sent.
    Lapse,
    /// What is in doubt has had time to be seen.
    Settle,
    /// The order has been tried for too long.
    Age,
    /// It is time to ask the carrier for its later answer.
    Due,
    /// The carrier's later answer has been waited for too long.
    Over,
    /// Claims are told apart, and ordered, but not counted: see [`Entries::renumbered`].
    Renumber(u64),
}

/// An ending, small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum End {
    Accepted,
    Refused,
    Pending,
    Waits,
    Ambiguous,
    Unreadable,
    Misconfigured,
    LeftBehind,
    Mapping,
}

/// What a lookup tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Told {
    Carried,
    Found,
    NotFound { authoritative: bool, settled: bool },
    Undecided,
    Unreadable,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Said {
    Accepted,
    Refused,
    Resend,
}

/// The interned entries and the steps between them.
pub(crate) struct Entries {
    pub(crate) operation: Operation,
    pub(crate) guards: Guards,
    all: Vec<Entry>,
    ids: HashMap<String, Id>,
    steps: HashMap<(Id, Ask), Option<Id>>,
}

impl Entries {
    pub(crate) fn new(operation: Operation, guards: Guards) -> Self {
        Self { operation, guards, all: Vec::new(), ids: HashMap::new(), steps: HashMap::new() }
    }

    pub(crate) fn get(&self, id: Id) -> &Entry {
        &self.all[id as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The entry that is inserted for a new order.
    pub(crate) fn fresh(&mut self) -> Id {
        let order: Order = serde_json::from_value(serde_json::json!({
            "order_id": "o", "operation_id": "1", "carrier": "c", "shipment": {
                "reference": "r",
                "sender": {"name": "s", "address": {"lines": ["l"], "city": "c", "country": "DE"}},
                "recipient": {"name": "r", "address": {"lines": ["l"], "city": "c", "country": "DE"}},
                "parcels": [{"weight": 1}],
            },
        }))
        .expect("an order");
        self.intern(Entry::new("o:create_shipment:1".into(), &order, String::new(), NOW))
    }

    /// One step; none when the ledger refuses it.
    pub(crate) fn step(&mut self, id: Id, ask: Ask) -> Option<Id> {
        if let Some(known) = self.steps.get(&(id, ask)) {
            return *known;
        }
        let next = self.compute(id, ask).map(|entry| self.intern(entry));
        self.steps.insert((id, ask), next);
        next
    }

    fn intern(&mut self, mut entry: Entry) -> Id {
        shrink(&mut entry);
        let key = serde_json::to_string(&entry).expect("an entry is JSON");
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = Id::try_from(self.all.len()).expect("few entries");
        self.all.push(entry);
        self.ids.insert(key, id);
        id
    }

    fn compute(&self, id: Id, ask: Ask) -> Option<Entry> {
        let mut entry = self.get(id).clone();
        match ask {
            Ask::Expire => expire(&mut entry)?,
            Ask::Lapse => entry.calls.iter_mut().for_each(|call| call.first_sent = call.first_sent.min(NOW - WINDOW)),
            Ask::Settle => {
                let doubtful = entry.calls.iter_mut().filter(|call| call.state == CallState::Doubtful);
                doubtful.for_each(|call| call.quiet_from = call.quiet_from.min(NOW - SETTLE));
            }
            Ask::Age => entry.first_seen = NOW - GIVE_UP,
            Ask::Due => match &mut entry.state {
                State::Pending { ask: Some(ask) } if *ask > NOW => *ask = NOW,
                _ => return None,
            },
            Ask::Over => match (&entry.state, &mut entry.later) {
                (State::Pending { .. }, Some(later)) if later.until > NOW => later.until = NOW,
                _ => return None,
            },
            Ask::Renumber(ranks) => {
                entry.fence = rank(ranks, entry.fence);
                entry.calls.iter_mut().for_each(|call| call.fence = rank(ranks, call.fence));
            }
            _ => return transition_guarded(&entry, self.input(ask), NOW, self.guards).ok(),
        }
        Some(entry)
    }

    fn terms(&self) -> Terms {
        let give_up_after = Duration::from_millis(GIVE_UP.unsigned_abs());
        Terms { give_up_after, reconcile: self.operation.lookup.is_some() }
    }

    fn input(&self, ask: Ask) -> Input {
        let lease = Duration::from_millis(LEASE.unsigned_abs());
        let terms = self.terms();
        match ask {
            Ask::Claim => Input::Claim { lease, terms },
            Ask::Intend { fence, calls } => {
                let calls = (0..CALLS).filter(|call| calls & (1 << call) != 0).map(|call| self.intent(call)).collect();
                Input::Intend { fence: fence.into(), calls, release: String::new(), lease }
            }
            Ask::Reply { fence, call, outcome, heard } => Input::Reply {
                fence: fence.into(),
                call: id_of(&self.operation, call),
                answer: Box::new(Answer::of(outcome_of(outcome))),
                heard,
                exchange: heard.then(String::new),
            },
            Ask::Late { fence, call, outcome } => Input::Late {
                fence: fence.into(),
                call: id_of(&self.operation, call),
                answer: Box::new(Answer::of(outcome_of(outcome))),
                exchange: Some(String::new()),
                lease,
            },
            Ask::End { fence, end } => Input::End { fence: fence.into(), ending: ending(end, self.operation.asks), terms },
            Ask::Reconciled { fence, told } => {
                Input::Reconciled { fence: fence.into(), finding: finding(told), again: NOW, lease }
            }
            Ask::Completed { outcome } => {
                let id = id_of(&self.operation, 1);
                let completion = Completion {
                    operation: "create_shipment".into(),
                    step: id.step,
                    names: Asked::default(),
                    answer: Answer::of(outcome_of(outcome)),
                };
                Input::Completed { completion: Box::new(completion), exchange: Some(String::new()) }
            }
            Ask::Cancelled => Input::Cancelled(result(ResultOutcome::Refused)),
            Ask::Emitted => Input::Emitted,
            Ask::Redrive => Input::Redrive,
            Ask::Resolve(Said::Accepted) => Input::Resolve(Resolution::Accepted(result(ResultOutcome::Accepted))),
            Ask::Resolve(Said::Refused) => Input::Resolve(Resolution::Refused(result(ResultOutcome::Refused))),
            Ask::Resolve(Said::Resend) => Input::Resolve(Resolution::Resend),
            Ask::Expire | Ask::Lapse | Ask::Settle | Ask::Age | Ask::Due | Ask::Over | Ask::Renumber(_) => {
                unreachable!("what time does is no input")
            }
        }
    }

    fn intent(&self, call: u8) -> Intent {
        let repeatable = match self.operation.kind(call) {
            Kind::Reads => Repeatable::Reads,
            Kind::Within => Repeatable::Within(Duration::from_millis(WINDOW.unsigned_abs())),
            Kind::Never => Repeatable::Never,
        };
        Intent { call: id_of(&self.operation, call), repeatable }
    }

    /// The bits of the calls in one of these states.
    pub(crate) fn calls(&self, id: Id, is: impl Fn(&CallRecord) -> bool) -> u8 {
        let entry = self.get(id);
        entry.calls.iter().filter(|call| is(call)).fold(0, |bits, call| bits | 1 << index_of(&self.operation, &call.id))
    }

    /// The fences that an entry holds, in bits.
    pub(crate) fn fences(&self, id: Id) -> u64 {
        let entry = self.get(id);
        entry.calls.iter().fold(1 << entry.fence, |bits, call| bits | 1 << call.fence)
    }

    /// The entry with its fences replaced by their ranks, four bits each.
    pub(crate) fn renumbered(&mut self, id: Id, ranks: u64) -> Id {
        self.step(id, Ask::Renumber(ranks)).expect("renumbering is always possible")
    }

    /// Whether a question now sees everything that is in doubt: the crate's own word.
    pub(crate) fn settled(&self, id: Id) -> bool {
        self.get(id).settled(SETTLE, NOW)
    }
}

/// The rank of a fence, of those below 16.
fn rank(ranks: u64, fence: u32) -> u32 {
    u32::try_from(ranks >> (4 * fence) & 15).expect("four bits")
}

fn expire(entry: &mut Entry) -> Option<()> {
    match &mut entry.state {
        State::Claimed { lease } | State::Sending { lease } | State::Reconciling { lease } if *lease > NOW => *lease = NOW,
        _ => return None,
    }
    entry.calls.iter_mut().for_each(|call| call.quiet_from = call.quiet_from.min(NOW));
    Some(())
}

/// Leaves out what no decision looks at, so that entries that behave alike are one.
fn shrink(entry: &mut Entry) {
    entry.notes.clear();
    entry.waits = 0;
    entry.redrives = 0;
    entry.changed = NOW;
    for call in &mut entry.calls {
        call.attempts = 1;
        let kept = call.unsettled() || call.state == CallState::Sending;
        call.unknown &= kept;
        call.fence = if kept { call.fence } else { 0 };
        call.quiet_from = if kept { call.quiet_from } else { 0 };
        if !kept || !matches!(call.repeatable, RepeatableKept::Within(_)) {
            call.first_sent = NOW;
        }
    }
    if let State::Parked { cause, .. } = &mut entry.state {
        cause.clear();
    }
}

fn result(outcome: ResultOutcome) -> Box<OrderResult> {
    let result = serde_json::json!({ "outcome": outcome });
    Box::new(serde_json::from_value(result).expect("a result"))
}

fn ending(end: End, asks: bool) -> Ending {
    let parked = |reason| Ending::Parked { reason, cause: String::new() };
    match end {
        End::Accepted => Ending::Accepted(result(ResultOutcome::Accepted)),
        End::Refused => Ending::Refused(result(ResultOutcome::Refused)),
        End::Pending => Ending::Pending { ask: asks.then_some(NOW + EVERY), give_up: None, in_vain: None },
        End::Waits => Ending::Waits { until: NOW, why: WaitReason::Throttled },
        End::Ambiguous => Ending::Ambiguous { cause: String::new() },
        End::Unreadable => parked(ParkReason::Unreadable),
        End::Misconfigured => parked(ParkReason::Misconfigured),
        End::LeftBehind => parked(ParkReason::LeftBehind),
        End::Mapping => parked(ParkReason::Mapping),
    }
}

fn finding(told: Told) -> Finding {
    match told {
        Told::Carried => Finding::Carried(Box::new(Answer::of(Outcome::Accepted))),
        Told::Found => Finding::Found(result(ResultOutcome::Accepted)),
        Told::NotFound { authoritative, settled } => Finding::NotFound { authoritative, settled },
        Told::Undecided => Finding::Undecided,
        Told::Unreadable => Finding::Unreadable(String::new()),
    }
}
