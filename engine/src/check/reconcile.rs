//! What is asked to find out what became of a write must ask, must ask for this order, and must be understood.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Extract, Method, Operation, Reconcile, Request};

crate::codes! {
    /// ## What
    /// The operation that `reconcile` names writes, or asks nothing of the order, or reads neither a number nor an id where a new
    /// shipment is looked for.
    /// ## Why
    /// It is asked when nobody knows what became of a write. One that cancels or creates would do so only to find out. One that
    /// asks for no order in particular finds something for every order: the shop is told that it was accepted. And what is found
    /// and not read leaves a shipment that nobody can follow.
    /// ## Example
    /// ```yaml
    /// create_shipment:
    ///   reconcile: {operation: cancel_shipment}
    /// ```
    /// ## Mend
    /// ```yaml
    /// create_shipment:
    ///   reconcile: {operation: find}
    /// find:
    ///   request: {path: /shipments, query: {reference: "${{ shipment.reference }}"}}
    ///   extract: {carrier_ref: "$.shipments[0].id"}
    /// ```
    /// A search by POST says `writes: false`.
    RECONCILE = "E640", "reconcile";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (name, operation) in &scene.file.operations {
        let Some(reconcile) = &operation.reconcile else { continue };
        let wanted = &reconcile.operation.value;
        let Some((_, asked)) = scene.file.operations.iter().find(|(known, _)| known.value == *wanted) else { continue };
        if *wanted == name.value {
            let words = "this operation itself would be asked: it writes once more";
            found.push(finding(reconcile, words).help("name an operation that looks the order up"));
            continue;
        }
        if let Some(words) = writes(asked) {
            found.push(finding(reconcile, format!("`{wanted}` {words}: it would be done only to find out")).help(
                "name an operation that looks the order up; one that only reads although its method is POST says `writes: false`",
            ));
            continue;
        }
        let Some(node) = scene.node.get("operations").and_then(|all| all.get(wanted)) else { continue };
        if !asks(scene, node) {
            let words = format!("`{wanted}` asks nothing of the order: it finds the same for every order");
            found.push(finding(reconcile, words).help("ask by `${{ shipment.reference }}`, or by `${{ order.key }}`"));
        } else if extracts(operation).any(names) && !extracts(asked).any(names) {
            let words =
                format!("`{wanted}` reads neither a tracking number nor an id: a shipment that it finds cannot be followed");
            let finding = Diagnostic::warning(&RECONCILE, reconcile.operation.span, words);
            found.push(finding.help(format!("give `{wanted}` what this operation has in `extract`")));
        }
    }
}

fn finding(reconcile: &Reconcile, words: impl Into<String>) -> Diagnostic {
    Diagnostic::error(&RECONCILE, reconcile.operation.span, words)
}

/// How an operation shows that it writes.
fn writes(asked: &Operation) -> Option<String> {
    let said = |writes: Option<bool>, request: &Request| match (writes, request.method.as_ref().map(|method| method.value)) {
        (Some(true), _) => Some("says that it writes".to_owned()),
        (_, Some(method @ (Method::Put | Method::Patch | Method::Delete))) => Some(format!("sends a {}", method.word())),
        _ => None,
    };
    if asked.idempotency.is_some() || asked.reconcile.is_some() {
        return Some("is made to write".to_owned());
    }
    let steps = asked.steps.iter().flat_map(|steps| &steps.0);
    let mut steps = steps.map(|(_, step)| (step.writes.as_ref().map(|writes| writes.value), &*step.request));
    let single = asked.request.iter().map(|request| (asked.writes.as_ref().map(|writes| writes.value), request));
    single
        .into_iter()
        .find_map(|(told, request)| said(told, request))
        .or_else(|| steps.find_map(|(told, request)| said(told, request)))
}

/// Whether something of the order stands in what is sent: in a request, in a name or in a part.
fn asks(scene: &Scene<'_>, operation: &Node) -> bool {
    let sent = ["request", "let"].iter().filter_map(|key| operation.get(key)).any(walk::reads_order);
    let steps = walk::section(operation, "steps").iter().filter_map(|step| step.value.get("request")).any(walk::reads_order);
    let mut parts = false;
    walk::visit(operation, &mut |node, _| parts |= node.get("$part").is_some());
    sent || steps || parts && walk::section(scene.node, "parts").iter().any(|part| walk::reads_order(&part.value))
}

fn extracts(operation: &Operation) -> impl Iterator<Item = &Extract> {
    let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
    operation.extract.iter().chain(steps)
}

/// Whether a number or an id is read.
fn names(extract: &Extract) -> bool {
    extract.fields.iter().any(|(name, _)| name.value == "carrier_ref")
        || extract.parcels.as_ref().is_some_and(|parcels| parcels.tracking_number.is_some() || parcels.carrier_ref.is_some())
}
