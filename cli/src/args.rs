//! The command line's grammar: global options and the list of commands.

use crate::command::{
    bench, completions, demo, dlq, docs, enqueue, explain, forget, new, pause, publish, quarantine, releases, render, resolve,
    rollback, schema, serve, show, status, test, trace, translate, validate,
};
use crate::exit::Outcome;
use crate::send;
use crate::terminal::{ColorChoice, Terminal};
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};

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
    #[arg(long, global = true, default_value = DIR, env = "CROSSDOCK_DIR")]
    pub(crate) dir: PathBuf,
}

/// The mapping directory when none is named.
const DIR: &str = "carriers";

impl Global {
    /// The mapping directory, if another one than the default is named.
    fn named_dir(&self) -> Option<&Path> {
        Some(self.dir.as_path()).filter(|dir| *dir != Path::new(DIR))
    }
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
    Serve(serve::Args),
    Status(status::Args),
    Enqueue(enqueue::Args),
    Dlq(dlq::Args),
    Trace(trace::Args),
    Resolve(resolve::Args),
    Pause(pause::Args),
    Resume(pause::ResumeArgs),
    Forget(forget::Args),
    Quarantine(quarantine::Args),
    Publish(publish::Args),
    Releases(releases::Args),
    Rollback(rollback::Args),
    Demo(demo::Args),
    Bench(bench::Args),
}

impl Cli {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: &Terminal) -> Outcome {
        let (dir, named) = (&self.global.dir, self.global.named_dir());
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
            Command::Serve(args) => serve::run(args, named, terminal),
            Command::Status(args) => status::run(args, named, terminal),
            Command::Enqueue(args) => enqueue::run(args, named, terminal),
            Command::Dlq(args) => dlq::run(args, named, terminal),
            Command::Trace(args) => trace::run(args, named, terminal),
            Command::Resolve(args) => resolve::run(args, named, terminal),
            Command::Pause(args) => pause::run(args, named, terminal),
            Command::Resume(args) => pause::resume(args, named, terminal),
            Command::Forget(args) => forget::run(args, named, terminal),
            Command::Publish(args) => publish::run(args, dir, terminal),
            Command::Releases(args) => releases::run(args),
            Command::Rollback(args) => rollback::run(args),
            Command::Quarantine(args) => quarantine::run(args, named, terminal),
            Command::Demo(args) => demo::run(args, terminal),
            Command::Bench(args) => bench::run(args, terminal),
        }
    }
}
