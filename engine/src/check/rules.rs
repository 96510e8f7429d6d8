//! The exchanges of a file, and the rules that each one's reply is read by.

use crate::source::Span;
use crate::syntax::{Auth, CarrierFile, Idempotency, Method, Operation, Request, Rule, RuleEntry, Rules, Sp, Step, When};

/// One request of the file with what decides about its repetition.
pub(super) struct Exchange<'f> {
    pub(super) request: &'f Request,
    pub(super) responses: Option<&'f Rules>,
    pub(super) idempotency: Option<&'f Idempotency>,
    pub(super) writes: Option<&'f Sp<bool>>,
    /// Sign-in, tracking and the operations of `reconcile` only read.
    pub(super) only_reads: bool,
    /// Where it stands, when an operation can be pending on it.
    pub(super) home: Option<Home<'f>>,
}

/// The operation and step of an exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'f> {
    pub(super) operation: &'f str,
    pub(super) step: Option<&'f str>,
    /// The step's `poll`.
    pub(super) poll: Option<Span>,
}

impl<'f> Exchange<'f> {
    pub(super) fn method(&self) -> Method {
        let request = self.request;
        let usual = if request.bodies().is_empty() { Method::Get } else { Method::Post };
        request.method.as_ref().map_or(usual, |method| method.value)
    }

    pub(super) fn writes(&self) -> bool {
        !self.only_reads && self.writes.map_or(self.method() != Method::Get, |writes| writes.value)
    }

    /// Its rules in order, with those of named lists in their place.
    pub(super) fn rules(&self, file: &'f CarrierFile) -> Vec<&'f Rule> {
        let mut found = Vec::new();
        match self.responses {
            Some(Rules::Name(name)) => splice(file, &name.value, &mut found, &mut Vec::new()),
            Some(Rules::List(entries)) => list(file, entries, &mut found, &mut Vec::new()),
            None => {}
        }
        found
    }
}

/// Every exchange of the file.
pub(super) fn exchanges(file: &CarrierFile) -> Vec<Exchange<'_>> {
    let mut found = Vec::new();
    for (name, operation) in &file.operations {
        let only_reads = file
            .operations
            .iter()
            .any(|(_, other)| other.reconcile.as_ref().is_some_and(|reconcile| reconcile.operation.value == name.value));
        let home = Home { operation: &name.value, step: None, poll: None };
        found.extend(operation.request.as_ref().map(|request| single(operation, request, only_reads, home)));
        for (step_name, step) in operation.steps.iter().flat_map(|steps| &steps.0) {
            let poll = step.poll.as_ref().map(|poll| poll.span);
            found.push(of_step(step, only_reads, Home { step: Some(&step_name.value), poll, ..home }));
            found.extend(step.compensate.as_ref().map(|undo| Exchange {
                request: &undo.request,
                responses: undo.responses.as_ref(),
                idempotency: None,
                writes: None,
                only_reads: false,
                home: None,
            }));
        }
    }
    found.extend(file.auth.iter().chain(file.auths.iter().map(|(_, auth)| auth)).filter_map(sign_in));
    found.extend(file.track.as_ref().map(|track| Exchange {
        request: &track.request,
        responses: track.responses.as_ref(),
        idempotency: None,
        writes: None,
        only_reads: true,
        home: None,
    }));
    found
}

/// The request of a sign-in that has one.
fn sign_in(auth: &Auth) -> Option<Exchange<'_>> {
    let (request, responses) = match auth {
        Auth::OAuth2(kind) => (&kind.request, &kind.responses),
        Auth::Login(kind) => (&kind.request, &kind.responses),
        _ => return None,
    };
    Some(Exchange { request, responses: responses.as_ref(), idempotency: None, writes: None, only_reads: true, home: None })
}

fn single<'f>(operation: &'f Operation, request: &'f Request, only_reads: bool, home: Home<'f>) -> Exchange<'f> {
    Exchange {
        request,
        responses: operation.responses.as_ref(),
        idempotency: operation.idempotency.as_ref(),
        writes: operation.writes.as_ref(),
        only_reads,
        home: Some(home),
    }
}

fn of_step<'f>(step: &'f Step, only_reads: bool, home: Home<'f>) -> Exchange<'f> {
    Exchange {
        request: &step.request,
        responses: step.responses.as_ref(),
        idempotency: step.idempotency.as_ref(),
        writes: step.writes.as_ref(),
        only_reads,
        home: Some(home),
    }
}

fn list<'f>(file: &'f CarrierFile, entries: &'f [RuleEntry], found: &mut Vec<&'f Rule>, within: &mut Vec<&'f str>) {
    for entry in entries {
        match entry {
            RuleEntry::Rule(rule) => found.push(rule),
            RuleEntry::Splice(name) => splice(file, &name.value, found, within),
        }
    }
}

fn splice<'f>(file: &'f CarrierFile, name: &'f str, found: &mut Vec<&'f Rule>, within: &mut Vec<&'f str>) {
    let Some((_, rules)) = file.replies.iter().find(|(known, _)| known.value == name) else { return };
    if !within.contains(&name) {
        within.push(name);
        list(file, &rules.0, found, within);
        within.pop();
    }
}

/// Whether a condition looks at nothing but the status.
pub(super) fn by_status_alone(when: &When) -> bool {
    let fault = when.fault.as_ref().is_some_and(|fault| fault.value);
    when.r#if.is_none() && when.has.is_none() && when.header.is_none() && when.error.is_none() && !fault
}

/// The statuses that a condition names.
pub(super) fn statuses(when: &When) -> impl Iterator<Item = &str> {
    when.status.iter().flat_map(|status| &status.0).filter_map(|node| node.as_scalar().map(|scalar| scalar.text.as_str()))
}
