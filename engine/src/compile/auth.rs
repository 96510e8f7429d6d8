//! Sign-in, lowered.

use super::exchange::{Purpose, exchange, secret_template};
use super::{File, Survey, request_scope};
use crate::auth::{Auth, Basic, Bearer, Header, OAuth2, Query, SendClient};
use crate::carrier::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::expr::Lowerer;
use crate::source::{Kind, Node, Scalar, Style};
use crate::syntax::{self, SourceNode};

/// The file's ways to sign in by name: the only one is called `auth`.
pub(super) fn auths(file: &File<'_>, diagnostics: &mut Vec<Diagnostic>, survey: &mut Survey) -> Vec<(String, Auth)> {
    let mut found = Vec::new();
    let named = file.syntax.auths.iter().map(|(name, auth)| (name.value.clone(), auth));
    for (name, auth) in file.syntax.auth.iter().map(|auth| ("auth".to_owned(), auth)).chain(named) {
        let mut lower = request_scope(file);
        lower.secrets_allowed = true;
        found.push((name, lowered(file, &mut lower, auth)));
        diagnostics.extend(lower.found);
        survey.uses.extend(lower.uses);
        survey.spots.extend(lower.spots);
    }
    found
}

fn lowered(file: &File<'_>, lower: &mut Lowerer<'_>, auth: &syntax::Auth) -> Auth {
    match auth {
        syntax::Auth::None(_) => Auth::None,
        syntax::Auth::Basic(basic) => Auth::Basic(Basic {
            username: secret_template(file, lower, &basic.username.0),
            password: basic.password.as_ref().map(|password| secret_template(file, lower, &password.0)),
        }),
        syntax::Auth::Bearer(bearer) => Auth::Bearer(Bearer { token: secret_template(file, lower, &bearer.token.0) }),
        syntax::Auth::Header(named) => {
            Auth::Header(Header { name: named.name.value.clone(), value: secret_template(file, lower, &named.value.0) })
        }
        syntax::Auth::Query(named) => {
            Auth::Query(Query { name: named.name.value.clone(), value: secret_template(file, lower, &named.value.0) })
        }
        syntax::Auth::OAuth2(oauth2) => Auth::OAuth2(Box::new(client_credentials(file, lower, oauth2))),
    }
}

fn client_credentials(file: &File<'_>, lower: &mut Lowerer<'_>, oauth2: &syntax::OAuth2) -> OAuth2 {
    let id = secret_template(file, lower, &oauth2.client.id.0);
    let secret = secret_template(file, lower, &oauth2.client.secret.0);
    let scope = oauth2.scope.as_ref().map(|scope| secret_template(file, lower, &scope.0));
    let purpose = Purpose { reads: true, writes: None, idempotency: None, renews: false };
    let (exchange, (token, expires_in)) = exchange(file, &[], lower, &oauth2.request, None, &purpose, |data, current| {
        let source = |given: &Option<SourceNode>, path: &str| given.clone().unwrap_or_else(|| path_node(path, oauth2));
        let token: Reader = data.reader(&source(&oauth2.token, "$.access_token"), current, false);
        let expires_in: Reader = data.reader(&source(&oauth2.expires_in, "$.expires_in"), current, false);
        (token, expires_in)
    });
    let send = match oauth2.client.send.as_ref().map(|send| send.value) {
        Some(syntax::SendClient::Body) => SendClient::Body,
        _ => SendClient::Basic,
    };
    OAuth2 { exchange, send, id, secret, scope, token, expires_in }
}

/// A path that the file leaves to the standard.
fn path_node(path: &str, oauth2: &syntax::OAuth2) -> SourceNode {
    let scalar = Scalar { text: path.to_owned(), style: Style::Plain };
    SourceNode(Node { span: oauth2.span, kind: Kind::Scalar(scalar) })
}
