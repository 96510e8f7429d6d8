//! A credential in a header of its own.

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;

/// A header and what it carries.
#[derive(Debug)]
pub struct Header {
    /// The header's name.
    pub name: String,
    /// The credential.
    pub value: Template,
}

impl Header {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let value = text_of(&self.value, env)?;
        Ok(Credential { headers: vec![(self.name.clone(), value.clone())], query: Vec::new(), masked: vec![value] })
    }
}
