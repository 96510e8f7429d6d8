//! `crossdock pause` and `crossdock resume`.

use crate::exit::{Exit, Outcome, Problem};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Terminal, print};
use crossdock_engine::diagnostic::nearest;
use crossdock_runtime::mappings::SHOP;
use serde_json::json;
use std::path::Path;

/// Stop a carrier: its orders wait, its webhooks are still taken.
///
/// The running process follows within about a second. What is being sent is not torn off. `shop` stops what is told to the
/// shop.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock pause swiftpost
  crossdock resume swiftpost")]
pub(crate) struct Args {
    /// The carrier's id, or `shop`.
    pub(crate) carrier: String,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Let a carrier go on that was paused.
///
/// Its orders go on from where they stand, a few at first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  crossdock resume swiftpost")]
pub(crate) struct ResumeArgs {
    /// The carrier's id, or `shop`.
    pub(crate) carrier: String,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Runs `pause`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, _terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let changed = block_on(async {
        known(&tool, &args.carrier).await?;
        Ok(tool.operator().pause(&args.carrier).await?)
    })?;
    told(&tool, &args.carrier, true, changed)
}

/// Runs `resume`.
pub(crate) fn resume(args: &ResumeArgs, dir: Option<&Path>, _terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let changed = block_on(async { Ok(tool.operator().resume(&args.carrier).await?) })?;
    told(&tool, &args.carrier, false, changed)
}

/// A name that nothing goes by would be paused without anybody noticing.
async fn known(tool: &Tool, carrier: &str) -> Result<(), Problem> {
    let mut known = tool.files().await?.carriers();
    known.push(SHOP.to_owned());
    if known.iter().any(|name| name == carrier) {
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let near = nearest(carrier, &names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Err(Problem::nothing_matched(format!("there is no carrier `{carrier}`"))
        .help(format!("{near}available: {}", known.join(", "))))
}

fn told(tool: &Tool, carrier: &str, paused: bool, changed: bool) -> Outcome {
    let words = match (paused, changed) {
        (true, true) => "is paused: its orders wait",
        (true, false) => "was paused already",
        (false, true) => "goes on",
        (false, false) => "was not paused",
    };
    print(&match tool.format {
        Format::Text => format!("`{carrier}` {words}\n"),
        Format::Json => format!("{}\n", json!({"carrier": carrier, "paused": paused, "changed": changed})),
    })?;
    Ok(Exit::Clean)
}
