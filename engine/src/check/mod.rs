//! Checks that need the whole file: one file per rule, all findings in one pass.

pub mod comment;
pub mod cut;
mod dates;
pub mod dollar;
pub mod extract;
pub mod fault;
pub mod head;
pub mod lookup;
pub mod media;
pub mod names;
pub mod one_parcel;
pub mod repetition;
mod rules;
pub mod scalars;
pub mod tracking;
pub mod unused;
mod walk;

use crate::compile::Survey;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Node, Sources, Span};
use crate::syntax::CarrierFile;

/// Every rule's codes, in the order of their ids.
pub static CODES: &[&[&Code]] = &[
    cut::CODES,
    dollar::CODES,
    comment::CODES,
    one_parcel::CODES,
    fault::CODES,
    repetition::CODES,
    media::CODES,
    unused::CODES,
    scalars::CODES,
    head::CODES,
    names::CODES,
    extract::CODES,
    tracking::CODES,
    lookup::CODES,
];

/// What a rule looks at.
struct Scene<'s> {
    sources: &'s Sources,
    node: &'s Node,
    file: &'s CarrierFile,
    survey: &'s Survey,
}

/// Runs every check. Findings that merely follow from others are dropped.
pub fn check(sources: &Sources, node: &Node, file: &CarrierFile, survey: &Survey, diagnostics: &mut Vec<Diagnostic>) {
    let scene = Scene { sources, node, file, survey };
    let rules: &[fn(&Scene<'_>, &mut Vec<Diagnostic>)] = &[
        one_parcel::check,
        fault::check,
        repetition::check,
        media::check,
        head::check,
        names::check,
        extract::check,
        tracking::check,
        lookup::check,
        dates::check,
        dollar::check,
        unused::check,
    ];
    for rule in rules {
        rule(&scene, diagnostics);
    }
    let whole = raw(sources, node);
    diagnostics.retain(|finding| !whole.iter().any(|cause| explains(cause, finding)));
    diagnostics.extend(whole);
}

/// What is wrong with the writing itself, whatever it means: such findings explain others at their place.
pub(crate) fn raw(sources: &Sources, node: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    cut::check(sources, node, &mut found);
    comment::check(sources, node, &mut found);
    scalars::check(sources, node, &mut found);
    found
}

fn explains(cause: &Diagnostic, finding: &Diagnostic) -> bool {
    let inside = cause.span.file == finding.span.file && within(finding.span, cause.span);
    inside && (!std::ptr::eq(cause.code, &scalars::YAML_TYPE) || cause.severity >= finding.severity)
}

fn within(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
