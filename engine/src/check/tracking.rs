//! One number or several.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;

crate::codes! {
    /// ## What
    /// `track` asks for one number at a time and reads `tracking.numbers`, or asks for several and reads `tracking.number`.
    /// ## Why
    /// All numbers of a batch but one would never be asked for.
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
    let (wrong, right) = if several { ("tracking.number", "tracking.numbers") } else { ("tracking.numbers", "tracking.number") };
    let why = if several { "a batch asks for several numbers" } else { "without `batch`, one number is asked for at a time" };
    walk::visit(node, &mut |node, _| {
        let Some(at) = node.as_scalar().and_then(|scalar| walk::word_at(&scalar.text, wrong)) else { return };
        let span = scene.sources.locate(node, at..at + wrong.len());
        // A list where a text belongs follows from it.
        found.retain(|other| !(other.code.id == "E206" && other.span.start <= span.start && span.end <= other.span.end));
        found.push(Diagnostic::error(&TRACKING, span, why).help(format!("did you mean `{right}`?")).suggest(span, right));
    });
    let asks = track.request.path.is_some() && !walk::mentions(node, "tracking.number");
    if asks {
        found.push(
            Diagnostic::error(&TRACKING, track.request.span, "the request does not say which shipment it asks for")
                .help(format!("put `${{{{ {right} }}}}` into its path, query or body")),
        );
    }
}
