//! A shipment that is made and cannot be followed: no number is read, or one for several parcels.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Extract, Operation, Sp};

crate::codes! {
    /// ## What
    /// `create_shipment` reads neither a tracking number nor an id of the carrier, and no event finds its parcel by our
    /// reference.
    /// ## Why
    /// The shop is told that the order is accepted, and nothing else: nobody can follow the parcel, no event finds it, and it
    /// cannot be cancelled.
    /// ## Example
    /// ```yaml
    /// create_shipment:
    ///   request: {method: POST, path: /shipments, json: {reference: "${{ shipment.reference }}"}}
    ///   extract: {documents: [{kind: label, data: $.label, media: application/pdf}]}
    /// ```
    /// ## Mend
    /// Read it: `extract: {parcels: {each: "$.parcels[*]", tracking_number: $.no}}`, or `carrier_ref: $.id`.
    NO_NUMBER = "E623", "no-number";
    /// ## What
    /// A request speaks of all parcels of the order, and its reply is read as one parcel.
    /// ## Why
    /// All parcels get the one number. If the carrier gives each its own, all numbers but one are lost without a word.
    /// ## Example
    /// ```yaml
    /// json: {parcels: {$for: p in shipment.parcels, $do: {weight: "${{ p.weight }}"}}}
    /// extract: {parcels: {tracking_number: $.parcels[0].no}}
    /// ```
    /// ## Mend
    /// Read an entry for each: `each: "$.parcels[*]"`. If the carrier gives one number to all parcels of an order, say so:
    /// `parcels: {shared: true, tracking_number: $.no}`. If it takes one parcel only, `requires: shipment.parcels | length == 1`.
    SHARED_NUMBER = "E624", "shared-number";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (name, operation) in scene.file.operations.iter().filter(|(name, _)| name.value == "create_shipment") {
        unread(scene, name, operation, found);
        shared(scene, operation, found);
    }
}

/// Extracts of an operation: its own, its steps', and what webhooks tell later.
fn extracts<'f>(scene: &Scene<'f>, operation: &'f Operation) -> impl Iterator<Item = &'f Extract> {
    let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
    let told = scene.file.webhooks.iter().flat_map(|(_, webhook)| &webhook.completes).filter_map(|way| way.extract.as_ref());
    operation.extract.iter().chain(steps).chain(told)
}

fn unread(scene: &Scene<'_>, name: &Sp<String>, operation: &Operation, found: &mut Vec<Diagnostic>) {
    let numbered = |extract: &Extract| {
        let parcels = extract.parcels.as_ref();
        parcels.is_some_and(|parcels| parcels.tracking_number.is_some() || parcels.carrier_ref.is_some())
            || extract.fields.iter().any(|(name, _)| name.value == "carrier_ref")
    };
    let events = scene.file.webhooks.iter().filter_map(|(_, webhook)| webhook.event.as_ref());
    let ours =
        events.chain(scene.file.track.iter().filter_map(|track| track.event.as_ref())).any(|event| event.reference.is_some())
            || scene.file.track.as_ref().is_some_and(|track| track.item.as_ref().is_some_and(|item| item.reference.is_some()))
            || scene.node.get("track").is_some_and(|track| walk::mentions(track, "tracking.reference"));
    if !ours && !extracts(scene, operation).any(numbered) {
        let words = "neither a tracking number nor an id of the carrier is read: nobody could follow the shipment, or cancel it";
        let finding = Diagnostic::warning(&NO_NUMBER, name.span, words);
        found.push(finding.help("`extract: {parcels: {each: ..., tracking_number: ...}}`, or `extract: {carrier_ref: ...}`"));
    }
}

/// One reply, read as one parcel, for a request that speaks of all of them.
fn shared(scene: &Scene<'_>, operation: &Operation, found: &mut Vec<Diagnostic>) {
    let Some(node) = scene.node.get("operations").and_then(|all| all.get("create_shipment")) else { return };
    if one_at_a_time(operation) || !speaks_of_all(node) {
        return;
    }
    let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter(|(_, step)| step.for_each.is_none());
    let mut readings = operation.extract.iter().chain(steps.filter_map(|(_, step)| step.extract.as_ref()));
    let read = readings.find_map(|extract| extract.parcels.as_ref().filter(|parcels| parcels.tracking_number.is_some()));
    if let Some(parcels) = read.filter(|parcels| parcels.each.is_none() && parcels.shared.is_none()) {
        let words = "every parcel of the order gets this one number";
        let finding = Diagnostic::warning(&SHARED_NUMBER, parcels.span, words)
            .help("if the reply has a number for each, say where: `each: \"$.parcels[*]\"`")
            .help("if the carrier gives one number to all of them, say so: `shared: true`");
        found.push(finding);
    }
}

/// Orders of several parcels are refused.
pub(super) fn one_at_a_time(operation: &Operation) -> bool {
    let conditions = operation.requires.iter().filter_map(|requires| requires.that.0.as_scalar());
    let plain = conditions.flat_map(|that| that.text.split(" and ")).map(|one| one.split_whitespace().collect::<String>());
    plain.into_iter().any(|one| {
        matches!(one.as_str(), "shipment.parcels|length==1" | "shipment.parcels|length<=1" | "shipment.parcels|length<2")
    })
}

/// Whether something of an operation beside its `requires` goes over the order's parcels.
fn speaks_of_all(operation: &Node) -> bool {
    let rest = operation.as_map().unwrap_or(&[]).iter().filter(|entry| entry.key.text != "requires");
    rest.into_iter().any(|entry| {
        let mut all = false;
        walk::visit(&entry.value, &mut |node, _| {
            let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
            all |= walk::word_at(text, "shipment.parcels")
                .is_some_and(|at| !text[at + "shipment.parcels".len()..].starts_with(['[', '.']));
        });
        all
    })
}
