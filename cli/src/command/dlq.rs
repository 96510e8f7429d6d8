//! `crossdock dlq`: dead letters, what waits for a person.

mod list;
mod redrive;
mod show;

use crate::exit::{Exit, Outcome, Problem};
use crate::operate::text::{queue, since};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Terminal, print};
use clap::Subcommand;
use crossdock_runtime::handler::operate::Filter;
use crossdock_runtime::port::Queue;
use serde_json::json;
use std::path::Path;

/// Look at what waits for a person, and have it go on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock dlq list --reason unreadable
  crossdock dlq show SO-1001
  crossdock dlq redrive --carrier swiftpost --reason unreadable")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Redrive(redrive::Args),
    Discard(DiscardArgs),
}

/// Which dead letters.
#[derive(Debug, clap::Args)]
pub(crate) struct FilterArgs {
    /// Of this queue: `orders`, `updates` or `actions`.
    #[arg(long, value_name = "QUEUE", value_parser = queue)]
    queue: Option<Queue>,
    /// Of this carrier.
    #[arg(long, value_name = "CARRIER")]
    carrier: Option<String>,
    /// Parked for this reason.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Parked since then: a time, or a span before now such as `2h`.
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<i64>,
    /// Of this order.
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// No more than so many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl FilterArgs {
    fn filter(&self) -> Filter {
        Filter {
            queue: self.queue,
            carrier: self.carrier.clone(),
            reason: self.reason.clone(),
            since: self.since,
            order_id: self.order.clone(),
            limit: self.limit,
        }
    }

    fn is_empty(&self) -> bool {
        self.filter() == Filter::default()
    }
}

/// Throw a dead letter away whose message is no order of ours: whoever sent it sends it anew, corrected.
///
/// An order that was taken is never thrown away: `crossdock resolve ORDER --refused` settles it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  crossdock dlq discard 5f2a91c0")]
struct DiscardArgs {
    /// The letter: its name or the beginning of it.
    letter: String,
    #[command(flatten)]
    data: DataArgs,
}

/// Runs `dlq`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    match &args.command {
        Command::List(args) => list::run(args, dir, terminal),
        Command::Show(args) => show::run(args, dir, terminal),
        Command::Redrive(args) => redrive::run(args, dir, terminal),
        Command::Discard(args) => discard(args, dir),
    }
}

fn discard(args: &DiscardArgs, dir: Option<&Path>) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let letter = block_on(async { Ok(tool.operator().discard(&args.letter).await?) })?;
    print(&match tool.format {
        Format::Text => format!("discarded `{}` ({} of {})\n", letter.id, letter.reason, letter.queue.name()),
        Format::Json => format!("{}\n", json!({"discarded": letter.id})),
    })?;
    Ok(Exit::Clean)
}

/// No dead letter matches: which there are instead.
async fn nothing(tool: &Tool) -> Problem {
    let problem = Problem::nothing_matched("no dead letter matches");
    match tool.operator().status().await {
        Ok(status) if status.dead.is_empty() => problem.help("there are none at all"),
        Ok(status) => {
            let group = |group: &crossdock_runtime::handler::operate::DeadGroup| {
                format!("{} {} {} ({})", group.queue.name(), group.carrier, group.reason, group.count)
            };
            let groups: Vec<String> = status.dead.iter().take(8).map(group).collect();
            problem.help(format!("there are: {}", groups.join(", ")))
        }
        Err(_) => problem,
    }
}
