//! `crossdock translate`.

use super::render::{header, read};
use crate::account::AccountArgs;
use crate::exit::{Exit, Outcome, Problem};
use crate::project::{directory, look, rules};
use crate::terminal::{Paint, Terminal, print};
use clap::ValueEnum;
use crossdock_engine::carrier::{Carrier, Delivery, Fault, Found, Greeting, KeySet, Translation};
use crossdock_engine::model::Event;
use crossdock_engine::model::rules::{ActionRules, Decision, Facts};
use crossdock_runtime::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Show the events and actions of a webhook delivery.
///
/// The sender is verified first, with the secrets that are given; `--no-verify` leaves it out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock translate swiftpost tracking --body delivery.json --no-verify
  crossdock translate swiftpost tracking --body delivery.json --header 'X-Signature: v1=...' --at 2026-05-04T10:00:00Z
  crossdock translate swiftpost tracking --method GET --query challenge=abc     a handshake

Actions are those of the directory's `actions.yaml`, else the shipped defaults, as if each parcel's event were its first of
its status.")]
pub(crate) struct Args {
    /// The carrier: its id, or a path to its folder or file.
    pub(crate) carrier: String,
    /// The webhook, as named in the carrier file.
    pub(crate) webhook: String,
    /// The delivery's body, or `-` for standard input; empty without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// A header of the delivery, `Name: value`.
    #[arg(long = "header", value_name = "HEADER", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// A query parameter of the delivery, `name=value`.
    #[arg(long = "query", value_name = "PARAMETER", value_parser = parameter)]
    pub(crate) query: Vec<(String, String)>,
    /// The delivery's method.
    #[arg(long, default_value = "POST")]
    pub(crate) method: String,
    /// The sender's address, for webhooks that are verified by it.
    #[arg(long, value_name = "IP")]
    pub(crate) address: Option<std::net::IpAddr>,
    /// The key set that the carrier publishes, for webhooks that are verified by it.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// When it was received (RFC 3339); now, by default.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,
    /// Do not verify the sender.
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// The account that it was sent to.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) account_name: String,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Formats of a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One document.
    Json,
}

/// What a delivery came to.
struct Shown {
    /// How the sender was verified, or why not; none with `--no-verify`.
    verified: Option<Result<&'static str, String>>,
    handshake: Option<Greeting>,
    translation: Option<Result<Translation, Fault>>,
    rules: ActionRules,
}

/// Runs `translate`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let look = look(dir, &args.carrier)?;
    if !look.carrier.webhooks().any(|webhook| webhook == args.webhook) {
        let known: Vec<&str> = look.carrier.webhooks().collect();
        let help = if known.is_empty() { "the file has none".to_owned() } else { format!("available: {}", known.join(", ")) };
        return Err(Problem::nothing_matched(format!("there is no webhook `{}`", args.webhook)).help(help));
    }
    let mapping = directory(&look.file);
    let accounts = args.account.accounts(&mapping)?;
    let account = if args.no_verify {
        look.account_to_look(&accounts, &args.account_name)?.0
    } else {
        look.account(&accounts, &args.account_name)?
    };
    let delivery = delivery(args)?;
    let at = args.at.map_or_else(|| SystemClock.seconds(), jiff::Timestamp::as_second);
    let mut shown = Shown {
        verified: None,
        handshake: look.carrier.handshake(&args.webhook, &delivery, &account),
        translation: None,
        rules: rules(&mapping)?,
    };
    if shown.handshake.is_none() {
        if !args.no_verify {
            let keys = keys(args)?;
            let verified = look.carrier.verify_with(&args.webhook, &delivery, &account, at, keys.as_ref());
            shown.verified = Some(verified.map(|verified| verified.by).map_err(|refusal| refusal.reason));
        }
        if !matches!(shown.verified, Some(Err(_))) {
            shown.translation = Some(look.carrier.translate(&args.webhook, &delivery, &account, at));
        }
    }
    print(&match args.format {
        Format::Text => shown.text(&look.carrier, terminal),
        Format::Json => shown.json(&look.carrier),
    })?;
    Ok(if shown.is_clean() { Exit::Clean } else { Exit::Findings })
}

fn delivery(args: &Args) -> Result<Delivery, Problem> {
    Ok(Delivery {
        method: args.method.to_uppercase(),
        query: args.query.clone(),
        headers: args.headers.clone(),
        body: args.body.as_deref().map_or_else(|| Ok(Vec::new()), read)?,
        source: args.address,
    })
}

fn keys(args: &Args) -> Result<Option<KeySet>, Problem> {
    let Some(file) = &args.keys else { return Ok(None) };
    let set = KeySet::parse(&read(file)?);
    set.map(Some).map_err(|words| Problem::failure(format!("{}: {words}", file.display())))
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected `name=value`")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Shown {
    fn is_clean(&self) -> bool {
        match (&self.verified, &self.translation) {
            (Some(Err(_)), _) | (_, Some(Err(_))) => false,
            (_, Some(Ok(translation))) => translation.unmapped.is_empty(),
            (_, None) => true,
        }
    }

    fn actions(&self, found: &Found) -> Vec<String> {
        let facts = Facts { attempt: 1, first_of_status: true, asked_cancel: false, country: None };
        self.rules.decide(&found.event, &facts).iter().map(decision).collect()
    }

    fn text(&self, carrier: &Carrier, terminal: &Terminal) -> String {
        let mut text = String::new();
        if let Some(Greeting { status, body, .. }) = &self.handshake {
            let _ = writeln!(text, "a handshake: answered with {status} `{}`", String::from_utf8_lossy(body));
        }
        let _ = match &self.verified {
            Some(Ok(by)) => writeln!(text, "{} by `{by}`", terminal.out("verified", Paint::Green)),
            Some(Err(why)) => writeln!(text, "{} {why}", terminal.out("refused:", Paint::Red)),
            None => Ok(()),
        };
        match &self.translation {
            Some(Ok(translation)) => self.translated(&mut text, translation, carrier, terminal),
            Some(Err(fault)) => _ = writeln!(text, "{} {fault}", terminal.out("unreadable:", Paint::Red)),
            None => {}
        }
        text
    }

    fn translated(&self, text: &mut String, translation: &Translation, carrier: &Carrier, terminal: &Terminal) {
        if translation.ignored {
            text.push_str("ignored, as the file says\n");
        }
        for found in &translation.events {
            let _ = writeln!(text, "{}", terminal.out(&headline(&found.event), Paint::Bold));
            let _ = writeln!(text, "{:#}", json!(found.event));
            let actions = self.actions(found);
            let words = if actions.is_empty() { "nothing".to_owned() } else { actions.join(", ") };
            let _ = writeln!(text, "  leads to: {words}\n");
        }
        for unmapped in &translation.unmapped {
            let place = carrier.sources().position(unmapped.span);
            let _ = writeln!(text, "{} {place}: {}", terminal.out("parked:", Paint::Yellow), unmapped.message);
            let _ = writeln!(text, "  code {:?}, text {:?}", unmapped.code, unmapped.text);
        }
        for completion in &translation.completions {
            let step = completion.step.as_ref().map_or(String::new(), |step| format!(", step `{step}`"));
            let outcome = json!(completion.answer.outcome);
            let words = format!("completes `{}`{step}: {}", completion.operation, outcome.as_str().unwrap_or_default());
            let _ = writeln!(text, "{}", terminal.out(&words, Paint::Bold));
            let _ = writeln!(text, "{:#}\n", json!({"names": completion.names, "answer": completion.answer}));
        }
        let nothing = translation.events.is_empty() && translation.unmapped.is_empty() && translation.completions.is_empty();
        if nothing && !translation.ignored {
            text.push_str("no events\n");
        }
    }

    fn json(&self, carrier: &Carrier) -> String {
        let mut document = json!({});
        if let Some(Greeting { status, headers, body }) = &self.handshake {
            document["handshake"] = json!({"status": status, "headers": headers, "body": String::from_utf8_lossy(body)});
        }
        match &self.verified {
            Some(Ok(by)) => document["verified_by"] = json!(by),
            Some(Err(why)) => document["refused"] = json!(why),
            None => {}
        }
        match &self.translation {
            Some(Ok(translation)) => {
                document["ignored"] = json!(translation.ignored);
                document["completions"] = json!(translation.completions);
                let event = |found: &Found| json!({"event": found.event, "actions": self.actions(found)});
                document["events"] = translation.events.iter().map(event).collect();
                document["unmapped"] = translation
                    .unmapped
                    .iter()
                    .map(|unmapped| -> Value {
                        let place = carrier.sources().position(unmapped.span).to_string();
                        json!({"message": unmapped.message, "code": unmapped.code, "text": unmapped.text, "place": place})
                    })
                    .collect();
            }
            Some(Err(fault)) => document["unreadable"] = json!(fault.to_string()),
            None => {}
        }
        format!("{document:#}\n")
    }
}

fn headline(event: &Event) -> String {
    let reason = event.reason.map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
    let number = event.tracking_number.as_deref().or(event.parcel_reference.as_deref()).unwrap_or("no number");
    format!("{number}: {}{reason}", event.status.name())
}

fn decision(decision: &Decision) -> String {
    match decision {
        Decision::NotifyShop => "notify_shop".into(),
        Decision::EmailLogistics { topic } => format!("email_logistics to `{topic}`"),
    }
}
