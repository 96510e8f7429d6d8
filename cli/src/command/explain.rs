//! `crossdock explain`.

use crate::exit::{Exit, Outcome, Problem};
use crate::terminal::{Paint, Terminal, print};
use crossdock_engine::diagnostic::{Code, codes, nearest};

/// Print the page of a finding's code, or list all codes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock explain                   all codes with their names
  crossdock explain E101              what it means, why it matters, an example
  crossdock explain unknown-key       the same by name")]
pub(crate) struct Args {
    /// The code or its name.
    code: Option<String>,
}

/// Runs `explain`.
pub(crate) fn run(args: &Args, terminal: &Terminal) -> Outcome {
    let all = codes();
    let Some(wanted) = &args.code else {
        let list: String = all.iter().map(|code| format!("{:<6} {}\n", code.id, code.name)).collect();
        print(&list)?;
        return Ok(Exit::Clean);
    };
    let code = all
        .iter()
        .find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| unknown(wanted, &all))?;
    print(&page(code, terminal))?;
    Ok(Exit::Clean)
}

fn page(code: &Code, terminal: &Terminal) -> String {
    let title = terminal.out(&format!("{} {}", code.id, code.name), Paint::Bold);
    let lines: String = code.page.iter().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
    format!("{title}\n\n{lines}")
}

fn unknown(wanted: &str, all: &[&Code]) -> Problem {
    let known: Vec<&str> = all.iter().flat_map(|code| [code.id, code.name]).collect();
    let help = match nearest(wanted, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`crossdock explain` lists them all".to_owned(),
    };
    Problem::nothing_matched(format!("there is no code `{wanted}`")).help(help)
}
