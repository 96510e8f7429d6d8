//! Runs test cases: offline, pure, in milliseconds. Files are read by the caller; clock, tokens and ids are given.
//!
//! A failure shows what was expected and what was found, typed, and the way back: the lines of the mapping (and of the
//! sample) that made the value.

mod compare;
mod fields;
mod given;
mod known;
mod machine;
mod operation;
mod order;
mod part;
mod reading;
mod report;
mod request;
mod sender;
mod sign_in;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_bodies;
#[cfg(test)]
mod tests_of_forms;
mod track;
mod way;
mod webhook;
mod xml;

pub use known::{Form, forms};
pub use machine::{to_github, to_json, to_junit};
pub use report::{Failure, Place, Report, Way, summary};

use crate::carrier::{Carrier, Shop};
use crate::coverage::Touched;
use crate::diagnostic::Diagnostic;
use crate::model::rules::ActionRules;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{CaseFile, CaseList, Cx, Decode, WRONG_SHAPE};
use report::Failures;
use std::sync::Arc;
use way::Map;

/// Reads a file beside the case, by its path relative to the case file.
pub type Files<'f> = &'f dyn Fn(&str) -> Option<Vec<u8>>;

/// A test case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub subject: Subject,
    /// The case as written.
    pub syntax: CaseFile,
}

/// What a case is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An operation of this name.
    Operation(String),
    /// Tracking by asking.
    Track,
    /// A webhook of this name.
    Webhook(String),
    /// A vocabulary of this name.
    Vocabulary(String),
    /// A part of this name.
    Part(String),
    /// A sign-in of this name.
    Auth(String),
    /// The shop's own order becomes ours.
    Intake,
    /// What follows from an event.
    Actions,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Operation(name) => write!(f, "operation {name}"),
            Self::Track => f.write_str("track"),
            Self::Webhook(name) => write!(f, "webhook {name}"),
            Self::Vocabulary(name) => write!(f, "vocabulary {name}"),
            Self::Part(name) => write!(f, "part {name}"),
            Self::Auth(name) => write!(f, "auth {name}"),
            Self::Intake => f.write_str("intake"),
            Self::Actions => f.write_str("actions"),
        }
    }
}

/// What cases are run against: a carrier, or the shop's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mapping<'m> {
    /// The carrier.
    pub carrier: Option<&'m Carrier>,
    /// The shop.
    pub shop: Option<&'m Shop>,
    /// The rules of the actions file, and where that file is.
    pub actions: Option<(&'m ActionRules, &'m Sources, FileId)>,
}

impl<'m> Mapping<'m> {
    /// Cases of a carrier.
    #[must_use]
    pub fn of(carrier: &'m Carrier) -> Self {
        Self { carrier: Some(carrier), ..Self::default() }
    }

    /// Whoever has operations and parts.
    pub(crate) fn counterpart(&self) -> Option<&'m Carrier> {
        self.carrier.or_else(|| self.shop.map(Shop::counterpart))
    }
}

/// Reads a file of cases. A case with a finding of its own is left out.
#[must_use]
pub fn parse(sources: &Sources, file: FileId) -> (Vec<Case>, Vec<Diagnostic>) {
    let (node, mut diagnostics) = crate::source::parse(sources, file);
    let Some(node) = node else { return (Vec::new(), diagnostics) };
    let mut cx = Cx::new(sources);
    let list = CaseList::decode(&node, &mut cx);
    diagnostics.append(&mut cx.diagnostics);
    known::check(sources, &node, &mut diagnostics);
    let cases = list.into_iter().flat_map(|list| list.0).filter_map(|case| subject(case, &mut diagnostics)).collect();
    (cases, diagnostics)
}

fn subject(syntax: CaseFile, diagnostics: &mut Vec<Diagnostic>) -> Option<Case> {
    let text = |name: &Option<crate::syntax::Sp<String>>| name.as_ref().map(|name| name.value.clone());
    let flag = |flag: &Option<crate::syntax::Sp<bool>>, subject: Subject| flag.as_ref().map(|_| subject);
    let subjects = [
        text(&syntax.operation).map(Subject::Operation),
        flag(&syntax.track, Subject::Track),
        text(&syntax.webhook).map(Subject::Webhook),
        text(&syntax.vocabulary).map(Subject::Vocabulary),
        text(&syntax.part).map(Subject::Part),
        text(&syntax.auth).map(Subject::Auth),
        flag(&syntax.intake, Subject::Intake),
        flag(&syntax.actions, Subject::Actions),
    ];
    let mut found = subjects.into_iter().flatten();
    let (subject, second) = (found.next(), found.next());
    if subject.is_none() || second.is_some() {
        let words = "a case has exactly one subject";
        let help = "one of `operation`, `track`, `webhook`, `vocabulary`, `part`, `auth`, `intake`, `actions`";
        diagnostics.push(Diagnostic::error(&WRONG_SHAPE, syntax.name.span, words).help(help));
        return None;
    }
    Some(Case { name: syntax.name.value.clone(), subject: subject?, syntax })
}

/// Runs one case. `sources` holds the file that it was read from.
#[must_use]
pub fn run(mapping: &Mapping<'_>, sources: &Sources, case: &Case, files: Files<'_>) -> Report {
    run_watched(mapping, sources, case, files, None)
}

/// As [`run`]; `touched` notes what the case comes by.
pub(crate) fn run_watched(
    mapping: &Mapping<'_>,
    sources: &Sources,
    case: &Case,
    files: Files<'_>,
    touched: Option<&Arc<Touched>>,
) -> Report {
    let counterpart = mapping.counterpart();
    let map = match (&case.subject, mapping.actions) {
        (Subject::Actions, Some((_, sources, file))) => Map::new(sources, file),
        _ => counterpart.map_or_else(Map::none, |carrier| Map::new(&carrier.sources, carrier.file)),
    };
    let mut run = Run { sources, case: &case.syntax, files, map, touched: touched.cloned(), failures: Failures::new(sources) };
    match (&case.subject, counterpart) {
        (Subject::Actions, _) => run.actions(mapping.actions.map(|(rules, ..)| rules)),
        (Subject::Intake, _) => run.intake(mapping.shop),
        (_, None) => run.failures.broken(case.syntax.name.span, "there is nothing to run this case against", Vec::new()),
        (Subject::Operation(name), Some(carrier)) => run.operation(carrier, name),
        (Subject::Track, Some(carrier)) => run.track(carrier),
        (Subject::Webhook(name), Some(carrier)) => run.webhook(carrier, name),
        (Subject::Vocabulary(name), Some(carrier)) => run.vocabulary(carrier, name),
        (Subject::Part(name), Some(carrier)) => run.part(carrier, name, mapping.shop.is_some()),
        (Subject::Auth(name), Some(carrier)) => run.auth(carrier, name),
    }
    Report {
        name: case.name.clone(),
        place: Place::of(sources, case.syntax.name.span),
        subject: case.subject.to_string(),
        failures: run.failures.list,
    }
}

/// One run of a case.
struct Run<'r> {
    sources: &'r Sources,
    case: &'r CaseFile,
    files: Files<'r>,
    map: Map<'r>,
    touched: Option<Arc<Touched>>,
    failures: Failures<'r>,
}

impl Run<'_> {
    /// The mapping has nothing of this name.
    fn unknown(&mut self, section: &str, name: &str) {
        let mut ways = self.map.ways();
        ways.siblings(section);
        let list = ways.list;
        self.failures.broken(self.case.name.span, format!("`{section}` has no `{name}`"), list);
    }

    /// The case cannot be run: what is given is wrong, or does not exist.
    fn broken(&mut self, span: Span, words: impl Into<String>) {
        self.failures.broken(span, words, Vec::new());
    }
}
