//! A rule on the server's error before the rule on the fault that such replies carry.

use super::rules::{by_status_alone, statuses};
use super::{Scene, rules};
use crate::diagnostic::Diagnostic;
use crate::syntax::{OutcomeWord, Rule, When};

crate::codes! {
    /// ## What
    /// A rule takes all server errors, and a rule on a fault or on the body comes only behind it; or a SOAP reply is
    /// accepted before anybody has looked for a fault in it.
    /// ## Why
    /// Faults come with status 500. Read as a server error, a refused order would be tried again and again, and the
    /// carrier's words would be lost.
    /// ## Example
    /// ```yaml
    /// responses:
    ///   - {when: {status: 5xx}, outcome: transient}
    ///   - {when: {fault: true}, outcome: rejected, message: "${{ fault.text }}"}
    ///   - $http
    /// ```
    /// ## Mend
    /// Put the rule on the fault first.
    ERROR_BEFORE_FAULT = "E605", "error-before-fault";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for exchange in rules::exchanges(scene.file) {
        let rules = exchange.rules(scene.file);
        if exchange.request.soap.is_some() {
            unasked(&rules, found);
        }
        for (at, early) in rules.iter().enumerate().filter(|(_, rule)| takes_server_errors(rule)) {
            let late = rules[at + 1..].iter().find(|rule| is_fault(rule));
            let hidden = rules[at + 1..].iter().find(|rule| on_server_errors(rule));
            let finding = match (late, hidden) {
                (Some(late), _) => {
                    Diagnostic::error(&ERROR_BEFORE_FAULT, early.span, "server errors are taken before the fault that they carry")
                        .related(late.span, "this rule never sees a fault")
                }
                (None, Some(hidden)) => {
                    Diagnostic::warning(&ERROR_BEFORE_FAULT, early.span, "server errors are taken before a rule on their body")
                        .related(hidden.span, "this rule never sees a server error")
                }
                (None, None) => continue,
            };
            found.push(finding.help("put the rule on the fault first"));
        }
    }
}

/// A SOAP reply that is accepted although it may be a fault: some servers send one with status 200.
fn unasked(rules: &[&Rule], found: &mut Vec<Diagnostic>) {
    let looked = |rule: &&Rule| rule.when.as_ref().is_some_and(|when| when.fault.is_some());
    let first = rules.iter().take_while(|rule| !looked(rule)).find(|rule| accepts_blindly(rule));
    if let Some(rule) = first {
        let finding =
            Diagnostic::error(&ERROR_BEFORE_FAULT, rule.outcome.span, "a SOAP reply is accepted before a rule on the fault");
        found.push(finding.help("put it first: `- {when: {fault: true}, outcome: rejected, code: \"${{ fault.code }}\", message: \"${{ fault.text }}\"}`"));
    }
}

/// Whether nothing of the body is asked before it is accepted.
fn accepts_blindly(rule: &Rule) -> bool {
    let blind = rule.when.as_ref().is_none_or(|when| when.r#if.is_none() && when.has.is_none());
    blind && matches!(rule.outcome.value, OutcomeWord::Accepted | OutcomeWord::Pending)
}

fn takes_server_errors(rule: &Rule) -> bool {
    rule.when.as_ref().is_some_and(|when| by_status_alone(when) && on_server_error(when))
}

fn on_server_error(when: &When) -> bool {
    statuses(when).any(|status| matches!(status, "5xx" | "500"))
}

fn is_fault(rule: &Rule) -> bool {
    rule.when.as_ref().and_then(|when| when.fault.as_ref()).is_some_and(|fault| fault.value)
}

/// Whether the rule looks into the bodies of server errors, and says so.
fn on_server_errors(rule: &Rule) -> bool {
    rule.when.as_ref().is_some_and(|when| (when.r#if.is_some() || when.has.is_some()) && on_server_error(when))
}
