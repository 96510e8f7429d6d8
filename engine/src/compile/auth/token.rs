//! What all sign-ins that fetch a token share: the request, the token in its reply, its life, its places.

use super::super::exchange::{Purpose, exchange};
use super::super::reader::Current;
use super::super::template::Data;
use super::{File, Known, SIGN_IN, place};
use crate::auth::{Lifetime, Login, Send, SignIn};
use crate::carrier::reader::{Reader, ZoneOf};
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Expr, Lowered, Lowerer, Ty};
use crate::source::{Kind, Node, Scalar, Span, Style};
use crate::syntax::{self, Rules, Seconds, SourceNode, Sp};
use crate::value::date::Zone;

/// A token, as written.
pub(super) struct Written<'s> {
    pub(super) request: &'s syntax::Request,
    pub(super) responses: Option<&'s Rules>,
    pub(super) token: SourceNode,
    pub(super) expires_in: Option<syntax::Lifetime>,
    pub(super) expires_at: Option<&'s SourceNode>,
    pub(super) jwt_exp: Option<&'s Sp<bool>>,
    pub(super) session: &'s [(Sp<String>, SourceNode)],
    pub(super) send: Option<&'s syntax::Send>,
    pub(super) one_session: Option<&'s Sp<bool>>,
    pub(super) base: Option<&'s Sp<String>>,
    pub(super) span: Span,
}

pub(super) fn login(file: &File<'_>, known: &[Known], lower: &mut Lowerer<'_>, login: &syntax::Login) -> Login {
    let written = Written {
        request: &login.request,
        responses: login.responses.as_ref(),
        token: login.token.clone(),
        expires_in: login.expires_in.clone(),
        expires_at: login.expires_at.as_ref(),
        jwt_exp: login.jwt_exp.as_ref(),
        session: &login.session,
        send: login.send.as_ref(),
        one_session: login.one_session.as_ref(),
        base: login.auth.as_ref(),
        span: login.span,
    };
    Login { sign_in: sign_in(file, known, lower, &written) }
}

pub(super) fn sign_in(file: &File<'_>, known: &[Known], lower: &mut Lowerer<'_>, written: &Written<'_>) -> SignIn {
    // Unlike other requests, a sign-in's own carries no credential unless it names one.
    let auths = if written.request.auth.is_some() { known } else { &[] };
    let purpose = Purpose { reads: true, writes: None, idempotency: None, renews: false };
    let (exchange, (token, lifetime, session)) =
        exchange(file, auths, lower, written.request, written.responses, &purpose, |data, current| {
            let token = data.reader(&written.token, current, false);
            let lifetime = lifetime(data, written, current);
            data.lower.secrets_allowed = true;
            data.lower.scope.bind("token", Binding::Value(Lowered::sure(Expr::Token, Ty::Text)));
            let session = written.session.iter().map(|(name, source)| (name.value.clone(), data.reader(source, current, false)));
            (token, lifetime, session.collect::<Vec<(String, Reader)>>())
        });
    let depth = lower.scope.depth();
    let names: Vec<String> = session.iter().map(|(name, _)| name.clone()).collect();
    lower.bind_token(&names);
    let send = match written.send {
        None => Send::Bearer,
        Some(syntax::Send::Body(_)) => Send::Body,
        Some(syntax::Send::Places(places)) => Send::Places(place::places(file, lower, places, false)),
    };
    lower.scope.restore(depth);
    let one_session = written.one_session.is_some_and(|flag| flag.value);
    let base = written.base.and_then(|name| super::base(lower, known, name));
    SignIn { exchange, token, lifetime, session, send, one_session, base }
}

fn lifetime(data: &mut Data<'_, '_>, written: &Written<'_>, current: &Current) -> Lifetime {
    let claimed = written.jwt_exp.filter(|flag| flag.value);
    let said = [written.expires_in.is_some(), written.expires_at.is_some(), claimed.is_some()];
    if said.iter().filter(|said| **said).count() > 1 {
        let finding = Diagnostic::error(&SIGN_IN, written.span, "a token has one lifetime");
        data.lower.found.push(finding.help("say one of `expires_in`, `expires_at`, `jwt_exp`"));
    }
    if claimed.is_some() {
        return Lifetime::Claimed;
    }
    if let Some(at) = written.expires_at {
        let reader = data.reader(at, current, false);
        if matches!(reader.zone, ZoneOf::Fixed(Zone::Unknown)) {
            let finding = Diagnostic::error(&SIGN_IN, at.0.span, "a token lapses at an instant: its zone must be known");
            data.lower.found.push(finding.help("say `zone:` with an IANA name such as `Europe/Paris`"));
        }
        return Lifetime::Until(reader);
    }
    match &written.expires_in {
        Some(syntax::Lifetime::Fixed(Seconds { seconds, .. })) => Lifetime::Fixed(*seconds),
        Some(syntax::Lifetime::Read(source)) => Lifetime::Seconds(data.reader(source, current, false)),
        None => Lifetime::Unsaid,
    }
}

/// A path that the file leaves to the standard.
pub(super) fn path_node(path: &str, span: Span) -> SourceNode {
    let scalar = Scalar { text: path.to_owned(), style: Style::Plain };
    SourceNode(Node { span, kind: Kind::Scalar(scalar) })
}
