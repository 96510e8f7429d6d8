//! Sign-in, as written. One record per kind; how a kind works is in `crate::auth`.

use super::reply::Rules;
use super::verify::{Algorithm, Encoding, KeyEncoding};
use super::{Cx, Decode, Named as Mapping, OneOrMany, Seconds, SourceNode, Sp, Template};
use crate::source::{Node, Span};
use crate::syntax::operation::Request;
use serde_json::{Value, json};

choice! {
    /// How requests are signed in; the variant is the key.
    pub enum Auth {
        /// No credential.
        None(Node) = "none",
        /// HTTP Basic.
        Basic(Basic) = "basic",
        /// A fixed bearer token.
        Bearer(Bearer) = "bearer",
        /// A credential in a header of its own, or a set of them.
        Header(OneOrMany<Named>) = "header",
        /// A credential in the query string, or a set of them.
        Query(OneOrMany<Named>) = "query",
        /// Credentials that stand first in every body: members of the JSON object, fields of the form, elements of the XML root.
        Body(Template) = "body",
        /// OAuth 2.0.
        OAuth2(Box<OAuth2>) = "oauth2",
        /// A request of the carrier's own kind that gives a token.
        Login(Box<Login>) = "login",
        /// A JSON Web Token that is signed here, anew for every request.
        Jwt(Box<Jwt>) = "jwt",
        /// A signature over the request itself.
        Signature(Box<Signature>) = "signature",
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

record! {
    /// Where a token or a signature goes: exactly one of `header`, `query`, `field`.
    pub struct Sent {
        /// A header.
        header: Option<Sp<String>>,
        /// A query parameter.
        query: Option<Sp<String>>,
        /// A field that is added to the form, or a member that is added to the JSON object; for signatures only.
        field: Option<Sp<String>>,
        /// What is sent; the token or signature itself when not given.
        value: Option<Template>,
    }
}

/// Where the token goes: places, or `body`, where the request itself puts it by `{$secret: token}`.
#[derive(Debug, Clone)]
pub enum Send {
    /// Headers and query parameters.
    Places(Vec<Sent>),
    /// The request's own body.
    Body(Span),
}

impl Decode for Send {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_scalar() {
            Some(scalar) if scalar.text == "body" => Some(Self::Body(node.span)),
            _ => Some(Self::Places(OneOrMany::<Sent>::decode(node, cx)?.0)),
        }
    }
    fn schema() -> Value {
        json!({"anyOf": [{"const": "body"}, OneOrMany::<Sent>::schema()]})
    }
}

/// How long a token lives: a fixed time, or a source of seconds.
#[derive(Debug, Clone)]
pub enum Lifetime {
    /// Always this long.
    Fixed(Seconds),
    /// Seconds, as the reply says.
    Read(SourceNode),
}

impl Decode for Lifetime {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.as_scalar() {
            Some(scalar) if !scalar.text.contains('$') => Seconds::decode(node, cx).map(Self::Fixed),
            _ => Some(Self::Read(SourceNode(node.clone()))),
        }
    }
    fn schema() -> Value {
        json!({"anyOf": [Seconds::schema(), SourceNode::schema()]})
    }
}

words! {
    /// An OAuth 2.0 grant.
    pub enum Grant {
        /// The client's own credentials (RFC 6749, section 4.4).
        ClientCredentials = "client_credentials",
        /// A user's name and password (RFC 6749, section 4.3).
        Password = "password",
        /// A refresh token that was given once (RFC 6749, section 6).
        RefreshToken = "refresh_token",
    }
}

words! {
    /// How the client's credentials are sent to the token endpoint.
    pub enum SendClient {
        /// In the Authorization header.
        Basic = "basic",
        /// As fields `client_id` and `client_secret`.
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
        /// The client's secret; left out when not given, for clients that have none.
        secret: Option<Template>,
    }
}

record! {
    /// Other names for the fields of a grant.
    pub struct GrantFields {
        /// Instead of `grant_type`.
        grant_type: Option<Sp<String>>,
        /// Instead of `client_id`.
        client_id: Option<Sp<String>>,
        /// Instead of `client_secret`.
        client_secret: Option<Sp<String>>,
        /// Instead of `username`.
        username: Option<Sp<String>>,
        /// Instead of `password`.
        password: Option<Sp<String>>,
        /// Instead of `refresh_token`.
        refresh_token: Option<Sp<String>>,
        /// Instead of `scope`.
        scope: Option<Sp<String>>,
    }
}

record! {
    /// OAuth 2.0.
    pub struct OAuth2 {
        /// The grant.
        grant: Sp<Grant>,
        /// The token endpoint; the fields of the grant are added to its `form`, or to its `json`.
        request: Request,
        /// The client's credentials; `client_credentials` needs them.
        client: Option<OAuthClient>,
        /// The user's name; `password` needs it.
        username: Option<Template>,
        /// The user's password; `password` needs it.
        password: Option<Template>,
        /// The refresh token; `refresh_token` needs it.
        refresh_token: Option<Template>,
        /// The scopes asked for, separated by blanks.
        scope: Option<Template>,
        /// Other names for the fields.
        fields: Option<GrantFields>,
        /// How the reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
        /// Where the reply has the token; `$.access_token` when not given.
        token: Option<SourceNode>,
        /// How long it lives: a time such as `23h`, or where the reply says it in seconds; `$.expires_in` when nothing is said.
        expires_in: Option<Lifetime>,
        /// Where the reply says when it lapses.
        expires_at: Option<SourceNode>,
        /// The token is a JSON Web Token, and says itself when it lapses.
        jwt_exp: Option<Sp<bool>>,
        /// Another sign-in whose credential goes with the token, in every request that uses this one.
        auth: Option<Sp<String>>,
        /// What else is read from the reply, for later requests: `session.<name>`.
        session: Mapping<SourceNode>,
        /// Where the token goes; `Authorization: Bearer` when not given.
        send: Option<Send>,
        /// A new token ends the one before it.
        one_session: Option<Sp<bool>>,
    }
}

record! {
    /// A sign-in by a request of the carrier's own kind.
    pub struct Login {
        /// The request; it carries no credential unless it names another sign-in by `auth:`.
        request: Request,
        /// How the reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
        /// Where the reply has the token.
        token: SourceNode,
        /// How long it lives: a time such as `23h`, or where the reply says it in seconds.
        expires_in: Option<Lifetime>,
        /// Where the reply says when it lapses.
        expires_at: Option<SourceNode>,
        /// The token is a JSON Web Token, and says itself when it lapses.
        jwt_exp: Option<Sp<bool>>,
        /// Another sign-in whose credential goes with the token, in every request that uses this one.
        auth: Option<Sp<String>>,
        /// What else is read from the reply, for later requests: `session.<name>`.
        session: Mapping<SourceNode>,
        /// Where the token goes; `Authorization: Bearer` when not given.
        send: Option<Send>,
        /// A new token ends the one before it.
        one_session: Option<Sp<bool>>,
    }
}

words! {
    /// How a JSON Web Token is signed (RFC 7518, section 3.2).
    pub enum JwtAlgorithm {
        /// HMAC by SHA-256.
        Hs256 = "HS256",
        /// HMAC by SHA-512.
        Hs512 = "HS512",
    }
}

record! {
    /// A JSON Web Token (RFC 7519), made and signed here.
    pub struct Jwt {
        /// How it is signed; `HS256` when not given.
        algorithm: Option<Sp<JwtAlgorithm>>,
        /// The key.
        key: Template,
        /// How the secret becomes the key; `raw` when not given.
        key_encoding: Option<Sp<KeyEncoding>>,
        /// Members of the header beside `alg` and `typ`.
        header: Option<Template>,
        /// The claims.
        claims: Template,
        /// How long it lives: adds the claims `iat` and `exp`.
        lifetime: Option<Seconds>,
        /// Where it goes; `Authorization: Bearer` when not given.
        send: Option<OneOrMany<Sent>>,
    }
}

record! {
    /// A signature over the exact bytes that are sent.
    pub struct Signature {
        /// A hash with a key (RFC 2104), by this algorithm.
        hmac: Option<Sp<Algorithm>>,
        /// A plain hash, by this algorithm: the secret is part of what is signed.
        hash: Option<Sp<Algorithm>>,
        /// The key of `hmac`.
        key: Option<Template>,
        /// How the secret becomes the key; `raw` when not given.
        key_encoding: Option<Sp<KeyEncoding>>,
        /// How the signature is written; `hex` when not given.
        encoding: Option<Sp<Encoding>>,
        /// What is signed, in order: texts, and `$body` for the body's bytes.
        signed: Vec<Template>,
        /// Where it goes.
        send: OneOrMany<Sent>,
        /// Another sign-in whose credential goes with it.
        auth: Option<Sp<String>>,
    }
}
