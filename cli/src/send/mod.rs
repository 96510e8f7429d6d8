//! `crossdock send`: orders from a file straight to their carriers, a result line each.

mod dispatch;
pub(crate) mod input;
mod lane;
mod line;
mod orders;
mod results;
mod summary;

pub(crate) use lane::limiter;
pub(crate) use summary::percentile;

use crate::account::AccountArgs;
use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use dispatch::Dispatcher;
use results::Results;
use std::path::{Path, PathBuf};

/// Send orders from a file straight to their carriers.
///
/// Orders are canonical JSON: one object, an array, or one object a line. Every order yields one result line (JSON):
/// accepted, refused, pending, ambiguous, parked, failed or invalid. A summary goes to standard error.
///
/// With a results file nothing is sent twice: the intent to send is on disk before the first byte leaves, the outcome after
/// it, and the file is read first. Orders already accepted or refused are skipped; an order that was being sent
/// when the last run died is reported as ambiguous, and sent again only when you say so with `--resend`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock send orders.jsonl                                  to the sandbox, results to standard output
  crossdock send - --concurrency 32 < orders.json              from standard input
  crossdock send orders.jsonl --environment production --results results.jsonl
  crossdock send orders.jsonl --server api=http://127.0.0.1:8080   to a test server on this machine

Secrets come from the environment, CROSSDOCK_SECRET_<CARRIER>_<NAME>, or from a file of such lines (--secrets).")]
pub(crate) struct Args {
    /// The orders, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) orders: PathBuf,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Where result lines are kept and read from, so that nothing is sent twice; standard output without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) results: Option<PathBuf>,
    /// Send this order again though its outcome is unknown: you have made sure that the carrier does not have it.
    #[arg(long, value_name = "KEY", requires = "results")]
    pub(crate) resend: Vec<String>,
    /// Orders in flight at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) concurrency: u16,
    /// How often a request is tried where trying again is safe.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "N")]
    pub(crate) tries: u32,
}

/// Runs `send`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    if args.account.environment != "sandbox" && args.results.is_none() {
        return Err(Problem::usage(format!("`--environment {}` needs `--results FILE`", args.account.environment))
            .help("the file remembers what was sent, so that a second run sends nothing twice"));
    }
    let project = Project::open(dir)?;
    let accounts = args.account.accounts(dir)?;
    let results = Results::open(args.results.as_deref(), &args.resend)?;
    let input = input::open(&args.orders)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(Dispatcher::new(args, project, accounts, results, *terminal)?.run(input))
}
