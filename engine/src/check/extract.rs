//! Results that the model does not know and nothing reads.

use super::Scene;
use crate::diagnostic::Diagnostic;
use crate::expr::Use;
use crate::source::{Literal, Node};
use crate::syntax::{Documents, Extract, SourceNode, Sp};

crate::codes! {
    /// ## What
    /// An `extract` reads a field that is no result and that no later step uses, or a result has a word or a form that the
    /// model does not know.
    /// ## Why
    /// A mistyped `trackng_url` would be read and thrown away, without a word.
    /// ## Example
    /// ```yaml
    /// extract: {trackng_url: $.links.tracking}
    /// ```
    /// ## Mend
    /// Use one of the results that the finding lists, or read the field in a later step: `steps.<name>.<field>`.
    EXTRACT = "E612", "extract";
}

const KINDS: &[&str] = &["label", "return_label", "invoice", "customs", "other"];

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, operation) in &scene.file.operations {
        let steps = operation.steps.iter().flat_map(|steps| &steps.0).filter_map(|(_, step)| step.extract.as_ref());
        for extract in operation.extract.iter().chain(steps) {
            fields(scene, extract, found);
            extract.documents.iter().for_each(|document| words(document, found));
        }
    }
    let told = scene.file.webhooks.iter().flat_map(|(_, webhook)| &webhook.completes);
    for extract in told.filter_map(|way| way.extract.as_ref()) {
        fields(scene, extract, found);
        extract.documents.iter().for_each(|document| words(document, found));
    }
}

fn fields(scene: &Scene<'_>, extract: &Extract, found: &mut Vec<Diagnostic>) {
    for (name, source) in &extract.fields {
        match name.value.as_str() {
            "price" => price(source, found),
            known if Extract::KNOWN.contains(&known) => {}
            own if scene.survey.uses.contains(&Use::Field(own.to_owned())) => {}
            own => {
                let finding = match super::unused::mistyped(found, own) {
                    Some(use_) => Diagnostic::warning(&EXTRACT, name.span, format!("no later step reads `{own}`"))
                        .related(use_.span, "is it meant here?"),
                    None => unread(name),
                };
                found.push(finding);
            }
        }
    }
}

fn unread(name: &Sp<String>) -> Diagnostic {
    let known = Extract::KNOWN.iter().copied().chain(["parcels", "documents"]);
    Diagnostic::error(&EXTRACT, name.span, format!("`{}` is no result, and no later step reads it", name.value))
        .among(&name.value, known)
}

fn price(source: &SourceNode, found: &mut Vec<Diagnostic>) {
    for wanted in ["amount", "currency"] {
        if source.0.get(wanted).is_none() {
            let finding = Diagnostic::error(
                &EXTRACT,
                source.0.span,
                format!("a price has an `amount` and a `currency`: `{wanted}` is missing"),
            );
            found.push(finding.help("`price: {amount: $.total, currency: $.currency}`"));
        }
    }
}

fn words(document: &Documents, found: &mut Vec<Diagnostic>) {
    if let Some(kind) = literal(&document.kind.0).filter(|kind| !KINDS.contains(kind)) {
        let finding = Diagnostic::error(&EXTRACT, document.kind.0.span, format!("there is no kind of document `{kind}`"));
        found.push(finding.among(kind, KINDS.iter().copied()));
    }
    if let Some(media) = literal(&document.media.0).filter(|media| !is_media(media)) {
        let finding = Diagnostic::error(&EXTRACT, document.media.0.span, format!("`{media}` is no media type"));
        found.push(finding.help("for example `application/pdf`, `image/png`, `application/zpl`"));
    }
    if let Some(merge) = document.merge.as_ref().filter(|merge| merge.value != "pdf") {
        let finding = Diagnostic::error(&EXTRACT, merge.span, format!("documents cannot be merged into `{}`", merge.value));
        found.push(finding.among(&merge.value, ["pdf"]));
    }
}

/// The text of a literal; paths and expressions are none.
fn literal(node: &Node) -> Option<&str> {
    match node.as_scalar()?.literal() {
        Literal::Text(text) if !text.starts_with('$') && !text.contains("${{") => Some(text),
        _ => None,
    }
}

fn is_media(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|sign| sign.is_ascii_alphanumeric() || ".+-_".contains(sign));
    text.split(';').next().and_then(|media| media.trim().split_once('/')).is_some_and(|(kind, rest)| part(kind) && part(rest))
}
