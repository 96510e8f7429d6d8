//! Webhooks and vocabularies, as written.

use super::decode::OneOrMany;
use super::reply::{Extract, OutcomeWord};
use super::track::EventSpec;
use super::{Cx, Decode, Expression, Named, Seconds, SourceNode, Sp, Template};
use crate::source::Node;
use serde_json::{Value, json};

words! {
    /// A hash algorithm.
    pub enum Algorithm {
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
        /// Hexadecimal, either case.
        Hex = "hex",
        /// Base64.
        Base64 = "base64",
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
        /// Its UTF-8 bytes after Unicode normalisation NFKD.
        Nfkd = "nfkd",
    }
}

record! {
    /// Where the signature stands.
    pub struct SignatureHeader {
        /// The header, or several of which one must match.
        header: OneOrMany<Sp<String>>,
        /// What stands before the signature.
        prefix: Option<Sp<String>>,
        /// How it is written; `hex` when not given.
        encoding: Option<Sp<Encoding>>,
    }
}

record! {
    /// The time that the sender signed.
    pub struct Timestamp {
        /// The header with seconds since 1970 (or milliseconds, or RFC 3339).
        header: Sp<String>,
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
        /// What is signed, in order; the raw body when not given.
        signed: Vec<Template>,
        /// Where the signature stands.
        signature: SignatureHeader,
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

choice! {
    /// How the sender of a delivery is verified.
    pub enum Verify {
        /// A signature by a shared key.
        Hmac(Box<Hmac>) = "hmac",
        /// HTTP Basic.
        Basic(BasicCheck) = "basic",
        /// A shared value in a header.
        Header(ValueCheck) = "header",
        /// A shared value in the query string.
        Query(ValueCheck) = "query",
        /// Not at all: the reason must be said.
        None(Sp<String>) = "none",
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
        /// The query parameter (GET) or body member (POST) that is sent back.
        echo: Option<Sp<String>>,
        /// The status of the answer; 200 when not given.
        status: Option<Sp<u32>>,
    }
}

record! {
    /// One webhook of a carrier.
    pub struct Webhook {
        /// How its sender is verified.
        verify: Verify,
        /// A first call that proves that the address is ours.
        handshake: Option<Handshake>,
        /// Deliveries that say nothing of a shipment.
        ignore_if: Option<Expression>,
        /// The events of a delivery; the delivery is one when not given.
        events: Option<OneOrMany<SourceNode>>,
        /// How an event is read; without, deliveries have none.
        event: Option<EventSpec>,
        /// Deliveries that give the final answer of a pending operation: the first that fits.
        completes: Vec<Completes>,
    }
}

record! {
    /// A delivery that gives the final answer of a pending operation.
    pub struct Completes {
        /// The operation.
        operation: Sp<String>,
        /// The step of it that is pending, when it has steps.
        step: Option<Sp<String>>,
        /// Which deliveries do; all, when not given.
        r#if as "if": Option<Expression>,
        /// The tracking number that names the order.
        tracking_number: Option<SourceNode>,
        /// The carrier's own id that names the order.
        carrier_ref: Option<SourceNode>,
        /// Our reference that names the order.
        reference: Option<SourceNode>,
        /// What the operation came to.
        outcome: Sp<OutcomeWord>,
        /// Makes one error per entry.
        each: Option<SourceNode>,
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        message: Option<SourceNode>,
        /// What is read from the delivery, beside what the pending reply gave.
        extract: Option<Extract>,
    }
}

record! {
    /// A rule of a vocabulary, where the code alone is not enough.
    pub struct VocabularyRule {
        /// The code, or several.
        code: Option<OneOrMany<CodeText>>,
        /// A regular expression on the carrier's words.
        text: Option<Sp<String>>,
        /// The canonical status.
        status: Sp<String>,
        /// The canonical reason.
        reason: Option<Sp<String>>,
    }
}

/// A code: always its own text, whatever YAML would make of it.
#[derive(Debug, Clone)]
pub struct CodeText(pub Sp<String>);

impl Decode for CodeText {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(scalar) = node.as_scalar() else {
            cx.wrong_shape(node, "a code");
            return None;
        };
        Some(Self(Sp { value: scalar.text.clone(), span: node.span }))
    }
    fn schema() -> Value {
        json!({"type": ["string", "number", "boolean"]})
    }
}

words! {
    /// What is done with a code that a vocabulary does not have.
    pub enum Unknown {
        /// The event waits for a person.
        Park = "park",
        /// The event has status `unknown`.
        Unknown = "unknown",
        /// The event is kept without a status.
        History = "history",
    }
}

words! {
    /// How codes and texts are compared.
    pub enum MatchCase {
        /// Case does not count.
        IgnoreCase = "ignore_case",
    }
}

record! {
    /// A carrier's words for statuses.
    pub struct VocabularyFile {
        /// How codes and texts are compared.
        r#match as "match": Option<Sp<MatchCase>>,
        /// Tried first, in order.
        rules: Vec<VocabularyRule>,
        /// A status, or `{status, reason}`, per code.
        codes: Named<Node>,
        /// What is done with any other code.
        unknown: Sp<Unknown>,
    }
}
