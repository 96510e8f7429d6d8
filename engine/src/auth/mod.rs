//! Sign-in: one file per kind. A kind adds its credential to a request; one that needs a token says how to get it.

mod basic;
mod bearer;
mod header;
mod jwt;
mod login;
mod oauth2;
mod query;
mod send;
mod signature;
mod token;

pub use basic::Basic;
pub use bearer::Bearer;
pub use header::Header;
pub use jwt::Jwt;
pub(crate) use jwt::claims;
pub use login::Login;
pub use oauth2::{GrantValue, OAuth2};
pub use query::Query;
pub use send::{Place, Send, Target};
pub use signature::{Method, Signature};
pub(crate) use token::from_epoch;
pub use token::{Lifetime, SignIn};

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
    /// Credentials in headers.
    Header(Header),
    /// Credentials in the query.
    Query(Query),
    /// Credentials in the body: they are part of the requests' own templates.
    Body,
    /// OAuth 2.0.
    OAuth2(Box<OAuth2>),
    /// A request of the carrier's own kind.
    Login(Box<Login>),
    /// A JSON Web Token, made here.
    Jwt(Box<Jwt>),
    /// A signature over the request.
    Signature(Box<Signature>),
}

/// What a sign-in adds to a request.
#[derive(Debug, Default)]
pub struct Credential {
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Fields of the form, or members of the JSON object.
    pub fields: Vec<(String, String)>,
    /// Texts that must be masked wherever the request is shown.
    pub masked: Vec<String>,
    /// The sign-ins whose tokens the request carries.
    pub tokens: Vec<String>,
}

impl Credential {
    /// Both together.
    pub(crate) fn join(&mut self, other: Self) {
        self.headers.extend(other.headers);
        self.query.extend(other.query);
        self.fields.extend(other.fields);
        self.masked.extend(other.masked);
        self.tokens.extend(other.tokens);
    }
}

impl Auth {
    /// How a token is fetched, when one must be.
    #[must_use]
    pub fn sign_in(&self) -> Option<&SignIn> {
        match self {
            Self::OAuth2(kind) => Some(&kind.sign_in),
            Self::Login(kind) => Some(&kind.sign_in),
            _ => None,
        }
    }

    /// The signature that is made when the request is complete.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        match self {
            Self::Signature(kind) => Some(kind),
            _ => None,
        }
    }

    /// The other sign-in whose credential goes with this one's.
    #[must_use]
    pub fn base(&self) -> Option<usize> {
        match self {
            Self::Signature(kind) => kind.base,
            _ => self.sign_in()?.base,
        }
    }

    /// The credential of a request; that of a signature comes when the request is complete.
    ///
    /// # Errors
    /// Expressions that fail.
    pub fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        match self {
            Self::None | Self::Body | Self::Signature(_) => Ok(Credential::default()),
            Self::Basic(kind) => kind.credential(env),
            Self::Bearer(kind) => kind.credential(env),
            Self::Header(kind) => kind.credential(env),
            Self::Query(kind) => kind.credential(env),
            Self::OAuth2(kind) => kind.sign_in.credential(env),
            Self::Login(kind) => kind.sign_in.credential(env),
            Self::Jwt(kind) => kind.credential(env),
        }
    }
}

/// The text that a template yields.
pub(crate) fn text_of<'e>(template: &'e Template, env: &mut Env<'e>) -> Result<String, RenderError> {
    let tree = TreeSink::render(template, env)?;
    tree.text().map(std::borrow::Cow::into_owned)
}
