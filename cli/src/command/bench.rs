//! `crossdock bench`.

use crate::bench::{self, Format, Plan};
use crate::exit::{Outcome, Problem};
use crate::terminal::Terminal;
use clap::ValueEnum;
use crossdock_runtime::local::Durability;
use std::time::Duration;

/// Measure the local process: orders a second, waits, memory, with real HTTP on this machine.
///
/// Starts the process, fake carriers, a fake shop and a load generator, all on this machine's cores, and reports what the
/// carriers and the shop have in their books.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock bench                                    3,000 orders/s for 60 s, durable against power loss, then process kill
  crossdock bench --rate 1000 --seconds 10 --durability power-loss
  crossdock bench --rate 1000 --hang 120             then one of five carriers hangs for two minutes")]
pub(crate) struct Args {
    /// Orders a second.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "N")]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600), value_name = "N")]
    seconds: u32,
    /// Orders in one request.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000), value_name = "N")]
    batch: u32,
    /// How many carriers.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "N")]
    carriers: u32,
    /// How long a carrier takes to answer, in milliseconds.
    #[arg(long, default_value_t = 10, value_name = "MS")]
    latency: u64,
    /// Then one of the carriers hangs, 15 s a call, for so many seconds.
    #[arg(long, value_name = "SECONDS")]
    hang: Option<u64>,
    /// What is durable; both, one after the other, when not given.
    #[arg(long, value_enum)]
    durability: Option<Durable>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Durable {
    /// Against the loss of power.
    PowerLoss,
    /// Against the death of the process.
    ProcessKill,
}

/// Runs `bench`.
pub(crate) fn run(args: &Args, terminal: &Terminal) -> Outcome {
    if args.hang.is_some() && args.carriers < 2 {
        return Err(Problem::usage("with one carrier there are no others to look at").help("add `--carriers 5`"));
    }
    let durabilities = match args.durability {
        Some(Durable::PowerLoss) => vec![Durability::PowerLoss],
        Some(Durable::ProcessKill) => vec![Durability::ProcessKill],
        None => vec![Durability::PowerLoss, Durability::ProcessKill],
    };
    let plan = Plan {
        rate: args.rate,
        time: Duration::from_secs(args.seconds.into()),
        batch: args.batch.min(args.rate),
        carriers: args.carriers,
        latency: Duration::from_millis(args.latency),
        hang: args.hang.map(Duration::from_secs),
        durabilities,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(bench::run(&plan, args.format, terminal))
}
