//! A signature by a shared key (RFC 2104).

use super::same;
use crate::auth::text_of;
use crate::body::Template;
use crate::expr::Env;
use crate::syntax::{Algorithm, Encoding, KeyEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{KeyInit as _, Mac as _};
use unicode_normalization::UnicodeNormalization as _;

/// A piece of what is signed.
#[derive(Debug)]
pub enum Piece {
    /// The raw body.
    Body,
    /// A text.
    Text(Template),
}

/// What is signed, by which keys, and where the signature stands.
#[derive(Debug)]
pub struct Hmac {
    /// The hash.
    pub algorithm: Algorithm,
    /// The keys, any of which will do.
    pub keys: Vec<Template>,
    /// How a secret becomes a key.
    pub key_encoding: KeyEncoding,
    /// What is signed, in order.
    pub signed: Vec<Piece>,
    /// The headers, any of which will do.
    pub headers: Vec<String>,
    /// What stands before the signature.
    pub prefix: String,
    /// How it is written.
    pub encoding: Encoding,
    /// The header with the time, and how far that may be off, in seconds.
    pub timestamp: Option<(String, u64)>,
}

impl Hmac {
    pub(super) fn check<'e>(&'e self, env: &mut Env<'e>, received_at: i64) -> Result<(), String> {
        self.check_time(env, received_at)?;
        let message = self.message(env)?;
        let given = self.signatures(env)?;
        let mut found = false;
        for key in self.usable_keys(env)? {
            let wanted = digest(self.algorithm, &key, &message);
            for signature in &given {
                found |= same(signature, &wanted);
            }
        }
        if found { Ok(()) } else { Err("the signature does not match".into()) }
    }

    /// The keys that the account has: while none is being changed, the second of two is not there.
    fn usable_keys<'e>(&'e self, env: &mut Env<'e>) -> Result<Vec<Vec<u8>>, String> {
        let (mut keys, mut wrong) = (Vec::new(), None);
        for key in &self.keys {
            match text_of(key, env).map_err(|error| error.message).and_then(|secret| self.key(&secret)) {
                Ok(key) => keys.push(key),
                Err(words) => wrong = Some(words),
            }
        }
        match wrong {
            Some(words) if keys.is_empty() => Err(words),
            _ => Ok(keys),
        }
    }

    fn check_time(&self, env: &Env<'_>, received_at: i64) -> Result<(), String> {
        let Some((header, tolerance)) = &self.timestamp else { return Ok(()) };
        let text = env.head.header(header).ok_or_else(|| format!("there is no header `{header}`"))?;
        let signed_at = seconds(text.trim()).ok_or_else(|| format!("the header `{header}` is no time"))?;
        if signed_at.abs_diff(received_at) > *tolerance {
            return Err(format!("the time in `{header}` is more than {tolerance} s from the time of reception"));
        }
        Ok(())
    }

    fn message<'e>(&'e self, env: &mut Env<'e>) -> Result<Vec<u8>, String> {
        let mut message = Vec::new();
        for piece in &self.signed {
            match piece {
                Piece::Body => message.extend_from_slice(env.head.body),
                Piece::Text(template) => message.extend(text_of(template, env).map_err(|error| error.message)?.into_bytes()),
            }
        }
        Ok(message)
    }

    /// The signatures given: a header may hold several, separated by commas or blanks.
    fn signatures(&self, env: &Env<'_>) -> Result<Vec<Vec<u8>>, String> {
        let mut found = Vec::new();
        for header in &self.headers {
            let Some(text) = env.head.header(header) else { continue };
            for word in text.split([',', ' ']).map(str::trim) {
                let Some(encoded) = word.strip_prefix(self.prefix.as_str()) else { continue };
                let decoded = match self.encoding {
                    Encoding::Hex => hex::decode(encoded).ok(),
                    Encoding::Base64 => STANDARD.decode(encoded).ok(),
                };
                found.extend(decoded);
            }
        }
        match found.is_empty() {
            true => Err(format!(
                "no signature in {}",
                self.headers.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
            )),
            false => Ok(found),
        }
    }

    fn key(&self, secret: &str) -> Result<Vec<u8>, String> {
        match self.key_encoding {
            _ if secret.is_empty() => Err("the key is empty".into()),
            KeyEncoding::Raw => Ok(secret.as_bytes().to_vec()),
            KeyEncoding::Hex => hex::decode(secret).map_err(|_| "the key is not hexadecimal".into()),
            KeyEncoding::Base64 => STANDARD.decode(secret).map_err(|_| "the key is no Base64".into()),
            KeyEncoding::Nfkd => Ok(secret.nfkd().collect::<String>().into_bytes()),
        }
    }
}

/// Seconds since 1970 out of seconds, milliseconds or RFC 3339.
fn seconds(text: &str) -> Option<i64> {
    match text.parse::<i64>() {
        // Seconds do not get this long before the year 5138.
        Ok(number) if number.abs() >= 100_000_000_000 => Some(number / 1000),
        Ok(number) => Some(number),
        Err(_) => text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_second()),
    }
}

fn digest(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    macro_rules! keyed {
        ($hash:ty) => {
            match hmac::Hmac::<$hash>::new_from_slice(key) {
                Ok(mut mac) => {
                    mac.update(message);
                    mac.finalize().into_bytes().to_vec()
                }
                // Keys of any length are taken.
                Err(_) => Vec::new(),
            }
        };
    }
    match algorithm {
        Algorithm::Sha1 => keyed!(sha1::Sha1),
        Algorithm::Sha256 => keyed!(sha2::Sha256),
        Algorithm::Sha512 => keyed!(sha2::Sha512),
    }
}
