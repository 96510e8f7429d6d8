//! Names that expressions use must be names to them, and must not hide others.

use super::Scene;
use crate::diagnostic::{Diagnostic, nearest};
use crate::syntax::Sp;

crate::codes! {
    /// ## What
    /// A declared name cannot be used in expressions, hides a name of the format, or is nearly that of a well-known
    /// operation.
    /// ## Why
    /// `config.account-no` is `config.account` minus `no`. An operation `create_shipmnt` would never be asked for.
    /// ## Example
    /// ```yaml
    /// config:
    ///   account-no: {type: string}
    /// ```
    /// ## Mend
    /// Use letters, digits and `_`, beginning with a letter: `account_no`.
    NAME = "E611", "name";
}

/// Words of the expressions' language.
const WORDS: &[&str] = &["true", "false", "none", "and", "or", "not", "in", "is", "if", "else", "True", "False", "None"];
/// Names that mean something everywhere.
const SPACES: &[&str] = &[
    "order",
    "shipment",
    "options",
    "config",
    "secret",
    "steps",
    "session",
    "tracking",
    "it",
    "loop",
    "body",
    "headers",
    "status",
    "fault",
    "item",
    "event",
    "query",
    "action",
    "request",
    "timestamp",
];
/// Operations that Crossdock itself asks for, or that shops usually do.
const OPERATIONS: &[&str] = &["create_shipment", "cancel_shipment", "create_return", "order_result", "update_order"];

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let file = scene.file;
    let named = file.config.iter().map(|(name, _)| name).chain(file.options.iter().map(|(name, _)| name));
    for name in named.chain(file.lookups.iter().map(|(name, _)| name)) {
        identifier(name, &name.value, found);
    }
    for (name, _) in &file.secret_names() {
        identifier(name, &name.value, found);
    }
    for (_, part) in &file.parts {
        for param in &part.params {
            let name = param.value.strip_suffix('?').unwrap_or(&param.value);
            identifier(param, name, found);
            reserved(param, "loop", "`loop` is the loop that goes on", found);
        }
    }
    for (name, operation) in &file.operations {
        well_known(name, found);
        for (step, _) in operation.steps.iter().flat_map(|steps| &steps.0) {
            identifier(step, &step.value, found);
        }
    }
    for (_, name) in &scene.survey.lets {
        identifier(name, &name.value, found);
        if SPACES.contains(&name.value.as_str()) {
            found.push(
                Diagnostic::error(&NAME, name.span, format!("`{}` hides a name of the format", name.value))
                    .help("choose another name"),
            );
        }
    }
    for (name, _) in &file.replies {
        reserved(name, "http", "`$http` is the built-in list of rules", found);
    }
    for (name, _) in &file.auths {
        reserved(name, "none", "`auth: none` means no sign-in", found);
    }
}

fn identifier(at: &Sp<String>, name: &str, found: &mut Vec<Diagnostic>) {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !begins || !name.chars().all(letter) {
        let mended: String = name.chars().map(|sign| if letter(sign) { sign } else { '_' }).collect();
        let finding = Diagnostic::error(&NAME, at.span, format!("`{name}` cannot be used as a name in expressions"));
        found.push(finding.help(format!(
            "use letters, digits and `_`, beginning with a letter, such as `{}`",
            mended.trim_start_matches(|first: char| first.is_ascii_digit())
        )));
    } else if WORDS.contains(&name) {
        found.push(
            Diagnostic::error(&NAME, at.span, format!("`{name}` is a word of the expressions' language"))
                .help("choose another name"),
        );
    }
}

fn reserved(at: &Sp<String>, word: &str, why: &str, found: &mut Vec<Diagnostic>) {
    if at.value.trim_end_matches('?') == word {
        found.push(Diagnostic::error(&NAME, at.span, format!("`{word}` is taken: {why}")).help("choose another name"));
    }
}

fn well_known(name: &Sp<String>, found: &mut Vec<Diagnostic>) {
    if OPERATIONS.contains(&name.value.as_str()) {
        return;
    }
    if let Some(near) = nearest(&name.value, OPERATIONS).filter(|near| strsim::damerau_levenshtein(near, &name.value) <= 2) {
        let finding = Diagnostic::error(&NAME, name.span, format!("an operation `{}` is never asked for", name.value));
        found.push(finding.help(format!("did you mean `{near}`?")).suggest(name.span, near));
    }
}
