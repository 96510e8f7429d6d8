//! HTTP Basic (RFC 7617).

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A user's name and password; either may be empty.
#[derive(Debug)]
pub struct Basic {
    /// The user's name.
    pub username: Template,
    /// The password.
    pub password: Option<Template>,
}

impl Basic {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let username = text_of(&self.username, env)?;
        let password = self.password.as_ref().map_or_else(|| Ok(String::new()), |password| text_of(password, env))?;
        let encoded = STANDARD.encode(format!("{username}:{password}"));
        let headers = vec![("Authorization".to_owned(), format!("Basic {encoded}"))];
        Ok(Credential { headers, masked: vec![encoded, password], ..Credential::default() })
    }
}
