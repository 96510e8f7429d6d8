//! `crossdock status`.

use crate::exit::{Exit, Outcome};
use crate::operate::text::{columns, or_dash, row, span, time};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::operate::{DeadGroup, QueueStatus, Status};
use std::path::Path;

/// Show what waits in the queues, what waits for a person, and which carriers are paused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock status
  crossdock status --format json | jq '.dead'

The exit code is 0 also when something waits for a person: see `crossdock dlq list`.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Runs `status`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let status = block_on(async { Ok(tool.operator().status().await?) })?;
    print(&match tool.format {
        Format::Text => text(&status, terminal),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&status).unwrap_or_default()),
    })?;
    Ok(Exit::Clean)
}

fn text(status: &Status, terminal: &Terminal) -> String {
    let heading = |words: &str| format!("\n{}\n", terminal.out(words, Paint::Bold));
    let mut text = queues(&status.queues);
    let open: Vec<String> = status.open.iter().map(|(state, count)| format!("{count} {state}")).collect();
    if !open.is_empty() {
        let least = if status.open_cut { "at least " } else { "" };
        text += &format!("{}{least}{}\n", heading("orders under way"), open.join(", "));
    }
    if status.dead.is_empty() {
        text += "\nnothing waits for a person\n";
    } else {
        text += &format!("{}{}", heading("what waits for a person"), dead(&status.dead));
    }
    let carriers: Vec<String> = status
        .carriers
        .iter()
        .filter_map(|carrier| {
            let paused = carrier.paused.then(|| terminal.out("paused", Paint::Yellow));
            let called = carrier.called_at.map(|at| format!("last called {} ago", span(status.at - at)));
            let words: Vec<String> = paused.into_iter().chain(called).collect();
            (!words.is_empty()).then(|| format!("{}: {}\n", carrier.carrier, words.join(", ")))
        })
        .collect();
    if !carriers.is_empty() {
        text += &format!("{}{}", heading("carriers"), carriers.concat());
    }
    if !status.quarantine.is_empty() {
        let line = |of: &crossdock_runtime::handler::operate::QuarantineStatus| {
            format!("{}/{}/{}: {}\n", of.carrier, of.account, of.webhook, of.count)
        };
        let lines: String = status.quarantine.iter().map(line).collect();
        text += &format!("{}{lines}", heading("deliveries whose sender could not be verified"));
    }
    text
}

fn queues(queues: &[QueueStatus]) -> String {
    let mut rows = vec![row(["queue", "for", "ready", "in flight", "delayed", "oldest"])];
    for queue in queues {
        let all = ("all".to_owned(), queue.total);
        let groups = queue.groups.iter().map(|(name, depth)| (name.clone(), *depth));
        for (name, depth) in std::iter::once(all).chain(groups) {
            let oldest = if depth.ready == 0 { "-".to_owned() } else { span(depth.oldest) };
            let [ready, in_flight, delayed] = [depth.ready, depth.in_flight, depth.delayed].map(|count| count.to_string());
            rows.push(row([queue.queue.name(), or_dash(&name), &ready, &in_flight, &delayed, &oldest]));
        }
    }
    columns(&rows)
}

fn dead(groups: &[DeadGroup]) -> String {
    let mut rows = vec![row(["queue", "carrier", "reason", "count", "since", "what to do"])];
    for group in groups {
        let (count, since) = (group.count.to_string(), time(group.since));
        let words = group.advice.words();
        rows.push(row([group.queue.name(), or_dash(&group.carrier), &group.reason, &count, &since, words]));
    }
    columns(&rows)
}
