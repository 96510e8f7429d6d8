//! Sign-in: one file per kind. A kind adds its credential to a request; one that needs a token says how to get it.

mod basic;
mod bearer;
mod header;
mod oauth2;
mod query;

pub use basic::Basic;
pub use bearer::Bearer;
pub use header::Header;
pub use oauth2::{OAuth2, SendClient};
pub use query::Query;

use crate::body::{RenderError, Template, TreeSink};
use crate::expr::Env;

/// A compiled sign-in.
#[derive(Debug)]
pub enum Auth {
    /// No credential.
    None,
    /// HTTP Basic.
    Basic(Basic),
    /// A fixed bearer token.
    Bearer(Bearer),
    /// A credential in a header.
    Header(Header),
    /// A credential in the query.
    Query(Query),
    /// OAuth 2.0.
    OAuth2(Box<OAuth2>),
}

/// What a sign-in adds to a request.
#[derive(Debug, Default)]
pub struct Credential {
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Texts that must be masked wherever the request is shown.
    pub masked: Vec<String>,
}

impl Auth {
    /// Whether a token must be fetched first, and can be fetched anew when it has lapsed.
    #[must_use]
    pub fn renews(&self) -> bool {
        matches!(self, Self::OAuth2(_))
    }

    /// The credential of a request.
    ///
    /// # Errors
    /// Expressions that fail.
    pub fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        match self {
            Self::None => Ok(Credential::default()),
            Self::Basic(kind) => kind.credential(env),
            Self::Bearer(kind) => kind.credential(env),
            Self::Header(kind) => kind.credential(env),
            Self::Query(kind) => kind.credential(env),
            Self::OAuth2(kind) => Ok(kind.credential(env)),
        }
    }
}

/// The text that a template yields.
pub(crate) fn text_of<'e>(template: &'e Template, env: &mut Env<'e>) -> Result<String, RenderError> {
    let tree = TreeSink::render(template, env)?;
    tree.text().map(std::borrow::Cow::into_owned)
}
