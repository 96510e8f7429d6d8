//! What `render` shows: exchanges, how their replies were read, and what it all came to.

use super::http;
use crate::terminal::{Paint, Terminal};
use crossdock_engine::carrier::{Answer, CallId, Carrier, CarrierMessage, Done, Outcome, Reply, Request, Tracked, Trail};
use serde_json::{Value, json};
use std::fmt::Write;

/// One exchange.
pub(crate) struct Exchange {
    /// `request`, `sign-in`, `step label, 2nd`.
    pub(super) name: String,
    pub(super) request: Request,
    pub(super) reply: Option<Reply>,
    pub(super) read: Option<Reading>,
}

/// How a reply was read.
pub(crate) struct Reading {
    pub(super) answer: Answer,
    /// The rules that were tried: the place, and why it did not match; the last one matched.
    pub(super) tried: Vec<(String, Option<String>)>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Report {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) done: Option<Done>,
    pub(super) tracked: Option<Tracked>,
    /// Why it could not go on.
    pub(super) stopped: Option<String>,
}

impl Exchange {
    pub(super) fn open(name: String, request: Request) -> Self {
        Self { name, request, reply: None, read: None }
    }
}

impl Reading {
    pub(super) fn new(carrier: &Carrier, answer: Answer, trail: Trail) -> Self {
        let place = |span| carrier.sources().position(span).to_string();
        Self { answer, tried: trail.tried.into_iter().map(|(span, why)| (place(span), why)).collect() }
    }
}

/// The name of a call for people.
pub(super) fn name(id: &CallId) -> String {
    let undo = if id.undo { "undo of " } else { "" };
    match &id.step {
        None => format!("{undo}request"),
        Some(step) => format!("{undo}step `{step}`, iteration {}", id.iteration + 1),
    }
}

impl Report {
    /// Nothing failed, as far as is known.
    pub(super) fn went_well(&self) -> bool {
        let well = |outcome: Outcome| matches!(outcome, Outcome::Accepted | Outcome::Pending);
        self.stopped.is_none()
            && self.done.as_ref().is_none_or(|done| well(done.outcome))
            && self.exchanges.iter().filter_map(|exchange| exchange.read.as_ref()).all(|read| well(read.answer.outcome))
    }

    pub(super) fn text(&self, pretty: bool, terminal: &Terminal) -> String {
        let mut text = String::new();
        let many = self.exchanges.len() > 1;
        for exchange in &self.exchanges {
            if many || exchange.name != "request" {
                let _ = writeln!(text, "{}", terminal.out(&format!("# {}", exchange.name), Paint::Bold));
            }
            text += &http::request(&exchange.request, pretty);
            text.push('\n');
            if let Some(reply) = &exchange.reply {
                text += &http::reply(reply, pretty);
                text.push('\n');
            }
            if let Some(read) = &exchange.read {
                reading(&mut text, read, terminal);
            }
        }
        if let Some(tracked) = &self.tracked {
            text += &format!("{:#}\n", tracked_json(tracked));
        }
        if let Some(done) = self.done.as_ref() {
            let _ = writeln!(text, "{} {}", terminal.out("the operation ends:", Paint::Bold), outcome(done.outcome, terminal));
            messages(&mut text, "error", &done.errors);
            messages(&mut text, "warning", &done.warnings);
            if !done.extracted.is_empty() {
                let _ = writeln!(text, "{:#}", json!(done.extracted));
            }
            for left in &done.left_behind {
                let _ = writeln!(text, "  left behind at the carrier: {left}");
            }
        }
        if let Some(words) = &self.stopped {
            let _ = writeln!(text, "{} {words}", terminal.out("stopped:", Paint::Red));
        }
        text
    }

    pub(super) fn json(&self) -> String {
        let exchanges: Vec<Value> = self.exchanges.iter().map(exchange_json).collect();
        let mut document = json!({"exchanges": exchanges});
        if let Some(done) = &self.done {
            document["done"] = json!(done);
        }
        if let Some(tracked) = &self.tracked {
            document["tracked"] = tracked_json(tracked);
        }
        if let Some(words) = &self.stopped {
            document["stopped"] = json!(words);
        }
        format!("{document:#}\n")
    }
}

fn reading(text: &mut String, read: &Reading, terminal: &Terminal) {
    let _ = writeln!(text, "{} {}", terminal.out("outcome:", Paint::Bold), outcome(read.answer.outcome, terminal));
    for (place, why) in &read.tried {
        let _ = writeln!(text, "  {place}: {}", why.as_deref().unwrap_or("matches"));
    }
    messages(text, "error", &read.answer.errors);
    messages(text, "warning", &read.answer.warnings);
    if let Some(wait) = read.answer.retry_after {
        let _ = writeln!(text, "  retry after {} s", wait.as_secs());
    }
    if let Some(words) = &read.answer.unreadable {
        let _ = writeln!(text, "  unreadable: {words}");
    }
    if !read.answer.extracted.is_empty() {
        let _ = writeln!(text, "extracted: {:#}", json!(read.answer.extracted));
    }
    text.push('\n');
}

fn messages(text: &mut String, kind: &str, messages: &[CarrierMessage]) {
    for message in messages {
        let words: Vec<&str> = [&message.code, &message.message].into_iter().flatten().map(String::as_str).collect();
        let _ = writeln!(text, "  {kind}: {}", words.join(": "));
    }
}

fn word(outcome: Outcome) -> String {
    json!(outcome).as_str().unwrap_or_default().to_owned()
}

fn outcome(outcome: Outcome, terminal: &Terminal) -> String {
    let paint = match outcome {
        Outcome::Accepted | Outcome::Pending => Paint::Green,
        Outcome::Unexpected | Outcome::Misconfigured => Paint::Red,
        _ => Paint::Yellow,
    };
    terminal.out(&word(outcome), paint)
}

fn exchange_json(exchange: &Exchange) -> Value {
    let mut value = json!({"name": exchange.name, "request": http::request_json(&exchange.request)});
    if let Some(reply) = &exchange.reply {
        value["reply"] = http::reply_json(reply);
    }
    if let Some(read) = &exchange.read {
        value["answer"] = json!(read.answer);
        value["rules"] = read.tried.iter().map(|(place, why)| json!({"place": place, "not": why})).collect();
    }
    value
}

fn tracked_json(tracked: &Tracked) -> Value {
    json!({
        "events": tracked.events.iter().map(|found| &found.event).collect::<Vec<_>>(),
        "unmapped": tracked.unmapped.iter().map(|unmapped| &unmapped.message).collect::<Vec<_>>(),
        "not_found": tracked.not_found,
        "errors": tracked.errors,
        "repeated": tracked.repeated,
        "not_asked_for": tracked.dropped,
    })
}
