//! Drives one operation to its end: asks the engine what comes next, signs in, sends, retries, records.

mod fate;
mod job;
mod policy;

pub use job::{Fault, Job};
pub use policy::Policy;

use crate::clock::Clock;
use crate::http::{Unsendable, Wire};
use crate::limits::Limiter;
use crate::tokens::Tokens;
use crossdock_engine::carrier::{Answer, Call, CallId, Done, Next, Outcome, Progress, Reply, Request, Token};
use fate::{Fate, Verdict};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Requests of one order that are in flight at once.
const CALLS_AT_ONCE: usize = 8;

/// How an operation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The engine read the carrier's replies to an end.
    Done(Box<Done>),
    /// `requires` or the options are not met: refused, nothing was sent.
    NotMet(String),
    /// The request cannot be rendered. Nothing was sent for it.
    Mapping(String),
    /// The account lacks something. Nothing was sent for it.
    Misconfigured(String),
    /// The rendered request cannot be sent: its address or a header is wrong.
    Unsendable(String),
    /// The sign-in failed; nothing was sent for the order's next exchange.
    SignIn(Box<Answer>),
}

/// What it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Requests sent, sign-ins left out.
    pub requests: u32,
    /// Requests that repeated an earlier one.
    pub retries: u32,
    /// Sign-ins sent.
    pub sign_ins: u32,
    /// From the first question to the end.
    pub took: Duration,
}

/// The end of an operation, what had been recorded by then, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// How.
    pub ending: Ending,
    /// All answers on the way.
    pub progress: Progress,
    /// What it took.
    pub effort: Effort,
}

/// Shared by all orders: the wire, the time, the tokens, the patience.
#[derive(Debug, Clone)]
pub struct Driver<W, C> {
    /// What sends.
    pub wire: W,
    /// The time.
    pub clock: Arc<C>,
    /// The tokens in use.
    pub tokens: Arc<Tokens>,
    /// How long to try.
    pub policy: Policy,
}

impl<W: Wire, C: Clock> Driver<W, C> {
    /// A driver with tokens of its own.
    pub fn new(wire: W, clock: C, policy: Policy) -> Self {
        Self { wire, clock: Arc::new(clock), tokens: Arc::default(), policy }
    }

    /// Drives an operation from this progress to its end.
    pub async fn run<J: Job>(&self, job: &J, limiter: &Limiter, progress: Progress) -> Ended {
        let started = self.clock.now();
        let mut run = Run { driver: self, job, limiter, progress, counts: Counts::default() };
        let ending = run.finish().await;
        let effort = run.counts.effort(self.clock.now().saturating_sub(started));
        Ended { ending, progress: run.progress, effort }
    }
}

#[derive(Default)]
struct Counts {
    requests: AtomicU32,
    retries: AtomicU32,
    sign_ins: AtomicU32,
}

impl Counts {
    fn effort(&self, took: Duration) -> Effort {
        let read = |count: &AtomicU32| count.load(Ordering::Relaxed);
        Effort { requests: read(&self.requests), retries: read(&self.retries), sign_ins: read(&self.sign_ins), took }
    }
}

struct Run<'a, W, C, J> {
    driver: &'a Driver<W, C>,
    job: &'a J,
    limiter: &'a Limiter,
    progress: Progress,
    counts: Counts,
}

enum Step {
    Calls(Vec<Call>, BTreeMap<String, Token>),
    Done(Box<Done>),
}

impl<W: Wire, C: Clock, J: Job> Run<'_, W, C, J> {
    async fn finish(&mut self) -> Ending {
        loop {
            let (calls, tokens) = match self.step().await {
                Ok(Step::Calls(calls, tokens)) => (calls, tokens),
                Ok(Step::Done(done)) => return Ending::Done(done),
                Err(ending) => return ending,
            };
            if let Err(ending) = self.settle_all(calls, &tokens).await {
                return ending;
            }
        }
    }

    /// Every call is recorded before an ending is reported: what another one came to must not be lost.
    async fn settle_all(&mut self, calls: Vec<Call>, tokens: &BTreeMap<String, Token>) -> Result<(), Ending> {
        let settled: Vec<_> = {
            let this = &*self;
            let settling =
                calls.into_iter().map(|call| async move { (call.id.clone(), this.settle(call, tokens.clone()).await) });
            futures_util::stream::iter(settling).buffered(CALLS_AT_ONCE).collect().await
        };
        let mut failed = None;
        for (id, result) in settled {
            match result {
                Ok(answer) => self.progress.record(id, answer),
                Err(ending) => failed = failed.or(Some(ending)),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// What the engine asks for next, sign-ins done.
    async fn step(&self) -> Result<Step, Ending> {
        loop {
            let tokens = self.driver.tokens.usable(self.job.scope(), self.driver.clock.now());
            match self.job.next(&tokens, &self.progress, self.driver.clock.seconds())? {
                Next::SignIn { auth, request } => self.sign_in(&auth, &request, &tokens).await?,
                Next::Calls(calls) => return Ok(Step::Calls(calls, tokens)),
                Next::Done(done) => return Ok(Step::Done(done)),
            }
        }
    }

    /// Sends one call until its answer settles it.
    async fn settle(&self, call: Call, tokens: BTreeMap<String, Token>) -> Result<Answer, Ending> {
        let (mut call, mut tokens) = (call, tokens);
        let mut fate = Fate::new(call.request.repeatable);
        loop {
            let Some(in_use) = self.driver.tokens.in_use(self.job.scope(), &call.request, &tokens).await else {
                (call, tokens) = match self.render_again(call).await {
                    Ok(rendered) => rendered,
                    Err(_) if fate.is_unknown() => return Ok(fate::ambiguous("the request could not be repeated")),
                    Err(ending) => return Err(ending),
                };
                continue;
            };
            let sent_at = self.driver.clock.now();
            let reply = self.send(&call.request).await;
            drop(in_use);
            let reply = match reply {
                Ok(reply) => reply,
                // Once something may have been written, the order must not end as one that surely was not sent.
                Err(_) if fate.is_unknown() => return Ok(fate::ambiguous("the request could not be repeated")),
                Err(refused) => return Err(Ending::Unsendable(refused.0)),
            };
            self.counts.requests.fetch_add(1, Ordering::Relaxed);
            let answer = self.job.interpret(&self.progress, &call.id, &reply);
            let answered = matches!(reply, Reply::Answered { .. });
            match fate.judge(answer, answered, sent_at, self.driver.clock.now(), &self.driver.policy) {
                Verdict::Settled(answer) => return Ok(answer),
                Verdict::Renew if !self.driver.tokens.refuse(self.job.scope(), &call.request, &tokens) => {
                    return Ok(fate.give_up(Outcome::Misconfigured));
                }
                Verdict::Renew => {}
                Verdict::Again(wait) => self.driver.clock.sleep(wait).await,
            }
            self.counts.retries.fetch_add(1, Ordering::Relaxed);
            (call, tokens) = match self.render_again(call).await {
                Ok(rendered) => rendered,
                Err(_) if fate.is_unknown() => return Ok(fate::ambiguous("the request could not be repeated")),
                Err(ending) => return Err(ending),
            };
        }
    }

    /// The same call rendered anew: its token or its timestamp may have changed.
    async fn render_again(&self, call: Call) -> Result<(Call, BTreeMap<String, Token>), Ending> {
        match self.step().await? {
            Step::Calls(calls, tokens) => {
                let same = |other: &Call| other.id == call.id;
                Ok((calls.into_iter().find(same).unwrap_or(call), tokens))
            }
            Step::Done(_) => Err(Ending::Mapping(format!("{} is no longer asked for", name(&call.id)))),
        }
    }

    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        let _room = self.limiter.enter(&*self.driver.clock).await;
        self.driver.wire.send(request).await
    }

    /// Signs in, unless another order has just done so, or has just failed at it.
    async fn sign_in(&self, auth: &str, request: &Request, tokens: &BTreeMap<String, Token>) -> Result<(), Ending> {
        let clock = &self.driver.clock;
        let slot = self.driver.tokens.slot(self.job.scope(), auth);
        let _turn = slot.gate.lock().await;
        if slot.usable(clock.now()).is_some() {
            return Ok(());
        }
        if let Some(answer) = slot.failure(clock.now()) {
            return Err(Ending::SignIn(Box::new(answer)));
        }
        let _alone = slot.alone().await;
        match self.fetch_token(auth, request).await? {
            Ok(token) => {
                slot.keep(token, clock.now());
                Ok(())
            }
            // A sign-in that is signed in itself: its own token had lapsed. The engine asks for a new one first.
            Err(answer)
                if answer.outcome == Outcome::Reauthenticate
                    && slot.renews_first()
                    && self.driver.tokens.refuse(self.job.scope(), request, tokens) =>
            {
                Ok(())
            }
            Err(answer) => {
                let answer = match answer.outcome {
                    Outcome::Reauthenticate => Answer { outcome: Outcome::Misconfigured, ..answer },
                    _ => answer,
                };
                slot.fail(answer.clone(), clock.now());
                Err(Ending::SignIn(Box::new(answer)))
            }
        }
    }

    async fn fetch_token(&self, auth: &str, request: &Request) -> Result<Result<Token, Answer>, Ending> {
        let clock = &self.driver.clock;
        let mut fate = Fate::new(crossdock_engine::carrier::Repeatable::Reads);
        loop {
            let sent_at = clock.now();
            let reply = self.send(request).await.map_err(|refused| Ending::Unsendable(refused.0))?;
            self.counts.sign_ins.fetch_add(1, Ordering::Relaxed);
            let answer = match self.job.read_token(auth, &reply, clock.seconds()) {
                Ok(token) => return Ok(Ok(token)),
                Err(answer) => *answer,
            };
            let answered = matches!(reply, Reply::Answered { .. });
            if answer.outcome == Outcome::Reauthenticate {
                return Ok(Err(answer));
            }
            match fate.judge(answer, answered, sent_at, clock.now(), &self.driver.policy) {
                Verdict::Settled(answer) => return Ok(Err(answer)),
                Verdict::Renew => return Ok(Err(fate.give_up(Outcome::Misconfigured))),
                Verdict::Again(wait) => clock.sleep(wait).await,
            }
        }
    }
}

impl From<Fault> for Ending {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotMet(words) => Self::NotMet(words),
            Fault::Mapping(words) => Self::Mapping(words),
            Fault::Misconfigured(words) => Self::Misconfigured(words),
        }
    }
}

fn name(id: &CallId) -> String {
    match &id.step {
        Some(step) => format!("step `{step}`, iteration {}", id.iteration),
        None => "the request".into(),
    }
}
