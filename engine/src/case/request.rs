//! Requests against what is expected of them.

use super::Run;
use super::compare::{Comparison, Difference, start};
use super::fields::{pairs, parts};
use super::reading::At;
use super::report::Way;
use super::way::{Map, Ways};
use super::xml;
use crate::carrier::{Origin, OriginKind, Request, Trace};
use crate::source::{Node, Span};
use crate::syntax::RequestExpected;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map as Object, Value as Json};
use std::sync::Arc;

impl Run<'_> {
    /// Checks a request; `trace` is asked for only when something differs.
    pub(super) fn request(
        &mut self,
        expected: &RequestExpected,
        request: &Request,
        at: &At<'_>,
        trace: impl FnOnce() -> Option<Trace>,
    ) {
        let mut comparison = Comparison::new(&["request"]);
        self.line_of(expected, request, &mut comparison);
        heads(expected, request, &mut comparison);
        if let Some(node) = &expected.query {
            let query = request.url.split_once('?').map_or("", |(_, query)| query);
            self.fields("query", node, pairs(query, '\0'), &mut comparison);
        }
        self.body(expected, request, &mut comparison);
        if comparison.found.is_empty() {
            return;
        }
        let trace = trace();
        for difference in comparison.found {
            let ways = self.request_ways(at, &difference, trace.as_ref());
            self.failures.differs(difference, ways);
        }
    }

    fn line_of(&self, expected: &RequestExpected, request: &Request, into: &mut Comparison) {
        let mut text = |name: &str, wanted: &Option<crate::syntax::Sp<String>>, found: &str| {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| wanted.value != found) {
                into.found.push(Difference {
                    path: vec!["request".into(), name.into()],
                    expected: Some(wanted.value.clone().into()),
                    found: Some(found.into()),
                    note: None,
                    span: wanted.span,
                });
            }
        };
        text("method", &expected.method, &request.method);
        let bare = request.url.split('?').next().unwrap_or_default();
        let whole = expected.query.is_none() || expected.url.as_ref().is_some_and(|url| url.value.contains('?'));
        text("url", &expected.url, if whole { &request.url } else { bare });
        let after = bare.find("://").map_or(0, |at| at + 3);
        let path = bare[after..].find('/').map_or("/", |slash| &bare[after + slash..]);
        text("path", &expected.path, path);
    }

    fn body(&self, expected: &RequestExpected, request: &Request, into: &mut Comparison) {
        let text = String::from_utf8_lossy(&request.body);
        if let Some(node) = &expected.json {
            match serde_json::from_slice::<Json>(&request.body) {
                Ok(found) => into.inside("json", |into| into.matcher(node, Some(&found), false)),
                Err(_) => into.inside("json", |into| into.unlike(node, &text, "the body is no JSON")),
            }
        }
        if let Some(node) = &expected.xml {
            into.inside("xml", |into| xml::matcher(self.sources, node, &text, into));
        }
        if let Some(node) = &expected.form {
            self.fields("form", node, pairs(&text, '+'), into);
        }
        if let Some(node) = &expected.multipart {
            match parts(request) {
                Some(found) => self.fields("multipart", node, found, into),
                None => into.inside("multipart", |into| into.unlike(node, &text, "the body is no multipart")),
            }
        }
        if let Some(wanted) = &expected.base64 {
            let found = STANDARD.encode(&request.body);
            if wanted.value.split_whitespace().collect::<String>() != found {
                into.found.push(Difference {
                    path: vec!["request".into(), "base64".into()],
                    expected: Some(wanted.value.clone().into()),
                    found: Some(found.into()),
                    note: None,
                    span: wanted.span,
                });
            }
        }
        if let Some(wanted) = expected.text.as_ref().filter(|wanted| wanted.value != text) {
            into.found.push(Difference {
                path: vec!["request".into(), "text".into()],
                expected: Some(wanted.value.clone().into()),
                found: Some(text.into()),
                note: None,
                span: wanted.span,
            });
        }
    }

    fn request_ways(&self, at: &At<'_>, difference: &Difference, trace: Option<&Trace>) -> Vec<Way> {
        let mut ways = self.map.ways().within(self.sources.slice(self.case.span));
        let exchange = at.exchange(&self.map);
        let request = exchange.and_then(|exchange| exchange.get("request"));
        let path: Vec<&str> = difference.path.iter().skip(1).map(String::as_str).collect();
        let found = shown(difference.found.as_ref());
        match path.split_first() {
            Some((&"method", _)) => ways.members(request, &["method"], "the method"),
            Some((&("url" | "path"), _)) => {
                ways.members(request, &["path", "link", "server"], "makes the URL");
                ways.members(request, &["query"], "makes the query");
                ways.keys(&["servers"], "the servers");
            }
            Some((&"query", rest)) => {
                let origins = trace.map_or(&[][..], |trace| &trace.query);
                origins.iter().for_each(|origin| member(&mut ways, origin, rest, &found));
                ways.members(request, &["query"], "makes the query");
                ways.keys(&["defaults", "query"], "said of every request");
            }
            Some((&"headers", rest)) => {
                let origins = trace.map_or(&[][..], |trace| &trace.headers);
                origins.iter().for_each(|origin| member(&mut ways, origin, rest, &found));
                ways.members(request, &["headers", "content_type", "auth"], "makes the headers");
                ways.members(exchange, &["idempotency"], "makes the headers");
                ways.keys(&["defaults", "headers"], "said of every request");
                sign_in(&self.map, at, request, &mut ways);
            }
            Some((_, rest)) => match trace.and_then(|trace| trace.body.as_ref()) {
                Some(origin) => body(&mut ways, origin, rest, difference.expected.is_none(), &found),
                None => ways.members(request, &["json", "xml", "soap", "form", "multipart", "text", "bytes"], "makes the body"),
            },
            None => {}
        }
        if let (At::Auth(_), Some(exchange)) = (at, exchange) {
            ways.deep(exchange, "the sign-in");
        }
        if let (None, Some(node)) = (ways.list.first(), request) {
            ways.line(start(node), "the request");
        }
        ways.sample(self.sample().as_ref(), &found);
        ways.list
    }
}

/// The sign-in of a request: the one that is tried, or that the request names; else the file's first.
fn sign_in<'w>(map: &'w Map<'_>, at: &At<'_>, request: Option<&Node>, ways: &mut Ways<'w>) {
    let named = request.and_then(|request| request.get("auth")?.as_scalar()).map(|scalar| scalar.text.as_str());
    let first = || Some(map.node(&["auths"])?.as_map()?.first()?.key.text.as_str());
    let tried = if let At::Auth(name) = at { Some(*name) } else { None };
    match tried.or(named).or_else(first) {
        Some(name) if name != "auth" => ways.keys(&["auths", name], "the sign-in"),
        _ => ways.keys(&["auth"], "the sign-in"),
    }
}

impl Comparison {
    pub(super) fn inside(&mut self, step: &str, run: impl FnOnce(&mut Self)) {
        self.path.push(step.to_owned());
        run(self);
        self.path.pop();
    }

    pub(super) fn unlike(&mut self, node: &Node, found: &str, words: &str) {
        self.found.push(Difference {
            path: self.path.clone(),
            expected: Some(node.to_json()),
            found: Some(found.into()),
            note: Some(words.to_owned()),
            span: node.span,
        });
    }
}

/// A scalar's text, as a sample may have it.
pub(super) fn shown(value: Option<&Json>) -> String {
    match value {
        Some(Json::String(text)) => text.clone(),
        Some(value @ (Json::Number(_) | Json::Bool(_))) => value.to_string(),
        _ => String::new(),
    }
}

/// Headers; names without case.
fn heads(expected: &RequestExpected, request: &Request, into: &mut Comparison) {
    let Some(node) = &expected.headers else { return };
    let found: Object<String, Json> =
        request.headers.iter().map(|(name, value)| (name.to_lowercase(), Json::from(value.as_str()))).collect();
    let node = lower_keys(node);
    into.inside("headers", |into| into.matcher(&node, Some(&Json::Object(found)), true));
}

/// Names of headers, at whatever depth of the matcher.
fn lower_keys(node: &Node) -> Node {
    let mut node = node.clone();
    match &mut node.kind {
        crate::source::Kind::Map(entries) => {
            for entry in Arc::make_mut(entries) {
                entry.key.text = entry.key.text.to_lowercase();
                entry.value = if entry.value.as_scalar().is_some() { entry.value.clone() } else { lower_keys(&entry.value) };
            }
        }
        crate::source::Kind::List(items) => {
            for item in Arc::make_mut(items) {
                if let crate::source::Kind::Scalar(scalar) = &mut item.kind {
                    scalar.text = scalar.text.to_lowercase();
                }
            }
        }
        crate::source::Kind::Scalar(_) => {}
    }
    node
}

/// A member of a flat mapping, by name without case.
fn member(ways: &mut Ways<'_>, origin: &Origin, path: &[&str], found: &str) {
    let OriginKind::Object(members) = &origin.kind else { return };
    for (name, span, value) in members {
        if path.first().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name)) {
            ways.line(*span, "makes this value");
            value_lines(ways, value.span, found);
        }
    }
}

fn value_lines(ways: &mut Ways<'_>, span: Span, found: &str) {
    ways.line(span, "makes this value");
    let map: &Map<'_> = ways.map;
    if let Some(node) = map.around(span) {
        match node.as_scalar() {
            Some(_) => ways.mentions(node, found),
            // A structure inside a text: any line of it may be the one.
            None if node.get("$json").is_some() || node.get("$xml").is_some() => ways.deep(node, "a structure in this text"),
            None => {}
        }
    }
}

/// Follows a path of a body as far as it goes.
fn body(ways: &mut Ways<'_>, origin: &Origin, path: &[&str], extra: bool, found: &str) {
    let mut keys: Vec<Span> = Vec::new();
    let mut here = origin;
    let mut missing = None;
    for (at, step) in path.iter().enumerate() {
        match child(here, step) {
            Some((key, value)) => {
                keys.extend(key);
                here = value;
            }
            None => {
                missing = path.get(at);
                break;
            }
        }
    }
    match missing {
        None if extra => {
            keys.last().into_iter().for_each(|key| ways.line(*key, "was not expected"));
            value_lines(ways, here.span, found);
        }
        None => value_lines(ways, here.span, found),
        Some(step) => absent(ways, here, step),
    }
    keys.iter().rev().for_each(|key| ways.line(*key, "on the way to it"));
}

/// A step of a path: names of XML are local, and a single element is as good as the first of a list.
fn child<'o>(origin: &'o Origin, step: &str) -> Option<(Option<Span>, &'o Origin)> {
    match &origin.kind {
        OriginKind::List(items) => match step.parse::<usize>() {
            Ok(at) => items.get(at).map(|item| (None, item)),
            Err(_) => child(items.first()?, step),
        },
        OriginKind::Object(members) => {
            let local = |name: &str| name == step || name.rsplit_once(':').is_some_and(|(_, local)| local == step);
            match members.iter().find(|(name, ..)| local(name)) {
                Some((_, span, value)) => Some((Some(*span), value)),
                None => step.parse::<usize>().ok().filter(|at| *at == 0).map(|_| (None, origin)),
            }
        }
        OriginKind::Leaf => None,
    }
}

/// Nothing stands there: the key that might have made it, else every key beside it, the nearest names first.
fn absent(ways: &mut Ways<'_>, origin: &Origin, step: &str) {
    let map: &Map<'_> = ways.map;
    let Some(node) = map.around(origin.span) else { return };
    let mut templates = vec![node];
    let mut entries = Vec::new();
    while let Some(node) = templates.pop() {
        for entry in node.as_map().unwrap_or(&[]) {
            match entry.key.text.as_str() {
                "$for" | "$if" | "$match" | "$omit" => ways.line(entry.key_span, "decides whether it is there"),
                "$do" | "$then" | "$else" => templates.push(&entry.value),
                "$merge" => templates.extend(super::way::children(&entry.value)),
                _ => entries.push(entry),
            }
        }
    }
    let name = |text: &str| text.trim_end_matches('!').rsplit(':').next().unwrap_or_default().to_owned();
    entries.sort_by_key(|entry| strsim::damerau_levenshtein(&name(&entry.key.text), step));
    for entry in entries {
        if name(&entry.key.text) == step {
            ways.entry(entry, "should make it, but gives nothing");
        } else {
            ways.line(entry.key_span, "stands beside it");
        }
    }
    ways.line(origin.span, "the nearest place");
}
