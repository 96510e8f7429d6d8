//! Vocabularies, lowered.

use super::VOCABULARY;
use crate::carrier::plan::{Reading, Vocabulary, VocabularyRule};
use crate::diagnostic::Diagnostic;
use crate::model::{Reason, Status};
use crate::source::{Node, Span};
use crate::syntax::{CarrierFile, Sp, VocabularyFile};
use crate::value::{Pattern, glob};
use std::collections::HashMap;

pub(super) fn vocabularies(syntax: &CarrierFile, diagnostics: &mut Vec<Diagnostic>) -> Vec<Vocabulary> {
    syntax.vocabularies.iter().map(|(name, file)| vocabulary(name, file, diagnostics)).collect()
}

fn vocabulary(name: &Sp<String>, file: &VocabularyFile, diagnostics: &mut Vec<Diagnostic>) -> Vocabulary {
    let ignore_case = file.r#match.is_some();
    let key = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let mut codes: HashMap<String, Reading> = HashMap::new();
    let mut patterns: Vec<(String, Reading)> = Vec::new();
    for (code, node) in &file.codes {
        let Some(reading) = reading_of(node, code.span, diagnostics) else { continue };
        if code.value.contains('*') {
            let pattern = key(&code.value);
            check_pattern(code, &pattern, &patterns, diagnostics);
            patterns.push((pattern, reading));
        } else if codes.insert(key(&code.value), reading).is_some() {
            diagnostics.push(Diagnostic::error(&VOCABULARY, code.span, format!("the code `{}` stands twice", code.value)));
        }
    }
    let mut rules = Vec::new();
    for rule in &file.rules {
        let text = rule.text.as_ref().and_then(|text| match Pattern::parse(&text.value, ignore_case) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let words = format!("not a regular expression: {error}");
                diagnostics.push(Diagnostic::error(&VOCABULARY, text.span, words));
                None
            }
        });
        if rule.code.is_none() && rule.text.is_none() {
            diagnostics.push(Diagnostic::error(&VOCABULARY, rule.span, "a rule needs a `code`, a `text`, or both"));
        }
        let status = status(&rule.status, diagnostics);
        let reason = rule.reason.as_ref().and_then(|word| reason(word, diagnostics));
        let Some(status) = status else { continue };
        let codes = super::reader::codes(rule.code.as_ref()).iter().map(|code| key(code)).collect();
        rules.push(VocabularyRule {
            codes,
            text,
            reading: Reading { status, reason, history: false, span: rule.span, code: rule.span },
        });
    }
    Vocabulary { name: name.value.clone(), ignore_case, rules, codes, patterns, unknown: file.unknown.value, span: name.span }
}

/// A pattern reads some codes, but not every one, and codes that none before it reads.
fn check_pattern(code: &Sp<String>, pattern: &str, before: &[(String, Reading)], diagnostics: &mut Vec<Diagnostic>) {
    if pattern.chars().all(|letter| letter == '*') {
        let finding = Diagnostic::error(&VOCABULARY, code.span, format!("`{}` would read every code", code.value));
        diagnostics.push(finding.help("what is done with a code that is not there is said by `unknown`"));
    }
    // Read as a code, a pattern is as wide as it can be: its own `*` is matched by another `*` alone.
    if let Some((_, wide)) = before.iter().find(|(known, _)| glob(known, pattern)) {
        let finding = Diagnostic::error(&VOCABULARY, code.span, format!("the code `{}` is never reached", code.value));
        let finding = finding.related(wide.code, "this one reads all that it could read");
        diagnostics.push(finding.help("put the special one before the general one"));
    }
}

fn reading_of(node: &Node, code_span: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Reading> {
    if let Some(scalar) = node.as_scalar() {
        if scalar.text == "history" {
            return Some(Reading { status: Status::Unknown, reason: None, history: true, span: code_span, code: code_span });
        }
        let status = status(&Sp { value: scalar.text.clone(), span: node.span }, diagnostics)?;
        return Some(Reading { status, reason: None, history: false, span: node.span, code: code_span });
    }
    if !node.as_map().is_some_and(|entries| entries.iter().any(|entry| entry.key.text == "status")) {
        let words = "a code is read as a status, `history`, or `{status, reason}`";
        diagnostics.push(Diagnostic::error(&VOCABULARY, node.span, words));
        return None;
    }
    let (mut found, mut why) = (None, None);
    for entry in node.as_map()? {
        let word =
            Sp { value: entry.value.as_scalar().map(|scalar| scalar.text.clone()).unwrap_or_default(), span: entry.value.span };
        match entry.key.text.as_str() {
            "status" => found = status(&word, diagnostics),
            "reason" => why = reason(&word, diagnostics),
            other => {
                let finding = Diagnostic::error(&crate::syntax::UNKNOWN_KEY, entry.key_span, format!("unknown key `{other}`"));
                diagnostics.push(finding.among(other, ["status", "reason"]));
            }
        }
    }
    Some(Reading { status: found?, reason: why, history: false, span: node.span, code: code_span })
}

fn status(word: &Sp<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<Status> {
    let found = Status::from_name(&word.value);
    if found.is_none() {
        let finding = Diagnostic::error(&VOCABULARY, word.span, format!("there is no status `{}`", word.value));
        diagnostics.push(finding.among(&word.value, Status::all().iter().map(|status| status.name())));
    }
    found
}

fn reason(word: &Sp<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<Reason> {
    let found = Reason::from_name(&word.value);
    if found.is_none() {
        let finding = Diagnostic::error(&VOCABULARY, word.span, format!("there is no reason `{}`", word.value));
        diagnostics.push(finding.among(&word.value, Reason::all().iter().map(|reason| reason.name())));
    }
    found
}
