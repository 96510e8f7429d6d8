//! A media type that cannot always be right.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Documents, Extract, Operation};

crate::codes! {
    /// ## What
    /// A label has a constant `media`, while the order or the account can choose the label's format.
    /// ## Why
    /// A ZPL label would be stored and printed as PDF.
    /// ## Example
    /// ```yaml
    /// json: {format: "${{ shipment.label_format | upper }}"}
    /// documents: [{kind: label, data: $.label, media: application/pdf}]
    /// ```
    /// ## Mend
    /// Choose it the same way: `media: "${{ (shipment.label_format | lookup('label')).media }}"`, or read it from the reply:
    /// `media: {header: content-type}`.
    CONSTANT_MEDIA = "E607", "constant-media";
}

const FORMATS: &[&str] = &["pdf", "zpl", "zpl2", "epl", "png", "gif", "jpg", "jpeg", "tiff", "svg"];

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let choices = choices(scene);
    for (name, operation) in &scene.file.operations {
        let Some(node) = scene.node.get("operations").and_then(|all| all.get(&name.value)) else { continue };
        let sent = sent(node, walk::section(scene.node, "parts"));
        let Some(choice) = choices.iter().find(|choice| sent.iter().any(|text| walk::has_word(text, choice))) else { continue };
        for document in documents(operation).filter(|document| is_label(document)) {
            let media = &document.media.0;
            if media.as_scalar().is_some_and(|scalar| !scalar.text.contains('$')) {
                let words = format!("the media type is constant, while `{choice}` chooses the format");
                let finding = Diagnostic::error(&CONSTANT_MEDIA, media.span, words);
                found.push(finding.help("choose it the same way, by a lookup, or read it: `{header: content-type}`"));
            }
        }
    }
}

/// What can choose a format: the order's own field, and settings and options whose values are formats.
fn choices(scene: &Scene<'_>) -> Vec<String> {
    let is_format = |node: &Node| node.as_scalar().is_some_and(|scalar| FORMATS.contains(&scalar.text.to_lowercase().as_str()));
    let config = scene.file.config.iter().map(|(name, field)| (name, &field.r#enum));
    let options = scene.file.options.iter().map(|(name, field)| (name, &field.r#enum));
    let declared = config.chain(options).filter(|(_, values)| values.iter().any(|values| values.0.iter().any(is_format)));
    std::iter::once("label_format".to_owned()).chain(declared.map(|(name, _)| name.value.clone())).collect()
}

/// All expressions that an operation sends: its own and those of the parts that it uses, but not what it requires.
fn sent<'n>(operation: &'n Node, parts: &'n [crate::source::Entry]) -> Vec<&'n str> {
    let mut texts = Vec::new();
    let mut pending = vec![operation];
    let mut seen = Vec::new();
    while let Some(node) = pending.pop() {
        walk::visit(node, &mut |node, path| {
            let Some(scalar) = node.as_scalar() else { return };
            if path.contains(&"requires") || path.contains(&"extract") {
                return;
            }
            if path.last() == Some(&"$part") && !seen.contains(&scalar.text.as_str()) {
                seen.push(scalar.text.as_str());
                pending.extend(parts.iter().filter(|part| part.key.text == scalar.text).map(|part| &part.value));
            }
            let bare = path.last().is_some_and(|key| matches!(*key, "$if" | "$match") || path.contains(&"let"));
            if bare || scalar.text.contains("${{") {
                texts.push(scalar.text.as_str());
            }
        });
    }
    texts
}

fn documents(operation: &Operation) -> impl Iterator<Item = &Documents> {
    let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
    operation.extract.iter().chain(steps).flat_map(|extract: &Extract| &extract.documents)
}

fn is_label(document: &Documents) -> bool {
    document.kind.0.as_scalar().is_none_or(|kind| kind.text.ends_with("label") || kind.text.contains('$'))
}
