//! Sign-in, lowered.

mod grant;
mod known;
mod place;
mod token;

pub(crate) use known::Known;
pub(super) use known::known;
pub(super) use place::beside_body;

use super::exchange::secret_template;
use super::webhook::pieces;
use super::{File, SIGN_IN, Survey, unknown};
use crate::auth::{Auth, Basic, Bearer, Header, Jwt, Method, Query, Send, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Lowerer, Space, Ty, Use};
use crate::syntax::{self, Algorithm, Encoding, JwtAlgorithm, KeyEncoding, NamedCredential, OneOrMany};

/// The file's ways to sign in by name: the only one is called `auth`.
pub(super) fn auths(
    file: &File<'_>,
    known: &[Known],
    diagnostics: &mut Vec<Diagnostic>,
    survey: &mut Survey,
) -> Vec<(String, Auth)> {
    known::check_names(file, known, diagnostics);
    let mut found = Vec::new();
    for (name, auth) in known::written(file.syntax) {
        let mut lower = scope(file);
        let lowered = lowered(file, known, &mut lower, auth);
        found.push((name.to_owned(), lowered));
        diagnostics.extend(lower.found);
        survey.uses.extend(lower.uses);
        survey.spots.extend(lower.spots);
    }
    found
}

/// The names of sign-ins: no order is at hand. Secrets may stand anywhere but in paths.
fn scope<'w>(file: &File<'w>) -> Lowerer<'w> {
    let mut lower = Lowerer::new(file.world, file.sources);
    lower.scope.bind("account", Binding::Space(Space::Account));
    lower.scope.bind("config", Binding::Space(Space::Config));
    lower.scope.bind("secret", Binding::Space(Space::Secret));
    lower.bind_clock();
    lower.globals = lower.scope.depth();
    lower.secrets_allowed = true;
    lower.secrets_in_query = true;
    lower
}

fn lowered(file: &File<'_>, known: &[Known], lower: &mut Lowerer<'_>, auth: &syntax::Auth) -> Auth {
    match auth {
        syntax::Auth::None(_) => Auth::None,
        syntax::Auth::Basic(basic) => Auth::Basic(Basic {
            username: secret_template(file, lower, &basic.username.0),
            password: basic.password.as_ref().map(|password| secret_template(file, lower, &password.0)),
        }),
        syntax::Auth::Bearer(bearer) => Auth::Bearer(Bearer { token: secret_template(file, lower, &bearer.token.0) }),
        syntax::Auth::Header(named) => Auth::Header(Header { values: values(file, lower, named) }),
        syntax::Auth::Query(named) => Auth::Query(Query { values: values(file, lower, named) }),
        // Lowered where it is placed; once here, so that its findings do not wait for a request.
        syntax::Auth::Body(fields) => {
            secret_template(file, lower, &fields.0);
            Auth::Body
        }
        syntax::Auth::OAuth2(oauth2) => Auth::OAuth2(Box::new(grant::oauth2(file, known, lower, oauth2))),
        syntax::Auth::Login(login) => Auth::Login(Box::new(token::login(file, known, lower, login))),
        syntax::Auth::Jwt(jwt) => Auth::Jwt(Box::new(self::jwt(file, lower, jwt))),
        syntax::Auth::Signature(signature) => Auth::Signature(Box::new(self::signature(file, known, lower, signature))),
    }
}

fn values(file: &File<'_>, lower: &mut Lowerer<'_>, named: &OneOrMany<NamedCredential>) -> Vec<(String, crate::body::Template)> {
    named.0.iter().map(|named| (named.name.value.clone(), secret_template(file, lower, &named.value.0))).collect()
}

fn jwt(file: &File<'_>, lower: &mut Lowerer<'_>, jwt: &syntax::Jwt) -> Jwt {
    let reserved = jwt.header.as_ref().and_then(|header| header.0.as_map()?.iter().find(|entry| entry.key.text == "alg"));
    if let Some(entry) = reserved {
        let finding = Diagnostic::error(&SIGN_IN, entry.key_span, "`alg` follows from `algorithm`");
        lower.found.push(finding.help("remove it, and say `algorithm: HS256` if need be"));
    }
    for node in jwt.header.iter().chain([&jwt.claims]).map(|template| &template.0).filter(|node| node.as_map().is_none()) {
        lower.found.push(Diagnostic::error(&SIGN_IN, node.span, "a mapping belongs here"));
    }
    if jwt.lifetime.is_none() && jwt.claims.0.as_map().is_some() && jwt.claims.0.get("exp").is_none() {
        let finding = Diagnostic::warning(&SIGN_IN, jwt.span, "the token never lapses");
        lower.found.push(finding.help("add `lifetime: 5m`, or the claim `exp: ${{ timestamp + 300 }}`"));
    }
    let send = jwt.send.as_ref().map_or(Send::Bearer, |send| {
        let depth = lower.scope.depth();
        lower.bind_token(&[]);
        let places = place::places(file, lower, &send.0, false);
        lower.scope.restore(depth);
        Send::Places(places)
    });
    Jwt {
        algorithm: jwt.algorithm.as_ref().map_or(JwtAlgorithm::Hs256, |word| word.value),
        key: secret_template(file, lower, &jwt.key.0),
        key_encoding: jwt.key_encoding.as_ref().map_or(KeyEncoding::Raw, |word| word.value),
        header: jwt.header.as_ref().map(|header| secret_template(file, lower, &header.0)),
        claims: secret_template(file, lower, &jwt.claims.0),
        lifetime: jwt.lifetime.map(|lifetime| lifetime.seconds),
        send,
    }
}

/// The other sign-in whose credential goes with one.
fn base(lower: &mut Lowerer<'_>, known: &[Known], name: &syntax::Sp<String>) -> Option<usize> {
    lower.uses.insert(Use::Auth(name.value.clone()));
    let at = known.iter().position(|known| known.name == name.value);
    if at.is_none() {
        lower.found.push(unknown("auth", &name.value, name.span, known.iter().map(|known| known.name.as_str())));
    }
    at
}

fn signature(file: &File<'_>, known: &[Known], lower: &mut Lowerer<'_>, signature: &syntax::Signature) -> Signature {
    let base = signature.auth.as_ref().and_then(|name| base(lower, known, name));
    if let Some(known) = base.map(|at| &known[at]).filter(|known| known.token) {
        lower.bind_token(&known.session);
    }
    lower.scope.bind("request", Binding::Space(Space::Asked));
    let method = method(file, lower, signature);
    let signed = pieces(file, lower, &signature.signed);
    if signature.signed.is_empty() {
        let finding = Diagnostic::error(&SIGN_IN, signature.span, "`signed` does not say what is signed");
        lower.found.push(finding.help("for example `signed: [\"${{ timestamp }}\", \".\", $body]`"));
    }
    lower.scope.bind("signature", Binding::Value(crate::expr::Lowered::sure(crate::expr::Expr::Given, Ty::Text)));
    Signature {
        method,
        encoding: signature.encoding.as_ref().map_or(Encoding::Hex, |word| word.value),
        signed,
        send: Send::Places(place::places(file, lower, &signature.send.0, true)),
        base,
    }
}

fn method(file: &File<'_>, lower: &mut Lowerer<'_>, signature: &syntax::Signature) -> Method {
    let key = signature.key.as_ref().map(|key| secret_template(file, lower, &key.0));
    let encoding = signature.key_encoding.as_ref().map_or(KeyEncoding::Raw, |word| word.value);
    let (finding, method) = match (&signature.hmac, &signature.hash, key) {
        (Some(hmac), None, Some(key)) => return Method::Hmac(hmac.value, key, encoding),
        (None, Some(hash), None) => return Method::Hash(hash.value),
        (Some(hmac), None, None) => {
            let finding = Diagnostic::error(&SIGN_IN, hmac.span, "`hmac` needs a `key`");
            (finding.help("a hash of text that holds the secret is `hash:`"), Method::Hash(hmac.value))
        }
        (None, Some(hash), Some(_)) => {
            let finding = Diagnostic::error(&SIGN_IN, hash.span, "a plain hash has no key");
            (finding.help("say `hmac:`, or write the secret into `signed`"), Method::Hash(hash.value))
        }
        _ => {
            let finding = Diagnostic::error(&SIGN_IN, signature.span, "a signature is made by `hmac` or by `hash`");
            (finding.help("for example `hmac: sha256` with its `key`"), Method::Hash(Algorithm::Sha256))
        }
    };
    lower.found.push(finding);
    method
}
