//! Public RSA keys, as carriers publish them: JWK sets (RFC 7517), PEM, objects of PEM by key id.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PublicKey};
use serde_json::Value as Json;

/// A shorter modulus can be factored.
const SHORTEST: usize = 2048 / 8;

/// Public keys, with their ids where they have some.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<(Option<String>, PublicKey)>,
}

impl KeySet {
    /// Reads a published document. Keys of other kinds than RSA are passed over.
    ///
    /// # Errors
    /// A document that is none of these, or holds no usable RSA key.
    pub fn parse(document: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(document).map_err(|_| "the key is no text")?.trim();
        let mut set = Self::default();
        match text.as_bytes().first() {
            None => return Err("the key is empty".into()),
            Some(b'{' | b'[') => {
                let json: Json = serde_json::from_str(text).map_err(|_| "the key set is no JSON")?;
                set.json(&json)?;
            }
            // In settings and environment variables line breaks are often written out.
            _ => set.keys.extend(pem(&text.replace("\\n", "\n"))?.into_iter().map(|key| (None, key))),
        }
        match set.keys.is_empty() {
            true => Err("there is no RSA key".into()),
            false => Ok(set),
        }
    }

    /// The keys of another set too.
    pub(super) fn extend(&mut self, other: &Self) {
        self.keys.extend(other.keys.iter().cloned());
    }

    /// The keys that may have this id: those that have it, and those without any.
    pub(super) fn of(&self, id: Option<&str>) -> impl Iterator<Item = &PublicKey> {
        let fits = move |own: &Option<String>| match (own, id) {
            (Some(own), Some(id)) => own == id,
            _ => true,
        };
        self.keys.iter().filter(move |(own, _)| fits(own)).map(|(_, key)| key)
    }

    fn json(&mut self, json: &Json) -> Result<(), String> {
        match json {
            Json::Array(keys) => keys.iter().try_for_each(|key| self.jwk(key)),
            Json::Object(object) => match object.get("keys") {
                Some(Json::Array(keys)) => keys.iter().try_for_each(|key| self.jwk(key)),
                Some(keys) => self.json(keys),
                None if object.contains_key("kty") => self.jwk(json),
                None => object.iter().try_for_each(|(id, text)| self.named(id, text)),
            },
            _ => Ok(()),
        }
    }

    fn named(&mut self, id: &str, text: &Json) -> Result<(), String> {
        let Some(text) = text.as_str().filter(|text| text.contains("-----BEGIN")) else { return Ok(()) };
        self.keys.extend(pem(text)?.into_iter().map(|key| (Some(id.to_owned()), key)));
        Ok(())
    }

    fn jwk(&mut self, key: &Json) -> Result<(), String> {
        let text = |name: &str| key.get(name).and_then(Json::as_str);
        if text("kty") != Some("RSA") || text("use").is_some_and(|purpose| purpose != "sig") {
            return Ok(());
        }
        let number = |name: &str| {
            let bytes = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())?;
            BoxedUint::from_be_slice(&bytes, u32::try_from(bytes.len()).ok()?.checked_mul(8)?).ok()
        };
        let (Some(n), Some(e)) = (number("n"), number("e")) else { return Err("a key of the set has no `n` or no `e`".into()) };
        let public = PublicKey::new(n, e).map_err(|_| "a key of the set is no RSA key")?;
        self.keys.push((text("kid").map(str::to_owned), long_enough(public)?));
        Ok(())
    }
}

/// All keys of a PEM text; a bare Base64 text is one key without its armour.
fn pem(text: &str) -> Result<Vec<PublicKey>, String> {
    if !text.contains("-----BEGIN") {
        let der = STANDARD.decode(text.split_whitespace().collect::<String>()).map_err(|_| "the key is neither PEM nor a JWK")?;
        return Ok(vec![long_enough(PublicKey::from_public_key_der(&der).map_err(|_| "this is no public RSA key")?)?]);
    }
    let mut keys = Vec::new();
    for block in text.split_inclusive("-----END").zip(text.split("-----END").skip(1)) {
        let (Some(begin), Some(label)) = (block.0.find("-----BEGIN"), block.1.split("-----").next()) else { continue };
        let armoured = format!("{}{label}-----\n", &block.0[begin..]);
        let key = match label.trim() {
            "PUBLIC KEY" => PublicKey::from_public_key_pem(&armoured).map_err(|_| "this is no public RSA key"),
            "RSA PUBLIC KEY" => PublicKey::from_pkcs1_pem(&armoured).map_err(|_| "this is no public RSA key"),
            "CERTIFICATE" => Err("a certificate is no key: write the public key that it holds"),
            _ => Err("this is no public key"),
        };
        keys.push(long_enough(key?)?);
    }
    Ok(keys)
}

fn long_enough(key: PublicKey) -> Result<PublicKey, String> {
    match key.size() < SHORTEST {
        true => Err("a key of less than 2048 bits proves nothing".into()),
        false => Ok(key),
    }
}
