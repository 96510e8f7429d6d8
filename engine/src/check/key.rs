//! A key by which a carrier recognises a repeated write is another one for every write.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Idempotency, Step};

crate::codes! {
    /// ## What
    /// The value of an idempotency key is the same for several writes: it reads nothing of the order, or it is the same for every
    /// iteration of a step with `for_each`.
    /// ## Why
    /// The carrier takes the second write for the first one come twice, and answers with the first one's number and label. The
    /// second parcel, or the second order, is never made, and nobody is told.
    /// ## Example
    /// ```yaml
    /// for_each: p in shipment.parcels
    /// idempotency: {header: Idempotency-Key, value: "${{ order.order_id }}", window: 24h}
    /// ```
    /// ## Mend
    /// Leave `value` out: `${{ order.key }}` is another one for every order, operation, step and iteration. A carrier that wants
    /// another form gets it calculated: `${{ order.key | sha256 }}`.
    SAME_KEY = "E641", "same-key";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, operation) in &scene.file.operations {
        let lets: Vec<_> = operation.r#let.iter().map(|(name, node)| (name.value.as_str(), node)).collect();
        if let Some(idempotency) = &operation.idempotency {
            one(idempotency, &lets, None, found);
        }
        for (_, step) in operation.steps.iter().flat_map(|steps| &steps.0) {
            if let Some(idempotency) = &step.idempotency {
                one(idempotency, &lets, Some(step), found);
            }
        }
    }
}

fn one(idempotency: &Idempotency, lets: &[(&str, &Node)], step: Option<&Step>, found: &mut Vec<Diagnostic>) {
    let Some(value) = &idempotency.value else { return };
    let used: Vec<&Node> = lets.iter().filter(|(name, _)| words(&value.0, name)).map(|(_, node)| *node).collect();
    let reads = |what: &dyn Fn(&Node) -> bool| what(&value.0) || used.iter().any(|node| what(node));
    let each = step.and_then(looped);
    let of_order = |node: &Node| walk::reads_order(node) || walk::mentions(node, "steps.");
    if !reads(&of_order) && !each.as_ref().is_some_and(|each| words(&value.0, each)) {
        let words = "this key is the same for every order: the second would be answered with the first one's shipment";
        found.push(Diagnostic::error(&SAME_KEY, value.0.span, words).help("leave `value` out, or write `${{ order.key }}`"));
    } else if let Some(each) = each
        .filter(|each| !words(&value.0, each) && !words(&value.0, "loop") && !reads(&|node| walk::mentions(node, "order.key")))
    {
        let text = "this key is the same in every iteration: the second parcel would be answered with the first one's label";
        let finding = Diagnostic::error(&SAME_KEY, value.0.span, text);
        found
            .push(finding.help(format!(
                "write `${{{{ order.key }}}}`, which counts the iterations, or put something of `{each}` into it"
            )));
    }
}

/// The name that a step's loop gives.
fn looped(step: &Step) -> Option<String> {
    let text = &step.for_each.as_ref()?.0.as_scalar()?.text;
    Some(text.split_once(" in ")?.0.trim().to_owned())
}

/// Whether a name is used somewhere in a value.
fn words(node: &Node, name: &str) -> bool {
    let mut found = false;
    walk::visit(node, &mut |node, _| found |= node.as_scalar().is_some_and(|scalar| walk::has_word(&scalar.text, name)));
    found
}
