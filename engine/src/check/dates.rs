//! Dates that nobody says how to read.

use super::Scene;
use crate::compile::ZONELESS;
use crate::diagnostic::Diagnostic;
use crate::syntax::{EventSpec, SourceNode};

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let file = scene.file;
    let item = file.track.as_ref().and_then(|track| track.item.as_ref());
    let newest = |source: &SourceNode| source.0.as_scalar().is_some_and(|scalar| scalar.text == "newest");
    let current = item.and_then(|item| item.current.as_ref()).map(|current| &current.occurred_at).filter(|when| !newest(when));
    let expected = item.and_then(|item| item.estimated_delivery.as_ref());
    let events = file
        .track
        .iter()
        .filter_map(|track| track.event.as_ref())
        .chain(file.webhooks.iter().filter_map(|(_, webhook)| webhook.event.as_ref()));
    let of_events = events.flat_map(|event: &EventSpec| [&event.occurred_at, &event.estimated_delivery]).flatten();
    let results = file.operations.iter().flat_map(|(_, operation)| {
        let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
        operation.extract.iter().chain(steps).flat_map(|extract| &extract.fields)
    });
    let of_results = results.filter(|(name, _)| name.value == "estimated_delivery").map(|(_, source)| source);
    for source in current.into_iter().chain(expected).chain(of_events).chain(of_results) {
        if !says_format(source) {
            found
                .push(Diagnostic::error(&ZONELESS, source.0.span, "this date does not say how it is written").help(
                    "add its format: `{from: ..., format: rfc3339}`, or `date`, `unix`, `unix_ms`, `iso8601`, or strftime",
                ));
        }
    }
}

/// A format is given, or an expression makes the date.
fn says_format(source: &SourceNode) -> bool {
    let node = &source.0;
    let expression = |text: &str| text.trim_start().starts_with("${{");
    node.get("format").is_some()
        || node.as_scalar().is_some_and(|scalar| expression(&scalar.text))
        || node.get("from").and_then(|from| from.as_scalar()).is_some_and(|scalar| expression(&scalar.text))
}
