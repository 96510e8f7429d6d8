//! `crossdock trace`.

use crate::exit::{Exit, Outcome};
use crate::operate::text::{or_dash, time};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::operate::{Exchanged, Happening, Line, Operation, Parcel, Story};
use crossdock_runtime::port::ExchangeKind;
use std::fmt::Write;
use std::path::Path;

/// Tell the whole story of an order: what was asked, sent, answered and told, in the order of time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock trace SO-1001
  crossdock trace SO-1001 --full            also the order and all bodies: they hold persons' data
  crossdock trace SO-1001 --format json")]
pub(crate) struct Args {
    /// The shop's order.
    pub(crate) order: String,
    /// Also the order itself and what went over the wire. Secrets are masked; persons' data is not.
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Runs `trace`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let story = block_on(async { Ok(tool.operator().trace(&args.order, args.full).await?) })?;
    print(&match tool.format {
        Format::Text => text(&story, terminal),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&story).unwrap_or_default()),
    })?;
    Ok(Exit::Clean)
}

fn text(story: &Story, terminal: &Terminal) -> String {
    let mut text = format!("{}\n", terminal.out(&format!("order {}", story.order_id), Paint::Bold));
    for line in &story.lines {
        let _ = writeln!(text, "  {}  {}", time(line.at), words(line));
        for (name, body) in bodies(line) {
            let _ = writeln!(text, "      {name}: {}", body.trim_end().replace('\n', "\n        "));
        }
    }
    let _ = writeln!(text, "\n{}", terminal.out("now", Paint::Bold));
    for operation in &story.operations {
        let _ = writeln!(text, "  {}", stands(operation));
        if let Some(trace) = &operation.trace {
            let _ = writeln!(text, "    trace {trace}");
        }
    }
    for parcel in &story.parcels {
        let _ = writeln!(text, "  {}", parcel_stands(parcel));
    }
    text
}

fn words(line: &Line) -> String {
    match &line.what {
        Happening::Taken { operation, carrier, account, parcels, .. } => {
            let parcels = match parcels {
                None => ", its data was removed".to_owned(),
                Some(1) => ", 1 parcel".to_owned(),
                Some(count) => format!(", {count} parcels"),
            };
            format!("{operation} taken, for {carrier}/{account}{parcels}")
        }
        Happening::Noted { operation, text } => format!("{operation}: {text}"),
        Happening::Exchange(exchange) => exchange_words(exchange),
        Happening::Event { parcel, sequence, status, reason, carrier_code, stale, .. } => {
            let reason = reason.map(|reason| format!(", {reason}")).unwrap_or_default();
            let code = carrier_code.as_ref().map(|code| format!(" (code `{code}`)")).unwrap_or_default();
            let stale = if *stale { "; stale, it changed nothing" } else { "" };
            format!("event {sequence} of {parcel}: {status}{reason}{code}{stale}")
        }
        Happening::Parked { id, queue, reason, cause } => format!("parked from {}: {reason}: {cause} [{id}]", queue.name()),
    }
}

fn exchange_words(exchange: &Exchanged) -> String {
    let what = match exchange.exchange {
        ExchangeKind::Call => "called",
        ExchangeKind::Reconcile => "asked, whether it has the order,",
        ExchangeKind::Track => "asked, where the parcel is,",
        ExchangeKind::Delivery => "delivery of",
        ExchangeKind::Shop => "told",
        ExchangeKind::Email => "wrote to",
    };
    let status = exchange.status.map(|status| format!("HTTP {status} in {} ms, ", exchange.took)).unwrap_or_default();
    let release = exchange.release.get(..8).map(|release| format!(", file {release}")).unwrap_or_default();
    format!("{what} {}: {status}{}{release}", or_dash(&exchange.party), exchange.meaning)
}

fn bodies(line: &Line) -> Vec<(&'static str, String)> {
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    match &line.what {
        Happening::Taken { order: Some(order), .. } => vec![("order", pretty(order))],
        Happening::Event { event: Some(event), .. } => {
            vec![("event", serde_json::to_string_pretty(event).unwrap_or_default())]
        }
        Happening::Exchange(exchange) => {
            let all = [("request", &exchange.request), ("reply", &exchange.reply)];
            all.into_iter().filter_map(|(name, body)| Some((name, body.clone()?))).collect()
        }
        _ => Vec::new(),
    }
}

fn stands(operation: &Operation) -> String {
    let mut text = format!("{} ({}) is {}", operation.operation, operation.operation_id, operation.state);
    match (&operation.reason, &operation.cause, operation.until) {
        (Some(reason), Some(cause), _) => _ = write!(text, ": {reason}: {cause}"),
        (Some(reason), None, Some(until)) => _ = write!(text, ": {reason}, until {}", time(until)),
        _ => {}
    }
    if let Some(result) = &operation.result {
        if let Some(code) = &result.code {
            let _ = write!(text, ", code `{code}`");
        }
        if let Some(message) = &result.message {
            let _ = write!(text, ": {message}");
        }
        if !result.tracking_numbers.is_empty() {
            let _ = write!(text, ": {}", result.tracking_numbers.join(", "));
        }
        for document in &result.documents {
            let _ = write!(text, "; {}", document.url.as_deref().unwrap_or("a document"));
        }
    }
    text
}

fn parcel_stands(parcel: &Parcel) -> String {
    let status = parcel.status.map_or_else(|| "no event yet".to_owned(), |status| format!("is {status}"));
    let references = if parcel.references.is_empty() { String::new() } else { format!(" ({})", parcel.references.join(", ")) };
    let events = if parcel.events == 1 { "1 event".to_owned() } else { format!("{} events", parcel.events) };
    format!("parcel {}{references}: {status}, {events}", parcel.number)
}
