//! `crossdock quarantine`: deliveries whose sender could not be verified.

use crate::exit::{Exit, Outcome, Problem};
use crate::operate::text::{columns, row, time};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Terminal, print};
use clap::Subcommand;
use crossdock_runtime::handler::Address;
use crossdock_runtime::handler::operate::{QuarantineShown, QuarantineStatus};
use crossdock_runtime::http::HttpClient;
use serde_json::json;
use std::path::Path;

/// Look at deliveries whose sender could not be verified, and verify them again after a mend.
///
/// They are forged, or it is `verify:` or the secret that is wrong. The newest of each webhook are kept.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock quarantine list
  crossdock quarantine show 0196c1d2e3f4
  crossdock quarantine retry swiftpost      those that pass now are taken, each as of its time of receipt")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them: when, to which webhook, why refused.
    List {
        /// Only those of this carrier.
        carrier: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Show everything of one delivery: anybody may have sent it, and it can hold persons' data.
    Show {
        /// The delivery's name.
        id: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Verify them again: those that pass now are taken.
    Retry {
        /// Only those of this carrier.
        carrier: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Throw one away.
    Discard {
        /// The delivery's name.
        id: String,
        #[command(flatten)]
        data: DataArgs,
    },
}

/// Runs `quarantine`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, _terminal: &Terminal) -> Outcome {
    match &args.command {
        Command::List { carrier, data } => list(&Tool::open(data, dir)?, carrier.as_deref()),
        Command::Show { id, data } => show(&Tool::open(data, dir)?, id),
        Command::Retry { carrier, data } => retry(&Tool::open(data, dir)?, carrier.as_deref()),
        Command::Discard { id, data } => {
            let tool = Tool::open(data, dir)?;
            let shown = block_on(async { Ok(tool.operator().discard_quarantined(id).await?) })?;
            told(&tool, &format!("discarded `{}`\n", shown.id), &json!({"discarded": shown.id}))
        }
    }
}

fn told(tool: &Tool, text: &str, json: &serde_json::Value) -> Outcome {
    print(&match tool.format {
        Format::Text => text.to_owned(),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(json).unwrap_or_default()),
    })?;
    Ok(Exit::Clean)
}

fn list(tool: &Tool, carrier: Option<&str>) -> Outcome {
    let found = block_on(async { Ok(tool.operator().quarantined(carrier).await?) })?;
    if found.is_empty() {
        return Err(Problem::nothing_matched("no delivery is in quarantine"));
    }
    let mut rows = vec![row(["received", "webhook", "delivery", "why"])];
    for QuarantineShown { id, delivery } in &found {
        let webhook = format!("{}/{}/{}", delivery.carrier, delivery.account, delivery.webhook);
        rows.push(row([&time(delivery.received_at.saturating_mul(1000)), &webhook, id, &delivery.reason]));
    }
    let lines: Vec<_> = found.iter().map(outline).collect();
    told(tool, &columns(&rows), &json!(lines))
}

fn outline(shown: &QuarantineShown) -> serde_json::Value {
    let QuarantineShown { id, delivery } = shown;
    json!({
        "id": id, "carrier": delivery.carrier, "account": delivery.account, "webhook": delivery.webhook,
        "received_at": delivery.received_at, "reason": delivery.reason,
    })
}

fn show(tool: &Tool, id: &str) -> Outcome {
    let shown = block_on(async { Ok(tool.operator().show_quarantined(id).await?) })?;
    let delivery = &shown.delivery;
    let mut text = format!(
        "{} to {}/{}/{}\nrefused: {}\n\n{}",
        time(delivery.received_at.saturating_mul(1000)),
        delivery.carrier,
        delivery.account,
        delivery.webhook,
        delivery.reason,
        delivery.method,
    );
    let pairs: Vec<String> = delivery.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    text += &format!(" ?{}\n", pairs.join("&"));
    for (name, value) in &delivery.headers {
        text += &format!("{name}: {value}\n");
    }
    let body = delivery.body.bytes().unwrap_or_default();
    text += &format!("\n{}\n", String::from_utf8_lossy(&body).trim_end());
    told(tool, &text, &json!(shown))
}

fn retry(tool: &Tool, carrier: Option<&str>) -> Outcome {
    let results = block_on(async {
        let files = tool.files().await?;
        let office = tool.office(&files);
        let wire = HttpClient::new().map_err(Problem::failure)?;
        let webhooks = tool.operator().status().await?.quarantine;
        let mut results = Vec::new();
        for of in webhooks.into_iter().filter(|of| carrier.is_none_or(|carrier| carrier == of.carrier)) {
            let at = Address { carrier: &of.carrier, account: &of.account, webhook: &of.webhook };
            let result = office.verify_again(at, &wire).await;
            results.push((of, result));
        }
        Ok(results)
    })?;
    if results.is_empty() {
        return Err(Problem::nothing_matched("no delivery is in quarantine"));
    }
    let name = |of: &QuarantineStatus| format!("{}/{}/{}", of.carrier, of.account, of.webhook);
    let mut text = String::new();
    let mut lines = Vec::new();
    let mut clean = true;
    for (of, result) in &results {
        match result {
            Ok((taken, stay)) => {
                clean &= *stay == 0;
                text += &format!("{}: {taken} taken, {stay} stay\n", name(of));
                lines.push(json!({"webhook": name(of), "taken": taken, "stay": stay}));
            }
            Err(why) => {
                clean = false;
                text += &format!("{}: {why}; {} stay\n", name(of), of.count);
                lines.push(json!({"webhook": name(of), "taken": 0, "stay": of.count, "error": why}));
            }
        }
    }
    told(tool, &text, &json!(lines))?;
    Ok(if clean { Exit::Clean } else { Exit::Findings })
}
