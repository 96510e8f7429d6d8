//! `crossdock render`.

mod http;
mod live;
mod offline;
mod report;
mod track;

use crate::account::{AccountArgs, Accounts};
use crate::exit::{Exit, Outcome, Problem};
use crate::project::{Look, directory, look};
use crate::terminal::{Paint, Terminal, print};
use clap::ValueEnum;
use crossdock_engine::carrier::Reply;
use crossdock_engine::schema::OrderValidator;
pub(crate) use http::header;
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Show the exact requests of an order, without sending them.
///
/// Secrets are shown as `***`; a secret or setting that is not given is made up. With `--reply`, a carrier's reply is read
/// as the file says, and the requests that follow it are shown; with `--live`, all is really sent, to the sandbox.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock render swiftpost create_shipment --order order.json
  crossdock render swiftpost create_shipment --order order.json --reply created.json          what this reply of status 200 means
  crossdock render swiftpost create_shipment --order order.json --reply error.xml --status 422
  crossdock render swiftpost create_shipment --order order.json --reply first.http --reply second.http   step by step
  crossdock render swiftpost create_shipment --order order.json --live                        send it to the sandbox
  crossdock render swiftpost track 00000001E01 --reply tracked.json

A reply is a body, or a whole reply as it goes over the wire: `HTTP/1.1 200 OK`, headers, an empty line, the body.")]
pub(crate) struct Args {
    /// The carrier: its id, or a path to its folder or file.
    #[arg(value_name = "CARRIER")]
    pub(crate) carrier: String,
    /// The operation; `track` asks for numbers.
    #[arg(value_name = "OPERATION", default_value = "create_shipment")]
    pub(crate) operation: String,
    /// Tracking numbers, for `track`.
    #[arg(value_name = "NUMBER")]
    pub(crate) numbers: Vec<String>,
    /// The order, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) order: Option<PathBuf>,
    /// The account, in place of the order's own.
    #[arg(long, value_name = "NAME")]
    pub(crate) account_name: Option<String>,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// A reply to be read; several answer one request after another.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(crate) reply: Vec<PathBuf>,
    /// The status of replies that are bodies only.
    #[arg(long, default_value_t = 200, requires = "reply", value_parser = clap::value_parser!(u16).range(100..=599))]
    pub(crate) status: u16,
    /// A header of replies that are bodies only, `Name: value`.
    #[arg(long = "header", value_name = "HEADER", requires = "reply", value_parser = http::header)]
    pub(crate) headers: Vec<(String, String)>,
    /// What a sign-in would have read beside its token: `depot=LYS`; made up when not given.
    #[arg(long = "session", value_name = "NAME=VALUE", value_parser = session, conflicts_with = "live")]
    pub(crate) session: Vec<(String, String)>,
    /// Send to the sandbox and show what comes back.
    #[arg(long)]
    pub(crate) live: bool,
    /// Show JSON bodies indented; without it, a body is shown byte for byte.
    #[arg(long)]
    pub(crate) pretty: bool,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Formats of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// As it goes over the wire.
    Text,
    /// One document.
    Json,
}

/// Runs `render`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    if args.live && args.account.environment == "production" {
        return Err(Problem::usage("`--live` calls the sandbox only").help("`crossdock send` calls production"));
    }
    let look = look(dir, &args.carrier)?;
    let accounts = args.account.accounts(&directory(&look.file))?;
    let replies = args.reply.iter().map(|file| reply(args, file)).collect::<Result<Vec<_>, _>>()?;
    let report = match (args.operation.as_str(), args.live) {
        ("track", _) => track::run(args, &look, &accounts, replies, terminal)?,
        (_, true) => live::run(args, &look, &accounts)?,
        (_, false) => offline::run(args, &look, &accounts, replies, terminal)?,
    };
    print(&match args.format {
        Format::Text => report.text(args.pretty, terminal),
        Format::Json => report.json(),
    })?;
    Ok(if report.went_well() { Exit::Clean } else { Exit::Findings })
}

/// An order for this carrier and operation, as JSON, and its account's name.
fn order(args: &Args, look: &Look) -> Result<(Vec<u8>, String), Problem> {
    let Some(path) = &args.order else {
        return Err(Problem::usage("`--order FILE` is missing").help("`--order -` reads standard input"));
    };
    let not_json = |error| Problem::usage(format!("`{}` is not JSON: {error}", path.display()));
    let mut order: Value = serde_json::from_slice(&read(path)?).map_err(not_json)?;
    if let Some(order) = order.as_object_mut() {
        order.insert("carrier".into(), look.id.as_str().into());
        order.insert("operation".into(), args.operation.as_str().into());
        if let Some(name) = &args.account_name {
            order.insert("account".into(), name.as_str().into());
        }
    }
    let typed = OrderValidator::new().read(&order).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Problem::findings(format!("`{}` is not an order: {}", path.display(), errors.join("; ")))
            .help("`crossdock schema order` shows what an order is")
    })?;
    Ok((order.to_string().into_bytes(), typed.account))
}

fn reply(args: &Args, file: &Path) -> Result<Reply, Problem> {
    let bytes = read(file)?;
    if bytes.starts_with(b"HTTP/") {
        return http::parse(&bytes).ok_or_else(|| Problem::usage(format!("`{}` is not a whole HTTP reply", file.display())));
    }
    Ok(Reply::Answered { status: args.status, headers: args.headers.clone(), body: bytes })
}

/// A file's bytes, or those of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().read_to_end(&mut bytes).map(|_| bytes),
        false => std::fs::read(path),
    };
    read.map_err(|error| Problem::failure(format!("cannot read `{}`: {error}", path.display())))
}

fn session(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `name=value`")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Says whose servers are shown, where the file has no sandbox.
fn note_environment(look: &Look, accounts: &Accounts, terminal: &Terminal) {
    let mut known = look.carrier.environments();
    let wanted = accounts.environment();
    if let (false, Some(first)) = (look.carrier.environments().any(|name| name == wanted), known.next()) {
        note(terminal, &[format!("the file has no environment `{wanted}`: the servers of `{first}` are shown")]);
    }
}

/// Says what was made up.
fn note(terminal: &Terminal, made_up: &[String]) {
    for words in made_up {
        terminal.say(&format!("{} {words}", terminal.err("note:", Paint::Cyan)));
    }
}

/// Whose tokens are used.
fn scope(look: &Look, accounts: &Accounts, account: &str) -> String {
    format!("{}/{}/{account}", look.id, accounts.environment())
}
