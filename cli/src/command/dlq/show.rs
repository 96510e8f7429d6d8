//! `crossdock dlq show`.

use crate::exit::{Exit, Outcome};
use crate::operate::text::{or_dash, time};
use crate::operate::{DataArgs, Format, Tool, block_on};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::operate::{Advice, LetterShown};
use std::fmt::Write;
use std::path::Path;

/// Show one dead letter: why it is there, what belongs to it, and what to do.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock dlq show SO-1001
  crossdock dlq show SO-1001 --full     also the message and what went over the wire: it holds persons' data")]
pub(crate) struct Args {
    /// The letter: its name, the beginning of it, or the shop's order.
    letter: String,
    /// Also the message and what went over the wire. Secrets are masked; persons' data is not.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// Runs `dlq show`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let shown = block_on(async { Ok(tool.operator().show_letter(&args.letter, args.full).await?) })?;
    print(&match tool.format {
        Format::Text => text(&shown, terminal),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&shown).unwrap_or_default()),
    })?;
    Ok(Exit::Clean)
}

fn text(shown: &LetterShown, terminal: &Terminal) -> String {
    let letter = &shown.letter;
    let mut text = format!("{}\n", terminal.out(&letter.id, Paint::Bold));
    let mut line = |name: &str, words: &str| _ = writeln!(text, "  {name:<10} {words}");
    line("reason", &format!("{}: {}", letter.reason, letter.cause));
    line("queue", letter.queue.name());
    line("carrier", or_dash(&letter.carrier));
    line("since", &time(letter.at));
    if let Some(order) = &letter.order_id {
        line("order", order);
    }
    if let Some(operation) = &shown.operation {
        line("stands", &format!("{} is {}", operation.operation, operation.state));
        for call in &operation.calls {
            let step = call.step.as_deref().unwrap_or("request");
            let undo = if call.undo { "undo " } else { "" };
            line("", &format!("{undo}{step} {}: {}, attempts {}", call.iteration + 1, call.state, call.attempts));
        }
    }
    if let Some(exchange) = &shown.exchange {
        let status = exchange.status.map_or_else(|| "no reply".to_owned(), |status| format!("HTTP {status}"));
        line("exchange", &format!("{} {status}, read as {}", time(exchange.at), exchange.meaning));
        for (name, body) in [("request", &exchange.request), ("reply", &exchange.reply)] {
            if let Some(body) = body {
                line(name, &body.trim_end().replace('\n', "\n             "));
            }
        }
    }
    if let Some(body) = &letter.body {
        let bytes = body.bytes().unwrap_or_default();
        line("message", &String::from_utf8_lossy(&bytes).trim_end().replace('\n', "\n             "));
    }
    line("to do", shown.advice.words());
    if let Some(command) = command(shown) {
        line("", &terminal.out(&command, Paint::Cyan));
    }
    text
}

fn command(shown: &LetterShown) -> Option<String> {
    let letter = &shown.letter;
    let name = letter.order_id.as_deref().unwrap_or(&letter.id);
    Some(match shown.advice {
        Advice::ReadAgain | Advice::TryAgain => format!("crossdock dlq redrive {name}"),
        Advice::Resolve => format!("crossdock resolve {name} --accepted TRACKING | --resend | --refused"),
        Advice::Discard => format!("crossdock dlq discard {}", letter.id),
    })
}
