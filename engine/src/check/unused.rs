//! What is declared and never used.

use super::{Scene, walk};
use crate::diagnostic::{Diagnostic, Severity, nearest};
use crate::expr::{UNKNOWN_MEMBER, Use};
use crate::syntax::Sp;

crate::codes! {
    /// ## What
    /// A part, lookup, setting, option, secret, `let`, list of rules, vocabulary or sign-in is declared and never used.
    /// ## Why
    /// What an account or an order says by it would be ignored without a word. Most often the use is missing, or misspelled.
    /// ## Example
    /// ```yaml
    /// options:
    ///   saturday: {type: boolean}
    /// ```
    /// and nothing reads `options.saturday`.
    /// ## Mend
    /// Use it, or remove it.
    UNUSED = "E608", "unused";
}

/// A declared thing: what it is called in messages, its name, how it is used, whether it must be.
struct Declared<'f> {
    what: &'static str,
    name: &'f Sp<String>,
    wanted: Use,
    how: String,
    severity: Severity,
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    // What could not be read may hold the use.
    if found.iter().any(|finding| finding.code.id.starts_with("E0") || finding.code.id.starts_with("E1")) {
        return;
    }
    let secrets = scene.file.secret_names();
    let unused: Vec<Declared<'_>> =
        declared(scene, &secrets).into_iter().filter(|thing| !scene.survey.uses.contains(&thing.wanted)).collect();
    for thing in &unused {
        if !follows(scene, thing, &unused) {
            let finding = finding(thing, found);
            found.push(finding);
        }
    }
    loops(scene, found);
}

/// A loop's variable that nothing reads, when something like it is not in scope.
fn loops(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    let mut unused = Vec::new();
    walk::visit(scene.node, &mut |node, _| {
        let entries = node.as_map().unwrap_or(&[]);
        let Some(head) = entries.iter().find(|entry| matches!(entry.key.text.as_str(), "$for" | "for_each")) else { return };
        let text = head.value.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let Some((name, _)) = text.split_once(" in ").filter(|(name, _)| !name.is_empty() && *name == name.trim()) else {
            return;
        };
        let read = entries.iter().any(|entry| entry.key.text != head.key.text && reads(&entry.value, name));
        let meant =
            found.iter().find(|other| other.code.id == "E202" && unknown_name(other).is_some_and(|wrong| near(wrong, name)));
        if let (false, Some(use_)) = (read, meant) {
            let span = scene.sources.locate(&head.value, 0..name.len());
            let words = format!("the loop's `{name}` is never used");
            unused.push(Diagnostic::warning(&UNUSED, span, words).related(use_.span, "is it meant here?"));
        }
    });
    found.extend(unused);
}

fn reads(node: &crate::source::Node, name: &str) -> bool {
    let mut held = false;
    walk::visit(node, &mut |node, _| held |= node.as_scalar().is_some_and(|scalar| walk::has_word(&scalar.text, name)));
    held
}

/// The name that a finding about an unknown one quotes first.
fn unknown_name(finding: &Diagnostic) -> Option<&str> {
    finding.message.split('`').nth(1)
}

fn declared<'f>(scene: &Scene<'f>, secrets: &'f [(Sp<String>, bool)]) -> Vec<Declared<'f>> {
    let (file, mut all) = (scene.file, Vec::new());
    let mut add = |what: &'static str, name: &'f Sp<String>, wanted: fn(String) -> Use, how: String, severity: Severity| {
        all.push(Declared { what, name, wanted: wanted(name.value.clone()), how, severity });
    };
    let (error, warning) = (Severity::Error, Severity::Warning);
    for (name, _) in &file.config {
        add("setting", name, Use::Config, format!("`${{{{ config.{} }}}}`", name.value), error);
    }
    for (name, field) in &file.options {
        let of_parcel = field.of.as_ref().is_some_and(|of| of.value == crate::syntax::OptionOf::Parcel);
        let prefix = if of_parcel { "p.options" } else { "options" };
        add("option", name, Use::Option, format!("`${{{{ {prefix}.{} }}}}`", name.value), error);
    }
    for (name, _) in secrets {
        add("secret", name, Use::Secret, format!("`${{{{ secret.{} }}}}`", name.value), error);
    }
    for (name, _) in &file.lookups {
        add("lookup", name, Use::Lookup, format!("`value | lookup('{}')`", name.value), error);
    }
    for (name, _) in &file.parts {
        add("part", name, Use::Part, format!("`{{$part: {}}}`", name.value), error);
    }
    for (name, _) in &file.replies {
        add("list of rules", name, Use::Replies, format!("`responses: {0}` or `- ${0}`", name.value), warning);
    }
    for (name, _) in &file.vocabularies {
        add("vocabulary", name, Use::Vocabulary, format!("`vocabulary: {}`", name.value), warning);
    }
    for (name, _) in file.auths.iter().skip(usize::from(file.auth.is_none())) {
        add("sign-in", name, Use::Auth, format!("`auth: {}`", name.value), warning);
    }
    for (_, name) in &scene.survey.lets {
        add("name", name, Use::Let, format!("`{}` in an expression", name.value), warning);
    }
    all
}

fn finding(thing: &Declared<'_>, found: &[Diagnostic]) -> Diagnostic {
    let name = &thing.name.value;
    let words = format!("the {} `{name}` is never used", thing.what);
    let finding = match (mistyped(found, name), thing.severity) {
        (Some(use_), _) => return Diagnostic::warning(&UNUSED, thing.name.span, words).related(use_.span, "is it meant here?"),
        (None, Severity::Error) => Diagnostic::error(&UNUSED, thing.name.span, words),
        (None, Severity::Warning) => Diagnostic::warning(&UNUSED, thing.name.span, words),
    };
    finding.help(format!("use it by {}, or remove it", thing.how))
}

/// Where a name stands that is not known, and that this one may be meant by.
pub(super) fn mistyped<'d>(found: &'d [Diagnostic], name: &str) -> Option<&'d Diagnostic> {
    found.iter().find(|other| is_unknown(other) && unknown_name(other).is_some_and(|wrong| near(wrong, name)))
}

fn is_unknown(finding: &Diagnostic) -> bool {
    let codes = [UNKNOWN_MEMBER.id, "E202", "E204", "E303", "E306"];
    codes.contains(&finding.code.id)
}

fn near(wrong: &str, name: &str) -> bool {
    nearest(wrong, &[name]).is_some() || nearest(name, &[wrong]).is_some()
}

/// Whether the only use stands in a part that is itself unused.
fn follows(scene: &Scene<'_>, thing: &Declared<'_>, unused: &[Declared<'_>]) -> bool {
    // A host that is calculated is told by itself.
    if scene.node.get("servers").is_some_and(|servers| reads(servers, &format!("config.{}", thing.name.value))) {
        return true;
    }
    let idle = |name: &str| {
        unused.iter().any(|other| other.what == "part" && other.name.value == name && other.name.value != thing.name.value)
    };
    walk::section(scene.node, "parts")
        .iter()
        .filter(|part| idle(&part.key.text))
        .any(|part| reads(&part.value, &thing.name.value))
}
