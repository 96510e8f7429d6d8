//! `md5`, `sha1`, `sha256`, `sha512` and `hmac`.

use super::{Example, FilterError, Kind, Param, Spec, Yield, encode::bytes, support::text_at};
use crate::value::Value;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const BINARY: &[Kind] = &[Kind::Text, Kind::Bytes];
const ENCODING: Param = Param::optional("encoding", &[Kind::Text]).one_of(&["hex", "base64"]);

/// `x | sha256`
pub(super) static SHA256: Spec = Spec {
    name: "sha256",
    params: &[ENCODING],
    accepts: BINARY,
    yields: Yield::Kind(Kind::Text),
    page: "The SHA-256 digest of the text's UTF-8 bytes, or of bytes, in `hex` (the default, lower case) or `base64`.",
    examples: &[
        Example { expr: "'abc' | sha256", gives: "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"" },
        Example { expr: "'abc' | sha256('base64')", gives: "\"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\"" },
    ],
    apply: |value, arguments| Ok(encoded(&Sha256::digest(bytes(&value)), text_at(arguments, 0))),
    ..Spec::BASE
};

/// `x | md5`
pub(super) static MD5: Spec = Spec {
    name: "md5",
    params: &[ENCODING],
    accepts: BINARY,
    yields: Yield::Kind(Kind::Text),
    page: "The MD5 digest of the text's UTF-8 bytes, or of bytes, in `hex` (the default, lower case) or `base64`: for carriers \
           that use nothing better.",
    examples: &[
        Example { expr: "'abc' | md5", gives: "\"900150983cd24fb0d6963f7d28e17f72\"" },
        Example { expr: "'abc' | md5 | upper", gives: "\"900150983CD24FB0D6963F7D28E17F72\"" },
    ],
    apply: |value, arguments| Ok(encoded(&Md5::digest(bytes(&value)), text_at(arguments, 0))),
    ..Spec::BASE
};

/// `x | sha1`
pub(super) static SHA1: Spec = Spec {
    name: "sha1",
    params: &[ENCODING],
    accepts: BINARY,
    yields: Yield::Kind(Kind::Text),
    page: "The SHA-1 digest of the text's UTF-8 bytes, or of bytes, in `hex` (the default, lower case) or `base64`: for \
           carriers that use nothing better.",
    examples: &[
        Example { expr: "'abc' | sha1", gives: "\"a9993e364706816aba3e25717850c26c9cd0d89d\"" },
        Example { expr: "'abc' | sha1('base64')", gives: "\"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=\"" },
    ],
    apply: |value, arguments| Ok(encoded(&Sha1::digest(bytes(&value)), text_at(arguments, 0))),
    ..Spec::BASE
};

/// `x | sha512`
pub(super) static SHA512: Spec = Spec {
    name: "sha512",
    params: &[ENCODING],
    accepts: BINARY,
    yields: Yield::Kind(Kind::Text),
    page: "The SHA-512 digest of the text's UTF-8 bytes, or of bytes, in `hex` (the default, lower case) or `base64`.",
    examples: &[
        Example {
            expr: "'abc' | sha512('base64')",
            gives: "\"3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==\"",
        },
        Example {
            expr: "'abc' | sha512",
            gives: "\"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f\"",
        },
    ],
    apply: |value, arguments| Ok(encoded(&Sha512::digest(bytes(&value)), text_at(arguments, 0))),
    ..Spec::BASE
};

/// `x | hmac(key)`
pub(super) static HMAC: Spec = Spec {
    name: "hmac",
    params: &[
        Param::required("key", BINARY),
        Param::optional("algorithm", &[Kind::Text]).one_of(&["sha256", "sha1", "sha512"]),
        ENCODING,
    ],
    accepts: BINARY,
    yields: Yield::Kind(Kind::Text),
    page: "The HMAC of the text's UTF-8 bytes, or of bytes, with a key, by `sha256` (the default), `sha1` or `sha512`, in \
           `hex` (the default, lower case) or `base64`. Whole requests are signed by `auth: signature`.",
    examples: &[
        Example {
            expr: "'what do ya want for nothing?' | hmac('Jefe')",
            gives: "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"",
        },
        Example {
            expr: "'what do ya want for nothing?' | hmac('Jefe', 'sha1')",
            gives: "\"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79\"",
        },
        Example {
            expr: "'what do ya want for nothing?' | hmac('Jefe', 'sha1', 'base64')",
            gives: "\"7/zfauXrL6LSdBbV8YTfnCWafHk=\"",
        },
    ],
    apply: hmac,
    ..Spec::BASE
};

fn hmac<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let key = arguments.first().map(bytes).unwrap_or_default();
    let digest = match text_at(arguments, 1) {
        Some("sha1") => keyed::<Hmac<Sha1>>(key, bytes(&value)),
        Some("sha512") => keyed::<Hmac<Sha512>>(key, bytes(&value)),
        _ => keyed::<Hmac<Sha256>>(key, bytes(&value)),
    };
    digest.map(|digest| encoded(&digest, text_at(arguments, 2)))
}

fn keyed<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Result<Vec<u8>, FilterError> {
    let mut mac = <M as KeyInit>::new_from_slice(key).map_err(|_| FilterError::new("`hmac` cannot use this key"))?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn encoded(digest: &[u8], encoding: Option<&str>) -> Value<'static> {
    Value::text(match encoding {
        Some("base64") => STANDARD.encode(digest),
        _ => hex::encode(digest),
    })
}
