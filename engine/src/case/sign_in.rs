//! Sign-ins: the request for a token and the token, or the credential that a request gets.

use super::Run;
use super::operation::word;
use super::reading::{At, fault_ways};
use super::request::shown;
use crate::auth::Auth;
use crate::body::{Body, Member, Template};
use crate::carrier::plan::{Exchange, RequestPlan, Server};
use crate::carrier::{Account, Carrier, Fault, Repeatable, Reply, Request, Token, Trace};
use crate::document::{Mode, PlanBuilder, Slots};
use crate::source::Span;
use crate::syntax::{Method, Named, RequestGiven, Sp};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

impl Run<'_> {
    pub(super) fn auth(&mut self, carrier: &Carrier, name: &str) {
        let now = self.now();
        let Some(account) = self.account(carrier) else { return };
        let Some(at) = carrier.auths.iter().position(|(known, _)| known == name) else {
            return self.unknown("auths", name);
        };
        let tokens = self.all_tokens(carrier);
        let tried = self.given().and_then(|given| given.request.clone());
        let request = match (&carrier.auths[at].1, tried) {
            (Auth::None | Auth::Body, _) => {
                let words = "this sign-in adds nothing to a request: what it puts into bodies, an operation's case shows";
                return self.broken(self.case.name.span, words);
            }
            (auth, None) if auth.sign_in().is_some() => {
                let input = Slots::new();
                let mut env = carrier.env(&account, &input);
                env.now = now;
                carrier.sign_in_request(at, &account, &tokens, &mut env)
            }
            (_, tried) => signed_in(carrier, at, &account, &tokens, now, tried.as_ref()),
        };
        let Some(request) = self.made(request) else { return };
        let here = At::Auth(name);
        if let Some(expected) = self.case.expect.as_ref().and_then(|expect| expect.request.as_ref()) {
            let expected = expected.clone();
            self.request(&expected, &request, &here, || None::<Trace>);
        }
        if let Some(reply) = self.case.reply.as_ref().and_then(|reply| self.reply(reply)) {
            self.token_read(carrier, name, &account, &reply, now);
        }
    }

    /// The case's tokens, and some for all other sign-ins.
    fn all_tokens(&self, carrier: &Carrier) -> BTreeMap<String, Token> {
        let mut tokens = self.tokens();
        for name in carrier.sign_ins() {
            tokens.entry(name.to_owned()).or_insert_with(|| self.some_token(name));
        }
        tokens
    }

    fn made(&mut self, request: Result<Request, Fault>) -> Option<Request> {
        request
            .map_err(|fault| {
                let ways = fault_ways(&self.map, self.sources.slice(self.case.span), "", &fault);
                self.failures.broken(self.case.name.span, format!("the request cannot be made: {fault}"), ways);
            })
            .ok()
    }

    fn token_read(&mut self, carrier: &Carrier, name: &str, account: &Account, reply: &Reply, now: i64) {
        let here = At::Auth(name);
        let mut found: Map<String, Json> = Map::new();
        let mut note = None;
        match carrier.read_token(name, account, reply, now) {
            Ok(token) => {
                found.insert("outcome".into(), "accepted".into());
                found.insert("token".into(), token.value.into());
                let lapses = token.expires_at.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
                found.insert("expires_at".into(), json!(lapses.map(|instant| instant.to_string())));
                found.insert("session".into(), token.session.into());
            }
            Err(answer) => {
                found.insert("outcome".into(), word(answer.outcome).into());
                found.insert("errors".into(), json!(answer.errors));
                note = answer.unreadable;
            }
        }
        self.then(&Json::Object(found), note.as_deref(), |run, difference| {
            let mut ways = run.map.ways();
            ways.rules(&here, None);
            if let Some(node) = here.exchange(&run.map) {
                ways.deep(node, "the sign-in");
            }
            ways.sample(run.sample().as_ref(), &shown(difference.found.as_ref()));
            ways.list
        });
    }
}

/// A request of the case's own, signed in.
fn signed_in(
    carrier: &Carrier,
    at: usize,
    account: &Account,
    tokens: &BTreeMap<String, Token>,
    now: i64,
    given: Option<&RequestGiven>,
) -> Result<Request, Fault> {
    let exchange = Exchange {
        request: plan(carrier, at, given),
        reply: PlanBuilder::new(Mode::Reply).build(),
        inside: None,
        rules: Vec::new(),
        repeatable: Repeatable::Reads,
        idempotency: None,
    };
    let input = Slots::new();
    let mut env = carrier.env(account, &input);
    env.now = now;
    carrier.call(&exchange, account, tokens, &mut env)
}

fn plan(carrier: &Carrier, at: usize, given: Option<&RequestGiven>) -> RequestPlan {
    let first = || carrier.environments.first().and_then(|(_, servers)| servers.first()).map(|(name, _)| name.clone());
    let body = given.map_or(Body::None, body);
    let usual = if matches!(body, Body::None) { Method::Get } else { Method::Post };
    let pairs = |named: &Named<Sp<String>>| if named.is_empty() { Vec::new() } else { vec![object(named)] };
    let path = given.and_then(|given| given.path.as_ref()).map_or("/", |path| path.value.as_str());
    RequestPlan {
        server: Server::Named(
            given.and_then(|given| given.server.as_ref()).map(|name| name.value.clone()).or_else(first).unwrap_or_default(),
        ),
        auth: Some(at),
        method: given.and_then(|given| given.method.as_ref()).map_or(usual, |method| method.value).word(),
        path: Template::Literal(Value::text(path.to_owned()), Span::default()),
        link: None,
        query: given.map_or_else(Vec::new, |given| pairs(&given.query)),
        headers: given.map_or_else(Vec::new, |given| pairs(&given.headers)),
        content_type: None,
        body,
        span: Span::default(),
    }
}

fn body(given: &RequestGiven) -> Body {
    let literal = |value: Value<'static>| Template::Literal(value, Span::default());
    match (&given.json, &given.text) {
        (Some(json), _) => Body::Json(literal(Value::from_json(&json.to_json()).into_owned())),
        (None, Some(text)) => Body::Text(literal(Value::text(text.value.clone()))),
        (None, None) if given.form.is_empty() => Body::None,
        (None, None) => Body::Form(object(&given.form)),
    }
}

fn object(named: &Named<Sp<String>>) -> Template {
    let member = |(name, value): &(Sp<String>, Sp<String>)| Member {
        key: name.value.as_str().into(),
        json: format!("{}:", Json::from(name.value.as_str())).into(),
        must: false,
        span: name.span,
        value: Template::Literal(Value::text(value.value.clone()), value.span),
    };
    Template::Object(named.iter().map(member).collect(), Span::default())
}
