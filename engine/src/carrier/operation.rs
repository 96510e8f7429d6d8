//! What an operation does next, and what its replies mean. Nothing is remembered here: all state is the caller's
//! [`Progress`], so that whoever holds it can stop and go on anywhere.

use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Exchange, Operation};
use super::response::{ReadyBody, Trail, head, slots_of};
use super::walk::{Traces, Walk, iterate, step_of, step_values};
use super::{Account, Answer, CallId, Next, Outcome, Progress, Repeatable, Reply, Token};
use crate::auth::{Credential, text_of};
use crate::body::for_each;
use crate::document::Slots;
use crate::expr::Env;
use crate::source::Span;
use std::collections::BTreeMap;

/// Whether nothing was written for the order so far: a refusal leaves nothing behind.
fn untouched(operation: &Operation, progress: &Progress) -> bool {
    let reads = |id: &CallId| {
        let step = operation.steps.iter().find(|step| step.name == id.step);
        !id.undo && step.is_some_and(|step| step.exchange.repeatable == Repeatable::Reads)
    };
    progress.answers.iter().all(|(id, _)| reads(id))
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
        env.now = now;
        let walk = Walk { carrier: self, operation, account, tokens, progress, order: text, traces, looks: false };
        self.go_on(walk, &slots, &mut env).map_err(|fault| match env.refusal.take() {
            Some(words) if fault.messages.contains(&words) && untouched(operation, progress) => {
                Fault { kind: FaultKind::Refused, messages: vec![words], place: None, span: None }
            }
            _ => fault,
        })
    }

    /// Admits a new order, signs in where that is needed, and looks what is due.
    fn go_on<'e>(&'e self, mut walk: Walk<'e>, slots: &Slots<'_>, env: &mut Env<'e>) -> Result<Next, Fault> {
        let operation = walk.operation;
        if walk.progress.answers.is_empty() {
            self.admit(operation, slots, env)?;
        }
        if let Some(sign_in) = self.sign_in(operation, walk.account, walk.tokens, env.now, env)? {
            // Nobody signs in for what has ended: a reply that is read again calls nobody.
            walk.looks = true;
            return Ok(match walk.next(env)? {
                Next::Done(done) => Next::Done(done),
                Next::Calls(_) | Next::SignIn { .. } => sign_in,
            });
        }
        walk.next(env)
    }

    /// Forgets the answers that only said "later", so that [`Carrier::next`] asks for them again. Says whether there is
    /// something to ask: what a webhook completes is not asked for.
    ///
    /// # Errors
    /// There is no such operation.
    pub fn ask_again(&self, operation: &str, progress: &mut Progress) -> Result<bool, Fault> {
        let operation = self.operation(operation)?;
        let polls = |id: &CallId| operation.steps.iter().any(|step| step.name == id.step && step.poll.is_some());
        let before = progress.answers.len();
        progress.answers.retain(|(id, answer)| answer.outcome != Outcome::Pending || id.undo || !polls(id));
        Ok(progress.answers.len() < before)
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
        let answer = self
            .read_answer(operation, order, account, progress, call, reply, &mut trail)
            .unwrap_or_else(|fault| Answer::unreadable(Outcome::Unexpected, fault.to_string()));
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
                if !call.undo && answer.as_ref().is_some_and(|answer| super::in_hand::of_another(answer, text)) {
                    let words = "the reply speaks of a parcel whose `reference` the order does not have".to_owned();
                    answer = Some(self.unexpected(step.extract.parcels_span, words, trail));
                }
            }
            index += 1;
            Ok(())
        })
        .map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources))?;
        answer.ok_or_else(|| Fault::new(FaultKind::Unknown, "there is no such iteration"))
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
        env.environment = &account.environment;
        env.config = &account.config;
        env.secrets = &account.secrets;
        env.optional_secrets = &self.optional_secrets;
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
        for required in &operation.requires {
            let span = required.span;
            let mut check = |env: &mut Env<'e>| {
                if !required.that.holds(env).map_err(|error| crate::body::at(span, error.message))? {
                    messages.push(text_of(&required.message, env)?);
                }
                Ok(())
            };
            let result = match &required.for_each {
                Some(list) => for_each(list, span, env, &mut check),
                None => check(env),
            };
            result.map_err(|error| Fault::at(FaultKind::Mapping, error.message, span, &self.sources))?;
        }
        if messages.is_empty() { Ok(()) } else { Err(Fault { kind: FaultKind::Refused, messages, place: None, span: None }) }
    }

    /// The sign-in that the operation needs and has no valid token of.
    fn sign_in<'e>(
        &'e self,
        operation: &Operation,
        account: &'e Account,
        tokens: &'e BTreeMap<String, Token>,
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
            Some(at) => self.credential(at, tokens, env)?,
        };
        self.render(exchange, account, env, credential)
    }
}
