//! `crossdock enqueue`.

use crate::exit::{Exit, Outcome, Problem};
use crate::operate::{DataArgs, Files, Format, Tool, block_on};
use crate::send::input::{self, Found};
use crate::terminal::{Paint, Terminal, print};
use crossdock_runtime::handler::Rejected;
use crossdock_runtime::trace;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Orders that are written at once: the store makes one transaction of those that wait.
const AT_ONCE: usize = 256;

/// How long a store that has too much to do is given, in tries of 100 ms.
const PATIENCE: u32 = 600;

/// Put orders from a file onto the queue, as `POST /orders` does.
///
/// Orders are canonical, or in the shop's own form where `shop.yaml` has `intake:`. One object, an array, or one object a
/// line. An order that is known already is not taken a second time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock enqueue orders.jsonl
  crossdock enqueue - < orders.json

The exit code is 1 when some are not as orders must be; the others are taken.")]
pub(crate) struct Args {
    /// The orders, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) orders: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// What became of the orders.
#[derive(Default)]
struct Told {
    taken: usize,
    known: usize,
    rejected: Vec<(String, Vec<String>)>,
}

/// Runs `enqueue`.
pub(crate) fn run(args: &Args, dir: Option<&Path>, terminal: &Terminal) -> Outcome {
    let tool = Tool::open(&args.data, dir)?;
    let input = input::open(&args.orders)?;
    let (into, out) = tokio::sync::mpsc::channel(AT_ONCE);
    let reader = std::thread::spawn(move || input::read(input, &into));
    let told = block_on(async {
        let files = tool.files().await?;
        let orders = stream::unfold(out, |mut out| async { out.recv().await.map(|found| (found, out)) });
        let answers = orders.map(|found| take(&tool, &files, found)).buffer_unordered(AT_ONCE);
        let mut answers = std::pin::pin!(answers);
        let mut told = Told::default();
        while let Some((place, answer)) = answers.next().await {
            told.count(place, answer)?;
            terminal.progress(&format!("taken {}", told.taken));
        }
        terminal.end_progress();
        Ok(told)
    })?;
    reader.join().map_err(|_| Problem::failure("the input could not be read"))??;
    report(&tool, &told, terminal)
}

async fn take(tool: &Tool, files: &Files, found: Found) -> (String, Result<bool, Rejected>) {
    let json = match found.json {
        Ok(json) => json,
        Err(why) => return (found.place, Err(Rejected::Unmappable(why))),
    };
    let trace = trace::new();
    for _ in 0..PATIENCE {
        match tool.office(files).take_order(json.as_bytes(), &trace).await {
            Err(Rejected::Busy) => tokio::time::sleep(Duration::from_millis(100)).await,
            answer => return (found.place, answer.map(|taken| taken.known)),
        }
    }
    (found.place, Err(Rejected::Busy))
}

impl Told {
    /// A fault of the store ends the run; what was taken until then is.
    fn count(&mut self, place: String, answer: Result<bool, Rejected>) -> Result<(), Problem> {
        let errors = match answer {
            Ok(known) => {
                *(if known { &mut self.known } else { &mut self.taken }) += 1;
                return Ok(());
            }
            Err(Rejected::Invalid(errors)) => errors.iter().map(ToString::to_string).collect(),
            Err(Rejected::Unmappable(why)) => vec![why],
            Err(Rejected::Conflict(key)) => vec![format!("`{key}` came before with another content")],
            Err(Rejected::NotTaken) => Vec::new(),
            Err(Rejected::Busy) => return Err(self.broken("the store has too much to do")),
            Err(Rejected::Failed(why)) => return Err(self.broken(&why)),
        };
        self.rejected.push((place, errors));
        Ok(())
    }

    fn broken(&self, why: &str) -> Problem {
        Problem::failure(format!("{why}; {} orders were taken until then", self.taken))
            .help("run it again: what was taken is not taken a second time")
    }
}

fn report(tool: &Tool, told: &Told, terminal: &Terminal) -> Outcome {
    if told.taken + told.known + told.rejected.len() == 0 {
        return Err(Problem::nothing_matched("there are no orders in the input"));
    }
    for (place, errors) in told.rejected.iter().filter(|_| tool.format == Format::Text) {
        for error in errors {
            terminal.say(&format!("{} {place}: {error}", terminal.err("error:", Paint::Red)));
        }
    }
    let rejected: Vec<Value> = told.rejected.iter().map(|(place, errors)| json!({"place": place, "errors": errors})).collect();
    print(&match tool.format {
        Format::Text => format!("taken {}, known already {}, not taken {}\n", told.taken, told.known, told.rejected.len()),
        Format::Json => {
            let told = json!({"taken": told.taken, "known": told.known, "rejected": rejected});
            format!("{}\n", serde_json::to_string_pretty(&told).unwrap_or_default())
        }
    })?;
    Ok(if told.rejected.is_empty() { Exit::Clean } else { Exit::Findings })
}
