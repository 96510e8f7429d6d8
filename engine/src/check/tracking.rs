//! One number or several.

use super::{Scene, walk};
use crate::carrier::AskedBy;
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// ## What
    /// `track` asks for one shipment at a time and reads `tracking.numbers`, or asks for several and reads `tracking.number`; the
    /// same goes for `carrier_refs` and `references`. Or items of a batch do not say which shipment they speak of.
    /// ## Why
    /// All shipments of a batch but one would never be asked for, or would never hear of their events.
    /// ## Example
    /// ```yaml
    /// track:
    ///   batch: 20
    ///   request: {path: "/track/${{ tracking.number }}"}
    /// ```
    /// ## Mend
    /// With `batch`, read `tracking.numbers`: `${{ tracking.numbers | join(',') }}`. Without, read `tracking.number`.
    TRACKING = "E613", "tracking";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(track), Some(node)) = (&scene.file.track, scene.node.get("track")) else { return };
    let several = track.batch.as_ref().is_some_and(|batch| batch.value > 1);
    let why = if several { "a batch asks for several shipments" } else { "without `batch`, one shipment is asked for at a time" };
    for by in AskedBy::ALL {
        let (one, many) = (format!("tracking.{}", by.one()), format!("tracking.{}", by.several()));
        let (wrong, right) = if several { (&one, &many) } else { (&many, &one) };
        walk::visit(node, &mut |node, _| {
            let Some(at) = node.as_scalar().and_then(|scalar| walk::word_at(&scalar.text, wrong)) else { return };
            let span = scene.sources.locate(node, at..at + wrong.len());
            // A list where a text belongs follows from it.
            found.retain(|other| !(other.code.id == "E206" && other.span.start <= span.start && span.end <= other.span.end));
            found.push(
                Diagnostic::error(&TRACKING, span, why).help(format!("did you mean `{right}`?")).suggest(span, right.as_str()),
            );
        });
    }
    let right = if several { "tracking.numbers" } else { "tracking.number" };
    let asks = AskedBy::ALL.iter().any(|by| walk::mentions(node, &format!("tracking.{}", by.one())));
    if track.request.path.is_some() && !asks {
        found.push(
            Diagnostic::error(&TRACKING, track.request.span, "the request does not say which shipment it asks for")
                .help(format!("put `${{{{ {right} }}}}` into its path, query or body")),
        );
    }
    let named = track
        .item
        .as_ref()
        .is_some_and(|item| item.tracking_number.is_some() || item.carrier_ref.is_some() || item.reference.is_some());
    if let (Some(batch), true, false) = (&track.batch, several, named) {
        found.push(
            Diagnostic::error(&TRACKING, batch.span, "the items of a batch do not say which shipment they speak of")
                .help("add `item: {tracking_number: ...}`, or `carrier_ref`, or `reference`"),
        );
    }
}
