//! `crossdock show`.

use crate::exit::{Outcome, Problem};
use crate::project::Project;
use std::path::Path;

/// Show what a carrier file offers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock show                        all carriers of the directory
  crossdock show swiftpost              operations, webhooks, options, settings, secrets, servers
  crossdock show swiftpost --resolved   the file with parts, replies and `$http` put in place
  crossdock show swiftpost --cost       what is evaluated slowly, and where")]
pub(crate) struct Args {
    /// The carrier.
    pub(crate) carrier: Option<String>,
    /// The file with everything named put in place.
    #[arg(long, requires = "carrier")]
    pub(crate) resolved: bool,
    /// Which expressions could not be lowered to the fast form.
    #[arg(long, requires = "carrier")]
    pub(crate) cost: bool,
}

/// Runs `show`.
pub(crate) fn run(args: &Args, dir: &Path) -> Outcome {
    let _ = (&args.carrier, args.resolved, args.cost);
    Project::open(dir)?;
    Err(Problem::failure("not available yet"))
}
