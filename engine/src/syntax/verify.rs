//! Who sent a delivery, and what a first call asks, as written. How a kind works is in `crate::verify`.

use super::decode::OneOrMany;
use super::operation::Request;
use super::{Seconds, Sp, Template};

words! {
    /// A hash algorithm.
    pub enum Algorithm {
        /// MD5, for carriers that use nothing better: to sign requests only.
        Md5 = "md5",
        /// SHA-1, for carriers that use nothing better.
        Sha1 = "sha1",
        /// SHA-256.
        Sha256 = "sha256",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

words! {
    /// How bytes are written as text.
    pub enum Encoding {
        /// Hexadecimal, either case; lower case when we write it.
        Hex = "hex",
        /// Base64.
        Base64 = "base64",
        /// Base64 for URLs, without padding.
        Base64Url = "base64url",
    }
}

words! {
    /// How a secret becomes the key's bytes.
    pub enum KeyEncoding {
        /// Its UTF-8 bytes.
        Raw = "raw",
        /// Decoded from hexadecimal.
        Hex = "hex",
        /// Decoded from Base64.
        Base64 = "base64",
        /// Decoded from Base64 for URLs, with or without padding.
        Base64Url = "base64url",
        /// Its UTF-8 bytes after Unicode normalisation NFKD.
        Nfkd = "nfkd",
    }
}

record! {
    /// Where the signature stands: exactly one of `header`, `query`, `value`.
    pub struct SignaturePlace {
        /// The header, or several of which one must match.
        header: Option<OneOrMany<Sp<String>>>,
        /// The query parameter.
        query: Option<Sp<String>>,
        /// Calculated, from a member of the body say.
        value: Option<Template>,
        /// What stands before the signature.
        prefix: Option<Sp<String>>,
        /// How it is written; `hex` when not given.
        encoding: Option<Sp<Encoding>>,
    }
}

record! {
    /// The time that the sender signed, in seconds since 1970 (or milliseconds, or RFC 3339): exactly one of `header`, `query`, `value`.
    pub struct Timestamp {
        /// The header.
        header: Option<Sp<String>>,
        /// The query parameter.
        query: Option<Sp<String>>,
        /// Calculated, from a member of the body say.
        value: Option<Template>,
        /// What stands before the time, where the header holds other things too.
        prefix: Option<Sp<String>>,
        /// How far it may be from the time of reception.
        tolerance: Seconds,
    }
}

record! {
    /// A signature by a shared key (RFC 2104).
    pub struct Hmac {
        /// The hash; `sha256` when not given.
        algorithm: Option<Sp<Algorithm>>,
        /// The key, or several while it is being changed.
        key: OneOrMany<Template>,
        /// How the secret becomes the key; `raw` when not given.
        key_encoding: Option<Sp<KeyEncoding>>,
        /// What is signed, in order: texts, `$body`, and members of the body byte for byte as they came (`$.data`); the raw body
        /// when not given. `timestamp` is the time as it was sent.
        signed: Vec<Template>,
        /// Where the signature stands.
        signature: SignaturePlace,
        /// The time that was signed.
        timestamp: Option<Timestamp>,
    }
}

record! {
    /// Where a delivery says which key it is signed with: exactly one of `header`, `query`, `value`.
    pub struct KeyId {
        /// The header.
        header: Option<Sp<String>>,
        /// The query parameter.
        query: Option<Sp<String>>,
        /// Calculated.
        value: Option<Template>,
    }
}

record! {
    /// A signature by the carrier's own key (RFC 8017, RSASSA-PKCS1-v1_5).
    pub struct Rsa {
        /// The hash: `sha256` (when not given) or `sha512`.
        algorithm: Option<Sp<Algorithm>>,
        /// The key set that the carrier publishes, as a request to one of `servers`: a JWK set, PEM, or an object of PEM by key id.
        keys: Option<Request>,
        /// A public key, or several while it is being changed, where none is published: PEM, a JWK, or a JWK set.
        key: Option<OneOrMany<Template>>,
        /// Where the delivery says which key it is; any of the set will do when not given.
        key_id: Option<KeyId>,
        /// What is signed, in order: texts, `$body`, and members of the body byte for byte as they came (`$.data`); the raw body
        /// when not given. `timestamp` is the time as it was sent.
        signed: Vec<Template>,
        /// Where the signature stands.
        signature: SignaturePlace,
        /// The time that was signed.
        timestamp: Option<Timestamp>,
    }
}

record! {
    /// HTTP Basic.
    pub struct BasicCheck {
        /// The user's name.
        username: Template,
        /// The password.
        password: Template,
    }
}

record! {
    /// A shared value in a header or query parameter.
    pub struct ValueCheck {
        /// Its name.
        name: Sp<String>,
        /// The value, or several while it is being changed.
        value: OneOrMany<Template>,
    }
}

record! {
    /// A shared value in the body.
    pub struct MemberCheck {
        /// Its path: `$.token`.
        path: Sp<String>,
        /// The value, or several while it is being changed.
        value: OneOrMany<Template>,
    }
}

choice! {
    /// How the sender of a delivery is verified.
    pub enum Verify {
        /// A signature by a shared key.
        Hmac(Box<Hmac>) = "hmac",
        /// A signature by the carrier's own key.
        Rsa(Box<Rsa>) = "rsa",
        /// HTTP Basic.
        Basic(BasicCheck) = "basic",
        /// A shared value in a header.
        Header(ValueCheck) = "header",
        /// A shared value in the query string.
        Query(ValueCheck) = "query",
        /// A shared value in the body.
        Body(MemberCheck) = "body",
        /// The sender's address is one of these, or in one of these networks (`91.216.25.0/24`).
        Ip(OneOrMany<Sp<String>>) = "ip",
        /// Any of these will do.
        Any(VerifyList) = "any",
        /// All of these must hold.
        All(VerifyList) = "all",
        /// Not at all: the reason must be said.
        None(Sp<String>) = "none",
    }
}

/// Several ways to verify a sender.
#[derive(Debug, Clone)]
pub struct VerifyList(pub Vec<Verify>, pub crate::source::Span);

impl super::Decode for VerifyList {
    fn decode(node: &crate::source::Node, cx: &mut super::Cx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_shape(node, "a list");
            return None;
        };
        Some(Self(items.iter().filter_map(|item| Verify::decode(item, cx)).collect(), node.span))
    }
    fn schema() -> serde_json::Value {
        // The same again: written out, the schema would have no end.
        serde_json::json!({"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1, "maxProperties": 1}})
    }
}

record! {
    /// A first call that proves that the address is ours.
    pub struct Handshake {
        /// A GET with a challenge.
        get: Option<Get>,
        /// A POST that carries a challenge in its body.
        post: Option<Get>,
        /// An empty POST is answered 200.
        empty: Option<Sp<bool>>,
    }
}

record! {
    /// How a challenge is answered.
    pub struct Get {
        /// The query parameter (GET) or body member (POST) that is the challenge; it is sent back when no other answer is given.
        echo: Option<Sp<String>>,
        /// A query parameter (GET) or body member (POST) by which the caller shows that it is the carrier.
        token: Option<ValueCheck>,
        /// A header that is sent back as it came; without it this is no handshake.
        echo_header: Option<Sp<String>>,
        /// The answer as JSON; `challenge` is what came.
        json: Option<Template>,
        /// The answer as text; `challenge` is what came.
        text: Option<Template>,
        /// The status of the answer; 200 when not given.
        status: Option<Sp<u32>>,
    }
}
