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
    let put_off = if books.put_off > 0 { format!(", {} put off at first", books.put_off) } else { String::new() };
    row("orders in", books.orders, format!("in {:.1} s{put_off}", elapsed.as_secs_f64()));
    row("  accepted", books.accepted, format!("{} shipments at the carrier", books.shipments));
    row("  refused", books.all_refused(), reasons(&books.refused));
    row("  parked", books.all_parked(), reasons(&books.ours.parked));
    row(
        "calls seen by the carrier",
        books.calls,
        format!(
            "{} tried again, {} recognised as known, {} sign-ins",
            books.calls.saturating_sub(books.orders),
            books.recognised,
            books.sign_ins
        ),
    );
    let duplicates = books.delivered.saturating_sub(books.happened);
    row("webhooks taken", books.delivered, format!("{duplicates} came twice, {} forged and refused", books.ours.quarantined));
    row("events", books.happened, format!("{} moved a parcel", books.ours.advanced));
    row("  stale", books.ours.stale, "came too late, changed nothing".into());
    row("  parked", books.all_parked_updates(), reasons(&books.ours.parked_updates));
    row("actions", books.accepted + books.all_refused() + books.updates + books.ours.emails, actions(books));
    row("from order to end, p50", percentile(&books.took, 50).unwrap_or(0), "ms, with retries".into());
    row("from order to end, p99", percentile(&books.took, 99).unwrap_or(0), "ms".into());
    let verdict = verdict(books, terminal);
    format!("\n{text}\n{verdict}\n")
}

fn actions(books: &Books) -> String {
    let results = books.accepted + books.all_refused();
    format!("{results} results and {} updates to the shop, {} emails", books.updates, books.ours.emails)
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
