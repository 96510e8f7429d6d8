//! Checks that need the whole file: one file per rule, all findings in one pass.

mod account;
pub mod comment;
pub mod cut;
mod dates;
pub mod delivery;
pub mod dollar;
pub mod doubt;
pub mod extract;
pub mod fault;
pub mod head;
pub mod headers;
mod intake;
pub mod key;
pub mod labels;
pub mod lookup;
pub mod media;
pub mod names;
pub mod numbers;
pub mod one_parcel;
pub mod outside;
pub mod pending;
pub mod proof;
pub mod reconcile;
pub mod repetition;
mod rules;
pub mod scalars;
pub mod tracking;
pub mod unused;
mod walk;

pub use account::check_account;
pub use intake::check_record;
pub(crate) use labels::same_list;
pub(crate) use walk::{has_word, visit};

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
    pending::CODES,
    numbers::CODES,
    reconcile::CODES,
    key::CODES,
    doubt::CODES,
    delivery::CODES,
    outside::CODES,
    proof::CODES,
    headers::CODES,
    labels::CODES,
];

/// What a rule looks at.
struct Scene<'s> {
    sources: &'s Sources,
    node: &'s Node,
    file: &'s CarrierFile,
    survey: &'s Survey,
}

/// Runs every check of a carrier file. Findings that merely follow from others are dropped.
pub fn check(sources: &Sources, node: &Node, file: &CarrierFile, survey: &Survey, diagnostics: &mut Vec<Diagnostic>) {
    head::check(&Scene { sources, node, file, survey }, diagnostics);
    check_counterpart(sources, node, file, survey, diagnostics);
}

/// Runs the checks that the shop's file shares with a carrier's.
pub fn check_counterpart(sources: &Sources, node: &Node, file: &CarrierFile, survey: &Survey, diagnostics: &mut Vec<Diagnostic>) {
    let scene = Scene { sources, node, file, survey };
    let rules: &[fn(&Scene<'_>, &mut Vec<Diagnostic>)] = &[
        one_parcel::check,
        fault::check,
        repetition::check,
        media::check,
        names::check,
        extract::check,
        tracking::check,
        lookup::check,
        pending::check,
        numbers::check,
        reconcile::check,
        key::check,
        doubt::check,
        delivery::check,
        outside::check,
        proof::check,
        headers::check,
        labels::check,
        dates::check,
        dollar::check,
        unused::check,
    ];
    for rule in rules {
        rule(&scene, diagnostics);
    }
    check_writing(sources, node, diagnostics);
}

/// What is wrong with the writing itself, whatever it means: such findings explain others at their place.
pub fn check_writing(sources: &Sources, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    cut::check(sources, node, &mut found);
    comment::check(sources, node, &mut found);
    scalars::check(sources, node, &mut found);
    diagnostics.retain(|finding| !found.iter().any(|cause| explains(cause, finding)));
    diagnostics.extend(found);
    drop_what_broken_writing_hides(diagnostics);
}

/// Below a broken place much is missing that was written: what says so is dropped.
fn drop_what_broken_writing_hides(diagnostics: &mut Vec<Diagnostic>) {
    let broken = ["E001", "E003", "E004", "E005", "E006", "E007", "E009"];
    let missing = [
        "E102", "E203", "E204", "E303", "E306", "E307", "E310", "E405", "E608", "E612", "E613", "E623", "E640", "E643", "E644",
        "E645", "E646",
    ];
    if diagnostics.iter().any(|finding| broken.contains(&finding.code.id)) {
        diagnostics.retain(|finding| !missing.contains(&finding.code.id));
    }
}

fn explains(cause: &Diagnostic, finding: &Diagnostic) -> bool {
    let inside = cause.span.file == finding.span.file && within(finding.span, cause.span);
    inside && (!std::ptr::eq(cause.code, &scalars::YAML_TYPE) || cause.severity >= finding.severity)
}

fn within(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
