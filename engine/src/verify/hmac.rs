//! A signature by a shared key (RFC 2104).

use super::{Signed, same};
use crate::auth::text_of;
use crate::body::Template;
use crate::digest;
use crate::expr::Env;
use crate::syntax::{Algorithm, KeyEncoding};

/// What is signed, by which keys, and where the signature stands.
#[derive(Debug)]
pub struct Hmac {
    /// The hash.
    pub algorithm: Algorithm,
    /// The keys, any of which will do.
    pub keys: Vec<Template>,
    /// How a secret becomes a key.
    pub key_encoding: KeyEncoding,
    /// What is signed, and where.
    pub signed: Signed,
}

impl Hmac {
    pub(super) fn check<'e>(&'e self, env: &mut Env<'e>, received_at: i64) -> Result<(), String> {
        let (message, given) = self.signed.open(env, received_at)?;
        let mut found = false;
        for key in self.usable_keys(env)? {
            let wanted = digest::keyed(self.algorithm, &key, &message);
            for signature in &given {
                found |= same(signature, &wanted);
            }
        }
        if found { Ok(()) } else { Err("the signature does not match".into()) }
    }

    /// The keys that the account has: while none is being changed, the second of two is not there.
    pub(crate) fn usable_keys<'e>(&'e self, env: &mut Env<'e>) -> Result<Vec<Vec<u8>>, String> {
        let (mut keys, mut wrong) = (Vec::new(), None);
        for key in &self.keys {
            let secret = text_of(key, env).map_err(|error| error.message);
            match secret.and_then(|secret| digest::key(self.key_encoding, &secret)) {
                Ok(key) => keys.push(key),
                Err(words) => wrong = Some(words),
            }
        }
        match wrong {
            Some(words) if keys.is_empty() => Err(words),
            _ => Ok(keys),
        }
    }
}
