//! What is said of repeating requests must be true of them.

use super::rules::{Exchange, exchanges};
use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::{Node, Span};
use crate::syntax::{Method, NoReply, Operation, OutcomeWord, Request};

crate::codes! {
    /// ## What
    /// A file says of a request that it may be repeated, or asks for what only makes sense of a write, and the request is
    /// not of that kind.
    /// ## Why
    /// A write that is sent twice without idempotency ships twice. `transient` on such a write counts as `ambiguous`: it
    /// is never sent again by itself.
    /// ## Example
    /// ```yaml
    /// request: {method: POST, path: /shipments, json: {}}
    /// responses:
    ///   - {when: {status: 503}, outcome: transient}
    ///   - $http
    /// ```
    /// ## Mend
    /// Add `idempotency:` if the carrier recognises a repeated write; say `not_written` if it surely did nothing,
    /// `ambiguous` if nobody knows.
    REPETITION = "E606", "repetition";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let all = exchanges(scene.file);
    for exchange in &all {
        idempotency(scene, exchange, found);
        claims_to_read(exchange, found);
    }
    for (_, operation) in &scene.file.operations {
        reconcile(operation, found);
    }
    transient(scene, &all, found);
    unanswered(scene, &all, found);
}

/// After a timeout nobody knows whether a write has happened.
fn unanswered(scene: &Scene<'_>, all: &[Exchange<'_>], found: &mut Vec<Diagnostic>) {
    for exchange in all.iter().filter(|exchange| exchange.writes() && exchange.idempotency.is_none()) {
        for rule in exchange.rules(scene.file) {
            let no_reply = rule.when.iter().filter_map(|when| when.error.as_ref()).flat_map(|error| &error.0);
            let timeout = no_reply.map(|word| word.value).any(|word| word == NoReply::Timeout);
            if timeout && rule.outcome.value == OutcomeWord::NotWritten {
                let words = "after a timeout nobody knows whether a write has happened";
                found.push(Diagnostic::error(&REPETITION, rule.outcome.span, words).help("say `ambiguous`"));
            }
        }
    }
}

fn idempotency(scene: &Scene<'_>, exchange: &Exchange<'_>, found: &mut Vec<Diagnostic>) {
    let Some(idempotency) = exchange.idempotency else { return };
    if !exchange.writes() {
        let finding = Diagnostic::warning(&REPETITION, idempotency.span, "this request only reads: it can be repeated anyway");
        found.push(finding.help("remove `idempotency`"));
    }
    if idempotency.header.is_none() && !sends_key(scene, exchange.request, exchange.method()) {
        found.push(
            Diagnostic::error(
                &REPETITION,
                idempotency.span,
                "the key is never sent: the carrier cannot recognise a repeated write",
            )
            .help("name its `header`, put `${{ order.key }}` into the body, or into the path of a PUT or DELETE the name of what it changes"),
        );
    }
}

/// What names a write: the order's key, or what it is made of.
const KEYS: &[&str] = &["order.key", "order.order_id", "order.operation_id", "action.action_id"];

/// Whether the request's own data names the write. A PUT or DELETE of a named thing is the same when it is done again.
fn sends_key(scene: &Scene<'_>, request: &Request, method: Method) -> bool {
    let named = |node: &Node| KEYS.iter().any(|key| walk::mentions(node, key));
    let path = request.path.as_ref().and_then(|path| path.0.as_scalar());
    if matches!(method, Method::Put | Method::Delete) && path.is_some_and(|path| path.text.contains("${{")) {
        return true;
    }
    let mut held = walk::section(scene.node, "parts").iter().any(|part| named(&part.value));
    walk::visit(scene.node, &mut |node, path| {
        held |= (node.span == request.span || path.last() == Some(&"let")) && named(node);
    });
    held
}

fn claims_to_read(exchange: &Exchange<'_>, found: &mut Vec<Diagnostic>) {
    let Some(writes) = exchange.writes.filter(|writes| !writes.value) else { return };
    let method = exchange.method();
    if matches!(method, Method::Put | Method::Patch | Method::Delete) {
        let words = format!("a {} writes: it would be repeated when its outcome is unknown", method.word());
        let finding = Diagnostic::error(&REPETITION, writes.span, words);
        found.push(finding.help("remove `writes: false`, or add `idempotency`"));
    }
}

fn reconcile(operation: &Operation, found: &mut Vec<Diagnostic>) {
    let (Some(reconcile), Some(request)) = (&operation.reconcile, &operation.request) else { return };
    let exchange = Exchange {
        request,
        responses: None,
        idempotency: None,
        writes: operation.writes.as_ref(),
        only_reads: false,
        home: None,
    };
    if !exchange.writes() {
        let finding =
            Diagnostic::warning(&REPETITION, reconcile.span, "this operation only reads: there is nothing to reconcile");
        found.push(finding.help("remove `reconcile`"));
    }
}

/// `transient` in rules that nothing uses but writes without idempotency.
fn transient(scene: &Scene<'_>, all: &[Exchange<'_>], found: &mut Vec<Diagnostic>) {
    let mut uses: Vec<(Span, Span, bool)> = Vec::new();
    for exchange in all {
        let repeatable = !exchange.writes() || exchange.idempotency.is_some();
        let rules = exchange.rules(scene.file);
        for rule in rules.iter().filter(|rule| rule.outcome.value == OutcomeWord::Transient) {
            uses.push((rule.outcome.span, exchange.request.span, repeatable));
        }
    }
    for (outcome, request, _) in &uses {
        if uses.iter().any(|(other, _, repeatable)| other == outcome && *repeatable) {
            continue;
        }
        found.push(
            Diagnostic::warning(&REPETITION, *outcome, "`transient` on a write without idempotency counts as `ambiguous`")
                .related(Span { end: request.start + 1, ..*request }, "the write")
                .help("add `idempotency:`, or say `not_written` if the carrier surely did nothing, else `ambiguous`"),
        );
    }
}
