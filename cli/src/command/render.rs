//! `crossdock render`.

use crate::account::AccountArgs;
use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Show the exact request of an order, without sending it.
///
/// Secrets are masked. With `--reply`, a carrier's reply is read as the file says; with `--live`, the request is sent
/// to the sandbox.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock render order.json                                       the request
  crossdock render order.json --reply reply.json                    what a reply of status 200 means
  crossdock render order.json --reply error.xml --status 422
  crossdock render order.json --live                                send it to the sandbox")]
pub(crate) struct Args {
    /// The order, or `-` for standard input.
    #[arg(value_name = "ORDER")]
    pub(crate) order: PathBuf,
    /// The carrier, in place of the order's own.
    #[arg(long, value_name = "ID")]
    pub(crate) carrier: Option<String>,
    /// The operation, in place of the order's own.
    #[arg(long, value_name = "NAME")]
    pub(crate) operation: Option<String>,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// A reply's body to be read.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(crate) reply: Option<PathBuf>,
    /// The reply's status.
    #[arg(long, default_value_t = 200, requires = "reply", value_parser = clap::value_parser!(u16).range(100..=599))]
    pub(crate) status: u16,
    /// A header of the reply, `Name: value`.
    #[arg(long = "header", value_name = "HEADER", requires = "reply")]
    pub(crate) headers: Vec<String>,
    /// Send it to the sandbox and show the reply.
    #[arg(long)]
    pub(crate) live: bool,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Formats of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As it goes over the wire, indented.
    Text,
    /// One document.
    Json,
}

/// Runs `render`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let _ = (&args.order, &args.carrier, &args.operation, &args.reply, args.status, &args.headers, args.format);
    if args.live && args.account.environment != "sandbox" {
        return Err(Problem::usage("`--live` calls the sandbox only").help("`crossdock send` calls production"));
    }
    let _ = (args.account.accounts(dir)?, terminal.out_color());
    Project::open(dir)?;
    Err(Problem::failure("not available yet"))
}
