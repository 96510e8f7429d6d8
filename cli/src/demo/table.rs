//! The closing table.

use super::books::Books;
use crate::send::percentile;
use crate::terminal::{Paint, Terminal};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// The table, painted for standard output.
pub(crate) fn table(books: &Books, elapsed: Duration, terminal: &Terminal) -> String {
    let mut text = String::new();
    let mut row = |name: &str, count: u64, words: String| {
        let _ = writeln!(text, "{}", format!("  {name:<26}{count:>7}   {words}").trim_end());
    };
    row("orders in", books.orders, format!("in {:.1} s", elapsed.as_secs_f64()));
    row("  accepted", books.accepted, format!("{} shipments at the carrier", books.carrier_shipments));
    row("  refused", books.all_refused(), reasons(&books.refused));
    row("  failed", books.all_failed(), reasons(&books.failed));
    row(
        "calls seen by the carrier",
        books.carrier_calls,
        format!(
            "{} repeated by us, {} recognised as known, {} sign-ins",
            books.retries, books.carrier_repeated, books.carrier_sign_ins
        ),
    );
    row("webhooks received", books.received, format!("{} forged, refused", books.unverified));
    row("events", books.events, format!("{} moved a parcel", books.advanced));
    row("  duplicates dropped", books.duplicates, String::new());
    row("  stale", books.stale, "came too late, changed nothing".into());
    row("  unmapped", books.unmapped, "code not in the vocabulary: parked".into());
    row("actions", books.shop_results + books.shop_updates + books.emails, actions(books));
    row("time per order, p50", percentile(&books.took, 50).unwrap_or(0), "ms, with retries".into());
    row("time per order, p99", percentile(&books.took, 99).unwrap_or(0), "ms".into());
    let verdict = verdict(books, terminal);
    format!("\n{text}\n{verdict}\n")
}

fn actions(books: &Books) -> String {
    format!("{} results and {} updates to the shop, {} emails", books.shop_results, books.shop_updates, books.emails)
}

fn reasons(reasons: &BTreeMap<String, u64>) -> String {
    reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}

fn verdict(books: &Books, terminal: &Terminal) -> String {
    let differences = books.differences();
    if differences.is_empty() {
        return terminal.out("books balance: the carrier, the shop and we have counted the same", Paint::Green);
    }
    let lines: Vec<String> = differences.iter().map(|difference| format!("  {difference}")).collect();
    format!("{}\n{}", terminal.out("books do not balance:", Paint::Red), lines.join("\n"))
}
