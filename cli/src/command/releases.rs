//! `crossdock releases`.

use super::publish::At;
use crate::exit::{Exit, Outcome, Problem};
use crate::operate::text::{columns, row, time};
use crate::operate::{Format, block_on};
use crate::terminal::print;
use serde_json::{Value, json};

/// List the releases of mapping files on AWS: which is in force, and which was before.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  crossdock releases --stack crossdock")]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Runs `releases`.
pub(crate) fn run(args: &Args) -> Outcome {
    let (kept, pointer) = block_on(async {
        let publisher = args.at.publisher().await?;
        let pointer = publisher.pointer().await?.map(|(_, pointer)| pointer);
        Ok((publisher.releases().await?, pointer))
    })?;
    if kept.is_empty() {
        return Err(Problem::nothing_matched("nothing has been published").help("`crossdock publish` does it"));
    }
    let state = |release: &str| match &pointer {
        Some(pointer) if pointer.release == release => "in force",
        Some(pointer) if pointer.previous.as_deref() == Some(release) => "before",
        _ => "",
    };
    print(&match args.format {
        Format::Json => {
            let line = |kept: &crossdock_aws::publish::Kept| json!({"release": kept.release, "at": kept.at, "state": state(&kept.release)});
            format!("{}\n", Value::from(kept.iter().map(line).collect::<Vec<_>>()))
        }
        Format::Text => {
            let mut rows = vec![row(["release", "published", ""])];
            let lines = kept
                .iter()
                .map(|kept| row([&kept.release[..12.min(kept.release.len())], &time(kept.at * 1000), state(&kept.release)]));
            rows.extend(lines);
            columns(&rows)
        }
    })?;
    Ok(Exit::Clean)
}
