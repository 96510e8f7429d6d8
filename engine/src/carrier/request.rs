//! From a compiled request to the exact bytes.

use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Exchange, RequestPlan, Server};
use super::{Account, Request};
use crate::auth::{Credential, text_of};
use crate::body::{Body, RenderError, Template, TextPart, TreeKind, TreeSink, form_pairs};
use crate::coverage::What;
use crate::expr::Env;
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
        masked.retain(|text| !text.is_empty());
        let mut url = self.url(plan, account, env)?;
        self.query(plan, env, credential.query, &mut url)?;
        let mut headers = Headers::default();
        for template in &plan.headers {
            headers.extend(pairs(template, env).map_err(fault)?);
        }
        credential.headers.into_iter().for_each(|(name, value)| headers.set(name, value));
        if let Some((name, template)) = &exchange.idempotency {
            headers.set(name.clone(), text_of(template, env).map_err(fault)?);
        }
        let mut body = Vec::with_capacity(if matches!(plan.body, Body::None) { 0 } else { FIRST_CAPACITY });
        plan.body.write(env, &mut body).map_err(fault)?;
        if let Some(media) = self.media(plan, env, headers.has("content-type"))? {
            headers.set("Content-Type".to_owned(), media);
        }
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
            method: plan.method.to_owned(),
            url,
            headers: headers.0,
            body,
            timeout: self.limits.timeout,
            repeatable: exchange.repeatable,
            masked,
        })
    }

    /// What the body is, unless `headers:` says so already.
    fn media<'e>(&self, plan: &'e RequestPlan, env: &mut Env<'e>, said: bool) -> Result<Option<String>, Fault> {
        match (&plan.content_type, plan.body.media_type()) {
            (Some(template), _) => text_of(template, env)
                .map(Some)
                .map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources)),
            (None, media) => Ok(media.filter(|_| !said).map(str::to_owned)),
        }
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
        for part in &plan.path {
            match part {
                TextPart::Literal(text) => url.push_str(text),
                TextPart::Value(expr, span) => {
                    let value = expr.eval(env).map_err(|error| fault(error.message, *span))?;
                    if value.is_empty() {
                        return Err(fault("this is empty, and would leave a hole in the path".into(), *span));
                    }
                    let text = value.to_text().map_err(|error| fault(error.to_string(), *span))?;
                    if matches!(&*text, "." | "..") {
                        return Err(fault("a path segment cannot be `.` or `..`".into(), *span));
                    }
                    env.touch(*span, What::Leaf);
                    url.extend(utf8_percent_encode(&text, SEGMENT));
                }
            }
        }
        Ok(url)
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

    fn query<'e>(
        &self,
        plan: &'e RequestPlan,
        env: &mut Env<'e>,
        credential: Vec<(String, String)>,
        url: &mut String,
    ) -> Result<(), Fault> {
        let mut parameters = Vec::new();
        for template in &plan.query {
            let found =
                pairs(template, env).map_err(|error| Fault::at(FaultKind::Mapping, error.message, error.span, &self.sources))?;
            parameters.extend(found);
        }
        parameters.extend(credential);
        for (name, value) in parameters {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.extend(utf8_percent_encode(&name, QUERY));
            url.push('=');
            url.extend(utf8_percent_encode(&value, QUERY));
        }
        Ok(())
    }

    /// The token request of an auth that has one.
    pub(crate) fn sign_in_request<'e>(&'e self, at: usize, account: &'e Account, env: &mut Env<'e>) -> Result<Request, Fault> {
        let crate::auth::Auth::OAuth2(oauth2) = &self.auths[at].1 else {
            return Err(Fault::new(FaultKind::Unknown, "this auth has no sign-in"));
        };
        let grant =
            oauth2.grant(env).map_err(|error| Fault::at(FaultKind::Misconfigured, error.message, error.span, &self.sources))?;
        let mut request = self.render(&oauth2.exchange, account, env, grant.credential)?;
        if matches!(oauth2.exchange.request.body, Body::None) {
            request.method = "POST".to_owned();
        }
        let mut body = String::from_utf8(std::mem::take(&mut request.body)).unwrap_or_default();
        for (name, value) in grant.fields {
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(&form_pair(&name, &value));
        }
        request.body = body.into_bytes();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        request.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        Ok(request)
    }
}

fn form_pair(name: &str, value: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
    let encoded = |text: &str| utf8_percent_encode(text, KEPT).to_string().replace("%20", "+");
    format!("{}={}", encoded(name), encoded(value))
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

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    fn extend(&mut self, pairs: Vec<(String, String)>) {
        pairs.into_iter().for_each(|(name, value)| self.set(name, value));
    }
}

fn pairs<'e>(template: &'e Template, env: &mut Env<'e>) -> Result<Vec<(String, String)>, RenderError> {
    let tree = TreeSink::render(template, env)?;
    match &tree.kind {
        TreeKind::Value(crate::value::Value::Null) => Ok(Vec::new()),
        _ => form_pairs(&tree),
    }
}
