//! Labels of several parcels: all of them, and which is whose.

use super::Scene;
use crate::diagnostic::Diagnostic;
use crate::source::{Literal, Node};
use crate::syntax::{Documents, Extract, SourceNode, Step};

crate::codes! {
    /// ## What
    /// The label of one entry is read, of a list in which each entry is a parcel.
    /// ## Why
    /// Labels 2 to N of an order are lost without a word. A case of one parcel does not show it.
    /// ## Example
    /// ```yaml
    /// extract:
    ///   parcels: {each: "$.parcels[*]", tracking_number: $.no}
    ///   documents: {kind: label, data: {from: "$.parcels[0].label", decode: base64}, media: application/pdf}
    /// ```
    /// ## Mend
    /// Read one from each: `documents: {kind: label, each: "$.parcels[*]", data: {from: $.label, decode: base64}, ...}`.
    ONE_LABEL = "E650", "one-label";
    /// ## What
    /// Several labels are read, and nothing says which parcel each of them is of.
    /// ## Why
    /// The shop prints all of them and cannot tell which belongs on which box: weight, contents and customs papers differ.
    /// ## Example
    /// ```yaml
    /// documents: {kind: label, each: "$.labels[*]", data: {from: $.pdf, decode: base64}, media: application/pdf}
    /// ```
    /// ## Mend
    /// Add `reference: $.reference`, our reference as the carrier gives it back. Labels that stand in the entries that `parcels.each`
    /// goes over are those parcels' own; so are those of a step `for_each: p in shipment.parcels`. Where the carrier gives one
    /// file for all, or its pages shall be one, say `merge: pdf`.
    NAMELESS_LABEL = "E651", "nameless-label";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (name, operation) in &scene.file.operations {
        let steps = || operation.steps.iter().flat_map(|steps| &steps.0).map(|(_, step)| step);
        let own = operation.extract.iter().map(|extract| (extract, None));
        let all: Vec<(&Extract, Option<&Step>)> =
            own.chain(steps().filter_map(|step| Some((step.extract.as_ref()?, Some(step))))).collect();
        for (extract, step) in all {
            one_of_many(extract, found);
            if name.value.starts_with("create") && !super::numbers::one_at_a_time(operation) && !step.is_some_and(of_one) {
                nameless(extract, step, found);
            }
        }
    }
}

/// A label out of the list that the parcels are read from.
fn one_of_many(extract: &Extract, found: &mut Vec<Diagnostic>) {
    let Some(list) = extract.parcels.as_ref().and_then(|parcels| parcels.each.as_ref()).and_then(|each| text(&each.0)) else {
        return;
    };
    let list = list.strip_suffix("[*]").unwrap_or(list);
    for document in extract.documents.iter().filter(|document| document.each.is_none()) {
        let Some(node) = data(document) else { continue };
        let Some(rest) = text(node).and_then(|path| path.strip_prefix(list)) else { continue };
        if rest.strip_prefix('[').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || first == '-')) {
            let words = "one parcel's label is read: those of the others are lost";
            let finding = Diagnostic::error(&ONE_LABEL, node.span, words);
            found.push(finding.help(format!("read one from each: `each: \"{list}[*]\"`, and `data` from there")));
        }
    }
}

fn nameless(extract: &Extract, step: Option<&Step>, found: &mut Vec<Diagnostic>) {
    if step.is_some_and(of_parcels) {
        return;
    }
    let looped = step.and_then(|step| step.for_each.as_ref());
    // A reply that has labels alone may be about one parcel; what has both can tell which is whose.
    let shared = extract.parcels.as_ref().map_or(looped.is_none(), |parcels| parcels.shared.is_some());
    if shared {
        return;
    }
    let parcels = extract.parcels.as_ref().and_then(|parcels| parcels.each.as_ref());
    for document in extract.documents.iter().filter(|document| is_label(document)) {
        let several = document.each.is_some() || looped.is_some();
        let same = looped.is_none() && document.each.as_ref().is_some_and(|each| same_list(parcels, each));
        if several && !same && document.reference.is_none() && document.merge.is_none() {
            let words = "several labels, and nothing says which parcel each of them is of";
            let finding = Diagnostic::warning(&NAMELESS_LABEL, document.kind.0.span, words);
            found.push(
                finding
                    .help("add `reference: $...`: our reference of the parcel, as the carrier gives it back")
                    .help("where labels stand beside the numbers, go over the same list as `parcels`; or fetch them in a step `for_each: p in shipment.parcels`"),
            );
        }
    }
}

/// Whether two sources go over the same list: then entries of one are entries of the other.
pub(crate) fn same_list(one: Option<&SourceNode>, other: &SourceNode) -> bool {
    one.and_then(|one| text(&one.0)).is_some_and(|one| text(&other.0).is_some_and(|other| plain(one) == plain(other)))
}

fn plain(path: &str) -> &str {
    path.strip_suffix("[*]").unwrap_or(path)
}

/// A step that runs once for each parcel of the order.
fn of_parcels(step: &Step) -> bool {
    let text = step.for_each.as_ref().and_then(|each| each.0.as_scalar());
    text.is_some_and(|each| each.text.split_once(" in ").is_some_and(|(_, list)| list.trim().starts_with("shipment.parcels")))
}

/// A step of orders with one parcel.
fn of_one(step: &Step) -> bool {
    let text = step.r#if.as_ref().and_then(|condition| condition.0.as_scalar()).map_or("", |scalar| scalar.text.as_str());
    text.split_whitespace().collect::<String>().contains("shipment.parcels|length==1")
}

fn is_label(document: &Documents) -> bool {
    matches!(document.kind.0.as_scalar().map(|scalar| scalar.literal()), Some(Literal::Text("label")))
}

/// Where a document's bytes come from, when it is one path.
fn data(document: &Documents) -> Option<&Node> {
    let node = &document.data.0;
    let from = node.get("from").unwrap_or(node);
    from.as_scalar().map(|_| from)
}

fn text(node: &Node) -> Option<&str> {
    node.as_scalar().map(|scalar| scalar.text.as_str()).filter(|text| text.starts_with('$') && !text.contains("${{"))
}
