//! What nobody knows of a write must not be told as if it were known.

use super::Scene;
use super::rules::{Exchange, by_status_alone, exchanges, statuses};
use crate::diagnostic::Diagnostic;
use crate::syntax::{NoReply, OutcomeWord, Rule, Rules};

crate::codes! {
    /// ## What
    /// A rule says for certain what became of a write of which nobody can know it: after a timeout, or after a bare server error.
    /// ## Why
    /// The carrier may have made the shipment before the reply was lost. `rejected` tells the shop that it was refused, and the shop
    /// orders again: two parcels. `accepted` tells of a shipment that may not be there. `throttled` and `not_written` are sent again:
    /// two parcels as well.
    /// ## Example
    /// ```yaml
    /// request: {method: POST, path: /shipments, json: {}}
    /// responses:
    ///   - {when: {status: 2xx}, outcome: accepted}
    ///   - {when: {error: timeout}, outcome: rejected}
    ///   - $http
    /// ```
    /// ## Mend
    /// Leave it to `$http`, or say `ambiguous`; `reconcile` then asks the carrier, or a person does. Where the carrier says in the
    /// body of an error that it did nothing, ask for that: `{when: {status: 500, has: $.code}, ...}`.
    IN_DOUBT = "E642", "in-doubt";
    /// ## What
    /// A rule without a condition accepts whatever no other rule has taken; or no rule of a reply accepts anything.
    /// ## Why
    /// The first takes an error, a page of HTML, even a lost reply for a success. With the second every success is `unexpected`,
    /// after the shipment was made.
    /// ## Example
    /// ```yaml
    /// responses:
    ///   - {when: {has: "$.errors[*]"}, outcome: rejected}
    ///   - {default: true, outcome: accepted}
    /// ```
    /// ## Mend
    /// Say which replies are a success, and let `$http` read the rest:
    /// ```yaml
    /// responses:
    ///   - {when: {has: "$.errors[*]"}, outcome: rejected}
    ///   - {when: {status: 2xx}, outcome: accepted}
    ///   - $http
    /// ```
    SUCCESS = "E643", "success";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for exchange in exchanges(scene.file) {
        let rules = exchange.rules(scene.file);
        accepts_all(&rules, found);
        accepts_nothing(&exchange, &rules, found);
        for rule in rules {
            accepted_without_reply(rule, found);
            if exchange.writes() {
                after_timeout(&exchange, rule, found);
                after_error(&exchange, rule, found);
            }
        }
    }
}

/// A last rule that takes what is left for a success.
fn accepts_all(rules: &[&Rule], found: &mut Vec<Diagnostic>) {
    let Some(place) = rules.iter().position(|rule| always(rule)) else { return };
    let rule = rules[place];
    let before = |taken: fn(&Rule) -> bool| rules[..place].iter().any(|rule| taken(rule));
    if rule.outcome.value != OutcomeWord::Accepted || before(server_errors) && before(no_reply) {
        return;
    }
    let words = "whatever no other rule takes is accepted: a server's error, a page of HTML, a reply that never came";
    let finding = Diagnostic::error(&SUCCESS, rule.outcome.span, words);
    found.push(
        finding.help("say which replies are a success: `- {when: {status: 2xx}, outcome: accepted}`, and end with `- $http`"),
    );
}

fn accepts_nothing(exchange: &Exchange<'_>, rules: &[&Rule], found: &mut Vec<Diagnostic>) {
    let good = |rule: &&Rule| matches!(rule.outcome.value, OutcomeWord::Accepted | OutcomeWord::Pending);
    if rules.is_empty() || rules.iter().any(good) {
        return;
    }
    let span = match exchange.responses {
        Some(Rules::Name(name)) => name.span,
        _ => rules[0].outcome.span,
    };
    let finding = Diagnostic::warning(&SUCCESS, span, "no rule accepts anything: every success would be `unexpected`");
    found.push(finding.help("before `$http` belongs `- {when: {status: 2xx}, outcome: accepted}`"));
}

fn accepted_without_reply(rule: &Rule, found: &mut Vec<Diagnostic>) {
    if errors(rule).next().is_some() && rule.outcome.value == OutcomeWord::Accepted {
        let words = "there is no reply: nobody has accepted anything";
        found.push(Diagnostic::error(&IN_DOUBT, rule.outcome.span, words).help("leave it to `$http`, or say `ambiguous`"));
    }
}

/// `not_written` without idempotency is told of by the rule on repetition.
fn after_timeout(exchange: &Exchange<'_>, rule: &Rule, found: &mut Vec<Diagnostic>) {
    use OutcomeWord::{Accepted, Ambiguous, NotFound, NotWritten, Rejected, Throttled, Transient, Unexpected};
    if !errors(rule).any(|error| error == NoReply::Timeout) {
        return;
    }
    let outcome = rule.outcome.value;
    let known = match exchange.idempotency {
        Some(_) => matches!(outcome, Rejected | NotFound),
        None => !matches!(outcome, Ambiguous | Transient | NotWritten | Accepted | Unexpected),
    };
    if known {
        let why = if outcome == Throttled { ": it would be sent again" } else { "" };
        let words = format!("after a timeout nobody knows whether a write has happened{why}");
        let finding = Diagnostic::error(&IN_DOUBT, rule.outcome.span, words);
        found.push(finding.help("leave it to `$http`, or say `ambiguous`: `reconcile` then asks, or a person decides"));
    }
}

/// A bare 500 says nothing of what was done; 501 and 503 say that nothing was.
fn after_error(exchange: &Exchange<'_>, rule: &Rule, found: &mut Vec<Diagnostic>) {
    use OutcomeWord::{NotWritten, Rejected, Throttled};
    let outcome = rule.outcome.value;
    let told = match exchange.idempotency {
        Some(_) => outcome == Rejected,
        None => matches!(outcome, Rejected | NotWritten | Throttled),
    };
    if told && server_errors(rule) {
        let words =
            format!("a bare server error does not say whether a write has happened: `{}` says that it has not", outcome.word());
        let finding = Diagnostic::warning(&IN_DOUBT, rule.outcome.span, words);
        found.push(
            finding
                .help("leave it to `$http`, or say `ambiguous`")
                .help("if the body says so, ask for that too: `has: $...`, `if: ...`"),
        );
    }
}

fn errors(rule: &Rule) -> impl Iterator<Item = NoReply> {
    rule.when.iter().filter_map(|when| when.error.as_ref()).flat_map(|error| &error.0).map(|word| word.value)
}

fn no_reply(rule: &Rule) -> bool {
    errors(rule).any(|error| error == NoReply::Timeout)
}

/// Whether a rule takes server errors by their status alone.
fn server_errors(rule: &Rule) -> bool {
    let bare = rule.when.as_ref().filter(|when| by_status_alone(when));
    bare.is_some_and(|when| statuses(when).any(|status| matches!(status, "5xx" | "500" | "502" | "504")))
}

fn always(rule: &Rule) -> bool {
    rule.when.as_ref().is_none_or(|when| by_status_alone(when) && when.status.is_none())
}
