//! Findings for machines: JSON, SARIF 2.1.0 and the workflow commands of GitHub.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Code, Diagnostic, Severity};
use crate::source::{Sources, Span};

/// A finding as [`to_json`] writes it. Lines and columns count from 1, columns in characters; the end is the place just behind
/// the last character. This shape is stable: fields may come, none changes or goes.
#[derive(Debug, Clone, Serialize)]
pub struct Record<'a> {
    /// The code, such as `E101`.
    pub code: &'a str,
    /// The code's name.
    pub name: &'a str,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: &'a str,
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
    /// What is said of the exact place, or null.
    pub label: Option<&'a str>,
    /// How to mend it.
    pub help: &'a [String],
    /// Other places that matter.
    pub related: Vec<RelatedRecord<'a>>,
    /// The mend as a replacement of text, or null.
    pub suggestion: Option<SuggestionRecord<'a>>,
}

/// A stretch of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Place<'a> {
    /// The file as it was named.
    pub file: &'a str,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

/// Another place that matters.
#[derive(Debug, Clone, Serialize)]
pub struct RelatedRecord<'a> {
    /// What is said of it.
    pub message: &'a str,
    /// Where.
    #[serde(flatten)]
    pub place: Place<'a>,
}

/// A replacement of text.
#[derive(Debug, Clone, Serialize)]
pub struct SuggestionRecord<'a> {
    /// By what.
    pub replacement: &'a str,
    /// What is replaced.
    #[serde(flatten)]
    pub place: Place<'a>,
}

/// The findings as records, for output that holds more than them.
#[must_use]
pub fn records<'a>(sources: &'a Sources, diagnostics: &'a [Diagnostic]) -> Vec<Record<'a>> {
    diagnostics.iter().map(|diagnostic| record(sources, diagnostic)).collect()
}

/// A JSON array of [`Record`]s.
#[must_use]
pub fn to_json(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    pretty(&json!(records(sources, diagnostics)))
}

/// A SARIF 2.1.0 log of one run; the rules carry their manual pages.
#[must_use]
pub fn to_sarif(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut rules: Vec<&'static Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    rules.sort_by_key(|code| code.id);
    rules.dedup();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(sources, diagnostic, &rules)).collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "crossdock",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

/// A workflow command of GitHub for each finding, a line each.
#[must_use]
pub fn to_github(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| command(sources, diagnostic)).collect()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn record<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Record<'a> {
    let related = diagnostic.related.iter();
    Record {
        code: diagnostic.code.id,
        name: diagnostic.code.name,
        severity: severity(diagnostic),
        message: &diagnostic.message,
        place: place(sources, diagnostic.span),
        label: diagnostic.label.as_deref(),
        help: &diagnostic.help,
        related: related.map(|(span, message)| RelatedRecord { message, place: place(sources, *span) }).collect(),
        suggestion: diagnostic
            .suggestion
            .as_ref()
            .map(|suggestion| SuggestionRecord { replacement: &suggestion.replacement, place: place(sources, suggestion.span) }),
    }
}

fn place(sources: &Sources, span: Span) -> Place<'_> {
    let (start, end) = (sources.position(span), sources.end_position(span));
    Place { file: start.file, line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": code.summary()},
        "help": {"text": code.markdown(), "markdown": code.markdown()},
    })
}

fn result(sources: &Sources, diagnostic: &Diagnostic, rules: &[&'static Code]) -> Value {
    let related: Vec<Value> = diagnostic.related.iter().map(|(span, words)| location(sources, *span, Some(words))).collect();
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rules.iter().position(|code| code.id == diagnostic.code.id),
        "level": severity(diagnostic),
        "message": {"text": with_help(diagnostic)},
        "locations": [location(sources, diagnostic.span, diagnostic.label.as_deref())],
        "relatedLocations": related,
    });
    if let Some(suggestion) = &diagnostic.suggestion {
        let place = place(sources, suggestion.span);
        result["fixes"] = json!([{"artifactChanges": [{
            "artifactLocation": {"uri": uri(place.file)},
            "replacements": [{"deletedRegion": region(&place), "insertedContent": {"text": suggestion.replacement}}],
        }]}]);
    }
    result
}

fn location(sources: &Sources, span: Span, words: Option<&str>) -> Value {
    let place = place(sources, span);
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(place.file)}, "region": region(&place)}});
    if let Some(words) = words {
        location["message"] = json!({"text": words});
    }
    location
}

fn region(place: &Place<'_>) -> Value {
    json!({"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column})
}

/// A path as a relative URI: what is not plain in a path is percent-encoded.
fn uri(path: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(&path.replace('\\', "/"), KEPT).to_string()
}

fn with_help(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.iter().map(|words| format!("\nhelp: {words}"));
    std::iter::once(diagnostic.message.clone()).chain(help).collect()
}

fn command(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let place = place(sources, diagnostic.span);
    let title = format!("{} {}", diagnostic.code.id, diagnostic.code.name);
    format!(
        "::{} file={},line={},col={},title={}::{}\n",
        severity(diagnostic),
        property(place.file),
        place.line,
        place.column,
        property(&title),
        data(&with_help(diagnostic)),
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
