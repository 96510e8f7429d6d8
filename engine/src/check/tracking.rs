//! One number or several.

use super::{Scene, walk};
use crate::carrier::AskedBy;
use crate::diagnostic::Diagnostic;
use crate::source::Node;

crate::codes! {
    /// ## What
    /// `track` asks for one shipment at a time and reads `tracking.numbers`, or asks for several and reads `tracking.number`; the
    /// same goes for `carrier_refs` and `references`. Or only the first of a batch is asked for. Or items of a batch do not say which shipment they speak of.
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
    if several {
        first_of_many(scene, node, found);
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

/// One of the shipments that a batch asks for, and nothing that asks for all of them.
fn first_of_many(scene: &Scene<'_>, node: &Node, found: &mut Vec<Diagnostic>) {
    let mut picked = Vec::new();
    let mut all = false;
    for name in AskedBy::ALL.map(|by| format!("tracking.{}", by.several())) {
        walk::visit(node, &mut |node, _| {
            let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
            for (at, _) in text.match_indices(&name) {
                match picks_one(text, at + name.len()) {
                    Some(end) => picked.push((node, at..end)),
                    None => all = true,
                }
            }
        });
    }
    for (node, range) in picked.into_iter().filter(|_| !all) {
        let words = "a batch asks for several shipments, and only one of them is asked for here: the others would not be found";
        let finding = Diagnostic::error(&TRACKING, scene.sources.locate(node, range), words);
        found.push(
            finding.help("ask for all: `${{ tracking.numbers | join(',') }}`; or leave `batch` out, and read `tracking.number`"),
        );
    }
}

/// Where the words end that take one of a list.
fn picks_one(text: &str, end: usize) -> Option<usize> {
    let rest = &text[end..];
    if let Some(index) = rest.strip_prefix('[') {
        let inside = index.split(']').next()?;
        return inside.trim().trim_start_matches('-').parse::<u32>().is_ok().then_some(end + inside.len() + 2);
    }
    let word = rest.trim_start().strip_prefix('|')?.trim_start();
    let taken = ["first", "last"].into_iter().find(|name| walk::word_at(word, name) == Some(0))?;
    Some(text.len() - word.len() + taken.len())
}
