//! What developers read: what is new, how many, since when, the first cause, and the command that mends it.

use super::super::mail::minute;
use super::group::{Group, Subject};
use super::{COUNTED, Telling};
use crate::port::Notice;
use std::fmt::Write;

/// One notice of all of these.
pub(super) fn notice(telling: &[Telling]) -> Notice {
    let title = match telling {
        [one] => headline(&one.group),
        many => {
            let new = many.iter().filter(|one| one.group.told_at.is_none()).count();
            format!("{} kinds of trouble, {new} of them new", many.len())
        }
    };
    let mut text = String::new();
    for (at, one) in telling.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        tell(&mut text, one);
    }
    Notice { title, text }
}

fn headline(group: &Group) -> String {
    match &group.subject {
        Subject::Letters { queue, carrier, reason } => {
            format!("{}{queue}: {} parked ({reason})", of(carrier), group.untold)
        }
        Subject::Quarantine { carrier, webhook, .. } => {
            format!("{carrier}: {} deliveries to `{webhook}` could not be verified", group.untold)
        }
        Subject::Mapping { file } => format!("{file} does not load; the last good one stays in force"),
        Subject::Breaker { carrier } => format!("{carrier} does not answer"),
        Subject::Mail { topic } => format!("emails to `{topic}` are not sent"),
    }
}

fn of(carrier: &str) -> String {
    if carrier.is_empty() { String::new() } else { format!("{carrier}, ") }
}

fn tell(text: &mut String, one: &Telling) {
    let group = &one.group;
    let more = if group.told_at.is_some() { "more of the same" } else { "new" };
    let _ = writeln!(text, "{} [{more}]", headline(group));
    let since = minute(group.since);
    match one.left {
        Some(left) if left > COUNTED => {
            let _ = writeln!(text, "  {} new since {since}, more than {COUNTED} waiting in all", group.untold);
        }
        Some(left) => {
            let _ = writeln!(text, "  {} new since {since}, {left} waiting in all", group.untold);
        }
        None => {
            let _ = writeln!(text, "  since {since}");
        }
    }
    let order = group.first.order_id.as_deref().map(|order| format!(" (order {order})")).unwrap_or_default();
    let _ = writeln!(text, "  first: {}{order}", group.first.cause);
    for line in remedy(group) {
        let _ = writeln!(text, "  {line}");
    }
}

/// What to do about it, a command a line.
fn remedy(group: &Group) -> Vec<String> {
    let show = group.first.letter.as_deref().map(|letter| format!("look: crossdock dlq show {letter}"));
    match &group.subject {
        Subject::Letters { reason, .. } if matches!(reason.as_str(), "ambiguous" | "left_behind") => {
            let order = group.first.order_id.as_deref().unwrap_or("ORDER");
            let ask = "ask the carrier, then for each order one of:".to_owned();
            let settle = format!("crossdock resolve {order} --accepted TRACKING | --resend | --refused");
            show.into_iter().chain([ask, settle]).collect()
        }
        Subject::Letters { reason, .. } if reason == "conflict" => {
            let words = "the shop has sent another order under the same key: it must be given a new `operation_id`".to_owned();
            let discard = group.first.letter.as_deref().map(|letter| format!("then: crossdock dlq discard {letter}"));
            show.into_iter().chain([words]).chain(discard).collect()
        }
        Subject::Letters { carrier, reason, .. } => {
            let carrier = if carrier.is_empty() { String::new() } else { format!(" --carrier {carrier}") };
            let again = format!("once it is mended: crossdock dlq redrive{carrier} --reason {reason}");
            show.into_iter().chain([again]).collect()
        }
        Subject::Quarantine { carrier, .. } => {
            let words = "forged, or `verify:` or the secret is wrong; once that is mended:".to_owned();
            vec![words, format!("crossdock quarantine retry {carrier}")]
        }
        Subject::Mapping { .. } => vec!["look: crossdock validate".to_owned()],
        Subject::Breaker { .. } => vec!["nothing is lost; look: crossdock status".to_owned()],
        Subject::Mail { .. } => vec!["look at the mail server's settings; nothing is lost".to_owned()],
    }
}
