//! `crossdock completions`.

use crate::args::Cli;
use crate::exit::{Exit, Outcome};
use crate::terminal::print_bytes;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock completions bash > ~/.local/share/bash-completion/completions/crossdock
  crossdock completions zsh > \"${fpath[1]}/_crossdock\"")]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

/// Runs `completions`.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "crossdock", &mut script);
    print_bytes(&script)?;
    Ok(Exit::Clean)
}
