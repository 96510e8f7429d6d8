//! The command line's grammar: global options and the list of commands.

use crate::command::{completions, demo, docs, explain, new, render, schema, show, test, translate, validate};
use crate::exit::Outcome;
use crate::send;
use crate::terminal::{ColorChoice, Terminal};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Connects a shop to delivery companies: one YAML file per carrier, no code.
#[derive(Debug, Parser)]
#[command(name = "crossdock", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Exit codes: 0 clean, 1 findings or failures, 2 wrong usage, 3 nothing matched, 4 IO or internal error.

First steps:
  crossdock demo                 a fake carrier and a fake shop, a stream of orders through both
  crossdock new swiftpost        a carrier file to start from
  crossdock validate             all findings in all carrier files
  crossdock test                 run the files' cases, offline")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// The mapping directory: `<carrier>/carrier.yaml`, `shop.yaml`, `actions.yaml`, `accounts.yaml`.
    #[arg(long, global = true, default_value = "carriers", env = "CROSSDOCK_DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(validate::Args),
    Test(test::Args),
    Render(render::Args),
    Send(send::Args),
    Translate(translate::Args),
    Show(show::Args),
    Schema(schema::Args),
    Docs(docs::Args),
    Explain(explain::Args),
    New(new::Args),
    Completions(completions::Args),
    Demo(demo::Args),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: &Terminal) -> Outcome {
        let dir = &self.global.dir;
        match &self.command {
            Command::Validate(args) => validate::run(args, dir, terminal),
            Command::Test(args) => test::run(args, dir, terminal),
            Command::Render(args) => render::run(args, dir, terminal),
            Command::Send(args) => send::run(args, dir, terminal),
            Command::Translate(args) => translate::run(args, dir, terminal),
            Command::Show(args) => show::run(args, dir, terminal),
            Command::Schema(args) => schema::run(args),
            Command::Docs(args) => docs::run(args, dir, terminal),
            Command::Explain(args) => explain::run(args, terminal),
            Command::New(args) => new::run(args, dir, terminal),
            Command::Completions(args) => completions::run(args),
            Command::Demo(args) => demo::run(args, terminal),
        }
    }
}
