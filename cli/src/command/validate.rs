//! `crossdock validate`.

use crate::exit::{Outcome, Problem};
use crate::project::Project;
use crate::terminal::Terminal;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Check carrier files: all findings in one run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock validate                                  the whole mapping directory
  crossdock validate swiftpost                        one carrier
  crossdock validate carriers/swiftpost/carrier.yaml  one file
  crossdock validate --format github                  as annotations of a pull request")]
pub(crate) struct Args {
    /// Carriers, folders or files; the whole mapping directory without any.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How findings are written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Warnings count as errors.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Formats of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One array.
    Json,
    /// For code scanning.
    Sarif,
    /// Workflow commands, shown beside the lines of a pull request.
    Github,
}

/// Runs `validate`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let _ = (&args.paths, args.format, args.deny_warnings, terminal.out_color());
    Project::open(dir)?;
    Err(Problem::failure("not available yet"))
}
