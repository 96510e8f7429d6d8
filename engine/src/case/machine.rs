//! Reports for machines: JSON, JUnit, and the workflow commands of GitHub.

use super::report::{Failure, Report, typed};
use std::fmt::Write as _;

/// A JSON array of [`Report`]s. This shape is stable: fields may come, none changes or goes.
#[must_use]
pub fn to_json(reports: &[Report]) -> String {
    format!("{:#}\n", serde_json::json!(reports))
}

/// A JUnit file of one suite.
#[must_use]
pub fn to_junit(reports: &[Report]) -> String {
    let failed = reports.iter().filter(|report| !report.passed()).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuite name=\"cases\" tests=\"{}\" failures=\"{failed}\">", reports.len());
    for report in reports {
        let head = format!(
            "  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
            escape(&report.subject),
            escape(&report.name),
            escape(&report.place.file),
            report.place.line
        );
        if report.passed() {
            let _ = writeln!(text, "{head}/>");
        } else {
            let first = escape(&report.failures[0].what);
            let body = escape(&report.render());
            let _ = writeln!(text, "{head}>\n    <failure message=\"{first}\">{body}</failure>\n  </testcase>");
        }
    }
    text.push_str("</testsuite>\n");
    text
}

/// A workflow command of GitHub for each failure, a line each.
#[must_use]
pub fn to_github(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        for failure in &report.failures {
            let place = &failure.place;
            let words = format!("{}: {}", failure.what, told(failure));
            let (file, title) = (property(&place.file), property(&report.name));
            let _ =
                writeln!(text, "::error file={file},line={},col={},title={title}::{}", place.line, place.column, data(&words));
        }
    }
    text
}

fn told(failure: &Failure) -> String {
    let mut words = format!("expected {}, found {}", typed(failure.expected.as_ref()), typed(failure.found.as_ref()));
    if let Some(note) = &failure.note {
        let _ = write!(words, "; {note}");
    }
    if let Some(way) = failure.way_back.first() {
        let _ = write!(words, "; {} at {}", way.words, way.place);
    }
    words
}

fn escape(text: &str) -> String {
    let legal = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
    legal.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
