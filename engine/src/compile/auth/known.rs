//! What requests must know of the file's sign-ins before any of them is lowered: they name each other.

use super::{File, SIGN_IN};
use crate::diagnostic::Diagnostic;
use crate::source::{Node, Span};
use crate::syntax::{Auth, CarrierFile, Send, Sp};

/// A sign-in, as far as requests are concerned.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// A refused credential can be renewed.
    pub(crate) renews: bool,
    /// Requests have its `token`.
    pub(crate) token: bool,
    /// What its `session` has.
    pub(crate) session: Vec<String>,
    /// The request itself places the token: where the file says so.
    pub(crate) placed: Option<Span>,
    /// The signature is a field of the body.
    pub(crate) field: Option<Span>,
    /// Credentials that stand first in the body.
    pub(crate) body: Option<Node>,
    /// The sign-in whose credential goes with this one.
    base: Option<Sp<String>>,
    /// The sign-in that this one's own request needs first.
    first: Option<Sp<String>>,
}

/// The sign-ins as written: the only one is called `auth`.
pub(super) fn written(file: &CarrierFile) -> impl Iterator<Item = (&str, &Auth)> {
    let only = file.auth.iter().map(|auth| ("auth", auth));
    only.chain(file.auths.iter().map(|(name, auth)| (name.value.as_str(), auth)))
}

/// The file's sign-ins.
pub(crate) fn known(file: &CarrierFile) -> Vec<Known> {
    let mut all: Vec<Known> = written(file).map(|(name, auth)| one(name, auth)).collect();
    // A signature renews what goes with it.
    for at in 0..all.len() {
        let base = all[at].base.as_ref().and_then(|base| all.iter().position(|known| known.name == base.value));
        if let Some(base) = base.filter(|base| *base != at && !all[at].token) {
            let (renews, token, session) = (all[base].renews, all[base].token, all[base].session.clone());
            let placed = all[base].placed;
            let signature = &mut all[at];
            (signature.renews, signature.token, signature.session, signature.placed) = (renews, token, session, placed);
        }
    }
    all
}

fn one(name: &str, auth: &Auth) -> Known {
    let mut known = Known {
        name: name.to_owned(),
        renews: false,
        token: false,
        session: Vec::new(),
        placed: None,
        field: None,
        body: None,
        base: None,
        first: None,
    };
    let (session, send, request, base) = match auth {
        Auth::OAuth2(kind) => (&kind.session, &kind.send, &kind.request, &kind.auth),
        Auth::Login(kind) => (&kind.session, &kind.send, &kind.request, &kind.auth),
        Auth::Body(fields) => {
            known.body = Some(fields.0.clone());
            return known;
        }
        Auth::Signature(signature) => {
            known.base = signature.auth.clone();
            known.field = signature.send.0.iter().find_map(|sent| sent.field.as_ref()).map(|field| field.span);
            return known;
        }
        _ => return known,
    };
    known.renews = true;
    known.token = true;
    known.session = session.iter().map(|(name, _)| name.value.clone()).collect();
    known.placed = match send {
        Some(Send::Body(span)) => Some(*span),
        _ => None,
    };
    known.base = base.clone();
    known.first = request.auth.clone().filter(|name| name.value != "none");
    known
}

/// Names that cannot be told apart, and sign-ins that wait for each other.
pub(super) fn check_names(file: &File<'_>, known: &[Known], diagnostics: &mut Vec<Diagnostic>) {
    for (name, _) in file.syntax.auths.iter().filter(|(name, _)| name.value == "none") {
        diagnostics.push(Diagnostic::error(&SIGN_IN, name.span, "`none` is no name of a sign-in: it means that there is none"));
    }
    let secret = file.syntax.secrets.iter().flat_map(|secrets| &secrets.0).find(|secret| secret.value == "token");
    if let (Some(secret), true) = (secret, known.iter().any(|known| known.placed.is_some())) {
        let finding = Diagnostic::error(&SIGN_IN, secret.span, "`{$secret: token}` is the sign-in's token");
        diagnostics.push(finding.help("give the account's secret another name"));
    }
    for start in known {
        let span = start.first.as_ref().or(start.base.as_ref()).map(|name| name.span);
        if let (Some(span), true) = (span, waits_for_itself(known, start)) {
            let words = format!("the sign-in `{}` waits for itself", start.name);
            diagnostics.push(Diagnostic::error(&SIGN_IN, span, words).help("the first of a chain has no `auth:`"));
        }
    }
}

fn waits_for_itself(known: &[Known], start: &Known) -> bool {
    let (mut reached, mut open) = (Vec::new(), vec![start]);
    while let Some(here) = open.pop() {
        for name in here.first.iter().chain(&here.base).map(|name| name.value.as_str()) {
            if name == start.name {
                return true;
            }
            if !reached.contains(&name) {
                reached.push(name);
                open.extend(known.iter().find(|known| known.name == name));
            }
        }
    }
    false
}
