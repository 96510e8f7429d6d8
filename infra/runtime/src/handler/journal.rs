//! The journal's entries: full exchanges, readable, with secrets masked.

use crate::port::{Exchange, ExchangeKind};
use crossdock_engine::carrier::{Reply, Request};
use crossdock_engine::model::RawBody;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const MASK: &str = "***";

/// A reply as the journal keeps it: text stays text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Answered { status: u16, headers: Vec<(String, String)>, body: RawBody },
    NotConnected(String),
    Broken(String),
}

/// A new name for an exchange; later ones sort behind earlier ones.
pub(crate) fn new_id() -> String {
    Uuid::now_v7().simple().to_string()
}

/// A call with what came of it.
pub(crate) struct Told<'t> {
    pub(crate) id: String,
    pub(crate) order_id: &'t str,
    pub(crate) kind: ExchangeKind,
    pub(crate) party: &'t str,
    pub(crate) request: &'t Request,
    pub(crate) reply: &'t Reply,
    pub(crate) meaning: String,
    pub(crate) release: &'t str,
    pub(crate) trace: &'t str,
    pub(crate) at: i64,
    pub(crate) took: i64,
}

impl Told<'_> {
    pub(crate) fn exchange(self) -> Exchange {
        let masked = &self.request.masked;
        Exchange {
            id: self.id,
            order_id: self.order_id.to_owned(),
            at: self.at,
            took: u32::try_from(self.took).unwrap_or(u32::MAX),
            kind: self.kind,
            party: self.party.to_owned(),
            request: mask(request_text(self.request), masked),
            reply: mask(reply_text(self.reply), masked),
            meaning: self.meaning,
            release: self.release.to_owned(),
            trace: self.trace.to_owned(),
        }
    }
}

fn request_text(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(&request.body));
    text
}

fn reply_text(reply: &Reply) -> String {
    let kept = match reply {
        Reply::Answered { status, headers, body } => {
            Kept::Answered { status: *status, headers: headers.clone(), body: RawBody::new(body) }
        }
        Reply::NotConnected(why) => Kept::NotConnected(why.clone()),
        Reply::Broken(why) => Kept::Broken(why.clone()),
    };
    serde_json::to_string(&kept).unwrap_or_default()
}

/// The reply that an exchange holds, for reading it again; none when it holds none.
#[must_use]
pub(crate) fn reply_of(exchange: &Exchange) -> Option<Reply> {
    Some(match serde_json::from_str(&exchange.reply).ok()? {
        Kept::Answered { status, headers, body } => Reply::Answered { status, headers, body: body.bytes().ok()? },
        Kept::NotConnected(why) => Reply::NotConnected(why),
        Kept::Broken(why) => Reply::Broken(why),
    })
}

fn mask(text: String, secrets: &[String]) -> String {
    secrets
        .iter()
        .filter(|secret| secret.len() > 2)
        .fold(text, |text, secret| if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_engine::carrier::Repeatable;
    use std::time::Duration;

    #[test]
    fn a_reply_comes_back_as_it_was_and_secrets_do_not() {
        let request = Request {
            method: "POST".into(),
            url: "https://api.swiftpost.example/v2".into(),
            headers: vec![("Authorization".into(), "Bearer s3cr3t".into())],
            body: b"{}".to_vec(),
            timeout: Duration::from_secs(1),
            repeatable: Repeatable::Never,
            masked: vec!["s3cr3t".into()],
            tokens: Vec::new(),
        };
        let reply = Reply::Answered { status: 200, headers: vec![], body: vec![0xff, 0xfe] };
        let told = Told {
            id: new_id(),
            order_id: "SO-1",
            kind: ExchangeKind::Call,
            party: "swiftpost",
            request: &request,
            reply: &reply,
            meaning: "accepted".into(),
            release: "d1",
            trace: "",
            at: 0,
            took: 3,
        };
        let exchange = told.exchange();
        assert!(exchange.request.contains("Bearer ***") && !exchange.request.contains("s3cr3t"));
        assert_eq!(reply_of(&exchange), Some(reply));
    }
}
