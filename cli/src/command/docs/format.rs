//! `docs/format.md`: prose that is kept beside this file, and lists out of the types.

use super::{filters, findings, order, record::Records, scope, words};
use crossdock_engine::schema;

const INTRODUCTION: &str = include_str!("../../../docs/introduction.md");
const DATA: &str = include_str!("../../../docs/data.md");
const EXPRESSIONS: &str = include_str!("../../../docs/expressions.md");
const SOURCES: &str = include_str!("../../../docs/sources.md");
const RULES: &str = include_str!("../../../docs/rules.md");
const CASES: &str = include_str!("../../../docs/cases.md");
const EVENTS: &str = include_str!("../../../docs/events.md");

/// The whole page.
pub(super) fn page() -> String {
    let mut records = Records::default();
    let carrier = records.sections("Carrier file", &schema::carrier());
    let cases = records.sections("Case", &case());
    let shop = records.sections("Shop file", &schema::shop());
    let actions = records.sections("Actions file", &schema::actions());
    let accounts = records.sections("Accounts file", &schema::accounts());
    let parts = [
        INTRODUCTION.to_owned(),
        format!("## Keys\n\n{carrier}"),
        DATA.to_owned(),
        EXPRESSIONS.replace("{{scope}}", scope::tables().trim_end()),
        order::sections(),
        format!("## Filters\n\n{}", filters::sections()),
        SOURCES.to_owned(),
        RULES.replace("{{http}}", words::http().trim_end()).replace("{{outcomes}}", words::outcomes().trim_end()),
        EVENTS.replace("{{statuses}}", words::statuses().trim_end()).replace("{{reasons}}", words::reasons().trim_end()),
        format!("{}\n\n{cases}", CASES.replace("{{forms}}", words::forms().trim_end()).trim_end()),
        format!("## The shop's files\n\n{shop}{actions}{accounts}"),
        format!("## Findings\n\n{}", findings::sections()),
    ];
    let text = parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n");
    text + "\n"
}

/// A file of cases is a list: what counts is one.
fn case() -> serde_json::Value {
    schema::case()["items"].clone()
}
