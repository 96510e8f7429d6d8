//! `crossdock forget`.

use crate::exit::{Exit, Outcome};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Terminal, print};
use crossdock_runtime::handler::operate::Forgotten;
use serde_json::json;
use std::path::Path;

/// What is not ours to remove.
const ELSEWHERE: &str = "not reached: backups of the data directory hold it until they are overwritten; deliveries that \
led to no event of it stay in the journal until they are pruned (`retention:`); messages on their way to the shop carry it until they \
have arrived; the carrier and the shop keep what they were sent";

/// The same, of a stack.
const ELSEWHERE_ON_AWS: &str = "not reached: point-in-time recovery of the ledger holds it for 14 days; deliveries that led to no \
event of it stay in the journal until they expire, and bodies that no row or message could hold under `aside/`; messages on their way \
carry it until they have arrived; the carrier and the shop keep what they were sent";

/// Remove a person's data: everything of one order, bar its name and how it ended.
///
/// Removed are the order as it was taken, what went over the wire for it, parcels and events, labels and other documents,
/// parked messages that name it. The ledger keeps the key and the outcome, so that the order is not sent again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock forget SO-1001
  crossdock forget SO-1001 --force      also while it is under way: it ends here, and the shop is not told")]
pub(crate) struct Args {
    /// The shop's order.
    pub(crate) order: String,
    /// Also while the order or one of its parcels is under way.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Runs `forget`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, _terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let told = block_on(async { Ok(tool.operator().forget(&args.order, args.force).await?) })?;
    let elsewhere = if tool.stack().is_some() { ELSEWHERE_ON_AWS } else { ELSEWHERE };
    print(&match tool.format {
        Format::Text => format!("removed of `{}`: {}\n{elsewhere}\n", args.order, words(&told)),
        Format::Json => format!("{}\n", json!({"order_id": args.order, "removed": told, "elsewhere": elsewhere})),
    })?;
    Ok(Exit::Clean)
}

fn words(told: &Forgotten) -> String {
    let counts = [
        (told.operations, "operation"),
        (told.orders, "order"),
        (told.parcels, "parcel"),
        (told.events, "event"),
        (told.letters, "dead letter"),
        (told.quarantined, "quarantined delivery"),
        (told.exchanges, "exchange"),
        (told.documents, "document"),
        (told.mails, "email"),
    ];
    let word = |(count, name): &(usize, &str)| match (*count, name.strip_suffix('y')) {
        (1, _) => format!("1 {name}"),
        (count, Some(stem)) => format!("{count} {stem}ies"),
        (count, None) => format!("{count} {name}s"),
    };
    counts.iter().filter(|(count, _)| *count > 0).map(word).collect::<Vec<_>>().join(", ")
}
