//! Requests, lowered.

use super::auth::Known;
use super::body::body;
use super::reader::Current;
use super::template::Data;
use super::{COMPUTED_HOST, File, Made, REQUEST, SIGN_IN, unknown};
use crate::body::{Body, Template, TextPart};
use crate::carrier::Repeatable;
use crate::carrier::plan::{Exchange, RequestPlan, Server};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder};
use crate::expr::{Binding, Expr, Lowered, Lowerer, Space, Ty, Use};
use crate::source::{Node, Span};
use crate::syntax::{self, Idempotency, Method, Rules};
use crate::value::Value;

/// What a request is made for, as far as its repetition goes.
pub(super) struct Purpose<'p> {
    /// It only reads, whatever its method.
    pub(super) reads: bool,
    /// `writes:` of the operation or step.
    pub(super) writes: Option<bool>,
    pub(super) idempotency: Option<&'p Idempotency>,
    pub(super) renews: bool,
}

/// Lowers a request and the rules for its reply, then calls `rest` while the reply is in scope.
#[allow(clippy::too_many_arguments, reason = "one exchange is all of these")]
pub(super) fn exchange<T>(
    file: &File<'_>,
    auths: &[Known],
    lower: &mut Lowerer<'_>,
    request: &syntax::Request,
    rules: Option<&Rules>,
    purpose: &Purpose<'_>,
    rest: impl FnOnce(&mut Data<'_, '_>, &Current) -> T,
) -> (Exchange, T) {
    let names = lower.scope.depth();
    let plan = request_plan(file, auths, lower, request);
    let repeatable = repeatable(plan.method, purpose);
    let renews = plan.auth.map_or(purpose.renews, |auth| auths[auth].renews);
    // The reply is read without the sign-in at hand, and a key that repeats knows no time.
    lower.scope.restore(names);
    let idempotency = purpose.idempotency.and_then(|idempotency| idempotency_header(file, lower, idempotency));
    let secrets = std::mem::replace(&mut lower.secrets_allowed, false);
    lower.plans[1] = PlanBuilder::new(Mode::Reply);
    let depth = lower.scope.depth();
    let mut current = if plan.body.is_soap() { Current::envelope() } else { Current::body() };
    if answered_in_xml(file, request, &plan.body) {
        (current.here.ty, current.document.ty) = (Ty::Xml, Ty::Xml);
    }
    bind_reply(lower, &current);
    let mut data = Data::new(file, lower);
    let rules = data.rules(rules, &current, request.span, renews, repeatable == Repeatable::Reads);
    let extra = rest(&mut data, &current);
    lower.scope.restore(depth);
    let inside = plan.body.is_soap().then(|| lower.plans[1].access(current.here.frame, &current.here.steps));
    lower.secrets_allowed = secrets;
    let reply = std::mem::replace(&mut lower.plans[1], PlanBuilder::new(Mode::Reply)).build();
    (Exchange { request: plan, reply, inside, rules, repeatable, idempotency }, extra)
}

/// Whether the reply is XML by all that the request says: its own body, or what it accepts.
fn answered_in_xml(file: &File<'_>, request: &syntax::Request, body: &Body) -> bool {
    let defaults = file.syntax.defaults.as_ref().and_then(|defaults| defaults.headers.as_ref());
    let headers = [request.headers.as_ref(), defaults].into_iter().flatten().flat_map(|node| node.0.as_map().unwrap_or(&[]));
    let accept = headers.into_iter().find(|entry| entry.key.text.eq_ignore_ascii_case("accept"));
    match accept.and_then(|entry| entry.value.as_scalar()) {
        Some(accept) => accept.text.contains("xml") && !accept.text.contains("json") && !accept.text.contains("${{"),
        None => matches!(body, Body::Soap(_) | Body::Xml(_)),
    }
}

/// The names that only replies and deliveries have.
pub(super) fn bind_reply(lower: &mut Lowerer<'_>, current: &Current) {
    bind_body(lower, current);
    lower.scope.bind("status", Binding::Value(Lowered::sure(Expr::Status, Ty::Integer)));
    lower.scope.bind("fault", Binding::Space(Space::Fault));
}

/// The names that both replies and deliveries have.
pub(super) fn bind_body(lower: &mut Lowerer<'_>, current: &Current) {
    lower.scope.bind("body", Binding::Place(current.here.clone()));
    lower.scope.bind("headers", Binding::Space(Space::Headers));
}

fn repeatable(method: &str, purpose: &Purpose<'_>) -> Repeatable {
    let writes = !purpose.reads && purpose.writes.unwrap_or(method != "GET");
    match purpose.idempotency {
        _ if !writes => Repeatable::Reads,
        Some(idempotency) => Repeatable::Within(super::duration(idempotency.window)),
        None => Repeatable::Never,
    }
}

fn idempotency_header(file: &File<'_>, lower: &mut Lowerer<'_>, idempotency: &Idempotency) -> Option<(String, Template)> {
    let known = lower.spots.len();
    let value = idempotency.value.as_ref().map(|value| with_secrets(lower, |lower| Data::new(file, lower).template(&value.0)));
    let Some(header) = idempotency.header.as_ref() else {
        // The key stands in the body, and is counted there.
        lower.spots.truncate(known);
        return None;
    };
    let key = Template::Value { expr: Expr::OrderKey, on_null: crate::body::OnNull::Error, span: header.span };
    Some((header.value.clone(), value.unwrap_or(key)))
}

fn with_secrets<'w, T>(lower: &mut Lowerer<'w>, run: impl FnOnce(&mut Lowerer<'w>) -> T) -> T {
    secrets_where(lower, true, run)
}

fn secrets_where<'w, T>(lower: &mut Lowerer<'w>, allowed: bool, run: impl FnOnce(&mut Lowerer<'w>) -> T) -> T {
    let before = std::mem::replace(&mut lower.secrets_allowed, allowed);
    let result = run(lower);
    lower.secrets_allowed = before;
    result
}

/// Lowers a template in which secrets may stand.
pub(super) fn secret_template(file: &File<'_>, lower: &mut Lowerer<'_>, node: &Node) -> Template {
    with_secrets(lower, |lower| Data::new(file, lower).template(node))
}

pub(super) fn request_plan(file: &File<'_>, auths: &[Known], lower: &mut Lowerer<'_>, request: &syntax::Request) -> RequestPlan {
    lower.bind_clock();
    let auth = auth(auths, lower, request, request.link.is_some());
    let signed_in = auth.map(|at| &auths[at]);
    if let Some(known) = signed_in.filter(|known| known.token) {
        lower.bind_token(&known.session);
    }
    lower.places_token = false;
    let mut body = body(file, lower, request);
    if let Some(known) = signed_in {
        super::auth::beside_body(file, lower, known, request, &mut body);
    }
    let method = method(lower, request, &body);
    let link = request.link.as_ref().map(|link| {
        if file.syntax.links.is_none() {
            let finding = Diagnostic::error(&REQUEST, link.0.span, "`link` follows a URL, but the file has no `links:`")
                .help("name the hosts it may go to: `links: [labels.swiftpost.example]`");
            lower.found.push(finding);
        }
        (Data::new(file, lower).bare(&link.0).expr, link.0.span)
    });
    let path = path(file, lower, request, link.is_some());
    let linked = link.is_some();
    if linked {
        beside_link(lower, request);
    }
    let defaults = file.syntax.defaults.as_ref().filter(|_| !linked);
    let mut headers = Vec::new();
    let mut query = Vec::new();
    for node in [defaults.and_then(|defaults| defaults.headers.as_ref()), request.headers.as_ref()].into_iter().flatten() {
        headers.push(with_secrets(lower, |lower| flat(file, lower, &node.0, "headers")));
    }
    for node in [defaults.and_then(|defaults| defaults.query.as_ref()), request.query.as_ref()].into_iter().flatten() {
        let secrets = lower.secrets_in_query;
        query.push(secrets_where(lower, secrets, |lower| flat(file, lower, &node.0, "query parameters")));
    }
    let content_type = request.content_type.as_ref().map(|node| Data::new(file, lower).template(&node.0));
    if let Some(span) = signed_in.and_then(|known| known.placed).filter(|_| !lower.places_token) {
        let finding = Diagnostic::error(&SIGN_IN, request.span, "the token has no place in this request");
        lower
            .found
            .push(finding.related(span, "the sign-in leaves it to the body").help("write `{$secret: token}` where it belongs"));
    }
    RequestPlan {
        server: server(file, lower, request),
        auth,
        method,
        path,
        link,
        query,
        headers,
        content_type,
        body,
        span: request.span,
    }
}

/// A link is followed as it came.
fn beside_link(lower: &mut Lowerer<'_>, request: &syntax::Request) {
    let given = [("query", request.query.as_ref()), ("server", request.server.as_ref())];
    for (name, node) in given.into_iter().filter_map(|(name, node)| Some((name, node?))) {
        let words = format!("a link is followed byte for byte: `{name}` cannot stand beside it");
        lower.found.push(Diagnostic::error(&REQUEST, node.0.span, words));
    }
}

/// Headers and queries: flat, nulls fall out.
fn flat(file: &File<'_>, lower: &mut Lowerer<'_>, node: &Node, what: &str) -> Template {
    if node.as_map().is_none() {
        lower.found.push(Diagnostic::error(&REQUEST, node.span, format!("{what} are a mapping of names to values")));
    }
    Data::new(file, lower).lenient().template(node)
}

fn method(lower: &mut Lowerer<'_>, request: &syntax::Request, body: &Body) -> &'static str {
    let method = request.method.as_ref().map(|method| method.value);
    if method == Some(Method::Get) && !matches!(body, Body::None) {
        lower.found.push(Diagnostic::error(&REQUEST, request.span, "a GET has no body"));
    }
    match (method, body) {
        (Some(method), _) => method.word(),
        (None, Body::None) => "GET",
        (None, _) => "POST",
    }
}

fn path(file: &File<'_>, lower: &mut Lowerer<'_>, request: &syntax::Request, linked: bool) -> Template {
    let none = || Template::Literal(Value::text(""), request.span);
    let Some(path) = &request.path else {
        if !linked {
            let finding = Diagnostic::error(
                &REQUEST,
                Span { end: request.span.start, ..request.span },
                "a request needs a `path` or a `link`",
            );
            lower.found.push(finding.help("`path: /` is the server's base itself"));
        }
        return none();
    };
    if linked {
        lower.found.push(Diagnostic::error(&REQUEST, path.0.span, "a request has a `path` or a `link`, not both"));
    }
    let known = lower.spots.len();
    let template = secrets_where(lower, false, |lower| Data::new(file, lower).template(&path.0));
    // A path is put together part by part; which one it is, is decided as everywhere.
    let mut at = 0;
    lower.spots.retain(|spot| {
        at += 1;
        at <= known || spot.spot.what != What::Leaf
    });
    check_path(&template, lower);
    template
}

/// One path, or each that a condition can choose.
fn check_path(template: &Template, lower: &mut Lowerer<'_>) {
    match template {
        Template::Literal(Value::Text(text), span) => check_path_text(text, *span, lower),
        Template::Text(parts, span) => {
            let first = parts.first().map_or("", |part| match part {
                TextPart::Literal(text) => text,
                TextPart::Value(..) => "${{",
            });
            check_path_text(first, *span, lower);
            if parts.iter().skip(1).any(|part| matches!(part, TextPart::Literal(text) if text.contains("://"))) {
                lower.found.push(Diagnostic::error(&COMPUTED_HOST, *span, NO_HOST));
            }
            let spans = parts.iter().filter_map(|part| match part {
                TextPart::Value(_, span) => Some(*span),
                TextPart::Literal(_) => None,
            });
            spans.for_each(|span| lower.cover(span, What::Leaf));
        }
        Template::Value { span, .. } => {
            check_path_text("${{", *span, lower);
            lower.cover(*span, What::Leaf);
        }
        Template::If(arms, otherwise) => {
            if otherwise.is_none() {
                nowhere(template.span(), lower);
            }
            arms.iter().map(|(_, then, _)| then).chain(otherwise.as_deref()).for_each(|then| check_path(then, lower));
        }
        Template::Match(_, arms, otherwise, _) => {
            arms.iter().map(|(_, then)| then).chain(otherwise.as_deref()).for_each(|then| check_path(then, lower));
        }
        other => {
            lower.found.push(Diagnostic::error(&REQUEST, other.span(), "a path is a text, or `$if` and `$match` among texts"))
        }
    }
}

const NO_HOST: &str = "a path has no host: name a `server`";

fn nowhere(span: Span, lower: &mut Lowerer<'_>) {
    let finding = Diagnostic::error(&REQUEST, span, "without an `$else` the request may go nowhere");
    lower.found.push(finding.help("a step that is not always sent has an `if`"));
}

/// The text of a path, up to its first expression.
fn check_path_text(text: &str, span: Span, lower: &mut Lowerer<'_>) {
    if !text.starts_with('/') && !text.is_empty() {
        let finding = Diagnostic::error(&REQUEST, span, "a path begins with `/`").help("it goes below the server's base");
        lower.found.push(finding);
    }
    if text.contains("://") {
        lower.found.push(Diagnostic::error(&COMPUTED_HOST, span, NO_HOST));
    }
    if text.contains('?') {
        let finding = Diagnostic::error(&REQUEST, span, "query parameters stand in `query`");
        lower.found.push(finding.help("`query: {name: value}`"));
    }
}

fn auth(auths: &[Known], lower: &mut Lowerer<'_>, request: &syntax::Request, linked: bool) -> Option<usize> {
    let Some(name) = &request.auth else {
        // A link carries no credential unless it is named.
        return if linked || auths.is_empty() { None } else { Some(0) };
    };
    if name.value == "none" {
        return None;
    }
    lower.uses.insert(Use::Auth(name.value.clone()));
    let found = auths.iter().position(|known| known.name == name.value);
    if found.is_none() {
        let known = auths.iter().map(|known| known.name.as_str()).chain(["none"]);
        lower.found.push(unknown("auth", &name.value, name.span, known));
    }
    found
}

fn server(file: &File<'_>, lower: &mut Lowerer<'_>, request: &syntax::Request) -> Server {
    let names: Vec<&str> = file
        .syntax
        .servers
        .first()
        .map(|(_, servers)| servers.0.iter().map(|(name, _)| name.value.as_str()).collect())
        .unwrap_or_default();
    let Some(server) = &request.server else {
        return Server::Named(names.first().copied().unwrap_or_default().to_owned());
    };
    let known = lower.spots.len();
    let template = Data::new(file, lower).template(&server.0);
    if matches!(template, Template::Literal(..)) {
        // A name is no value that is sent.
        lower.spots.truncate(known);
    }
    if let Template::Value { span, .. } | Template::Text(_, span) = &template {
        let finding = Diagnostic::error(&COMPUTED_HOST, *span, "a server is named, or chosen by `$match` among names");
        lower.found.push(finding);
    }
    check_names(&template, &names, lower);
    match template {
        Template::Literal(Value::Text(name), _) => Server::Named(name.into_owned()),
        other => Server::Chosen(other),
    }
}

fn check_names(template: &Template, names: &[&str], lower: &mut Lowerer<'_>) {
    match template {
        Template::Literal(Value::Text(name), span) if !names.contains(&&**name) => {
            lower.found.push(unknown("server", name, *span, names.iter().copied()));
        }
        Template::If(arms, otherwise) => {
            arms.iter().for_each(|(_, then, _)| check_names(then, names, lower));
            otherwise.iter().for_each(|then| check_names(then, names, lower));
        }
        Template::Match(_, arms, otherwise, _) => {
            arms.iter().for_each(|(_, then)| check_names(then, names, lower));
            otherwise.iter().for_each(|then| check_names(then, names, lower));
        }
        _ => {}
    }
}

impl<'m> Made<'m, '_> {
    /// What is known of the file's sign-ins.
    pub(super) fn auth_names(&self) -> &'m [Known] {
        self.auths
    }
}
