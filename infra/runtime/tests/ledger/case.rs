//! One entry and its inputs, so that a test reads as a story.

use crossdock_engine::carrier::{Answer, Asked, CallId, Completion, Outcome, Repeatable};
use crossdock_engine::model::OrderResult;
use crossdock_runtime::ledger::{
    CallRecord, CallState, Ending, Entry, Finding, Input, Intent, ParkReason, Refused, State, Terms, WaitReason, transition,
};
use std::time::Duration;

/// When each story begins, in milliseconds.
pub(crate) const NOW: i64 = 1_000_000_000;
/// Every lease.
pub(crate) const LEASE: i64 = 60_000;
/// The carrier's window.
pub(crate) const WINDOW: i64 = 600_000;
/// The carrier's settle time.
pub(crate) const SETTLE: i64 = 120_000;
/// How often a carrier is asked for its later answer.
pub(crate) const EVERY: i64 = 30_000;
/// How long an order is tried.
pub(crate) const GIVE_UP: i64 = 86_400_000;

/// An entry at a time.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) entry: Entry,
    pub(crate) now: i64,
    lookup: bool,
}

impl Case {
    /// An order that has just come.
    pub(crate) fn new() -> Self {
        let order = serde_json::json!({
            "order_id": "o", "operation_id": "1", "carrier": "c", "shipment": {
                "reference": "r",
                "sender": {"name": "s", "address": {"lines": ["l"], "city": "c", "country": "DE"}},
                "recipient": {"name": "r", "address": {"lines": ["l"], "city": "c", "country": "DE"}},
                "parcels": [{"weight": 1}],
            },
        });
        let order = serde_json::from_value(order).expect("an order");
        Self { entry: Entry::new("o:create_shipment:1".into(), &order, String::new(), NOW), now: NOW, lookup: false }
    }

    /// It has been claimed.
    pub(crate) fn claimed() -> Self {
        let mut case = Self::new();
        case.claim();
        case
    }

    /// A write that may be repeated was sent, nobody heard of it, and it was claimed again.
    pub(crate) fn unheard_within() -> Self {
        let mut case = Self::claimed();
        case.intend(call(0), within());
        case.now += LEASE;
        case.claim();
        case
    }

    /// A write was sent, nobody heard of it, and a worker asks the carrier.
    pub(crate) fn reconciling() -> Self {
        let mut case = Self::claimed().with_lookup();
        case.intend(call(0), Repeatable::Never);
        case.now += LEASE;
        case.claim();
        assert_eq!(case.stands(), "reconciling");
        case
    }

    /// The carrier can be asked.
    pub(crate) fn with_lookup(self) -> Self {
        Self { lookup: true, ..self }
    }

    pub(crate) fn tries(&self, input: Input) -> Result<Entry, Refused> {
        transition(&self.entry, input, self.now)
    }

    #[track_caller]
    pub(crate) fn put(&mut self, input: Input) {
        self.entry = self.tries(input).expect("it applies");
    }

    #[track_caller]
    pub(crate) fn refusal(&self, result: Result<Entry, Refused>) -> Refused {
        result.expect_err("it does not apply")
    }

    pub(crate) fn claims(&self) -> Result<Entry, Refused> {
        self.tries(Input::Claim { lease: lease(), terms: self.terms() })
    }

    #[track_caller]
    pub(crate) fn claim(&mut self) {
        self.entry = self.claims().expect("it can be claimed");
    }

    pub(crate) fn intends(&self, call: CallId, repeatable: Repeatable) -> Result<Entry, Refused> {
        let calls = vec![Intent { call, repeatable }];
        self.tries(Input::Intend { fence: self.entry.fence, calls, release: "r".into(), lease: lease() })
    }

    #[track_caller]
    pub(crate) fn intend(&mut self, call: CallId, repeatable: Repeatable) {
        self.entry = self.intends(call, repeatable).expect("it may be sent");
    }

    #[track_caller]
    pub(crate) fn reply(&mut self, call: CallId, outcome: Outcome) {
        let exchange = Some("exchange".to_owned());
        self.put(Input::Reply { fence: self.entry.fence, call, answer: answer(outcome), heard: true, exchange });
    }

    /// No reply came in time.
    #[track_caller]
    pub(crate) fn unheard(&mut self, call: CallId) {
        let answer = answer(Outcome::Ambiguous);
        self.put(Input::Reply { fence: self.entry.fence, call, answer, heard: false, exchange: None });
    }

    #[track_caller]
    pub(crate) fn reconciled(&mut self, finding: Finding) {
        self.put(Input::Reconciled { fence: self.entry.fence, finding, again: self.now, lease: lease() });
    }

    pub(crate) fn ends(&self, ending: Ending) -> Result<Entry, Refused> {
        self.tries(Input::End { fence: self.entry.fence, ending, terms: self.terms() })
    }

    #[track_caller]
    pub(crate) fn end(&mut self, ending: Ending) {
        self.entry = self.ends(ending).expect("it can end");
    }

    /// Ends as the outcome of this exchange says.
    #[track_caller]
    pub(crate) fn end_by_outcome(&mut self, call: CallId) {
        let record = self.entry.call(&call).expect("an exchange");
        let CallState::Answered { answer, .. } = &record.state else { panic!("it is not answered: {:?}", record.state) };
        let parked = |reason| Ending::Parked { reason, cause: String::new() };
        self.end(match answer.outcome {
            Outcome::Accepted => Ending::Accepted(accepted()),
            Outcome::Rejected | Outcome::NotFound => Ending::Refused(refused()),
            Outcome::Pending => put_off(Some(self.now + EVERY)),
            Outcome::Ambiguous => Ending::Ambiguous { cause: String::new() },
            Outcome::Misconfigured => parked(ParkReason::Misconfigured),
            Outcome::Unexpected => parked(ParkReason::Unreadable),
            Outcome::Throttled | Outcome::Transient | Outcome::NotWritten | Outcome::Reauthenticate => {
                Ending::Waits { until: self.now, why: WaitReason::Throttled }
            }
        });
    }

    /// Its state, and why it is parked.
    pub(crate) fn stands(&self) -> String {
        match &self.entry.state {
            State::Parked { reason, .. } => format!("parked: {}", reason.name()),
            state => state.name().to_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn call(&self, iteration: u32) -> &CallRecord {
        self.entry.call(&call(iteration)).expect("an exchange")
    }

    /// What an exchange was read as.
    pub(crate) fn outcome(&self, iteration: u32) -> Option<Outcome> {
        match &self.call(iteration).state {
            CallState::Answered { answer, .. } => Some(answer.outcome),
            _ => None,
        }
    }

    fn terms(&self) -> Terms {
        Terms { give_up_after: Duration::from_millis(GIVE_UP.unsigned_abs()), reconcile: self.lookup }
    }
}

/// An iteration of the only step.
pub(crate) fn call(iteration: u32) -> CallId {
    CallId { step: Some("each".into()), iteration, undo: false }
}

/// Its undoing.
pub(crate) fn undo(iteration: u32) -> CallId {
    CallId { undo: true, ..call(iteration) }
}

/// A write that the carrier recognises for [`WINDOW`].
pub(crate) fn within() -> Repeatable {
    Repeatable::Within(Duration::from_millis(WINDOW.unsigned_abs()))
}

/// An answer that holds nothing but its outcome.
pub(crate) fn answer(outcome: Outcome) -> Box<Answer> {
    let answer = serde_json::json!({ "outcome": outcome });
    Box::new(serde_json::from_value(answer).expect("an answer"))
}

/// The carrier answers later; it is asked at this time, if at all.
pub(crate) fn put_off(ask: Option<i64>) -> Ending {
    Ending::Pending { ask, give_up: None, in_vain: None }
}

/// A delivery tells what became of an iteration, by the carrier's name of it.
pub(crate) fn completes(name: &str, outcome: Outcome) -> Input {
    let names = Asked { carrier_ref: Some(name.to_owned()), ..Asked::default() };
    let completion =
        Completion { operation: "create_shipment".into(), step: Some("each".into()), names, answer: *answer(outcome) };
    Input::Completed { completion: Box::new(completion), exchange: Some("delivery".into()) }
}

/// What the shop is told.
pub(crate) fn accepted() -> Box<OrderResult> {
    Box::new(serde_json::from_value(serde_json::json!({"outcome": "accepted"})).expect("a result"))
}

/// What the shop is told.
pub(crate) fn refused() -> Box<OrderResult> {
    Box::new(serde_json::from_value(serde_json::json!({"outcome": "refused", "code": "no"})).expect("a result"))
}

fn lease() -> Duration {
    Duration::from_millis(LEASE.unsigned_abs())
}
