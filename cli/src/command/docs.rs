//! `crossdock docs`.

mod carriers;
mod filters;
mod findings;
mod format;
mod order;
mod record;
mod scope;
mod words;

use crate::exit::{Exit, Outcome, Problem};
use crate::project::Project;
use crate::terminal::{Terminal, print};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Print the reference of the format or of the carriers, or write both to a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock docs format               every key, filter, word and finding of the carrier file
  crossdock docs carriers             what each carrier file of the directory supports
  crossdock docs --write docs         both, as docs/format.md and docs/carriers.md")]
pub(crate) struct Args {
    /// Which one.
    #[arg(value_enum, required_unless_present = "write")]
    name: Option<Name>,
    /// Write both to this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    write: Option<PathBuf>,
}

/// The references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// The carrier file, in full.
    Format,
    /// The carriers of the mapping directory.
    Carriers,
}

/// Runs `docs`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    match (args.name, &args.write) {
        (Some(Name::Format), _) => print(&format::page())?,
        (Some(Name::Carriers), _) => print(&of_carriers(dir)?)?,
        (None, Some(folder)) => {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join("format.md"), format::page())?;
            std::fs::write(folder.join("carriers.md"), of_carriers(dir)?)?;
            terminal.say(&format!("written: format.md and carriers.md in {}", folder.display()));
        }
        (None, None) => return Err(Problem::usage("say `format` or `carriers`, or `--write DIR`")),
    }
    Ok(Exit::Clean)
}

fn of_carriers(dir: &Path) -> Result<String, Problem> {
    let project = Project::open(dir)?;
    let looks = project.files().keys().map(|id| crate::project::look(dir, id)).collect::<Result<Vec<_>, _>>()?;
    Ok(carriers::page(&looks))
}

/// A cell of a table: its bars and line ends would break it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}
