//! What a case came to, and how a person reads it.

use super::compare::Difference;
use crate::source::{Sources, Span};
use serde::Serialize;
use serde_json::Value as Json;
use std::fmt::Write as _;

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Place {
    pub(crate) fn of(sources: &Sources, span: Span) -> Self {
        let position = sources.position(span);
        Self { file: position.file.to_owned(), line: position.line, column: position.column }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A line that had a hand in a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
    /// The line's text.
    pub text: String,
    /// What it has to do with the value.
    pub words: String,
    /// It is less likely to be the line that is wrong: people are shown the others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// What is wrong, such as `request.json.consignee.zip`.
    pub what: String,
    /// What was expected; none when nothing was.
    pub expected: Option<Json>,
    /// What was found; none when there is nothing.
    pub found: Option<Json>,
    /// What there is to say beside them.
    pub note: Option<String>,
    /// The expectation.
    pub place: Place,
    /// The lines of the mapping and the sample that made the value, nearest first.
    pub way_back: Vec<Way>,
}

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The case.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// What it is about.
    pub subject: String,
    /// What does not hold; nothing when the case passes.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Whether everything holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// The failures for people; nothing when there are none.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        if self.passed() {
            return text;
        }
        let _ = writeln!(text, "failed: {} ({})\n  --> {}", self.name, self.subject, self.place);
        for failure in &self.failures {
            failure.render(&self.place, &mut text);
        }
        text
    }
}

/// How many lines of the way back a person is shown.
const SHOWN: usize = 8;

impl Failure {
    /// `case`: where the case stands, which is said above.
    fn render(&self, case: &Place, text: &mut String) {
        let _ = writeln!(text, "  {}", self.what);
        if self.expected.is_none() && self.found.is_none() && self.place != *case {
            let _ = writeln!(text, "    at {}", self.place);
        }
        if self.expected.is_some() || self.found.is_some() {
            let _ = writeln!(text, "    expected {}   ({})", typed(self.expected.as_ref()), self.place);
            let _ = writeln!(text, "    found    {}", typed(self.found.as_ref()));
        }
        if let Some(note) = &self.note {
            let _ = writeln!(text, "    {note}");
        }
        let near: Vec<&Way> = self.way_back.iter().filter(|way| !way.aside).take(SHOWN).collect();
        for way in &near {
            let _ = writeln!(text, "      {}: {}", way.place, way.words);
            let _ = writeln!(text, "        | {}", way.text);
        }
        match self.way_back.len() - near.len() {
            0 => {}
            1 => _ = writeln!(text, "      1 more line may have a hand in it: `--format json` has it"),
            more => _ = writeln!(text, "      {more} more lines may have a hand in it: `--format json` has them"),
        }
    }
}

/// A value with its type: `text "08001"`, `integer 8001`.
pub(super) fn typed(value: Option<&Json>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let kind = match value {
        Json::Null => return "null".to_owned(),
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.as_str().contains(['.', 'e', 'E']) => "decimal",
        Json::Number(_) => "integer",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    };
    format!("{kind} {}", cut(&value.to_string()))
}

pub(super) fn cut(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} ...", &text[..at]),
        None => text.to_owned(),
    }
}

/// `12 cases, 1 failed`.
#[must_use]
pub fn summary(reports: &[Report]) -> String {
    let failed = reports.iter().filter(|report| !report.passed()).count();
    let cases = if reports.len() == 1 { "case" } else { "cases" };
    match failed {
        0 => format!("{} {cases} passed", reports.len()),
        failed => format!("{} {cases}, {failed} failed", reports.len()),
    }
}

/// Failures while they are collected.
pub(super) struct Failures<'r> {
    sources: &'r Sources,
    pub(super) list: Vec<Failure>,
}

impl<'r> Failures<'r> {
    pub(super) fn new(sources: &'r Sources) -> Self {
        Self { sources, list: Vec::new() }
    }

    /// A difference, as one failure.
    pub(super) fn differs(&mut self, difference: Difference, way_back: Vec<Way>) {
        self.list.push(Failure {
            what: difference.what(),
            expected: difference.expected,
            found: difference.found,
            note: difference.note,
            place: Place::of(self.sources, difference.span),
            way_back,
        });
    }

    /// Something went wrong before values could be compared.
    pub(super) fn broken(&mut self, span: Span, words: impl Into<String>, way_back: Vec<Way>) {
        let place = Place::of(self.sources, span);
        self.list.push(Failure { what: words.into(), expected: None, found: None, note: None, place, way_back });
    }
}
