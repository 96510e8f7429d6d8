//! Operations: requests, replies, and what becomes of them, exchange by exchange.

use super::Run;
use super::compare::{Comparison, Difference};
use super::reading::{At, fault_ways};
use super::report::Way;
use super::request::shown;
use crate::carrier::{Account, Call, Carrier, Done, Fault, FaultKind, Next, Outcome, Progress, Token, Traces, Trail};
use crate::coverage::{Seen, given_fields};
use crate::source::Span;
use crate::syntax::{CaseFile, ExchangeCase, Expect, OutcomeWord, ReplyGiven, Sp};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// An exchange as the case lists it.
struct Listed<'c> {
    step: Option<&'c str>,
    iteration: u32,
    undo: bool,
    expect: Option<&'c Expect>,
    reply: Option<&'c ReplyGiven>,
    outcome: Option<&'c Sp<OutcomeWord>>,
    span: Span,
    happened: bool,
}

/// What an operation needs, all the way through.
struct Setting<'s> {
    carrier: &'s Carrier,
    name: &'s str,
    account: Account,
    order: Vec<u8>,
    tokens: BTreeMap<String, Token>,
    now: i64,
    trails: Vec<(Option<String>, bool, Trail)>,
}

impl<'r> Run<'r> {
    pub(super) fn operation(&mut self, carrier: &Carrier, name: &str) {
        if !carrier.operations().any(|known| known == name) {
            return self.unknown("operations", name);
        }
        let now = self.now();
        let (Some(account), Some(order)) = (self.account(carrier), self.order()) else { return };
        if !self.is_order(&order) {
            return;
        }
        let tokens = self.tokens();
        let mut setting = Setting { carrier, name, account, order, tokens, now, trails: Vec::new() };
        if let (Some(touched), Ok(known)) = (&self.touched, carrier.operation(name)) {
            touched.fields(given_fields(&known.input, &setting.order));
        }
        let mut listed = listed(self.case);
        let mut progress = Progress::default();
        // More rounds than any case has exchanges.
        for _ in 0..200 {
            let before = self.touched.as_ref().map(|touched| touched.so_far());
            match setting.next(&progress, None) {
                // A case that is not about signing in does not have to say so.
                Ok(Next::SignIn { auth, .. }) => {
                    self.back_to(before);
                    let token = self.some_token(&auth);
                    setting.tokens.insert(auth, token);
                }
                Ok(Next::Calls(calls)) => {
                    for call in calls {
                        if !self.call(&mut setting, &call, &mut listed, &mut progress) {
                            return;
                        }
                    }
                }
                // What is asked again until it is final is listed as often as it is asked.
                Ok(Next::Done(done)) if asked_again(&done, &listed) => {
                    if !carrier.ask_again(name, &mut progress).unwrap_or(false) {
                        return self.ended(&setting, &done, &listed);
                    }
                }
                Ok(Next::Done(done)) => return self.ended(&setting, &done, &listed),
                Err(fault) => return self.fault(name, &fault),
            }
        }
    }

    /// What was made and is looked at by no expectation counts for nothing.
    pub(super) fn back_to(&self, seen: Option<Seen>) {
        if let (Some(touched), Some(seen)) = (&self.touched, seen) {
            touched.back_to(seen);
        }
    }

    fn context(&self) -> String {
        self.sources.slice(self.case.span).to_owned()
    }

    /// The request could not be made: as expected, or not.
    fn fault(&mut self, operation: &str, fault: &Fault) {
        let expected = self.case.expect.as_ref().and_then(|expect| expect.refused.as_ref());
        let refused = fault.kind == FaultKind::Refused;
        let as_expected = |part: &str| refused && fault.messages.iter().any(|message| message.contains(part));
        if expected.is_some_and(|part| as_expected(&part.value)) {
            return;
        }
        let ways = fault_ways(&self.map, &self.context(), operation, fault);
        let what = if refused { "the order is refused" } else { "the request cannot be made" };
        match expected {
            Some(part) => {
                let difference = Difference {
                    path: vec!["refused".into()],
                    expected: Some(part.value.clone().into()),
                    found: Some(fault.messages.clone().into()),
                    note: (!refused).then(|| what.to_owned()),
                    span: part.span,
                };
                self.failures.differs(difference, ways);
            }
            None => self.failures.broken(self.case.name.span, format!("{what}: {fault}"), ways),
        }
    }

    /// One exchange; says whether there is more to be done.
    fn call(&mut self, setting: &mut Setting<'_>, call: &Call, listed: &mut [Listed<'r>], progress: &mut Progress) -> bool {
        let id = &call.id;
        let at = At::Operation { name: setting.name, step: id.step.as_deref(), undo: id.undo };
        if let Some(refused) = self.case.expect.as_ref().and_then(|expect| expect.refused.as_ref()) {
            let mut ways = self.map.ways().within(&self.context());
            ways.requires(setting.name);
            let list = ways.list;
            let words = format!("the order is taken, but should be refused: `{}`", refused.value);
            self.failures.broken(refused.span, words, list);
            return false;
        }
        let entry = listed.iter_mut().find(|entry| {
            let step = entry.step == id.step.as_deref();
            step && entry.iteration == id.iteration + 1 && entry.undo == id.undo && !entry.happened
        });
        let Some(entry) = entry else {
            let words =
                format!("an exchange that the case does not list: {}, {} {}", named(call), call.request.method, call.request.url);
            let ways = self.flow(setting);
            self.failures.broken(self.case.name.span, words, ways);
            return false;
        };
        entry.happened = true;
        if let Some(expected) = entry.expect.and_then(|expect| expect.request.as_ref()) {
            let (setting, before) = (&*setting, &*progress);
            self.request(expected, &call.request, &at, || setting.trace(before, call));
        }
        let Some(given) = entry.reply else { return false };
        let outcome = entry.outcome;
        let Some(reply) = self.reply(given) else { return false };
        let (answer, trail) =
            setting.carrier.interpret_traced(setting.name, &setting.order, &setting.account, progress, id, &reply);
        if let Some(expected) = outcome.filter(|expected| word(answer.outcome) != expected.value.word()) {
            let difference = Difference {
                path: vec![named(call), "outcome".into()],
                expected: Some(expected.value.word().into()),
                found: Some(word(answer.outcome).into()),
                note: answer.unreadable.clone(),
                span: expected.span,
            };
            let mut ways = self.map.ways().within(&self.context());
            ways.rules(&at, Some(&trail));
            ways.aside(|ways| ways.extracts(setting.name, None));
            let list = ways.list;
            self.failures.differs(difference, list);
        }
        setting.trails.push((id.step.clone(), id.undo, trail));
        progress.record(id.clone(), answer);
        true
    }

    fn ended(&mut self, setting: &Setting<'_>, done: &Done, listed: &[Listed<'_>]) {
        for entry in listed.iter().filter(|entry| !entry.happened) {
            let step = entry.step.map_or("the request".to_owned(), |step| format!("step {step} {}", entry.iteration));
            let ways = self.flow(setting);
            self.failures.broken(entry.span, format!("an exchange that does not happen: {step}"), ways);
        }
        let mut found: Map<String, Json> = Map::new();
        found.insert("outcome".into(), word(done.outcome).into());
        found.insert("errors".into(), json!(done.errors));
        found.insert("warnings".into(), json!(done.warnings));
        found.insert("left_behind".into(), json!(done.left_behind));
        if let Some(wait) = done.retry_after {
            found.insert("retry_after".into(), format!("{}s", wait.as_secs()).into());
        }
        found.extend(done.extracted.clone());
        let note = done.unreadable.clone();
        let context = self.context();
        self.then(&Json::Object(found), note.as_deref(), |run, difference| {
            let mut ways = run.map.ways().within(&context);
            let field = difference.path.get(1).map_or("", String::as_str);
            match field {
                "outcome" | "errors" | "warnings" | "retry_after" => ways.all_rules(setting),
                "left_behind" => ways.steps(setting.name),
                other => {
                    let inner = difference.path.iter().skip(2).find(|step| step.parse::<usize>().is_err());
                    ways.extracts(setting.name, Some(other));
                    if inner.is_none() {
                        ways.aside(|ways| {
                            ways.all_rules(setting);
                            ways.steps(setting.name);
                        });
                    }
                }
            }
            if field == "outcome" {
                ways.aside(|ways| {
                    ways.extracts(setting.name, None);
                    ways.steps(setting.name);
                    ways.requires(setting.name);
                });
            }
            ways.sample(run.sample().as_ref(), &shown(difference.found.as_ref()));
            ways.list
        });
    }

    /// What decides which exchanges happen.
    fn flow(&self, setting: &Setting<'_>) -> Vec<Way> {
        let mut ways = self.map.ways().within(&self.context());
        ways.steps(setting.name);
        ways.all_rules(setting);
        ways.extracts(setting.name, None);
        ways.list
    }

    /// Events that are listed are all there are: one that waits for a person has to be said.
    fn parked(&self, found: &Json, comparison: &mut Comparison) {
        let Some(then) = &self.case.then else { return };
        let (events, said) = (then.node.entry("events"), then.node.get("unmapped"));
        if let (Some(events), None, Some(true)) = (events, said, found.get("unmapped").and_then(Json::as_bool)) {
            comparison.found.push(Difference {
                path: vec!["then".into(), "unmapped".into()],
                expected: None,
                found: Some(true.into()),
                note: None,
                span: events.key_span,
            });
        }
    }

    /// Compares what was found with `then`.
    pub(super) fn then(&mut self, found: &Json, note: Option<&str>, ways: impl Fn(&Self, &Difference) -> Vec<Way>) {
        let Some(then) = &self.case.then else { return };
        let mut comparison = Comparison::new(&["then"]);
        for entry in then.node.as_map().unwrap_or(&[]) {
            comparison.path.push(entry.key.text.clone());
            let found = found.get(&entry.key.text);
            match entry.key.text.as_str() {
                "order" | "value" => comparison.matcher(&entry.value, found, false),
                _ => comparison.value(&entry.value, found, super::compare::Mode::Then),
            }
            comparison.path.pop();
        }
        self.parked(found, &mut comparison);
        for mut difference in comparison.found {
            if difference.note.is_none() {
                difference.note = note.map(str::to_owned);
            }
            let ways = ways(self, &difference);
            self.failures.differs(difference, ways);
        }
    }
}

impl super::way::Ways<'_> {
    fn all_rules(&mut self, setting: &Setting<'_>) {
        for (step, undo, trail) in setting.trails.iter().rev() {
            self.rules(&At::Operation { name: setting.name, step: step.as_deref(), undo: *undo }, Some(trail));
        }
    }
}

impl Setting<'_> {
    fn next(&self, progress: &Progress, traces: Option<&Traces>) -> Result<Next, Fault> {
        self.carrier.next_watched(self.name, &self.order, &self.account, &self.tokens, progress, self.now, traces)
    }

    /// Where the request's values came from: it is made once more, before anything is recorded.
    fn trace(&self, progress: &Progress, call: &Call) -> Option<crate::carrier::Trace> {
        let traces = Traces::default();
        self.next(progress, Some(&traces)).ok()?;
        traces.into_inner().into_iter().find(|(id, _)| *id == call.id).map(|(_, trace)| trace)
    }
}

/// Whether the case goes on after a pending answer.
fn asked_again(done: &Done, listed: &[Listed<'_>]) -> bool {
    let Some(pending) = &done.pending else { return false };
    listed.iter().any(|entry| !entry.happened && entry.step == pending.step.as_deref())
}

fn listed(case: &CaseFile) -> Vec<Listed<'_>> {
    if case.exchanges.is_empty() {
        return vec![Listed {
            step: None,
            iteration: 1,
            undo: false,
            expect: case.expect.as_ref(),
            reply: case.reply.as_ref(),
            outcome: None,
            span: case.name.span,
            happened: case.expect.as_ref().is_some_and(|expect| expect.refused.is_some()) && case.reply.is_none(),
        }];
    }
    case.exchanges.iter().map(of_exchange).collect()
}

fn of_exchange(exchange: &ExchangeCase) -> Listed<'_> {
    Listed {
        step: exchange.step.as_ref().map(|step| step.value.as_str()),
        iteration: exchange.iteration.as_ref().map_or(1, |iteration| iteration.value),
        undo: exchange.undo.as_ref().is_some_and(|undo| undo.value),
        expect: exchange.expect.as_ref(),
        reply: exchange.reply.as_ref(),
        outcome: exchange.outcome.as_ref(),
        span: exchange.step.as_ref().map_or(exchange.span, |step| step.span),
        happened: false,
    }
}

fn named(call: &Call) -> String {
    let undo = if call.id.undo { " undone" } else { "" };
    match &call.id.step {
        Some(step) => format!("{step} {}{undo}", call.id.iteration + 1),
        None => "the request".to_owned(),
    }
}

/// The word for an outcome.
pub(super) fn word(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
