//! A fixed bearer token (RFC 6750).

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;

/// A token that does not change.
#[derive(Debug)]
pub struct Bearer {
    /// The token.
    pub token: Template,
}

impl Bearer {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let token = text_of(&self.token, env)?;
        let headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        Ok(Credential { headers, masked: vec![token], ..Credential::default() })
    }
}
