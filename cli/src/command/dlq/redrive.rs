//! `crossdock dlq redrive`.

use super::{FilterArgs, nothing};
use crate::exit::{Exit, Outcome, Problem};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::operate::Redriven;
use std::path::Path;

/// Have dead letters go on, once what was wrong is mended.
///
/// A reply that no rule could read is read again from what is stored: the carrier is not called. What could not be rendered,
/// or was refused for the account's sake, is tried anew. What may be at the carrier is never sent again by a redrive: see
/// `crossdock resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock dlq redrive SO-1001
  crossdock dlq redrive --carrier swiftpost --reason unreadable --limit 1     try one first
  crossdock dlq redrive --carrier swiftpost --reason unreadable
  crossdock dlq redrive --all
  crossdock dlq redrive --stack crossdock --crashed

The exit code is 1 when some of them stay.")]
pub(crate) struct Args {
    /// One letter: its name, the beginning of it, or the shop's order.
    #[arg(conflicts_with_all = ["queue", "carrier", "reason", "since", "order", "limit", "all"])]
    letter: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// On AWS: what crashed its function so often that SQS put it aside; of one queue, with `--queue`.
    #[arg(long, conflicts_with_all = ["letter", "carrier", "reason", "since", "order", "limit", "all"])]
    crashed: bool,
    /// All that there are.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Runs `dlq redrive`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    if args.crashed {
        return crashed(args, dir);
    }
    if args.letter.is_none() && args.filter.is_empty() && !args.all {
        return Err(Problem::usage("which dead letters?").help("name one, or `--carrier`, `--reason`, ..., or `--all`"));
    }
    let tool = Tool::open(&args.data, dir)?;
    let told = block_on(async {
        let files = tool.files().await?;
        let office = tool.office(&files);
        let told = match &args.letter {
            Some(letter) => office.redrive_letter(letter).await?,
            None => {
                let progress = |told: &Redriven| terminal.progress(&format!("redriven {}", told.redriven));
                let told = office.redrive(&args.filter.filter(), progress).await;
                terminal.end_progress();
                told?
            }
        };
        if told.seen() == 0 {
            return Err(nothing(&tool).await);
        }
        Ok(told)
    })?;
    print(&match tool.format {
        Format::Text => text(&told, terminal),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&told).unwrap_or_default()),
    })?;
    Ok(if told.left.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// SQS moves these itself: they were never ours to park.
fn crashed(args: &Args, dir: Option<&Path>) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let Some(stack) = tool.stack() else {
        return Err(Problem::usage("only a stack has messages that crashed").help("`--stack NAME` names it"));
    };
    let moving = block_on(async { stack.crashed().redrive(args.filter.queue).await.map_err(Problem::failure) })?;
    let of = |one: &crossdock_aws::Moving| serde_json::json!({"queue": one.queue, "count": one.count});
    print(&match tool.format {
        Format::Text if moving.is_empty() => "nothing crashed\n".to_owned(),
        Format::Text => moving.iter().map(|one| format!("{}: about {} go back\n", one.queue.name(), one.count)).collect(),
        Format::Json => format!("{}\n", serde_json::Value::from(moving.iter().map(of).collect::<Vec<_>>())),
    })?;
    Ok(Exit::Clean)
}

fn text(told: &Redriven, terminal: &Terminal) -> String {
    let mut text = format!("redriven: {}\n", told.redriven);
    if told.settled > 0 {
        text += &format!("settled meanwhile: {}\n", told.settled);
    }
    for left in &told.left {
        let more = if left.count > left.first.len() { ", ..." } else { "" };
        let names = left.first.join(", ");
        text += &format!("{} {}: {} ({names}{more})\n", terminal.out("left:", Paint::Yellow), left.count, left.why);
    }
    text
}
