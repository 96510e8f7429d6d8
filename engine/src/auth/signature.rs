//! A signature over the request, made of the exact bytes that are sent.

use super::{Credential, Send, text_of};
use crate::body::{RenderError, Template};
use crate::digest;
use crate::expr::Env;
use crate::syntax::{Algorithm, Encoding, KeyEncoding};
use crate::verify::Piece;

/// What is signed, how, and where the signature goes.
#[derive(Debug)]
pub struct Signature {
    /// With a key, or without.
    pub method: Method,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed, in order.
    pub signed: Vec<Piece>,
    /// Where it goes.
    pub send: Send,
    /// Another sign-in whose credential goes with it.
    pub base: Option<usize>,
}

/// How it is made.
#[derive(Debug)]
pub enum Method {
    /// A plain hash.
    Hash(Algorithm),
    /// A hash with a key.
    Hmac(Algorithm, Template, KeyEncoding),
}

impl Signature {
    /// The signature of the request that `env` holds, and what else goes with it.
    pub(crate) fn sign<'e>(&'e self, env: &mut Env<'e>) -> Result<Credential, RenderError> {
        let mut message = Vec::new();
        for piece in &self.signed {
            match piece {
                Piece::Body => message.extend_from_slice(env.asked.map_or(&[][..], |asked| asked.body)),
                // Only deliveries have members: see `compile::auth`.
                Piece::Member(_) => {}
                Piece::Text(template) => message.extend(text_of(template, env)?.into_bytes()),
            }
        }
        let digest = match &self.method {
            Method::Hash(algorithm) => digest::hash(*algorithm, &message),
            Method::Hmac(algorithm, key, encoding) => {
                let secret = text_of(key, env)?;
                let bytes = digest::key(*encoding, &secret).map_err(|words| crate::body::at(key.span(), words))?;
                digest::keyed(*algorithm, &bytes, &message)
            }
        };
        let signature = digest::encode(self.encoding, &digest);
        let mut inner = env.narrowed();
        inner.given = Some(&signature);
        self.send.put(&signature, &mut inner)
    }
}
