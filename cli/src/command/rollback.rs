//! `crossdock rollback`.

use super::publish::{At, now, tell};
use crate::exit::{Outcome, Problem};
use crate::operate::{Format, block_on};

/// Put an earlier release of mapping files into force again: the one before, or the one that is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock rollback --stack crossdock
  crossdock rollback s3://mappings/live --to 5f2c")]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// The release, or the beginning of its name: see `crossdock releases`.
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs `rollback`.
pub(crate) fn run(args: &Args) -> Outcome {
    let published =
        block_on(async { args.at.publisher().await?.rollback(args.to.as_deref(), now()).await.map_err(Problem::from) })?;
    tell(&published, args.format)
}
