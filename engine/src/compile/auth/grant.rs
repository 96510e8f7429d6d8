//! OAuth 2.0, lowered: the fields of its grants under the carrier's names.

use super::super::exchange::secret_template;
use super::token::{Written, path_node, sign_in};
use super::{File, Known, SIGN_IN};
use crate::auth::{GrantValue, OAuth2};
use crate::body::{Body, Template};
use crate::diagnostic::Diagnostic;
use crate::expr::Lowerer;
use crate::syntax::{self, Grant, SendClient, Sp};

pub(super) fn oauth2(file: &File<'_>, known: &[Known], lower: &mut Lowerer<'_>, oauth2: &syntax::OAuth2) -> OAuth2 {
    check_grant(lower, oauth2);
    let said = oauth2.expires_in.is_some() || oauth2.expires_at.is_some() || oauth2.jwt_exp.is_some();
    let standard = || syntax::Lifetime::Read(path_node("$.expires_in", oauth2.span));
    let written = Written {
        request: &oauth2.request,
        responses: oauth2.responses.as_ref(),
        token: oauth2.token.clone().unwrap_or_else(|| path_node("$.access_token", oauth2.span)),
        expires_in: oauth2.expires_in.clone().or_else(|| (!said).then(standard)),
        expires_at: oauth2.expires_at.as_ref(),
        jwt_exp: oauth2.jwt_exp.as_ref(),
        session: &oauth2.session,
        send: oauth2.send.as_ref(),
        one_session: oauth2.one_session.as_ref(),
        base: oauth2.auth.as_ref(),
        span: oauth2.span,
    };
    let sign_in = sign_in(file, known, lower, &written);
    if !matches!(sign_in.exchange.request.body, Body::None | Body::Form(_) | Body::Json(Template::Object(..))) {
        let finding = Diagnostic::error(&SIGN_IN, oauth2.request.span, "this body cannot take the fields of the grant");
        lower.found.push(finding.help("leave it out, or write further fields as `form` or as a `json` mapping"));
    }
    let client = oauth2.client.as_ref();
    let in_header = client.filter(|client| client.send.as_ref().is_none_or(|send| send.value == SendClient::Basic));
    let basic = in_header.map(|client| {
        let secret = client.secret.as_ref().map(|secret| secret_template(file, lower, &secret.0));
        (secret_template(file, lower, &client.id.0), secret)
    });
    OAuth2 { sign_in, fields: fields(file, lower, oauth2), basic }
}

/// What each grant needs, and what it cannot use.
fn check_grant(lower: &mut Lowerer<'_>, oauth2: &syntax::OAuth2) {
    let grant = oauth2.grant.value;
    let client = oauth2.client.as_ref().map(|client| client.span);
    let [username, password, refresh_token] =
        [&oauth2.username, &oauth2.password, &oauth2.refresh_token].map(|text| text.as_ref().map(|text| text.0.span));
    let users = grant == Grant::Password;
    let given = [
        ("client", client, grant == Grant::ClientCredentials, true),
        ("username", username, users, users),
        ("password", password, users, users),
        ("refresh_token", refresh_token, grant == Grant::RefreshToken, grant == Grant::RefreshToken),
    ];
    for (key, there, needed, usable) in given {
        let finding = match (there, needed, usable) {
            (None, true, _) => {
                let words = format!("the grant `{}` needs `{key}`", grant.word());
                Diagnostic::error(&SIGN_IN, oauth2.grant.span, words).help(format!("add `{key}:` beside it"))
            }
            (Some(span), _, false) => {
                let words = format!("the grant `{}` has no `{key}`", grant.word());
                Diagnostic::error(&SIGN_IN, span, words).related(oauth2.grant.span, "the grant").help("remove it")
            }
            _ => continue,
        };
        lower.found.push(finding);
    }
}

fn fields(file: &File<'_>, lower: &mut Lowerer<'_>, oauth2: &syntax::OAuth2) -> Vec<(String, GrantValue)> {
    let names = oauth2.fields.as_ref();
    let name = |own: Option<&Sp<String>>, standard: &str| own.map_or(standard, |name| &name.value).to_owned();
    let in_body = |client: &&syntax::OAuthClient| client.send.as_ref().is_some_and(|send| send.value == SendClient::Body);
    let client = oauth2.client.as_ref().filter(in_body);
    let texts = [
        (names.and_then(|names| names.client_id.as_ref()), "client_id", client.map(|client| &client.id)),
        (names.and_then(|names| names.client_secret.as_ref()), "client_secret", client.and_then(|client| client.secret.as_ref())),
        (names.and_then(|names| names.username.as_ref()), "username", oauth2.username.as_ref()),
        (names.and_then(|names| names.password.as_ref()), "password", oauth2.password.as_ref()),
        (names.and_then(|names| names.refresh_token.as_ref()), "refresh_token", oauth2.refresh_token.as_ref()),
        (names.and_then(|names| names.scope.as_ref()), "scope", oauth2.scope.as_ref()),
    ];
    let grant_type = name(names.and_then(|names| names.grant_type.as_ref()), "grant_type");
    let mut found = vec![(grant_type, GrantValue::Word(oauth2.grant.value.word()))];
    for (own, standard, value) in texts {
        match (own, value) {
            (_, Some(value)) => {
                found.push((name(own, standard), GrantValue::Text(secret_template(file, lower, &value.0))));
            }
            (Some(own), None) => {
                let words = format!("this grant sends no `{standard}` that could be renamed");
                lower.found.push(Diagnostic::error(&SIGN_IN, own.span, words));
            }
            (None, None) => {}
        }
    }
    found
}
