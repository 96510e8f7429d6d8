//! OAuth 2.0 (RFC 6749): the client's own credentials, a user's password, a refresh token.

use super::{Credential, SignIn, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A token endpoint and what it is told.
#[derive(Debug)]
pub struct OAuth2 {
    /// The request without the grant's fields, and the token.
    pub sign_in: SignIn,
    /// The grant's fields, under the names that the carrier has for them.
    pub fields: Vec<(String, GrantValue)>,
    /// The client's id and secret, where they go into the Authorization header.
    pub basic: Option<(Template, Option<Template>)>,
}

/// What a field of the grant holds.
#[derive(Debug)]
pub enum GrantValue {
    /// A word of the standard.
    Word(&'static str),
    /// A calculated text.
    Text(Template),
}

impl OAuth2 {
    /// What the token request carries.
    ///
    /// # Errors
    /// Expressions that fail.
    pub(crate) fn grant<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let mut credential = Credential::default();
        for (name, value) in &self.fields {
            let text = match value {
                GrantValue::Word(word) => (*word).to_owned(),
                GrantValue::Text(template) => text_of(template, env)?,
            };
            credential.fields.push((name.clone(), text));
        }
        if let Some((id, secret)) = &self.basic {
            let secret = secret.as_ref().map_or_else(|| Ok(String::new()), |secret| text_of(secret, env))?;
            let encoded = STANDARD.encode(format!("{}:{}", form_encoded(&text_of(id, env)?), form_encoded(&secret)));
            credential.headers.push(("Authorization".to_owned(), format!("Basic {encoded}")));
            credential.masked.extend([secret, encoded]);
        }
        Ok(credential)
    }
}

/// RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined.
fn form_encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
    utf8_percent_encode(text, KEPT).to_string().replace("%20", "+")
}
