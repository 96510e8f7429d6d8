//! What a webhook's deliveries say, and what completes an operation.

use super::Scene;
use super::rules::exchanges;
use crate::diagnostic::Diagnostic;
use crate::syntax::{Completes, Extract, Operation, OutcomeWord, SourceNode, Webhook};

crate::codes! {
    /// ## What
    /// A way to complete an operation never does: one before it takes every delivery, the operation is never `pending`, or
    /// its pending reply gives no such name.
    /// ## Why
    /// The first that fits counts. A refusal behind an unconditional `accepted` is told as accepted; an operation that nothing can
    /// complete waits until it is too old.
    /// ## Example
    /// ```yaml
    /// completes:
    ///   - {operation: create_shipment, carrier_ref: $.id, outcome: accepted}
    ///   - {operation: create_shipment, carrier_ref: $.id, outcome: rejected, if: body.state == 'failed'}
    /// ```
    /// ## Mend
    /// Put the special before the general, or give each its `if`.
    COMPLETES = "E644", "completes";
    /// ## What
    /// An event of a webhook says neither by tracking number, nor by the carrier's id, nor by our reference which parcel it
    /// speaks of.
    /// ## Why
    /// No event finds its parcel: all of them are put aside, and the shop hears nothing.
    /// ## Example
    /// ```yaml
    /// webhooks:
    ///   events:
    ///     verify: {header: {name: x-token, value: "${{ secret.token }}"}}
    ///     event: {status: {code: $.code, vocabulary: tracking}}
    /// ```
    /// ## Mend
    /// Add `tracking_number: $.number`, `carrier_ref: $.id` or `reference: $.reference`.
    NAMELESS_EVENT = "E646", "nameless-event";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, webhook) in &scene.file.webhooks {
        if let Some(event) = &webhook.event
            && event.tracking_number.is_none()
            && event.carrier_ref.is_none()
            && event.reference.is_none()
        {
            let words = "nothing says which parcel an event speaks of: none finds its parcel";
            let finding = Diagnostic::error(&NAMELESS_EVENT, event.span, words);
            found.push(finding.help("add `tracking_number: $...`, `carrier_ref: $...` or `reference: $...`"));
        }
        shadowed(webhook, found);
        for way in &webhook.completes {
            awaited(scene, way, found);
        }
    }
}

/// A way that one before it never lets anything come to.
fn shadowed(webhook: &Webhook, found: &mut Vec<Diagnostic>) {
    // Without a condition a way takes every delivery, whatever operation it completes.
    let Some(first) = webhook.completes.iter().position(|way| way.r#if.is_none()) else { return };
    for late in &webhook.completes[first + 1..] {
        let finding =
            Diagnostic::error(&COMPLETES, late.operation.span, "no delivery ever comes to this: the first that fits counts")
                .related(webhook.completes[first].operation.span, "this has no `if`, and takes every delivery");
        found.push(finding.help("put the special before the general, or give each its `if`"));
    }
}

/// The operation must be one that waits, and be known by that name.
fn awaited(scene: &Scene<'_>, way: &Completes, found: &mut Vec<Diagnostic>) {
    let Some((_, operation)) = scene.file.operations.iter().find(|(name, _)| name.value == way.operation.value) else { return };
    let step = way.step.as_ref().map(|step| step.value.as_str());
    let all = exchanges(scene.file);
    let here = all
        .iter()
        .filter(|exchange| exchange.home.is_some_and(|home| home.operation == way.operation.value && home.step == step));
    let mut rules = here.map(|exchange| exchange.rules(scene.file)).peekable();
    if rules.peek().is_none() {
        return;
    }
    if !rules.flatten().any(|rule| rule.outcome.value == OutcomeWord::Pending) {
        let words = format!("`{}` is never `pending`: there is nothing to complete", step.unwrap_or(&way.operation.value));
        let finding = Diagnostic::warning(&COMPLETES, way.operation.span, words);
        found.push(finding.help("say when it is: `- {when: {status: 202}, outcome: pending}`"));
        return;
    }
    if way.reference.is_some() {
        return;
    }
    let given = |read: fn(&Extract) -> bool| extracts(operation).any(read);
    let known = way.tracking_number.is_some() && given(numbered) || way.carrier_ref.is_some() && given(identified);
    if let (false, Some(name)) = (known, way.tracking_number.as_ref().or(way.carrier_ref.as_ref())) {
        found.push(unknown(name, way));
    }
}

fn unknown(name: &SourceNode, way: &Completes) -> Diagnostic {
    let what = if way.tracking_number.is_some() { "tracking number" } else { "id of the carrier" };
    let words = format!("no reply of `{}` gives a {what}: the order is not found by it", way.operation.value);
    Diagnostic::warning(&COMPLETES, name.0.span, words)
        .help("read it from the pending reply, in `extract`; or find the order by `reference`")
}

fn extracts(operation: &Operation) -> impl Iterator<Item = &Extract> {
    let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
    operation.extract.iter().chain(steps)
}

fn numbered(extract: &Extract) -> bool {
    extract.parcels.as_ref().is_some_and(|parcels| parcels.tracking_number.is_some())
}

fn identified(extract: &Extract) -> bool {
    extract.fields.iter().any(|(name, _)| name.value == "carrier_ref")
        || extract.parcels.as_ref().is_some_and(|parcels| parcels.carrier_ref.is_some())
}
