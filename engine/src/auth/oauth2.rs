//! OAuth 2.0: the client's own credentials (RFC 6749, section 4.4).

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::carrier::plan::Exchange;
use crate::carrier::reader::Reader;
use crate::expr::Env;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// How the client's credentials reach the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendClient {
    /// In the Authorization header.
    Basic,
    /// In the form.
    Body,
}

/// A token endpoint and how its reply is read.
#[derive(Debug)]
pub struct OAuth2 {
    /// The token request, without the fields of the grant.
    pub exchange: Exchange,
    /// How the client's credentials are sent.
    pub send: SendClient,
    /// The client's id.
    pub id: Template,
    /// The client's secret.
    pub secret: Template,
    /// The scopes asked for.
    pub scope: Option<Template>,
    /// Where the token is.
    pub token: Reader,
    /// Where its lifetime in seconds is.
    pub expires_in: Reader,
}

/// The form and headers of a token request.
#[derive(Debug, Default)]
pub struct Grant {
    /// Form fields.
    pub fields: Vec<(String, String)>,
    /// What goes beside them.
    pub credential: Credential,
}

impl OAuth2 {
    pub(super) fn credential(&self, env: &Env<'_>) -> Credential {
        let token = env.token.unwrap_or_default().to_owned();
        let headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        Credential { headers, query: Vec::new(), masked: vec![token] }
    }

    /// What the token request carries.
    ///
    /// # Errors
    /// Expressions that fail.
    pub fn grant<'e>(&'e self, env: &mut Env<'e>) -> Result<Grant, RenderError> {
        let (id, secret) = (text_of(&self.id, env)?, text_of(&self.secret, env)?);
        let mut grant = Grant { fields: vec![("grant_type".to_owned(), "client_credentials".to_owned())], ..Grant::default() };
        grant.credential.masked.push(secret.clone());
        match self.send {
            SendClient::Body => {
                grant.fields.push(("client_id".to_owned(), id));
                grant.fields.push(("client_secret".to_owned(), secret));
            }
            SendClient::Basic => {
                let encoded = STANDARD.encode(format!("{}:{}", form_encoded(&id), form_encoded(&secret)));
                grant.credential.headers.push(("Authorization".to_owned(), format!("Basic {encoded}")));
                grant.credential.masked.push(encoded);
            }
        }
        if let Some(scope) = &self.scope {
            grant.fields.push(("scope".to_owned(), text_of(scope, env)?));
        }
        Ok(grant)
    }
}

/// RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined.
fn form_encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
    utf8_percent_encode(text, KEPT).to_string().replace("%20", "+")
}
