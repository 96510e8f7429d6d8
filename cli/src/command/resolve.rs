//! `crossdock resolve`.

use crate::exit::{Exit, Outcome, Problem};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::operate::Decision;
use std::path::Path;

/// Settle an order of which nobody knows whether the carrier has it: you have found out.
///
/// What follows goes its usual way: the shop is told, and later events find the parcels.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("decision").required(true))]
#[command(after_help = "\
Examples:
  crossdock resolve SO-1001 --accepted 00340434161094042557     the carrier has it, under this number
  crossdock resolve SO-1001 --resend                            the carrier does not have it: it is sent again
  crossdock resolve SO-1001 --refused --message 'sold out'      it is not to be sent any more")]
pub(crate) struct Args {
    /// The shop's order.
    pub(crate) order: String,
    /// The operation, by the shop's `operation_id`, where several wait.
    #[arg(long, value_name = "ID")]
    pub(crate) operation: Option<String>,
    /// The carrier has it: one tracking number for all parcels, or one each in the order's sequence.
    #[arg(long, value_name = "TRACKING", num_args = 0.., group = "decision")]
    pub(crate) accepted: Option<Vec<String>>,
    /// The carrier does not have it: it is sent again.
    #[arg(long, group = "decision")]
    pub(crate) resend: bool,
    /// It is not to be sent any more.
    #[arg(long, group = "decision")]
    pub(crate) refused: bool,
    /// The code that the shop is told.
    #[arg(long, value_name = "CODE", requires = "refused")]
    pub(crate) code: Option<String>,
    /// The words that the shop is told.
    #[arg(long, value_name = "TEXT", requires = "refused")]
    pub(crate) message: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Runs `resolve`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    if !args.refused && (args.code.is_some() || args.message.is_some()) {
        return Err(Problem::usage("`--code` and `--message` go with `--refused`"));
    }
    let tool = Tool::open(&args.data, dir)?;
    let decision = match &args.accepted {
        Some(numbers) => Decision::Accepted(numbers.clone()),
        None if args.resend => Decision::Resend,
        None => Decision::Refused { code: args.code.clone(), message: args.message.clone() },
    };
    let resolved = block_on(async {
        let files = tool.files().await?;
        Ok(tool.office(&files).resolve(&args.order, args.operation.as_deref(), decision).await?)
    })?;
    for remark in &resolved.remarks {
        terminal.say(&format!("{} {remark}", terminal.err("note:", Paint::Yellow)));
    }
    let words = if resolved.state == "new" { "is sent again" } else { resolved.state };
    print(&match tool.format {
        Format::Text => format!("{} of `{}`: {words}\n", resolved.operation, resolved.order_id),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&resolved).unwrap_or_default()),
    })?;
    Ok(Exit::Clean)
}
