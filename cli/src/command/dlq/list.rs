//! `crossdock dlq list`.

use super::{FilterArgs, nothing};
use crate::exit::{Exit, Outcome};
use crate::operate::text::{columns, or_dash, row, time};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Terminal, print};
use crossdock_runtime::handler::dead::DeadLetter;
use crossdock_runtime::handler::operate::Filter;
use std::path::Path;

/// Letters that are listed when no limit is given.
const LIMIT: usize = 50;

/// The longest name and the longest cause in a table.
const SHORT: usize = 36;

/// List dead letters: when, of which queue and carrier, why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock dlq list
  crossdock dlq list --carrier swiftpost --reason unmapped --since 2h
  crossdock dlq list --limit 100000 --format json

`crossdock status` counts them by queue, carrier and reason.")]
pub(crate) struct Args {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    data: DataArgs,
}

/// Runs `dlq list`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let limit = args.filter.limit.unwrap_or(LIMIT);
    block_on(async {
        // One more than is listed tells whether there are more.
        let filter = Filter { limit: Some(limit.saturating_add(1)), ..args.filter.filter() };
        let mut letters = tool.operator().letters(&filter).await?;
        if letters.is_empty() {
            if tool.format == Format::Json {
                print("[]\n")?;
            }
            return Err(nothing(&tool).await);
        }
        let more = letters.len() > limit;
        letters.truncate(limit);
        print(&match tool.format {
            Format::Text => text(&letters),
            Format::Json => json(letters),
        })?;
        if more {
            terminal.say(&format!(
                "{} more than {limit}: `--limit N` lists more",
                terminal.err("note:", crate::terminal::Paint::Yellow)
            ));
        }
        Ok(Exit::Clean)
    })
}

fn text(letters: &[DeadLetter]) -> String {
    let mut rows = vec![row(["since", "queue", "carrier", "reason", "order or letter", "cause"])];
    for letter in letters {
        let name = letter.order_id.as_deref().unwrap_or(&letter.id);
        let (since, name, cause) = (time(letter.at), cut(name, SHORT), cut(&letter.cause, 4 * SHORT));
        rows.push(row([&since, letter.queue.name(), or_dash(&letter.carrier), &letter.reason, &name, &cause]));
    }
    columns(&rows)
}

/// Messages may hold persons' data: `dlq show --full` has them.
fn json(letters: Vec<DeadLetter>) -> String {
    let letters: Vec<DeadLetter> = letters.into_iter().map(|letter| DeadLetter { body: None, ..letter }).collect();
    format!("{}\n", serde_json::to_string_pretty(&letters).unwrap_or_default())
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
