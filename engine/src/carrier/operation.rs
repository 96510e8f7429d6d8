//! What an operation does next, and what its replies mean. Nothing is remembered here: all state is the caller's
//! [`Progress`], so that whoever holds it can stop and go on anywhere.

use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Exchange, Operation, Step};
use super::response::{ReadyBody, Trail, head, slots_of};
use super::{Account, Answer, Call, CallId, Done, Next, Outcome, Progress, Repeatable, Reply, Token};
use crate::auth::{Credential, text_of};
use crate::body::for_each;
use crate::coverage::What;
use crate::document::Slots;
use crate::expr::{Env, StepValue};
use crate::source::Span;
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

impl Carrier {
    /// What an order's operation does next. Unanswered calls come again until their answers are recorded.
    ///
    /// `order` is a canonical order as JSON; `tokens` are the sign-ins' tokens by auth name; `now` is seconds since 1970.
    ///
    /// # Errors
    /// The order is refused, the mapping fails, the account lacks something, or there is no such operation.
    pub fn next(
        &self,
        operation: &str,
        order: &[u8],
        account: &Account,
        tokens: &BTreeMap<String, Token>,
        progress: &Progress,
        now: i64,
    ) -> Result<Next, Fault> {
        self.next_watched(operation, order, account, tokens, progress, now, None)
    }

    /// As [`Carrier::next`]; `traces` takes where each value of the requests comes from.
    #[allow(clippy::too_many_arguments, reason = "the public face, and its traces")]
    pub(crate) fn next_watched(
        &self,
        operation: &str,
        order: &[u8],
        account: &Account,
        tokens: &BTreeMap<String, Token>,
        progress: &Progress,
        now: i64,
        traces: Option<&Traces>,
    ) -> Result<Next, Fault> {
        let operation = self.operation(operation)?;
        let text = std::str::from_utf8(order).map_err(|_| Fault::new(FaultKind::Mapping, "the order is not UTF-8"))?;
        let mut slots = Slots::new();
        operation
            .input
            .read(text, &mut slots)
            .map_err(|error| Fault::new(FaultKind::Mapping, format!("the order cannot be read: {error}")))?;
        let mut env = self.env(account, &slots);
        env.lets = &operation.lets;
        env.key = Some((&operation.key, String::new()));
        if progress.answers.is_empty() {
            self.admit(operation, &slots, &mut env)?;
        }
        if let Some(next) = self.sign_in(operation, account, tokens, now, &mut env)? {
            return Ok(next);
        }
        let walk = Walk { carrier: self, operation, account, tokens, progress, order: text, traces };
        walk.next(&mut env)
    }

    /// What a reply means, and what is read from it.
    #[must_use]
    pub fn interpret(
        &self,
        operation: &str,
        order: &[u8],
        account: &Account,
        progress: &Progress,
        call: &CallId,
        reply: &Reply,
    ) -> Answer {
        self.interpret_traced(operation, order, account, progress, call, reply).0
    }

    /// As [`Carrier::interpret`], with the rules that were tried.
    #[must_use]
    pub fn interpret_traced(
        &self,
        operation: &str,
        order: &[u8],
        account: &Account,
        progress: &Progress,
        call: &CallId,
        reply: &Reply,
    ) -> (Answer, Trail) {
        let mut trail = Trail::default();
        let answer =
            self.read_answer(operation, order, account, progress, call, reply, &mut trail).unwrap_or_else(|fault| Answer {
                outcome: Outcome::Unexpected,
                errors: Vec::new(),
                warnings: Vec::new(),
                retry_after: None,
                extracted: Map::new(),
                unreadable: Some(fault.to_string()),
            });
        (answer, trail)
    }

    #[allow(clippy::too_many_arguments, reason = "the public face, and its trail")]
    fn read_answer(
        &self,
        operation: &str,
        order: &[u8],
        account: &Account,
        progress: &Progress,
        call: &CallId,
        reply: &Reply,
        trail: &mut Trail,
    ) -> Result<Answer, Fault> {
        let operation = self.operation(operation)?;
        let (at, step) = step_of(operation, call)?;
        let text = std::str::from_utf8(order).map_err(|_| Fault::new(FaultKind::Mapping, "the order is not UTF-8"))?;
        let mut slots = Slots::new();
        operation.input.read(text, &mut slots).map_err(|error| Fault::new(FaultKind::Mapping, error.to_string()))?;
        let exchange = if call.undo { step.compensate.as_ref().unwrap_or(&step.exchange) } else { &step.exchange };
        let head = head(reply);
        let ready = ReadyBody::open(head.headers, head.body);
        let (body, malformed) = slots_of(&exchange.reply, ready.json());
        let unreadable = ready.unreadable.clone().or(malformed);
        let mut env = self.env(account, &slots);
        env.lets = &operation.lets;
        env.key = Some((&operation.key, String::new()));
        env.steps = step_values(operation, progress, at);
        env.docs[1] = Some(&body);
        env.origin = ready.document.as_ref().map(crate::document::Document::origin).unwrap_or_default();
        env.head = head;
        let extracted = progress.answer(&CallId { undo: false, ..call.clone() }).map(|answer| &answer.extracted);
        let mut answer = None;
        let mut index = 0;
        iterate(step, &mut env, &mut |env| {
            if index == call.iteration {
                env.it = extracted;
                let extract = (!call.undo).then_some(&step.extract);
                answer = Some(self.answer(exchange, extract, reply, unreadable.clone(), env, trail));
            }
            index += 1;
            Ok(())
        })
        .map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources))?;
        answer.ok_or_else(|| Fault::new(FaultKind::Unknown, "there is no such iteration"))
    }

    /// Reads the reply of a sign-in.
    ///
    /// # Errors
    /// What the reply means when it gives no token: `misconfigured` when the credentials are refused.
    pub fn read_token(&self, auth: &str, account: &Account, reply: &Reply, now: i64) -> Result<Token, Box<Answer>> {
        let failed = |outcome, words: Option<String>| {
            Box::new(Answer {
                outcome,
                errors: Vec::new(),
                warnings: Vec::new(),
                retry_after: None,
                extracted: Map::new(),
                unreadable: words,
            })
        };
        let Some(crate::auth::Auth::OAuth2(oauth2)) = self.auths.iter().find(|(name, _)| name == auth).map(|(_, kind)| kind)
        else {
            return Err(failed(Outcome::Misconfigured, Some(format!("there is no sign-in `{auth}`"))));
        };
        let input = Slots::new();
        let head = head(reply);
        let ready = ReadyBody::open(head.headers, head.body);
        let (body, malformed) = slots_of(&oauth2.exchange.reply, ready.json());
        let mut env = self.env(account, &input);
        env.docs[1] = Some(&body);
        env.head = head;
        if !matches!(reply, Reply::Answered { status: 200..=299, .. }) {
            let unreadable = ready.unreadable.clone().or(malformed);
            return Err(Box::new(self.answer(&oauth2.exchange, None, reply, unreadable, &mut env, &mut Trail::default())));
        }
        let unreadable = |fault: super::reader::ReadFault| failed(Outcome::Unexpected, Some(fault.message));
        let value = oauth2.token.text(&env).map_err(unreadable)?;
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Err(failed(Outcome::Unexpected, Some("the sign-in's reply has no token".into())));
        };
        let seconds = oauth2.expires_in.text(&env).map_err(unreadable)?.and_then(|text| text.trim().parse::<i64>().ok());
        Ok(Token { value: value.into_owned(), expires_at: seconds.map(|seconds| now + seconds), session: Map::new() })
    }

    pub(crate) fn operation(&self, name: &str) -> Result<&Operation, Fault> {
        self.operations.iter().find(|operation| operation.name == name).ok_or_else(|| {
            let known = self.operations.iter().map(|operation| operation.name.as_str());
            Fault::new(FaultKind::Unknown, super::account::unknown("operation", name, known))
        })
    }

    pub(crate) fn env<'e>(&'e self, account: &'e Account, input: &'e Slots<'e>) -> Env<'e> {
        let mut env = Env::new();
        env.docs[0] = Some(input);
        env.config = &account.config;
        env.secrets = &account.secrets;
        env.tables = &self.tables;
        env.touched = account.touched.as_deref();
        env
    }

    /// Whether the order asks for what the carrier can do: options and `requires`.
    fn admit<'e>(&'e self, operation: &'e Operation, slots: &Slots<'_>, env: &mut Env<'e>) -> Result<(), Fault> {
        let mut messages: Vec<String> = Vec::new();
        for unknown in slots.unknown() {
            let of_parcel = unknown.place.contains("parcels");
            let known = self.options.iter().filter(|option| option.of_parcel == of_parcel).map(|option| option.name.as_str());
            messages.push(super::account::unknown("option", &unknown.name, known));
        }
        for (at, list, expr) in &operation.option_checks {
            let option = &self.options[*at];
            let mut check = |env: &mut Env<'e>| {
                let value =
                    expr.eval(env).map_err(|error| crate::body::RenderError { message: error.message, span: Span::default() })?;
                if !value.is_null()
                    && let Err(words) = option.constraint.admits(&value.expand())
                {
                    messages.push(format!("the option `{}` must be {words}", option.name));
                }
                Ok(())
            };
            let result = match list {
                Some(list) => for_each(list, Span::default(), env, &mut check),
                None => check(env),
            };
            result.map_err(|error| Fault::new(FaultKind::Mapping, error.message))?;
        }
        for (that, message, span) in &operation.requires {
            let fault = |message: String| Fault::at(FaultKind::Mapping, message, *span, &self.sources);
            if !that.holds(env).map_err(|error| fault(error.message))? {
                messages.push(text_of(message, env).map_err(|error| fault(error.message))?);
            }
        }
        if messages.is_empty() { Ok(()) } else { Err(Fault { kind: FaultKind::Refused, messages, place: None, span: None }) }
    }

    /// The sign-in that the operation needs and has no valid token of.
    fn sign_in<'e>(
        &'e self,
        operation: &Operation,
        account: &'e Account,
        tokens: &BTreeMap<String, Token>,
        now: i64,
        env: &mut Env<'e>,
    ) -> Result<Option<Next>, Fault> {
        let exchanges = operation.steps.iter().flat_map(|step| std::iter::once(&step.exchange).chain(&step.compensate));
        for exchange in exchanges {
            if let Some(next) = self.sign_in_of(exchange, account, tokens, now, env)? {
                return Ok(Some(next));
            }
        }
        Ok(None)
    }

    pub(crate) fn sign_in_of<'e>(
        &'e self,
        exchange: &Exchange,
        account: &'e Account,
        tokens: &BTreeMap<String, Token>,
        now: i64,
        env: &mut Env<'e>,
    ) -> Result<Option<Next>, Fault> {
        let Some(at) = exchange.request.auth else { return Ok(None) };
        let (name, auth) = &self.auths[at];
        let valid = tokens.get(name).is_some_and(|token| token.expires_at.is_none_or(|lapses| lapses > now));
        if !auth.renews() || valid {
            return Ok(None);
        }
        let request = self.sign_in_request(at, account, env)?;
        Ok(Some(Next::SignIn { auth: name.clone(), request: Box::new(request) }))
    }

    /// Renders one exchange with its credential.
    pub(crate) fn call<'e>(
        &'e self,
        exchange: &'e Exchange,
        account: &'e Account,
        tokens: &'e BTreeMap<String, Token>,
        env: &mut Env<'e>,
    ) -> Result<super::Request, Fault> {
        let credential = match exchange.request.auth {
            None => Credential::default(),
            Some(at) => {
                let (name, auth) = &self.auths[at];
                let token = tokens.get(name);
                env.token = token.map(|token| token.value.as_str());
                env.session = token.map(|token| &token.session);
                auth.credential(env)
                    .map_err(|error| Fault::at(FaultKind::Misconfigured, error.message, error.span, &self.sources))?
            }
        };
        self.render(exchange, account, env, credential)
    }
}

/// Runs `run` for every iteration of a step: once, or for each of its list.
fn iterate<'e>(
    step: &'e Step,
    env: &mut Env<'e>,
    run: &mut dyn FnMut(&mut Env<'e>) -> Result<(), crate::body::RenderError>,
) -> Result<(), crate::body::RenderError> {
    match &step.for_each {
        Some(list) => for_each(list, step.span, env, run),
        None => run(env),
    }
}

fn step_of<'o>(operation: &'o Operation, call: &CallId) -> Result<(usize, &'o Step), Fault> {
    let found = operation.steps.iter().enumerate().find(|(_, step)| step.name == call.step);
    found.ok_or_else(|| Fault::new(FaultKind::Unknown, "the operation has no such step"))
}

/// What the steps before `until` left (and itself, when it runs one by one).
fn step_values<'p>(operation: &Operation, progress: &'p Progress, until: usize) -> Vec<StepValue<'p>> {
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

fn succeeded(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Accepted | Outcome::Pending)
}

/// Whether the order waits and is tried again, rather than has failed.
fn passes(outcome: Outcome) -> bool {
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
struct Walk<'w> {
    carrier: &'w Carrier,
    operation: &'w Operation,
    account: &'w Account,
    tokens: &'w BTreeMap<String, Token>,
    progress: &'w Progress,
    order: &'w str,
    traces: Option<&'w Traces>,
}

/// Where the values of each request came from.
pub(crate) type Traces = std::cell::RefCell<Vec<(CallId, super::Trace)>>;

impl<'w> Walk<'w> {
    fn next<'e>(&self, env: &mut Env<'e>) -> Result<Next, Fault>
    where
        'w: 'e,
    {
        for (at, step) in self.operation.steps.iter().enumerate() {
            env.steps = step_values(self.operation, self.progress, at);
            let mut open = Vec::new();
            let mut failed: Option<&Answer> = None;
            let mut pending = false;
            self.stages(step, env, &mut |stage, iteration, env| {
                match stage {
                    Stage::Skipped => {}
                    Stage::Answered(answer) => {
                        pending |= answer.outcome == Outcome::Pending;
                        let counts = step.on_failure != OnFailure::Continue || passes(answer.outcome);
                        if counts && weight(answer.outcome) > failed.map_or(0, |worst| weight(worst.outcome)) {
                            failed = Some(answer);
                        }
                    }
                    Stage::Open if step.sequential && !open.is_empty() => {}
                    Stage::Open => open.push(self.render(step, &step.exchange, iteration, false, env)?),
                }
                Ok(())
            })?;
            if let Some(answer) = failed {
                return self.failure(at, step, answer, env);
            }
            if !open.is_empty() {
                return Ok(Next::Calls(open));
            }
            if pending {
                return Ok(self.done(Outcome::Pending, None, Vec::new()));
            }
        }
        Ok(self.done(Outcome::Accepted, None, Vec::new()))
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
        env.key = Some((&self.operation.key, if undo { format!("{suffix}:undo") } else { suffix }));
        let request = self.carrier.call(exchange, self.account, self.tokens, env)?;
        let id = CallId { step: step.name.clone(), iteration, undo };
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

    fn done(&self, outcome: Outcome, decided: Option<&Answer>, left_behind: Vec<String>) -> Next {
        let named = self.operation.steps.iter().any(|step| step.name.is_some());
        let mut extracted = Map::new();
        for step in &self.operation.steps {
            let mut answers: Vec<&(CallId, Answer)> = self
                .progress
                .answers
                .iter()
                .filter(|(id, answer)| id.step == step.name && !id.undo && succeeded(answer))
                .collect();
            answers.sort_by_key(|(id, _)| id.iteration);
            for (_, answer) in answers {
                merge(&mut extracted, &answer.extracted, named);
            }
        }
        self.name_parcels(&mut extracted);
        Next::Done(Box::new(Done {
            outcome,
            errors: decided.map(|answer| answer.errors.clone()).unwrap_or_default(),
            warnings: self.progress.answers.iter().flat_map(|(_, answer)| answer.warnings.clone()).collect(),
            retry_after: decided.and_then(|answer| answer.retry_after),
            extracted,
            left_behind,
            unreadable: decided.and_then(|answer| answer.unreadable.clone()),
        }))
    }

    /// Whether the carrier takes all parcels of an order as one: a reply that is read as one parcel, once for the order.
    fn one_for_all(&self) -> bool {
        let mut readings = self.operation.steps.iter().filter_map(|step| Some((step, step.extract.parcels.as_ref()?)));
        match (readings.next(), readings.next()) {
            (Some((step, parcels)), None) => step.for_each.is_none() && parcels.lists.iter().all(|list| list.hops.is_empty()),
            _ => false,
        }
    }

    /// Parcels without a reference of ours are ours by position.
    fn name_parcels(&self, extracted: &mut Map<String, Json>) {
        let Some(Json::Array(parcels)) = extracted.get_mut("parcels") else { return };
        if parcels.iter().all(|parcel| parcel.get("reference").is_some()) {
            return;
        }
        let order: Json = serde_json::from_str(self.order).unwrap_or_default();
        let Some(ours) = order.pointer("/shipment/parcels").and_then(Json::as_array) else { return };
        if let ([one], true) = (parcels.as_slice(), self.one_for_all()) {
            *parcels = vec![one.clone(); ours.len().max(1)];
        }
        if ours.len() != parcels.len() {
            return;
        }
        for (parcel, ours) in parcels.iter_mut().zip(ours) {
            if let (Some(parcel), Some(reference)) =
                (parcel.as_object_mut(), ours.get("reference").filter(|reference| reference.is_string()))
            {
                parcel.entry("reference").or_insert_with(|| reference.clone());
            }
        }
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

/// Lists are joined in order, single results are the first one's; fields of the file's own stay with their step.
fn merge(into: &mut Map<String, Json>, from: &Map<String, Json>, named: bool) {
    for (name, value) in from {
        match (name.as_str(), into.get_mut(name)) {
            ("parcels" | "documents", Some(Json::Array(list))) => list.extend(value.as_array().cloned().unwrap_or_default()),
            (known, None)
                if !named || known == "parcels" || known == "documents" || crate::syntax::Extract::KNOWN.contains(&known) =>
            {
                into.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
}
