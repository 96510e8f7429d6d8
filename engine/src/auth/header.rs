//! Credentials in headers of their own.

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;

/// Headers and what each carries.
#[derive(Debug)]
pub struct Header {
    /// Names and credentials.
    pub values: Vec<(String, Template)>,
}

impl Header {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let mut credential = Credential::default();
        for (name, value) in &self.values {
            let value = text_of(value, env)?;
            credential.masked.push(value.clone());
            credential.headers.push((name.clone(), value));
        }
        Ok(credential)
    }
}
