//! Sign-in, as written. One record per kind; how a kind works is in `crate::auth`.

use super::{SourceNode, Sp, Template};
use crate::source::Node;
use crate::syntax::operation::Request;

choice! {
    /// How requests are signed in; the variant is the key.
    pub enum Auth {
        /// No credential.
        None(Node) = "none",
        /// HTTP Basic.
        Basic(Basic) = "basic",
        /// A fixed bearer token.
        Bearer(Bearer) = "bearer",
        /// A credential in a header of its own.
        Header(Named) = "header",
        /// A credential in the query string.
        Query(Named) = "query",
        /// OAuth 2.0.
        OAuth2(Box<OAuth2>) = "oauth2",
    }
}

record! {
    /// HTTP Basic: the user's name and password, either of which may be empty.
    pub struct Basic {
        /// The user's name.
        username: Template,
        /// The password; empty when not given.
        password: Option<Template>,
    }
}

record! {
    /// A fixed bearer token.
    pub struct Bearer {
        /// The token.
        token: Template,
    }
}

record! {
    /// A credential in a named header or query parameter.
    pub struct Named {
        /// The header's or parameter's name.
        name: Sp<String>,
        /// The credential.
        value: Template,
    }
}

words! {
    /// An OAuth 2.0 grant.
    pub enum Grant {
        /// The client's own credentials (RFC 6749, section 4.4).
        ClientCredentials = "client_credentials",
    }
}

words! {
    /// How the client's credentials are sent to the token endpoint.
    pub enum SendClient {
        /// In the Authorization header.
        Basic = "basic",
        /// As form fields `client_id` and `client_secret`.
        Body = "body",
    }
}

record! {
    /// The client of an OAuth 2.0 grant.
    pub struct OAuthClient {
        /// Where the credentials go; `basic` when not given.
        send: Option<Sp<SendClient>>,
        /// The client's id.
        id: Template,
        /// The client's secret.
        secret: Template,
    }
}

record! {
    /// OAuth 2.0.
    pub struct OAuth2 {
        /// The grant.
        grant: Sp<Grant>,
        /// The token endpoint.
        request: Request,
        /// The client's credentials.
        client: OAuthClient,
        /// The scopes asked for, separated by blanks.
        scope: Option<Template>,
        /// Where the reply has the token; `$.access_token` when not given.
        token: Option<SourceNode>,
        /// Where the reply has its lifetime in seconds; `$.expires_in` when not given.
        expires_in: Option<SourceNode>,
    }
}
