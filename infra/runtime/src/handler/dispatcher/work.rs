//! One worker's time with one order: claim, intend, send, record, end.

use super::super::gate::Health;
use super::super::journal::{Told, new_id, reply_of};
use super::super::sign_in::{NotSignedIn, Whose};
use super::super::{Desk, Handled, Ports, Trouble, keys};
use super::arrive::{Held, Ready, nudge, put, read_entry};
use super::{Step, ending};
use crate::clock::Clock;
use crate::http::Wire;
use crate::ledger::{CallState, Ending, Input, Intent, ParkReason, State, Task, WaitReason, transition};
use crate::port::{Batch, Check, CommitError, Exchange, ExchangeKind, Expect, Message, Put, Store};
use crossdock_engine::carrier::{Answer, Call, CallId, Next, Outcome, Reply};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;

/// How often a write is tried while a reply is in our hands that nobody else has.
const WRITES: u32 = 8;

/// Requests of one order that are in flight at once.
const CALLS_AT_ONCE: usize = 8;

/// After this many milliseconds an order that changed underneath is looked at again.
const AGAIN: i64 = 200;

/// A carrier that throttles without saying for how long.
const HOLD: Duration = Duration::from_secs(1);

pub(super) struct Work<'w, P: Ports> {
    pub(super) desk: &'w Desk<P>,
    pub(super) message: &'w Message,
    pub(super) held: Held,
    pub(super) ready: Ready,
    pub(super) scope: String,
    /// What goes with the next write.
    pub(super) pending: Batch,
    /// Replies that nobody has but us.
    unsaved: Vec<Unsaved>,
}

/// A reply that is not durable yet.
struct Unsaved {
    call: CallId,
    answer: Answer,
    exchange: Option<String>,
}

/// A call with what came of it.
struct Heard {
    call: Call,
    reply: Reply,
    at: i64,
    took: i64,
}

impl<'w, P: Ports> Work<'w, P> {
    pub(super) fn new(desk: &'w Desk<P>, message: &'w Message, held: Held, ready: Ready) -> Self {
        let scope = format!("{}/{}", held.entry.carrier, held.entry.account);
        Self { desk, message, held, ready, scope, pending: Batch::default(), unsaved: Vec::new() }
    }

    pub(super) async fn run(mut self, task: Task) -> Result<Handled, Trouble> {
        if let Some(handled) = self.related().await? {
            return Ok(handled);
        }
        let claim = Input::Claim { lease: self.desk.settings.grace, terms: self.ready.terms };
        self.apply(claim)?;
        match (&self.held.entry.state, task) {
            (State::Parked { .. }, _) => self.finish().await,
            (State::Reconciling { .. }, _) | (_, Task::Reconcile) => self.reconcile().await,
            _ => self.advance().await,
        }
    }

    /// Goes from look to look until the order waits or has ended.
    pub(super) async fn advance(&mut self) -> Result<Handled, Trouble> {
        self.read_unread().await?;
        loop {
            if let Step::Handled(handled) = self.look().await? {
                return Ok(handled);
            }
        }
    }

    async fn look(&mut self) -> Result<Step, Trouble> {
        let progress = self.held.entry.progress();
        let tokens = self.desk.tokens.usable(&self.scope, self.desk.clock.now());
        let entry = &self.held.entry;
        let next = self.ready.loaded.carrier.next(
            &entry.operation,
            &self.held.bytes,
            &self.ready.account,
            &tokens,
            &progress,
            self.desk.clock.seconds(),
        );
        match next {
            Ok(Next::SignIn { auth, request }) => {
                let whose = Whose {
                    carrier: &self.ready.loaded.carrier,
                    account: &self.ready.account,
                    gate: &self.ready.gate,
                    scope: &self.scope,
                };
                match self.desk.sign_in(&whose, &auth, &request).await {
                    Ok(()) => Ok(Step::GoOn),
                    Err(failed) => self.end(self.not_signed_in(failed)).await.map(Step::Handled),
                }
            }
            Ok(Next::Calls(calls)) => self.send_all(calls, &tokens).await,
            Ok(Next::Done(done)) => {
                let ending = ending::of_done(&self.held.entry, *done, |asked| self.again_at(asked));
                self.end(ending).await.map(Step::Handled)
            }
            Err(fault) => self.end(ending::of_fault(&self.held.entry, &fault)).await.map(Step::Handled),
        }
    }

    fn not_signed_in(&self, failed: NotSignedIn) -> Ending {
        match failed {
            NotSignedIn::Misconfigured(cause) => Ending::Parked { reason: ParkReason::Misconfigured, cause },
            NotSignedIn::Later(answer) => {
                self.ready.gate.report(Health::Ill, self.desk.clock.now());
                Ending::Waits { until: self.again_at(answer.retry_after), why: WaitReason::SignIn }
            }
        }
    }

    pub(super) fn again_at(&self, asked: Option<Duration>) -> i64 {
        let wait = self.desk.backoff(self.held.entry.waits, asked);
        self.desk.now().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
    }

    /// The intent is durable before the first byte leaves; every reply is durable before anything rests upon it.
    async fn send_all(
        &mut self,
        calls: Vec<Call>,
        tokens: &std::collections::BTreeMap<String, crossdock_engine::carrier::Token>,
    ) -> Result<Step, Trouble> {
        let intents = calls.iter().map(|call| Intent { call: call.id.clone(), repeatable: call.request.repeatable }).collect();
        let longest = calls.iter().map(|call| call.request.timeout).max().unwrap_or_default();
        let rounds = u32::try_from(calls.len().div_ceil(CALLS_AT_ONCE)).unwrap_or(1);
        let input = Input::Intend {
            fence: self.held.entry.fence,
            calls: intents,
            release: self.ready.loaded.digest.clone(),
            lease: longest * rounds + self.desk.settings.grace,
        };
        self.desk.mappings.keep(&self.ready.loaded, &self.desk.store).await?;
        self.apply(input)?;
        if let Some(handled) = self.write_intent().await? {
            return Ok(Step::Handled(handled));
        }
        let mut waiting: Vec<Call> = calls;
        waiting.reverse();
        let mut out = FuturesUnordered::new();
        let desk = self.desk;
        let gate = std::sync::Arc::clone(&self.ready.gate);
        let mut left = waiting.len();
        let last_moment = match self.held.entry.state {
            State::Sending { lease } => lease,
            _ => self.desk.now(),
        };
        loop {
            while out.len() < CALLS_AT_ONCE
                && let Some(call) = waiting.pop()
            {
                let (gate, scope) = (std::sync::Arc::clone(&gate), self.scope.clone());
                out.push(async move { exchange(desk, &gate, &scope, call, last_moment).await });
            }
            let Some(heard) = out.next().await else { return Ok(Step::GoOn) };
            left -= 1;
            crate::faults::at("heard");
            let (id, answer, replied, exchange_id) = self.read(heard, tokens);
            let input = Input::Reply {
                fence: self.held.entry.fence,
                call: id.clone(),
                answer: Box::new(answer.clone()),
                heard: replied,
                exchange: exchange_id.clone(),
            };
            self.apply(input)?;
            self.unsaved.push(Unsaved { call: id, answer, exchange: exchange_id });
            // The last reply is written together with what follows from it.
            if left > 0 && !self.save().await? {
                return Ok(Step::Handled(Handled::Later));
            }
        }
    }

    /// What a reply means; it goes to the journal with the next write.
    fn read(
        &mut self,
        heard: Heard,
        tokens: &std::collections::BTreeMap<String, crossdock_engine::carrier::Token>,
    ) -> (CallId, Answer, bool, Option<String>) {
        let entry = &self.held.entry;
        let progress = entry.progress();
        let id = heard.call.id.clone();
        let mut answer = match &heard.reply {
            Reply::NotConnected(why) if why.starts_with(UNSENDABLE) => unsendable(why),
            reply => self.ready.loaded.carrier.interpret(
                &entry.operation,
                &self.held.bytes,
                &self.ready.account,
                &progress,
                &id,
                reply,
            ),
        };
        if answer.outcome == Outcome::Reauthenticate && !self.desk.tokens.refuse(&self.scope, &heard.call.request, tokens) {
            answer.outcome = Outcome::Misconfigured;
        }
        let now = self.desk.clock.now();
        match answer.outcome {
            Outcome::Throttled => self.ready.gate.report(Health::Hold(answer.retry_after.unwrap_or(HOLD)), now),
            Outcome::Transient | Outcome::NotWritten | Outcome::Ambiguous => self.ready.gate.report(Health::Ill, now),
            _ => self.ready.gate.report(Health::Well, now),
        }
        self.externalize(&mut answer);
        let replied = matches!(heard.reply, Reply::Answered { .. });
        let exchange = self.told(&heard, &answer);
        let exchange_id = replied.then(|| exchange.id.clone());
        let labels = [("carrier", self.held.entry.carrier.clone()), ("outcome", outcome_name(answer.outcome).to_owned())];
        metrics::histogram!("crossdock_carrier_seconds", &labels)
            .record(Duration::from_millis(u64::try_from(heard.took).unwrap_or(0)).as_secs_f64());
        self.pending.exchanges.push(exchange);
        (id, answer, replied, exchange_id)
    }

    fn told(&self, heard: &Heard, answer: &Answer) -> Exchange {
        let told = Told {
            id: new_id(),
            order_id: &self.held.entry.order_id,
            kind: ExchangeKind::Call,
            party: &self.held.entry.carrier,
            request: &heard.call.request,
            reply: &heard.reply,
            meaning: meaning(&heard.call.id, answer),
            release: &self.ready.loaded.digest,
            at: heard.at,
            took: heard.took,
        };
        told.exchange()
    }

    /// Replies that a mended file may read now: the carrier is not called.
    async fn read_unread(&mut self) -> Result<(), Trouble> {
        let unread: Vec<(CallId, String)> = self
            .held
            .entry
            .calls
            .iter()
            .filter_map(|call| match &call.state {
                CallState::Unread { exchange } => Some((call.id.clone(), exchange.clone())),
                _ => None,
            })
            .collect();
        for (id, exchange) in unread {
            let kept = self.desk.store.exchange(&exchange).await?;
            let Some(reply) = kept.as_ref().and_then(reply_of) else {
                return Err(Trouble::Store(format!("the kept reply {exchange} cannot be read")));
            };
            let mut answer = self.ready.loaded.carrier.interpret(
                &self.held.entry.operation,
                &self.held.bytes,
                &self.ready.account,
                &self.held.entry.progress(),
                &id,
                &reply,
            );
            self.externalize(&mut answer);
            let input = Input::Reply {
                fence: self.held.entry.fence,
                call: id,
                answer: Box::new(answer),
                heard: true,
                exchange: Some(exchange),
            };
            self.apply(input)?;
        }
        Ok(())
    }

    pub(super) async fn end(&mut self, ending: Ending) -> Result<Handled, Trouble> {
        let input = Input::End { fence: self.held.entry.fence, ending, terms: self.ready.terms };
        self.apply(input)?;
        self.finish().await
    }

    /// Takes an input; what does not apply means that the entry is not what we thought.
    pub(super) fn apply(&mut self, input: Input) -> Result<(), Trouble> {
        match transition(&self.held.entry, input, self.desk.now()) {
            Ok(entry) => {
                self.held.entry = entry;
                Ok(())
            }
            Err(refused) => {
                tracing::debug!(order = self.held.entry.key, why = %refused, "a step does not apply");
                Err(Trouble::Changed)
            }
        }
    }

    /// Writes the entry with the intent to send. Nothing has left yet: any trouble means "later".
    async fn write_intent(&mut self) -> Result<Option<Handled>, Trouble> {
        let mut batch = self.batch();
        if ending_creates(&self.held.entry.operation) && self.held.entry.calls.iter().all(|call| call.attempts <= 1) {
            batch.checks.push(Check { key: keys::tombstone(&self.held.entry.order_id), expect: Expect::Absent });
        }
        match self.commit(batch).await {
            Ok(()) => Ok(None),
            Err(CommitError::Conflict(_)) => {
                self.desk.store.defer(self.message, Duration::from_millis(200)).await?;
                Ok(Some(Handled::Later))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Writes replies that are in nobody's hands but ours. False when the entry has gone on without us.
    async fn save(&mut self) -> Result<bool, Trouble> {
        let batch = self.batch();
        self.save_with(batch).await
    }

    /// As `save`, with what goes along. False when the entry has gone on without us; then nothing of it was written.
    pub(super) async fn save_with(&mut self, batch: Batch) -> Result<bool, Trouble> {
        match self.commit_hard(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_)) => {
                for unsaved in std::mem::take(&mut self.unsaved) {
                    self.late(unsaved).await?;
                }
                self.desk.later(self.message, self.desk.now() + AGAIN).await?;
                Ok(false)
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Our claim was superseded while we waited for the carrier: the reply still settles what is in doubt.
    async fn late(&mut self, unsaved: Unsaved) -> Result<(), Trouble> {
        let fence = self.held.entry.fence;
        let Some((entry, version)) = read_entry(self.desk.store.get(&keys::entry(&self.held.entry.key)).await?) else {
            return Ok(());
        };
        let Unsaved { call, answer, exchange } = unsaved;
        let input = Input::Late { fence, call, answer: Box::new(answer), exchange, lease: Duration::ZERO };
        let Ok(settled) = transition(&entry, input, self.desk.now()) else { return Ok(()) };
        tracing::info!(order = settled.key, "a late reply settles the order");
        let mut batch = Batch { exchanges: std::mem::take(&mut self.pending.exchanges), ..Batch::default() };
        batch.puts.push(put(&settled, Expect::Version(version)));
        if let State::Parked { reason, .. } = &entry.state {
            let key = keys::dead("orders", &entry.carrier, reason.name(), &entry.key);
            batch.puts.push(Put::delete(key, Expect::Anything));
        }
        // Whoever gets this message goes on from here.
        batch.sends.push(nudge(&settled, Duration::from_millis(100)));
        self.desk.store.commit(batch).await?;
        Ok(())
    }

    /// The entry as it is now, with everything that goes with its next write.
    pub(super) fn batch(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.pending);
        batch.puts.push(put(&self.held.entry, self.held.expect));
        if self.held.unkept {
            batch.puts.push(Put::new(keys::order(&self.held.entry.key), Expect::Anything, self.held.bytes.to_vec()));
        }
        batch
    }

    pub(super) async fn commit(&mut self, batch: Batch) -> Result<(), CommitError> {
        crate::faults::before(self.held.entry.state.name());
        self.desk.store.commit(batch).await?;
        self.written();
        Ok(())
    }

    /// As `commit`, but tried for long: losing what is to be written would leave the order in doubt.
    pub(super) async fn commit_hard(&mut self, batch: Batch) -> Result<(), CommitError> {
        let mut wait = Duration::from_millis(20);
        crate::faults::before(self.held.entry.state.name());
        for _ in 1..WRITES {
            match self.desk.store.commit(batch.clone()).await {
                Ok(()) => {
                    self.written();
                    return Ok(());
                }
                Err(CommitError::Conflict(keys)) if !self.is_written(&batch).await => return Err(CommitError::Conflict(keys)),
                // An earlier try of ours went through after all.
                Err(CommitError::Conflict(_)) => {
                    self.written();
                    return Ok(());
                }
                Err(CommitError::Busy | CommitError::Failed(_)) => {
                    self.desk.clock.sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(2));
                }
            }
        }
        self.commit(batch).await
    }

    async fn is_written(&self, batch: &Batch) -> bool {
        let key = keys::entry(&self.held.entry.key);
        let ours = batch.puts.iter().find(|put| put.key == key).and_then(|put| put.body.as_ref());
        matches!((self.desk.store.get(&key).await, ours), (Ok(Some(item)), Some(ours)) if item.body == *ours)
    }

    fn written(&mut self) {
        crate::faults::after(self.held.entry.state.name());
        self.unsaved.clear();
        self.held.unkept = false;
        self.held.expect = Expect::Version(match self.held.expect {
            Expect::Version(version) => version + 1,
            Expect::Absent | Expect::Anything => 1,
        });
    }
}

/// Marks a reply that stands for a request which cannot be sent at all.
const UNSENDABLE: &str = "unsendable: ";

/// Sends a request, unless its turn comes so late that our claim could lapse before its reply.
async fn exchange<P: Ports>(desk: &Desk<P>, gate: &super::super::gate::Gate, scope: &str, call: Call, last_moment: i64) -> Heard {
    let _in_use = desk.tokens.hold(scope, &call.request).await;
    let _room = gate.enter(&*desk.clock).await;
    let at = desk.now();
    let longest = i64::try_from(call.request.timeout.as_millis()).unwrap_or(i64::MAX);
    if at.saturating_add(longest) > last_moment {
        return Heard { call, reply: Reply::NotConnected("its turn came too late".into()), at, took: 0 };
    }
    let reply = match desk.wire.send(&call.request).await {
        Ok(reply) => reply,
        Err(refused) => Reply::NotConnected(format!("{UNSENDABLE}{refused}")),
    };
    Heard { call, reply, at, took: desk.now() - at }
}

/// A request whose address or headers are wrong: sending it later would not help.
fn unsendable(why: &str) -> Answer {
    Answer {
        outcome: Outcome::Misconfigured,
        errors: Vec::new(),
        warnings: Vec::new(),
        retry_after: None,
        extracted: serde_json::Map::new(),
        unreadable: Some(why.strip_prefix(UNSENDABLE).unwrap_or(why).to_owned()),
    }
}

fn meaning(id: &CallId, answer: &Answer) -> String {
    let step = match (&id.step, id.undo) {
        (Some(step), true) => format!("undo {step} {}: ", id.iteration + 1),
        (Some(step), false) => format!("{step} {}: ", id.iteration + 1),
        (None, _) => String::new(),
    };
    let code = answer.errors.iter().find_map(|error| error.code.as_deref()).map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{step}{}{code}", outcome_name(answer.outcome))
}

pub(crate) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Rejected => "rejected",
        Outcome::Reauthenticate => "reauthenticate",
        Outcome::Misconfigured => "misconfigured",
        Outcome::Throttled => "throttled",
        Outcome::Transient => "transient",
        Outcome::NotWritten => "not_written",
        Outcome::Ambiguous => "ambiguous",
        Outcome::NotFound => "not_found",
        Outcome::Pending => "pending",
        Outcome::Unexpected => "unexpected",
    }
}

/// Operations that make something at the carrier which a later operation can undo.
pub(crate) fn ending_creates(operation: &str) -> bool {
    operation.starts_with("create")
}
