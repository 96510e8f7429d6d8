//! Hashes, keys and the texts they are written as: shared by the sign-in of requests and the verification of senders.

use crate::syntax::{Algorithm, Encoding, KeyEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{KeyInit as _, Mac as _};
use sha2::Digest as _;
use unicode_normalization::UnicodeNormalization as _;

/// The hash of a message.
#[must_use]
pub(crate) fn hash(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => md5::Md5::digest(message).to_vec(),
        Algorithm::Sha1 => sha1::Sha1::digest(message).to_vec(),
        Algorithm::Sha256 => sha2::Sha256::digest(message).to_vec(),
        Algorithm::Sha512 => sha2::Sha512::digest(message).to_vec(),
    }
}

/// A UUID made of a text (RFC 9562, version 8).
#[must_use]
pub(crate) fn uuid(text: &str) -> String {
    let mut bytes = sha2::Sha256::digest(text.as_bytes()).to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(&bytes[..16]);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// The hash of a message with a key (RFC 2104).
#[must_use]
pub(crate) fn keyed(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
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
        Algorithm::Md5 => keyed!(md5::Md5),
        Algorithm::Sha1 => keyed!(sha1::Sha1),
        Algorithm::Sha256 => keyed!(sha2::Sha256),
        Algorithm::Sha512 => keyed!(sha2::Sha512),
    }
}

/// A secret as the bytes of a key.
///
/// # Errors
/// An empty secret, or one that is not encoded as it should be. The words never hold it.
pub(crate) fn key(encoding: KeyEncoding, secret: &str) -> Result<Vec<u8>, String> {
    let bare = || secret.trim_end_matches('=');
    let decoded = match encoding {
        KeyEncoding::Raw => Some(secret.as_bytes().to_vec()),
        KeyEncoding::Hex => hex::decode(secret).ok(),
        KeyEncoding::Base64 => STANDARD_NO_PAD.decode(bare()).ok(),
        KeyEncoding::Base64Url => URL_SAFE_NO_PAD.decode(bare()).ok(),
        KeyEncoding::Nfkd => Some(secret.nfkd().collect::<String>().into_bytes()),
    };
    match (decoded, encoding) {
        (Some(key), _) if key.is_empty() => Err("the key is empty".into()),
        (Some(key), _) => Ok(key),
        (None, KeyEncoding::Hex) => Err("the key is not hexadecimal".into()),
        (None, KeyEncoding::Base64Url) => Err("the key is no Base64 for URLs".into()),
        (None, _) => Err("the key is no Base64".into()),
    }
}

/// Bytes as text.
#[must_use]
pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
    }
}

/// Text as bytes, when it is encoded so.
#[must_use]
pub(crate) fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => hex::decode(text).ok(),
        Encoding::Base64 => STANDARD.decode(text).ok(),
        Encoding::Base64Url => URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok(),
    }
}
