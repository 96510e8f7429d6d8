//! `crossdock test`.

use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use clap::ValueEnum;
use std::path::Path;

/// Run the cases of carrier files, offline.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock test                                all cases
  crossdock test swiftpost --filter zeros       the cases of one carrier whose name has `zeros` in it
  crossdock test --coverage                     which expressions, rules and codes no case touches
  crossdock test --format junit > cases.xml")]
pub(crate) struct Args {
    /// Carriers; all without any.
    #[arg(value_name = "CARRIER")]
    pub(crate) carriers: Vec<String>,
    /// Only cases with this in their name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Show what no case touches.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// How results are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Formats of case results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One document.
    Json,
    /// For continuous integration.
    Junit,
    /// Workflow commands, shown beside the lines of a pull request.
    Github,
}

/// Runs `test`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let _ = (&args.carriers, &args.filter, args.coverage, args.format, terminal.out_color());
    Project::open(dir)?;
    Err(Problem::failure("not available yet"))
}
