//! Where a token or a signature goes.

use super::{Credential, text_of};
use crate::body::{RenderError, Template};
use crate::expr::Env;

/// Where it goes.
#[derive(Debug)]
pub enum Send {
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// These places.
    Places(Vec<Place>),
    /// The request's own body has a place for it.
    Body,
}

/// One place.
#[derive(Debug)]
pub struct Place {
    /// Which.
    pub target: Target,
    /// What is sent; the token or signature itself when there is none.
    pub value: Option<Template>,
}

/// What kind of place, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A header.
    Header(String),
    /// A query parameter.
    Query(String),
    /// A field of the form, or a member of the JSON object.
    Field(String),
}

impl Send {
    /// The credential that carries `what`, a token or a signature.
    pub(super) fn put<'e>(&'e self, what: &str, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let mut credential = Credential { masked: vec![what.to_owned()], ..Credential::default() };
        let places = match self {
            Self::Body => return Ok(credential),
            Self::Bearer => {
                credential.headers.push(("Authorization".to_owned(), format!("Bearer {what}")));
                return Ok(credential);
            }
            Self::Places(places) => places,
        };
        for place in places {
            let value = place.value.as_ref().map_or_else(|| Ok(what.to_owned()), |value| text_of(value, env))?;
            match &place.target {
                Target::Header(name) => credential.headers.push((name.clone(), value)),
                Target::Query(name) => credential.query.push((name.clone(), value)),
                Target::Field(name) => credential.fields.push((name.clone(), value)),
            }
        }
        Ok(credential)
    }
}
