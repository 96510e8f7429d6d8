//! A look at an operation's steps: which are done, what is due, what is to be undone.

use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Exchange, Operation, Step};
use super::{Account, Answer, Call, CallId, Next, Outcome, Progress, Repeatable, Token, Waiting};
use crate::body::for_each;
use crate::coverage::What;
use crate::expr::{Env, StepValue};
use crate::syntax::OnFailure;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Where one iteration of a step stands.
enum Stage<'p> {
    /// Its `if` does not hold.
    Skipped,
    /// It has been answered.
    Answered(&'p Answer),
    /// It waits to be sent.
    Open,
}

/// Runs `run` for every iteration of a step: once, or for each of its list.
pub(super) fn iterate<'e>(
    step: &'e Step,
    env: &mut Env<'e>,
    run: &mut dyn FnMut(&mut Env<'e>) -> Result<(), crate::body::RenderError>,
) -> Result<(), crate::body::RenderError> {
    match &step.for_each {
        Some(list) => for_each(list, step.span, env, run),
        None => run(env),
    }
}

pub(super) fn step_of<'o>(operation: &'o Operation, call: &CallId) -> Result<(usize, &'o Step), Fault> {
    let found = operation.steps.iter().enumerate().find(|(_, step)| step.name == call.step);
    found.ok_or_else(|| Fault::new(FaultKind::Unknown, "the operation has no such step"))
}

/// What the steps before `until` left (and itself, when it runs one by one).
pub(super) fn step_values<'p>(operation: &Operation, progress: &'p Progress, until: usize) -> Vec<StepValue<'p>> {
    operation
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| if at <= until { step_value(step, progress) } else { StepValue::Nothing })
        .collect()
}

fn step_value<'p>(step: &Step, progress: &'p Progress) -> StepValue<'p> {
    let answers = progress.answers.iter().filter(|(id, _)| id.step == step.name && !id.undo);
    if step.for_each.is_none() {
        let mut answers = answers;
        return match answers.next() {
            Some((_, answer)) if succeeded(answer) => StepValue::One(&answer.extracted),
            _ => StepValue::Nothing,
        };
    }
    let mut values: Vec<Option<&Map<String, Json>>> = Vec::new();
    for (id, answer) in answers {
        let at = id.iteration as usize;
        if values.len() <= at {
            values.resize(at + 1, None);
        }
        values[at] = succeeded(answer).then_some(&answer.extracted);
    }
    StepValue::Many(values)
}

pub(super) fn succeeded(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Accepted | Outcome::Pending)
}

/// Whether the order waits and is tried again, rather than has failed.
pub(super) fn passes(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Throttled | Outcome::NotWritten | Outcome::Transient | Outcome::Reauthenticate)
}

/// Which of several failures decides. What may exist at the carrier comes first: undoing and refusing around it would
/// lose it. What was surely not written needs no second try once another iteration is refused.
fn weight(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Accepted | Outcome::Pending => 0,
        Outcome::Throttled | Outcome::NotWritten | Outcome::Reauthenticate => 1,
        Outcome::Rejected | Outcome::Misconfigured | Outcome::NotFound => 2,
        Outcome::Transient => 3,
        Outcome::Ambiguous | Outcome::Unexpected => 4,
    }
}

/// One look at an operation's steps.
pub(super) struct Walk<'w> {
    pub(super) carrier: &'w Carrier,
    pub(super) operation: &'w Operation,
    pub(super) account: &'w Account,
    pub(super) tokens: &'w BTreeMap<String, Token>,
    pub(super) progress: &'w Progress,
    pub(super) order: &'w str,
    pub(super) traces: Option<&'w Traces>,
    /// It only looks whether there is anything to be sent: requests stay empty.
    pub(super) looks: bool,
}

/// A request that is never sent.
fn nothing() -> super::Request {
    super::Request {
        method: String::new(),
        url: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout: std::time::Duration::ZERO,
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    }
}

/// What a step's iterations came to.
#[derive(Default)]
struct Look<'w> {
    /// The calls that are due.
    open: Vec<Call>,
    /// The answer that fails the step.
    failed: Option<&'w Answer>,
    /// An answer comes later.
    pending: bool,
}

/// Keeps the heavier of two failures.
fn heavier<'w>(known: &mut Option<&'w Answer>, answer: &'w Answer) {
    if weight(answer.outcome) > known.map_or(0, |worst| weight(worst.outcome)) {
        *known = Some(answer);
    }
}

/// Whether an iteration's failure is the step's. One that may go on without it waits all the same, and what may exist
/// at the carrier is never passed over.
fn counts(step: &Step, answer: &Answer) -> bool {
    let unknown = matches!(answer.outcome, Outcome::Ambiguous | Outcome::Unexpected);
    let wrote = unknown && step.exchange.repeatable != Repeatable::Reads;
    step.on_failure != OnFailure::Continue || passes(answer.outcome) || wrote
}

/// Where the values of each request came from.
pub(crate) type Traces = std::cell::RefCell<Vec<(CallId, super::Trace)>>;

impl<'w> Walk<'w> {
    pub(super) fn next<'e>(&self, env: &mut Env<'e>) -> Result<Next, Fault>
    where
        'w: 'e,
    {
        for (at, step) in self.operation.steps.iter().enumerate() {
            env.steps = step_values(self.operation, self.progress, at);
            let look = self.look(step, env)?;
            if let Some(answer) = look.failed {
                return self.failure(at, step, answer, env);
            }
            if !look.open.is_empty() {
                return Ok(Next::Calls(look.open));
            }
            if look.pending {
                return Ok(self.pending(step));
            }
        }
        Ok(self.done(Outcome::Accepted, None, Vec::new()))
    }

    /// What a step's iterations came to so far.
    fn look<'e>(&self, step: &'e Step, env: &mut Env<'e>) -> Result<Look<'w>, Fault>
    where
        'w: 'e,
    {
        let mut found = Look::default();
        let (mut worst, mut succeeded_once) = (None, false);
        self.stages(step, env, &mut |stage, iteration, env| {
            match stage {
                Stage::Skipped => {}
                Stage::Answered(answer) => {
                    found.pending |= answer.outcome == Outcome::Pending;
                    succeeded_once |= succeeded(answer);
                    heavier(&mut worst, answer);
                    if counts(step, answer) {
                        heavier(&mut found.failed, answer);
                    }
                }
                Stage::Open if step.sequential && !found.open.is_empty() => {}
                Stage::Open => found.open.push(self.render(step, &step.exchange, iteration, false, env)?),
            }
            Ok(())
        })?;
        // Parcels may be refused one by one, but not all of them.
        if step.extract.parcels.is_some() && !succeeded_once && found.open.is_empty() {
            found.failed = found.failed.or(worst);
        }
        Ok(found)
    }

    fn pending(&self, step: &Step) -> Next {
        let poll = step.poll;
        let waiting =
            Waiting { step: step.name.clone(), every: poll.map(|poll| poll.every), give_up: poll.and_then(|poll| poll.give_up) };
        match self.done(Outcome::Pending, None, Vec::new()) {
            Next::Done(mut done) => {
                done.pending = Some(waiting);
                Next::Done(done)
            }
            other => other,
        }
    }

    /// Shows `look` where each iteration of a step stands.
    fn stages<'e>(
        &self,
        step: &'e Step,
        env: &mut Env<'e>,
        look: &mut dyn FnMut(Stage<'w>, u32, &mut Env<'e>) -> Result<(), Fault>,
    ) -> Result<(), Fault>
    where
        'w: 'e,
    {
        let mut iteration = 0;
        let mut fault = None;
        let result = iterate(step, env, &mut |env| {
            if fault.is_none() {
                fault = self.stage(step, iteration, env).and_then(|stage| look(stage, iteration, env)).err();
            }
            iteration += 1;
            Ok(())
        });
        if iteration == 0 {
            env.touch(step.span, What::Empty);
        }
        match fault {
            Some(fault) => Err(fault),
            None => result.map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.carrier.sources)),
        }
    }

    fn stage<'e>(&self, step: &'e Step, iteration: u32, env: &Env<'e>) -> Result<Stage<'w>, Fault> {
        let id = CallId { step: step.name.clone(), iteration, undo: false };
        // What was sent counts, whatever the condition has become since: it may look at the step's own results.
        if let Some(answer) = self.progress.answer(&id) {
            return Ok(Stage::Answered(answer));
        }
        let Some((guard, span)) = &step.guard else { return Ok(Stage::Open) };
        let holds =
            guard.holds(env).map_err(|error| Fault::at(FaultKind::Mapping, error.message, *span, &self.carrier.sources))?;
        env.touch(*span, if holds { What::Arm(0) } else { What::Otherwise });
        Ok(if holds { Stage::Open } else { Stage::Skipped })
    }

    fn render<'e>(
        &self,
        step: &'e Step,
        exchange: &'e Exchange,
        iteration: u32,
        undo: bool,
        env: &mut Env<'e>,
    ) -> Result<Call, Fault>
    where
        'w: 'e,
    {
        let suffix = match (&step.name, &step.for_each) {
            (None, _) => String::new(),
            (Some(name), None) => format!(":{name}"),
            (Some(name), Some(_)) => format!(":{name}:{iteration}"),
        };
        let id = CallId { step: step.name.clone(), iteration, undo };
        if self.looks {
            return Ok(Call { id, request: nothing() });
        }
        env.key = Some((&self.operation.key, if undo { format!("{suffix}:undo") } else { suffix }));
        let request = self.carrier.call(exchange, self.account, self.tokens, env)?;
        if let Some(traces) = self.traces {
            traces.borrow_mut().push((id.clone(), super::Trace::of(exchange, env)));
        }
        Ok(Call { id, request })
    }

    /// A step has failed: undo what can be undone, say what is left.
    fn failure<'e>(&self, at: usize, step: &'e Step, answer: &Answer, env: &mut Env<'e>) -> Result<Next, Fault>
    where
        'w: 'e,
    {
        if passes(answer.outcome) {
            return Ok(self.done(answer.outcome, Some(answer), Vec::new()));
        }
        let unknown = matches!(answer.outcome, Outcome::Ambiguous | Outcome::Unexpected);
        if unknown || step.on_failure == OnFailure::Park {
            return Ok(self.done(answer.outcome, Some(answer), self.standing(at, &[])));
        }
        for done in self.operation.steps[..=at].iter().rev() {
            let Some(exchange) = &done.compensate else { continue };
            let (mut open, mut waiting) = (Vec::new(), None);
            env.steps = step_values(self.operation, self.progress, at);
            self.stages(done, env, &mut |stage, iteration, env| {
                let Stage::Answered(answer) = stage else { return Ok(()) };
                let undo = CallId { step: done.name.clone(), iteration, undo: true };
                match self.progress.answer(&undo) {
                    Some(undone) if passes(undone.outcome) => waiting = Some(undone),
                    None if succeeded(answer) => {
                        env.it = Some(&answer.extracted);
                        open.push(self.render(done, exchange, iteration, true, env)?);
                        env.it = None;
                    }
                    _ => {}
                }
                Ok(())
            })?;
            // The later step is undone before the earlier one, which it may rest upon.
            if !open.is_empty() {
                return Ok(Next::Calls(open));
            }
            if let Some(waiting) = waiting {
                return Ok(self.done(waiting.outcome, Some(waiting), self.standing(at, &self.undone())));
            }
        }
        Ok(self.done(answer.outcome, Some(answer), self.standing(at, &self.undone())))
    }

    /// What was undone, or turned out not to be there.
    fn undone(&self) -> Vec<&CallId> {
        let gone = |answer: &Answer| matches!(answer.outcome, Outcome::Accepted | Outcome::Pending | Outcome::NotFound);
        self.progress.answers.iter().filter(|(id, answer)| id.undo && gone(answer)).map(|(id, _)| id).collect()
    }

    /// What exists at the carrier after a failure: everything written and not undone.
    fn standing(&self, until: usize, undone: &[&CallId]) -> Vec<String> {
        let mut left = Vec::new();
        for step in &self.operation.steps[..=until] {
            if step.exchange.repeatable == Repeatable::Reads {
                continue;
            }
            for (id, answer) in self.progress.answers.iter().filter(|(id, _)| id.step == step.name && !id.undo) {
                let reversed = undone.iter().any(|undone| undone.step == id.step && undone.iteration == id.iteration);
                if succeeded(answer) && !reversed {
                    left.push(name_of(id, answer));
                }
            }
        }
        left
    }
}

/// Words by which a person finds a thing at the carrier.
fn name_of(id: &CallId, answer: &Answer) -> String {
    let parcel = answer.extracted.get("parcels").and_then(|parcels| parcels.get(0));
    let found = [
        parcel.and_then(|parcel| parcel.get("carrier_ref")),
        answer.extracted.get("carrier_ref"),
        parcel.and_then(|parcel| parcel.get("tracking_number")),
    ];
    match found.into_iter().flatten().find_map(Json::as_str) {
        Some(name) => name.to_owned(),
        None => format!("{} {}", id.step.as_deref().unwrap_or("request"), id.iteration + 1),
    }
}
