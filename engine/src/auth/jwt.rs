//! A JSON Web Token (RFC 7519) that is signed here (RFC 7515, compact form), anew for every request.

use super::{Credential, Send, text_of};
use crate::body::{RenderError, Template, write_json};
use crate::digest;
use crate::expr::Env;
use crate::syntax::{Algorithm, JwtAlgorithm, KeyEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

/// What the token says, and how it is signed.
#[derive(Debug)]
pub struct Jwt {
    /// How it is signed.
    pub algorithm: JwtAlgorithm,
    /// The key.
    pub key: Template,
    /// How the secret becomes the key.
    pub key_encoding: KeyEncoding,
    /// Members of the header beside `alg` and `typ`.
    pub header: Option<Template>,
    /// The claims.
    pub claims: Template,
    /// How long it lives, in seconds: adds `iat` and `exp`.
    pub lifetime: Option<u64>,
    /// Where it goes.
    pub send: Send,
}

impl Jwt {
    pub(super) fn credential<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let token = self.token(env)?;
        let mut inner = env.narrowed();
        inner.token = Some(&token);
        self.send.put(&token, &mut inner)
    }

    fn token<'e>(&'e self, env: &mut Env<'e>) -> Result<String, RenderError> {
        let mut header = Map::from_iter([("alg".to_owned(), self.algorithm.word().into()), ("typ".to_owned(), "JWT".into())]);
        if let Some(declared) = &self.header {
            header.extend(object(declared, env)?);
        }
        let mut claims = object(&self.claims, env)?;
        if let Some(lifetime) = self.lifetime {
            let lapses = env.now.saturating_add_unsigned(lifetime);
            claims.entry("iat").or_insert_with(|| env.now.into());
            claims.entry("exp").or_insert_with(|| lapses.into());
        }
        let part = |object: Map<String, Json>| URL_SAFE_NO_PAD.encode(Json::Object(object).to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let secret = text_of(&self.key, env)?;
        let key = digest::key(self.key_encoding, &secret).map_err(|words| crate::body::at(self.key.span(), words))?;
        let algorithm = match self.algorithm {
            JwtAlgorithm::Hs256 => Algorithm::Sha256,
            JwtAlgorithm::Hs512 => Algorithm::Sha512,
        };
        let signature = URL_SAFE_NO_PAD.encode(digest::keyed(algorithm, &key, signed.as_bytes()));
        Ok(format!("{signed}.{signature}"))
    }
}

fn object<'e>(template: &'e Template, env: &mut Env<'e>) -> Result<Map<String, Json>, RenderError> {
    let mut json = Vec::new();
    write_json(template, env, &mut json)?;
    match serde_json::from_slice(&json) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(crate::body::at(template.span(), "a mapping belongs here")),
    }
}

/// The claims of a token, when it is one; nobody has looked at its signature.
pub(crate) fn claims(token: &str) -> Option<Map<String, Json>> {
    let payload = token.split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}
