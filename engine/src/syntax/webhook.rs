//! Webhooks and vocabularies, as written.

use super::decode::OneOrMany;
use super::operation::{Request, Soap};
use super::reply::{Extract, OutcomeWord};
use super::track::EventSpec;
use super::verify::{Handshake, Verify};
use super::{Cx, Decode, Expression, Named, SourceNode, Sp, Template};
use crate::source::Node;
use serde_json::{Value, json};

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
        /// What a delivery that is kept is answered, where the carrier wants words of its own; an empty 200 when not given.
        answer: Option<DeliveryAnswer>,
    }
}

record! {
    /// What a delivery that is kept is answered: with one of the bodies, or none.
    pub struct DeliveryAnswer {
        /// The status; 200 when not given.
        status: Option<Sp<u32>>,
        /// A JSON body.
        json: Option<Template>,
        /// An XML body.
        xml: Option<Template>,
        /// A SOAP message.
        soap: Option<Box<Soap>>,
        /// A plain text body.
        text: Option<Template>,
    }
}

impl DeliveryAnswer {
    /// Its body as that of a request: there is one grammar for both.
    #[must_use]
    pub fn as_request(&self) -> Request {
        Request {
            server: None,
            auth: None,
            method: None,
            path: None,
            link: None,
            query: None,
            headers: None,
            content_type: None,
            json: self.json.clone(),
            xml: self.xml.clone(),
            form: None,
            soap: self.soap.clone(),
            multipart: None,
            text: self.text.clone(),
            bytes: None,
            span: self.span,
        }
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
        /// The code, or several; `*` stands for any signs.
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
        /// A status, or `{status, reason}`, per code; `*` stands for any signs (`EX/*`), and is tried when the code itself is not there.
        codes: Named<Node>,
        /// What is done with any other code.
        unknown: Sp<Unknown>,
    }
}
