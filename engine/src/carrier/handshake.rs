//! First calls, by which a carrier makes sure that the address is ours.

use super::{Delivery, Greeting};
use crate::auth::text_of;
use crate::body::{Template, write_json};
use crate::expr::Env;
use crate::verify::SharedValue;

/// The first calls that a webhook answers.
#[derive(Debug)]
pub(crate) struct Handshake {
    /// A GET with a challenge.
    pub(crate) get: Option<Challenge>,
    /// A POST with a challenge in its body.
    pub(crate) post: Option<Challenge>,
    /// An empty POST is answered 200.
    pub(crate) empty: bool,
}

/// How one is known and answered.
#[derive(Debug)]
pub(crate) struct Challenge {
    /// The query parameter or body member that is the challenge.
    pub(crate) echo: Option<String>,
    /// A query parameter or body member by which the caller shows that it is the carrier.
    pub(crate) token: Option<SharedValue>,
    /// A header that is sent back.
    pub(crate) echo_header: Option<String>,
    /// What is answered instead of the challenge itself.
    pub(crate) answer: Option<Written>,
    /// The status.
    pub(crate) status: u16,
}

/// An answer of its own.
#[derive(Debug)]
pub(crate) enum Written {
    /// As JSON.
    Json(Template),
    /// As text.
    Text(Template),
}

impl Handshake {
    /// The answer; none when the call is a delivery.
    pub(crate) fn answer<'e>(&'e self, delivery: &Delivery, env: &mut Env<'e>) -> Option<Greeting> {
        match delivery.method.as_str() {
            "GET" => {
                let query = |name: &str| delivery.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
                self.get.as_ref()?.answer(query, env)
            }
            _ if delivery.body.trim_ascii().is_empty() && !self.asks_by_header(env) => {
                self.empty.then(|| greeting(200, Vec::new()))
            }
            _ => {
                let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
                let member = |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
                self.post.as_ref()?.answer(member, env)
            }
        }
    }

    fn asks_by_header(&self, env: &Env<'_>) -> bool {
        let header = self.post.as_ref().and_then(|post| post.echo_header.as_ref());
        header.is_some_and(|name| env.head.header(name).is_some())
    }
}

impl Challenge {
    fn answer<'e>(&'e self, given: impl Fn(&str) -> Option<String>, env: &mut Env<'e>) -> Option<Greeting> {
        let challenge = match &self.echo {
            Some(name) => Some(given(name)?),
            None => None,
        };
        if let Some(token) = &self.token {
            let shown = given(&token.name);
            token.check(shown.as_deref(), env, "token").ok()?;
        }
        let header = match &self.echo_header {
            Some(name) => Some((name.clone(), env.head.header(name)?.to_owned())),
            None => None,
        };
        let mut inner = env.narrowed();
        inner.given = challenge.as_deref();
        let (media, body) = match &self.answer {
            Some(Written::Json(template)) => {
                let mut json = Vec::new();
                write_json(template, &mut inner, &mut json).ok()?;
                (Some("application/json"), json)
            }
            Some(Written::Text(template)) => {
                (Some("text/plain; charset=utf-8"), text_of(template, &mut inner).ok()?.into_bytes())
            }
            // Said outright: what is sent back must not be taken for a page.
            None => (challenge.as_ref().map(|_| "text/plain; charset=utf-8"), challenge.clone().unwrap_or_default().into_bytes()),
        };
        let mut greeting = greeting(self.status, body);
        greeting.headers.extend(media.map(|media| ("Content-Type".to_owned(), media.to_owned())));
        greeting.headers.extend(header);
        Some(greeting)
    }
}

fn greeting(status: u16, body: Vec<u8>) -> Greeting {
    Greeting { status, headers: Vec::new(), body }
}
