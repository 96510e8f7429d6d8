//! Answers that come later must come somehow.

use super::Scene;
use super::rules::{Exchange, Home, exchanges};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{CarrierFile, Completes, OutcomeWord, Rule};

crate::codes! {
    /// ## What
    /// A reply is read as `pending`, and nothing asks again and no webhook completes the operation; or a step that is asked
    /// again writes, or has no `pending` reply.
    /// ## Why
    /// The order would wait until it is too old, and a person would have to find out. A write that is repeated ships twice.
    /// ## Example
    /// ```yaml
    /// responses: [{when: {status: 202}, outcome: pending}, $http]
    /// ```
    /// ## Mend
    /// Ask in a step of its own, `poll: {every: 30s, give_up: 1h}`, or say in `webhooks` what `completes` the operation.
    PENDING = "E615", "pending";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for exchange in exchanges(scene.file) {
        let Some(home) = exchange.home else { continue };
        let rules = exchange.rules(scene.file);
        let pending = rules.iter().find(|rule| rule.outcome.value == OutcomeWord::Pending);
        let told =
            scene.file.webhooks.iter().flat_map(|(_, webhook)| &webhook.completes).any(|way| completes(way, &home, scene.file));
        match (home.poll, pending) {
            (Some(poll), pending) => polled(&exchange, poll, pending.copied(), found),
            (None, Some(rule)) if !told => {
                let finding = Diagnostic::warning(
                    &PENDING,
                    rule.outcome.span,
                    "nothing asks again, and no webhook completes the operation",
                );
                found.push(
                    finding
                        .help("ask in a step of its own: `poll: {every: 30s, give_up: 1h}`")
                        .help("or let a webhook tell: `completes: [{operation: ..., carrier_ref: ..., outcome: accepted}]`"),
                );
            }
            _ => {}
        }
    }
}

/// Whether a delivery completes this exchange; one whose step does not exist is told by itself.
fn completes(way: &Completes, home: &Home<'_>, file: &CarrierFile) -> bool {
    let step = way.step.as_ref().map(|step| step.value.as_str());
    let operation = file.operations.iter().find(|(name, _)| name.value == home.operation).map(|(_, operation)| operation);
    let mut steps = operation.iter().flat_map(|operation| &operation.steps).flat_map(|steps| &steps.0);
    way.operation.value == home.operation && (step == home.step || !steps.any(|(name, _)| Some(name.value.as_str()) == step))
}

fn polled(exchange: &Exchange<'_>, poll: Span, pending: Option<&Rule>, found: &mut Vec<Diagnostic>) {
    if exchange.writes() {
        let finding = Diagnostic::error(&PENDING, poll, "a step that is asked again must only read");
        found.push(finding.help("say `writes: false` if this request only reads"));
    }
    if pending.is_none() {
        let finding = Diagnostic::error(&PENDING, poll, "no reply of this step is `pending`: it would never be asked again");
        found.push(finding.help("say when it is: `- {when: {if: body.status == 'created'}, outcome: pending}`"));
    }
}
