//! Test cases, as written (`cases/*.yaml`).

use super::operation::Method;
use super::reply::{NoReply, OutcomeWord};
use super::webhook::CodeText;
use super::{Cx, Decode, Named, Sp};
use crate::carrier::Asked;
use crate::source::Node;
use serde_json::{Value, json};

record! {
    /// What the case starts from.
    pub struct Given {
        /// The order: a file beside the case, or the order itself.
        order: Option<Node>,
        /// A JSON merge patch (RFC 7396) on the order: null removes.
        with: Option<Node>,
        /// Settings of the account.
        config: Option<Node>,
        /// Secrets of the account.
        secrets: Named<Sp<String>>,
        /// The environment; the file's first when not given.
        environment: Option<Sp<String>>,
        /// The time, RFC 3339; 2026-01-01T00:00:00Z when not given.
        now: Option<Sp<String>>,
        /// Tokens by the name of their sign-in.
        tokens: Named<Sp<String>>,
        /// The shipments that are asked for: tracking numbers, or `{tracking_number, carrier_ref, reference}`.
        numbers: Vec<AskedGiven>,
        /// What sign-ins extracted beside their tokens, by their names.
        sessions: Named<Node>,
        /// The request that a sign-in is tried on; without it, a sign-in that fetches a token shows its own request.
        request: Option<RequestGiven>,
        /// The method of a delivery; POST when not given.
        method: Option<Sp<String>>,
        /// The headers of a delivery.
        headers: Named<Sp<String>>,
        /// The query parameters of a delivery.
        query: Named<Sp<String>>,
        /// A JSON body of a delivery, or the shop's own order.
        json: Option<Node>,
        /// A text body of a delivery; in a vocabulary, the carrier's words.
        text: Option<Sp<String>>,
        /// A file beside the case: the body of a delivery, or the shop's own order.
        file: Option<Sp<String>>,
        /// The sender's address.
        address: Option<Sp<String>>,
        /// The delivery is made as this sender makes it: headers and parameters that prove who it is are added.
        sender: Option<Sp<Sender>>,
        /// A file beside the case: the key set that the carrier publishes.
        keys: Option<Sp<String>>,
        /// When a delivery is received, RFC 3339; `now` when not given.
        received_at: Option<Sp<String>>,
        /// The code that a vocabulary reads.
        code: Option<CodeText>,
        /// Many codes, each with its expected reading.
        codes: Named<Node>,
        /// Arguments of a part, by parameter.
        args: Option<Node>,
        /// The action that the shop is told.
        action: Option<Node>,
        /// The event that actions follow from.
        event: Option<Node>,
        /// What is known beside the event.
        facts: Option<Facts>,
    }
}

words! {
    /// Who makes a delivery. Secrets are the account's; RSA deliveries are signed with the key of RFC 7515, appendix A.2,
    /// which is the carrier's published key then.
    pub enum Sender {
        /// The carrier.
        Genuine = "genuine",
        /// Somebody who does not know the secret.
        Forged = "forged",
        /// The carrier, but the body was changed on the way.
        Tampered = "tampered",
        /// The carrier, but long ago.
        Stale = "stale",
    }
}

record! {
    /// A request that a sign-in is tried on.
    pub struct RequestGiven {
        /// The server; the file's first when not given.
        server: Option<Sp<String>>,
        /// The method; POST with a body, GET without when not given.
        method: Option<Sp<Method>>,
        /// The path below the server's base; `/` when not given.
        path: Option<Sp<String>>,
        /// Query parameters.
        query: Named<Sp<String>>,
        /// Headers.
        headers: Named<Sp<String>>,
        /// A JSON body.
        json: Option<Node>,
        /// A form body.
        form: Named<Sp<String>>,
        /// A body, byte for byte.
        text: Option<Sp<String>>,
    }
}

record! {
    /// A shipment that is asked for, by its names.
    pub struct AskedNames {
        /// The tracking number.
        tracking_number: Option<Sp<String>>,
        /// The carrier's own id.
        carrier_ref: Option<Sp<String>>,
        /// Our reference.
        reference: Option<Sp<String>>,
    }
}

/// A shipment that is asked for: its tracking number, or its names.
#[derive(Debug, Clone)]
pub struct AskedGiven(pub Asked);

impl Decode for AskedGiven {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        if node.as_map().is_none() {
            return Sp::<String>::decode(node, cx).map(|number| Self(Asked::number(number.value)));
        }
        let names = AskedNames::decode(node, cx)?;
        let text = |name: Option<Sp<String>>| name.map(|name| name.value);
        Some(Self(Asked {
            tracking_number: text(names.tracking_number),
            carrier_ref: text(names.carrier_ref),
            reference: text(names.reference),
        }))
    }
    fn schema() -> Value {
        json!({"anyOf": [{"type": "string"}, AskedNames::schema()]})
    }
}

record! {
    /// What is known of a parcel beside the event at hand.
    pub struct Facts {
        /// Attempts at delivery so far, this one included.
        attempt: Option<Sp<u32>>,
        /// Whether this is the parcel's first event of its status.
        first: Option<Sp<bool>>,
        /// Whether the shop has asked for a cancellation.
        asked_cancel: Option<Sp<bool>>,
        /// The recipient's country.
        country: Option<Sp<String>>,
    }
}

record! {
    /// A request as it is expected. Mappings of `equals`, `includes` and `excludes` are matchers; anything else must be equal.
    pub struct RequestExpected {
        /// The method.
        method: Option<Sp<String>>,
        /// The whole URL; its query string may be left to `query`.
        url: Option<Sp<String>>,
        /// The URL's path.
        path: Option<Sp<String>>,
        /// Query parameters.
        query: Option<Node>,
        /// Headers; names are compared without case.
        headers: Option<Node>,
        /// A JSON body.
        json: Option<Node>,
        /// An XML body: its text, compared as a document; or `includes`: elements that stand somewhere in it, `excludes`: names
        /// of elements that do not.
        xml: Option<Node>,
        /// A form body. A structure inside a field is `{xml: text}` or `{json: value}`; so it is in `query`, too.
        form: Option<Node>,
        /// A multipart body: texts, and `{file, media, text}` (or `base64`) for parts that are more than a text.
        multipart: Option<Node>,
        /// A text body.
        text: Option<Sp<String>>,
        /// A body of bytes.
        base64: Option<Sp<String>>,
    }
}

record! {
    /// What is expected to be sent.
    pub struct Expect {
        /// The request.
        request: Option<RequestExpected>,
        /// Nothing is sent: a part of the reason.
        refused: Option<Sp<String>>,
    }
}

record! {
    /// What the carrier answers.
    pub struct ReplyGiven {
        /// The HTTP status.
        status: Option<Sp<u32>>,
        /// Headers.
        headers: Named<Sp<String>>,
        /// A JSON body.
        json: Option<Node>,
        /// An XML body.
        xml: Option<Sp<String>>,
        /// A text body.
        text: Option<Sp<String>>,
        /// A body of bytes.
        base64: Option<Sp<String>>,
        /// A body out of a file beside the case.
        file: Option<Sp<String>>,
        /// No answer at all: `timeout` or `connect`.
        error: Option<Sp<NoReply>>,
    }
}

record! {
    /// What must come of it. Objects are compared as far as they are written, lists have equal lengths; null is nothing.
    pub struct Then {
        /// What the exchange or operation came to.
        outcome: Option<Sp<OutcomeWord>>,
        /// The carrier's errors: `{code, message}`.
        errors: Option<Node>,
        /// The carrier's warnings: `{code, message}`.
        warnings: Option<Node>,
        /// Parcels of the result: `{reference, tracking_number, carrier_ref, refused: {code, message}}`.
        parcels: Option<Node>,
        /// Documents of the result: `{kind, media, data, parcel_reference}`; `data` is Base64.
        documents: Option<Node>,
        /// Where the recipient can follow the shipment.
        tracking_url: Option<Node>,
        /// What the carrier charges: `{amount, currency}`.
        price: Option<Node>,
        /// The carrier's own id.
        carrier_ref: Option<Node>,
        /// The expected day or time of delivery.
        estimated_delivery: Option<Node>,
        /// Events, in order, each with the `names` that it finds its parcel by.
        events: Option<Node>,
        /// Numbers that the carrier does not know.
        not_found: Option<Node>,
        /// Something waits for a person.
        unmapped: Option<Sp<bool>>,
        /// Pending operations that the delivery completes: `{operation, step, names, outcome, ...}`, with what is read.
        completions: Option<Node>,
        /// The delivery says nothing of a shipment.
        ignored: Option<Sp<bool>>,
        /// Whether the sender is the carrier.
        verified: Option<Sp<bool>>,
        /// The token of a sign-in.
        token: Option<Node>,
        /// When the token lapses, RFC 3339.
        expires_at: Option<Node>,
        /// What a sign-in extracted beside its token.
        session: Option<Node>,
        /// How long the carrier asks to wait: `60s`.
        retry_after: Option<Node>,
        /// What exists at the carrier after a failure.
        left_behind: Option<Node>,
        /// What a part yields; the answer to a handshake, or to a delivery that is kept, as text.
        value: Option<Node>,
        /// The status that a vocabulary reads; the HTTP status of the answer to a handshake or delivery.
        status: Option<Node>,
        /// The reason that a vocabulary reads.
        reason: Option<Node>,
        /// The order that the shop's own becomes.
        order: Option<Node>,
        /// What is done, in order.
        actions: Option<Node>,
    }
}

record! {
    /// One exchange of an operation of several.
    pub struct ExchangeCase {
        /// The step; none for an operation of one request.
        step: Option<Sp<String>>,
        /// The iteration of its `for_each`, from 1; 1 when not given.
        iteration: Option<Sp<u32>>,
        /// The request undoes that iteration.
        undo: Option<Sp<bool>>,
        /// What is expected to be sent.
        expect: Option<Expect>,
        /// What the carrier answers.
        reply: Option<ReplyGiven>,
        /// What this exchange comes to.
        outcome: Option<Sp<OutcomeWord>>,
    }
}

record! {
    /// One test case: exactly one of `operation`, `track`, `webhook`, `vocabulary`, `part`, `auth`, `intake`, `actions`.
    pub struct CaseFile {
        /// What it shows.
        name: Sp<String>,
        /// Where the expectation comes from.
        source: Sp<String>,
        /// An operation.
        operation: Option<Sp<String>>,
        /// Tracking by asking.
        track: Option<Sp<bool>>,
        /// A webhook.
        webhook: Option<Sp<String>>,
        /// A vocabulary.
        vocabulary: Option<Sp<String>>,
        /// A part.
        part: Option<Sp<String>>,
        /// A sign-in.
        auth: Option<Sp<String>>,
        /// The shop's own order becomes ours.
        intake: Option<Sp<bool>>,
        /// What follows from an event.
        actions: Option<Sp<bool>>,
        /// What it starts from.
        given: Option<Given>,
        /// What is expected to be sent.
        expect: Option<Expect>,
        /// What the carrier answers.
        reply: Option<ReplyGiven>,
        /// What must come of it.
        then: Option<ThenNode>,
        /// The exchanges, when there are several.
        exchanges: Vec<ExchangeCase>,
    }
}

/// What must come of a case, with the text that it was read from: expectations are compared node by node.
#[derive(Debug, Clone)]
pub struct ThenNode {
    /// The keys, checked.
    pub then: Then,
    /// The node.
    pub node: Node,
}

impl Decode for ThenNode {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        Some(Self { then: Then::decode(node, cx)?, node: node.clone() })
    }
    fn schema() -> Value {
        Then::schema()
    }
}

/// A file of cases.
#[derive(Debug, Clone)]
pub struct CaseList(pub Vec<CaseFile>);

impl Decode for CaseList {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(items) = node.as_list() else {
            cx.wrong_shape(node, "a list of cases");
            return None;
        };
        Some(Self(items.iter().filter_map(|item| CaseFile::decode(item, cx)).collect()))
    }
    fn schema() -> Value {
        json!({"type": "array", "items": CaseFile::schema()})
    }
}
