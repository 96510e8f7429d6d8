//! `crossdock schema`.

use crate::exit::{Exit, Outcome, Problem};
use crate::terminal::print;
use crossdock_engine::schema;
use std::path::PathBuf;

/// Print a JSON Schema, list them all, or write them to a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock schema                    the names
  crossdock schema order              one of them
  crossdock schema --write schemas    all of them as files")]
pub(crate) struct Args {
    /// Which one, such as `order`; without it, the names are listed.
    name: Option<String>,
    /// Write all of them to this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    write: Option<PathBuf>,
}

/// Runs `schema`.
pub(crate) fn run(args: &Args) -> Outcome {
    let all = schema::all();
    match (&args.name, &args.write) {
        (Some(name), _) => {
            let (_, schema) = all.iter().find(|(file, _)| short(file) == short(name)).ok_or_else(|| unknown(name, &all))?;
            print(&text(schema)?)?;
        }
        (None, Some(folder)) => {
            std::fs::create_dir_all(folder)?;
            for (file, schema) in &all {
                std::fs::write(folder.join(file), text(schema)?)?;
            }
        }
        (None, None) => all.iter().try_for_each(|(file, _)| print(&format!("{}\n", short(file))))?,
    }
    Ok(Exit::Clean)
}

fn short(file: &str) -> &str {
    file.trim_end_matches(".schema.json")
}

fn text(schema: &serde_json::Value) -> Result<String, Problem> {
    let pretty = serde_json::to_string_pretty(schema).map_err(|error| Problem::failure(error.to_string()))?;
    Ok(pretty + "\n")
}

fn unknown(name: &str, all: &[(&str, serde_json::Value)]) -> Problem {
    let names: Vec<&str> = all.iter().map(|(file, _)| short(file)).collect();
    Problem::nothing_matched(format!("there is no schema `{name}`")).help(format!("available: {}", names.join(", ")))
}
