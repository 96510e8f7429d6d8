//! A credential in the query string.

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;

/// A query parameter and what it carries.
#[derive(Debug)]
pub struct Query {
    /// The parameter's name.
    pub name: String,
    /// The credential.
    pub value: Template,
}

impl Query {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let value = text_of(&self.value, env)?;
        Ok(Credential { headers: Vec::new(), query: vec![(self.name.clone(), value.clone())], masked: vec![value] })
    }
}
