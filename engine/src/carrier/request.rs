//! From a compiled request to the exact bytes.

use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Exchange, RequestPlan, Server};
use super::{Account, Request};
use crate::auth::{Credential, text_of};
use crate::body::{Body, RenderError, Template, TextPart, TreeKind, TreeSink, Written, form_pairs};
use crate::coverage::What;
use crate::expr::{Asked, Env, Expr};
use crate::source::Span;
use crate::value::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// What a path segment keeps (RFC 3986, pchar).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// What a query value keeps (RFC 3986, query, without what forms read as their own signs).
const QUERY: &AsciiSet = &SEGMENT.remove(b'/').remove(b'?').add(b'&').add(b'=').add(b'+').add(b'\'').add(b';');

const FORM: &str = "application/x-www-form-urlencoded";

/// Holds the body of an order as a rule.
const FIRST_CAPACITY: usize = 2048;

impl Carrier {
    pub(crate) fn render<'e>(
        &'e self,
        exchange: &'e Exchange,
        account: &'e Account,
        env: &mut Env<'e>,
        credential: Credential,
    ) -> Result<Request, Fault> {
        let fault = |error: RenderError| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources);
        let plan = &exchange.request;
        let mut masked = credential.masked;
        masked.extend(account.secrets.iter().filter_map(|(_, value)| value.clone()));
        let mut url = self.url(plan, account, env)?;
        self.query(plan, env, &mut url)?;
        extend_query(&mut url, &credential.query);
        let mut headers = Headers::default();
        for template in &plan.headers {
            headers.extend(pairs(template, env).map_err(fault)?);
        }
        credential.headers.into_iter().for_each(|(name, value)| headers.set(name, value));
        if let Some((name, template)) = &exchange.idempotency {
            headers.set(name.clone(), text_of(template, env).map_err(fault)?);
        }
        let mut body = Vec::with_capacity(if matches!(plan.body, Body::None) { 0 } else { FIRST_CAPACITY });
        let written = plan.body.write(env, &mut body).map_err(fault)?;
        let grant = !credential.fields.is_empty() && matches!(plan.body, Body::None);
        append_fields(&plan.body, &credential.fields, &mut body);
        if let Some(media) = self.media(plan, env, &written, headers.get("content-type"))? {
            headers.set("Content-Type".to_owned(), media);
        } else if grant {
            headers.set("Content-Type".to_owned(), FORM.to_owned());
        }
        if let Some((name, value)) = written.header.filter(|(name, _)| headers.get(name).is_none()) {
            headers.set(name.to_owned(), value);
        }
        let method = if grant { "POST" } else { plan.method };
        if let Some(signature) = plan.auth.and_then(|at| self.auths[at].1.signature()) {
            let asked = Asked { method, path: path_of(&url, plan, account), url: &url, headers: &headers.0, body: &body };
            let mut inner = env.narrowed();
            inner.asked = Some(&asked);
            let signed = signature
                .sign(&mut inner)
                .map_err(|error| Fault::at(FaultKind::Misconfigured, error.message, error.span, &self.sources))?;
            extend_query(&mut url, &signed.query);
            signed.headers.into_iter().for_each(|(name, value)| headers.set(name, value));
            append_fields(&plan.body, &signed.fields, &mut body);
            masked.extend(signed.masked);
        }
        masked.extend(env.masked.take());
        masked.retain(|text| !text.is_empty());
        for (name, value) in &headers.0 {
            if value.contains(|letter: char| letter.is_ascii_control() && letter != '\t') {
                return Err(Fault::at(
                    FaultKind::Mapping,
                    format!("the header `{name}` would hold a line break or another control character"),
                    plan.span,
                    &self.sources,
                ));
            }
        }
        Ok(Request {
            method: method.to_owned(),
            url,
            headers: headers.0,
            body,
            timeout: self.limits.timeout,
            repeatable: exchange.repeatable,
            masked,
            tokens: credential.tokens,
        })
    }

    /// What the body is: as `content_type` or `headers` say, else as its format has it. Where parts are separated, the
    /// media type says by what.
    fn media<'e>(
        &self,
        plan: &'e RequestPlan,
        env: &mut Env<'e>,
        written: &Written,
        said: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        let fault = |error: RenderError| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources);
        let own = plan.content_type.as_ref().map(|template| text_of(template, env).map_err(fault)).transpose()?;
        let media = own.or_else(|| said.map(str::to_owned)).or_else(|| written.media.clone());
        Ok(match (&written.boundary, media) {
            (Some(boundary), Some(media)) => Some(format!("{media}; boundary={boundary}")),
            (_, media) => media,
        })
    }

    fn url<'e>(&'e self, plan: &'e RequestPlan, account: &Account, env: &mut Env<'e>) -> Result<String, Fault> {
        let fault = |message: String, span| Fault::at(FaultKind::Mapping, message, span, &self.sources);
        if let Some((link, span)) = &plan.link {
            let value = link.eval(env).map_err(|error| fault(error.message, *span))?;
            let url = value.as_str().ok_or_else(|| fault(format!("a link is a URL, not {}", value.type_name()), *span))?;
            self.allow_link(url, account).map_err(|words| fault(words, *span))?;
            return Ok(url.to_owned());
        }
        let server = match &plan.server {
            Server::Named(name) => Cow::Borrowed(name.as_str()),
            Server::Chosen(template) => Cow::Owned(text_of(template, env).map_err(|error| fault(error.message, error.span))?),
        };
        let base = account.base(&server).ok_or_else(|| fault(format!("there is no server `{server}`"), plan.span))?;
        let mut url = String::with_capacity(base.len() + 96);
        url.push_str(base);
        self.path(&plan.path, env, &mut url)?;
        Ok(url)
    }

    fn path<'e>(&self, template: &'e Template, env: &Env<'e>, url: &mut String) -> Result<(), Fault> {
        let fault = |message: String, span| Fault::at(FaultKind::Mapping, message, span, &self.sources);
        match template {
            Template::Literal(Value::Text(text), _) => url.push_str(text),
            Template::Value { expr, span, .. } => self.segment(expr, *span, env, url)?,
            Template::Text(parts, _) => {
                for part in parts {
                    match part {
                        TextPart::Literal(text) => url.push_str(text),
                        TextPart::Value(expr, span) => self.segment(expr, *span, env, url)?,
                    }
                }
            }
            Template::If(..) | Template::Match(..) => {
                let chosen = crate::body::choose(template, env).map_err(|error| fault(error.message, error.span))?;
                return chosen.map_or(Ok(()), |chosen| self.path(chosen, env, url));
            }
            other => return Err(fault("this is no path".into(), other.span())),
        }
        Ok(())
    }

    /// One encoded segment of a path.
    fn segment<'e>(&self, expr: &'e Expr, span: Span, env: &Env<'e>, url: &mut String) -> Result<(), Fault> {
        let fault = |message: String| Fault::at(FaultKind::Mapping, message, span, &self.sources);
        let value = expr.eval(env).map_err(|error| fault(error.message))?;
        if value.is_empty() {
            return Err(fault("this is empty, and would leave a hole in the path".into()));
        }
        let text = value.to_text().map_err(|error| fault(error.to_string()))?;
        if matches!(&*text, "." | "..") {
            return Err(fault("a path segment cannot be `.` or `..`".into()));
        }
        env.touch(span, What::Leaf);
        url.extend(utf8_percent_encode(&text, SEGMENT));
        Ok(())
    }

    /// Links go over https to hosts that the file names; local test servers stand in for them.
    fn allow_link(&self, url: &str, account: &Account) -> Result<(), String> {
        if account.local && account.servers.iter().any(|(_, base)| url.starts_with(&format!("{}/", origin(base)))) {
            return Ok(());
        }
        let rest = url.strip_prefix("https://").ok_or("a link must be https")?;
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        if authority.contains('@') || url.contains(|letter: char| letter.is_ascii_control() || letter == ' ') {
            return Err("a link with signs that no URL has".into());
        }
        let host = authority.strip_suffix(":443").unwrap_or(authority).to_ascii_lowercase();
        match self.links.contains(&host) {
            true => Ok(()),
            false => Err("the link goes to a host that `links` does not name".into()),
        }
    }

    fn query<'e>(&self, plan: &'e RequestPlan, env: &mut Env<'e>, url: &mut String) -> Result<(), Fault> {
        for template in &plan.query {
            let found =
                pairs(template, env).map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources))?;
            extend_query(url, &found);
        }
        Ok(())
    }
}

fn extend_query(url: &mut String, parameters: &[(String, String)]) {
    for (name, value) in parameters {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.extend(utf8_percent_encode(name, QUERY));
        url.push('=');
        url.extend(utf8_percent_encode(value, QUERY));
    }
}

/// What goes beside the body that the file describes: fields of a form, or members of a JSON object.
fn append_fields(body: &Body, fields: &[(String, String)], out: &mut Vec<u8>) {
    for (name, value) in fields {
        match body {
            Body::Json(_) => append_member(name, value, out),
            _ => {
                if !out.is_empty() {
                    out.push(b'&');
                }
                out.extend_from_slice(form_pair(name, value).as_bytes());
            }
        }
    }
}

/// The file was checked: a body that takes members is an object.
fn append_member(name: &str, value: &str, out: &mut Vec<u8>) {
    let Some(end) = out.iter().rposition(|byte| *byte == b'}') else { return };
    let first = out[..end].trim_ascii_end().ends_with(b"{");
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let member = format!("{}{}:{}", if first { "" } else { "," }, json(name), json(value));
    out.splice(end..end, member.into_bytes());
}

fn form_pair(name: &str, value: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
    let encoded = |text: &str| utf8_percent_encode(text, KEPT).to_string().replace("%20", "+");
    format!("{}={}", encoded(name), encoded(value))
}

/// The path of a URL below its server's base, without the query.
fn path_of<'u>(url: &'u str, plan: &RequestPlan, account: &Account) -> &'u str {
    let bare = url.split(['?', '#']).next().unwrap_or_default();
    let bases = account.servers.iter().filter(|(name, _)| match &plan.server {
        _ if plan.link.is_some() => false,
        Server::Named(server) => name == server,
        Server::Chosen(_) => true,
    });
    let below = bases.filter_map(|(_, base)| bare.strip_prefix(base.as_str())).min_by_key(|rest| rest.len());
    let path = below.unwrap_or_else(|| bare.strip_prefix(origin(bare)).unwrap_or_default());
    if path.is_empty() { "/" } else { path }
}

fn origin(base: &str) -> &str {
    let after = base.find("://").map_or(0, |at| at + 3);
    match base[after..].find('/') {
        Some(slash) => &base[..after + slash],
        None => base,
    }
}

/// Headers in order; a later one of the same name replaces an earlier one.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl Headers {
    fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some(found) => *found = (name, value),
            None => self.0.push((name, value)),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Takes over the headers of one mapping: a list of values is one header, separated by commas (RFC 9110, section 5.3).
    fn extend(&mut self, pairs: Vec<(String, String)>) {
        let mut joined: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            match joined.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, values)) => *values = format!("{values}, {value}"),
                None => joined.push((name, value)),
            }
        }
        joined.into_iter().for_each(|(name, value)| self.set(name, value));
    }
}

fn pairs<'e>(template: &'e Template, env: &mut Env<'e>) -> Result<Vec<(String, String)>, RenderError> {
    let tree = TreeSink::render(template, env)?;
    match &tree.kind {
        TreeKind::Value(crate::value::Value::Null) => Ok(Vec::new()),
        _ => form_pairs(&tree),
    }
}
