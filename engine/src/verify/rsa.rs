//! A signature by the carrier's own key (RFC 8017, RSASSA-PKCS1-v1_5).

use super::{Circumstances, KeySet, Place, Refusal, Signed};
use crate::auth::text_of;
use crate::body::Template;
use crate::carrier::plan::Exchange;
use crate::expr::Env;
use rsa::PublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier as _;
use sha2::{Sha256, Sha512};

/// What is signed, by which key, and where the signature stands.
#[derive(Debug)]
pub struct Rsa {
    /// The hash.
    pub hash: Hash,
    /// How the published keys are fetched.
    pub published: Option<Exchange>,
    /// Keys that the account has, any of which will do.
    pub own: Vec<Template>,
    /// Where the delivery says which key it is.
    pub key_id: Option<Place>,
    /// What is signed, and where.
    pub signed: Signed,
}

/// The hash that is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Rsa {
    pub(super) fn check<'e>(&'e self, env: &mut Env<'e>, seen: &Circumstances<'_>) -> Result<(), Refusal> {
        let (message, given) = self.signed.open(env, seen.received_at)?;
        let id = match &self.key_id {
            Some(place) => Some(place.first(env).ok_or_else(|| format!("no key id in {}", place.name()))?),
            None => None,
        };
        let set = self.keys(env, seen)?;
        let mut keys = set.of(id.as_deref()).peekable();
        if keys.peek().is_none() {
            let reason = "the key that the delivery names is not in the key set";
            return Err(if self.published.is_some() { Refusal::unknown_key(reason) } else { reason.into() });
        }
        let found = keys.any(|key| given.iter().any(|signature| self.hash.verifies(key, &message, signature)));
        match (found, &self.published, &id) {
            (true, ..) => Ok(()),
            // Nothing says which key it was: it may be one that is not known yet.
            (false, Some(_), None) => Err(Refusal::unknown_key("the signature matches none of the keys")),
            _ => Err("the signature does not match".into()),
        }
    }

    fn keys<'e>(&'e self, env: &mut Env<'e>, seen: &Circumstances<'_>) -> Result<KeySet, Refusal> {
        let mut set = KeySet::default();
        let mut wrong = None;
        for key in &self.own {
            let document = text_of(key, env).map_err(|error| error.message);
            match document.and_then(|document| KeySet::parse(document.as_bytes())) {
                Ok(keys) => set.extend(&keys),
                Err(words) => wrong = Some(words),
            }
        }
        match (&self.published, seen.keys, wrong) {
            (Some(_), Some(keys), _) => set.extend(keys),
            (Some(_), None, _) => return Err(Refusal::unknown_key("the carrier's key set is not at hand")),
            (None, _, Some(words)) if set.of(None).next().is_none() => return Err(words.into()),
            _ => {}
        }
        Ok(set)
    }
}

impl Hash {
    fn verifies(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::try_from(signature) else { return false };
        match self {
            Self::Sha256 => VerifyingKey::<Sha256>::new(key.clone()).verify(message, &signature).is_ok(),
            Self::Sha512 => VerifyingKey::<Sha512>::new(key.clone()).verify(message, &signature).is_ok(),
        }
    }
}
