//! Outcomes, statuses, reasons, and the built-in rules: closed lists, out of the types themselves.

use super::cell;
use crossdock_engine::carrier::{Carrier, RuleText};
use crossdock_engine::compile::compile;
use crossdock_engine::model::{Reason, Status};
use crossdock_engine::schema;
use crossdock_engine::source::Sources;
use crossdock_engine::syntax::{Decode, OutcomeWord, Sp};
use serde_json::Value;
use std::fmt::Write as _;

/// Every outcome, and what becomes of an order by it.
pub(super) fn outcomes() -> String {
    let schema = <Sp<OutcomeWord> as Decode>::schema();
    let mut text = String::from("| outcome | meaning | then |\n|---|---|---|\n");
    for (word, about) in described(&schema) {
        let _ = writeln!(text, "| `{word}` | {} | {} |", cell(&about), then(&word));
    }
    text
}

/// What follows for the order.
fn then(outcome: &str) -> &'static str {
    match outcome {
        "accepted" => "the shop is told the tracking numbers and documents",
        "pending" => "it waits for the carrier's answer",
        "rejected" => "the shop is told the code and the message",
        "not_found" => "of a write: refused; of tracking: the number is not known",
        "reauthenticate" => "tried again once with a new token, then a person mends it",
        "misconfigured" => "a person mends it; nothing is tried again",
        "throttled" | "not_written" => "tried again later",
        "transient" => "tried again, if it only reads or the carrier recognises a repetition; else as `ambiguous`",
        "ambiguous" => "`reconcile` asks the carrier; without it a person decides",
        "unexpected" => "a person mends the file; the stored reply is then read again, and nobody is called",
        _ => "",
    }
}

/// Every status with its rank.
pub(super) fn statuses() -> String {
    let about = definitions("Status");
    let mut text = String::from("| status | rank | meaning |\n|---|---|---|\n");
    for status in Status::all() {
        let rank = status.rank().map_or_else(|| "none".to_owned(), |rank| rank.to_string());
        let end = if status.is_terminal() { ", terminal" } else { "" };
        let _ = writeln!(text, "| `{status}` | {rank}{end} | {} |", cell(&meaning(&about, status.name())));
    }
    text
}

/// Every reason, by cause.
pub(super) fn reasons() -> String {
    let about = definitions("Reason");
    let mut text = String::from("| reason | by whose cause | meaning |\n|---|---|---|\n");
    for reason in Reason::all() {
        let cause = format!("{:?}", reason.cause()).to_lowercase();
        let _ = writeln!(text, "| `{reason}` | {cause} | {} |", cell(&meaning(&about, reason.name())));
    }
    text
}

/// The forms of results in `then`.
pub(super) fn forms() -> String {
    let mut text = String::from("| result | member | |\n|---|---|---|\n");
    for form in crossdock_engine::case::forms() {
        let key = if form.list { format!("`{}`, each", form.key) } else { format!("`{}`", form.key) };
        for (name, about) in &form.members {
            let _ = writeln!(text, "| {key} | `{name}` | {} |", cell(about));
        }
    }
    text
}

/// The rules of `$http`, where a sign-in can and cannot be renewed.
pub(super) fn http() -> String {
    let mut text = String::new();
    for rule in built_in() {
        let _ = writeln!(text, "- {}", rule.text);
    }
    text
}

fn built_in() -> Vec<RuleText> {
    const FILE: &str = "format: carrier/v1\ncarrier: {id: any, name: Any}\nservers: {production: {api: https://api.any.example}}\n\
        operations: {create_shipment: {request: {method: POST, path: /}, responses: [$http]}}\n";
    let mut sources = Sources::default();
    let file = sources.add("any.yaml", FILE);
    let lists = compile(&sources, file).carrier.as_ref().map(Carrier::rule_lists).unwrap_or_default();
    lists.into_iter().flat_map(|(_, rules)| rules).collect()
}

fn definitions(name: &str) -> Vec<(String, String)> {
    described(&schema::event()["$defs"][name]).collect()
}

fn meaning(about: &[(String, String)], name: &str) -> String {
    about.iter().find(|(word, _)| word == name).map(|(_, about)| about.clone()).unwrap_or_default()
}

/// The words of an enumeration with what they mean.
fn described(schema: &Value) -> impl Iterator<Item = (String, String)> {
    let list = |name: &str| schema[name].as_array().cloned().unwrap_or_default();
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    list("enum").into_iter().zip(list("enumDescriptions")).map(move |(word, about)| (text(word), text(about)))
}
