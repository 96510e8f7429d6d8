//! `crossdock demo`.

use crate::demo::run::{self, Day};
use crate::exit::Outcome;
use crate::terminal::Terminal;

/// Send a stream of orders through a fake carrier and a fake shop, both real servers on this machine.
///
/// The carrier accepts, refuses, throttles, breaks down and dawdles; its webhooks come late, twice, out of order and
/// sometimes forged. At the end the books of all three must agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock demo
  crossdock demo --orders 1000 --rate 400
  crossdock demo --seed 7                 another day, the same every time")]
pub(crate) struct Args {
    /// How many orders.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "N")]
    pub(crate) orders: u32,
    /// What happens is drawn from this number.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Orders a second.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(1..=5_000), value_name = "N")]
    pub(crate) rate: u32,
}

/// Runs `demo`.
pub(crate) fn run(args: &Args, terminal: &Terminal) -> Outcome {
    let day = Day { orders: args.orders, seed: args.seed, rate: args.rate };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run::run(day, terminal))
}
