//! `crossdock translate`.

use crate::account::AccountArgs;
use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use std::path::{Path, PathBuf};

/// Show the events and actions of a webhook delivery.
///
/// The signature is verified where headers and secrets are given; `--unverified` skips it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock translate swiftpost tracking delivery.json --unverified
  crossdock translate swiftpost tracking delivery.json --header 'X-Signature: v1=...' --at 2026-05-04T10:00:00Z")]
pub(crate) struct Args {
    /// The carrier.
    pub(crate) carrier: String,
    /// The webhook, as named in the carrier file.
    pub(crate) webhook: String,
    /// The delivery's body, or `-` for standard input.
    #[arg(value_name = "BODY")]
    pub(crate) body: PathBuf,
    /// A header of the delivery, `Name: value`.
    #[arg(long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// A query parameter of the delivery, `name=value`.
    #[arg(long = "query", value_name = "PARAMETER")]
    pub(crate) query: Vec<String>,
    /// When it was received (RFC 3339); now, by default.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Do not verify the sender.
    #[arg(long)]
    pub(crate) unverified: bool,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
}

/// Runs `translate`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let _ = (&args.carrier, &args.webhook, &args.body, &args.headers, &args.query, &args.at, args.unverified);
    let _ = (args.account.accounts(dir)?, terminal.out_color());
    Project::open(dir)?;
    Err(Problem::failure("not available yet"))
}
