//! `base64`, `base64_decode`, `url_encode`, `json` and `jwt_claims`.

use super::{Example, FilterError, Kind, Spec, Yield};
use crate::value::Value;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// The bytes of a text or of bytes.
pub(super) fn bytes<'v>(value: &'v Value<'_>) -> &'v [u8] {
    match value {
        Value::Text(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// `x | base64`
pub(super) static BASE64: Spec = Spec {
    name: "base64",
    accepts: &[Kind::Text, Kind::Bytes],
    yields: Yield::Kind(Kind::Text),
    page: "The text's UTF-8 bytes, or bytes, in base64 with padding. (Replies are decoded by `decode: base64`.)",
    examples: &[
        Example { expr: "'user:pass' | base64", gives: "\"dXNlcjpwYXNz\"" },
        Example { expr: "'' | base64", gives: "\"\"" },
    ],
    apply: |value, _| Ok(Value::text(STANDARD.encode(bytes(&value)))),
    ..Spec::BASE
};

/// The bytes that Base64 text stands for; padding may be left out, and white space stands anywhere.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let compact: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    LENIENT.decode(compact.as_bytes()).ok()
}

/// `x | base64_decode`
pub(super) static BASE64_DECODE: Spec = Spec {
    name: "base64_decode",
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Bytes),
    page: "The bytes that a Base64 text stands for: for `bytes`, files of `multipart` and fields of forms. White space is \
           passed over, padding may be left out.",
    examples: &[
        Example { expr: "'SGk=' | base64_decode | length", gives: "2" },
        Example { expr: "'/w A' | base64_decode | base64", gives: "\"/wA=\"" },
    ],
    apply: |value, _| match value.as_str().and_then(decode_base64) {
        Some(bytes) => Ok(Value::Bytes(Cow::Owned(bytes))),
        None => Err(FilterError::new("`base64_decode` was given a text that is no Base64")),
    },
    ..Spec::BASE
};

/// What RFC 3986 calls unreserved stays.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `x | url_encode`
pub(super) static URL_ENCODE: Spec = Spec {
    name: "url_encode",
    accepts: &[Kind::Text, Kind::Number],
    yields: Yield::Kind(Kind::Text),
    page: "The text with all but letters, digits and `-._~` percent-encoded, as a part of a URL within another text. Paths, \
           queries and forms encode their values themselves: there it would be encoded twice.",
    examples: &[
        Example { expr: "'a b&c' | url_encode", gives: "\"a%20b%26c\"" },
        Example { expr: "'Zürich' | url_encode", gives: "\"Z%C3%BCrich\"" },
    ],
    apply: |value, _| Ok(Value::text(utf8_percent_encode(&value.to_text()?, RESERVED).to_string())),
    ..Spec::BASE
};

/// `x | json`
pub(super) static JSON: Spec = Spec {
    name: "json",
    yields: Yield::Kind(Kind::Text),
    page: "The value as compact JSON text: members in their order, numbers in plain form, dates in ISO 8601, bytes in \
           base64. (A structure of the mapping itself is written by `$json`.)",
    examples: &[
        Example { expr: "{'b': [1.50, none], 'a': 'x'} | json", gives: r#""{\"b\":[1.5,null],\"a\":\"x\"}""# },
        Example { expr: "'x\"y' | json", gives: r#""\"x\\\"y\"""# },
    ],
    apply: |value, _| Ok(Value::text(value.to_json().to_string())),
    ..Spec::BASE
};

/// `x | jwt_claims`
pub(super) static JWT_CLAIMS: Spec = Spec {
    name: "jwt_claims",
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Object),
    page: "The claims of a JSON Web Token, as an object; null for a text that is none. Nobody looks at its signature: what a \
           carrier's own sign-in says of us can be read so, such as our depot.",
    examples: &[
        Example { expr: "'eyJhbGciOiJub25lIn0.eyJkZXBvdCI6ICIwNTMwIn0.' | jwt_claims", gives: "{\"depot\":\"0530\"}" },
        Example { expr: "'opaque' | jwt_claims", gives: "null" },
    ],
    apply: |value, _| {
        let claims = value.as_str().and_then(crate::auth::claims);
        Ok(claims.map_or(Value::Null, |claims| Value::from_json(&serde_json::Value::Object(claims)).into_owned()))
    },
    ..Spec::BASE
};
