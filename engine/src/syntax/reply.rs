//! Replies, as written: rules, errors, results.

use super::decode::OneOrMany;
use super::{Cx, Decode, Expression, Named, SourceNode, Sp};
use crate::source::{Kind, Node};
use serde_json::{Value, json};

words! {
    /// What a reply means.
    pub enum OutcomeWord {
        /// Done.
        Accepted = "accepted",
        /// The carrier refuses this order.
        Rejected = "rejected",
        /// The credential has lapsed.
        Reauthenticate = "reauthenticate",
        /// The credential or the account is wrong.
        Misconfigured = "misconfigured",
        /// Too many requests.
        Throttled = "throttled",
        /// A fault that passes.
        Transient = "transient",
        /// Surely nothing was written.
        NotWritten = "not_written",
        /// The carrier may or may not have it.
        Ambiguous = "ambiguous",
        /// What was asked for does not exist.
        NotFound = "not_found",
        /// The carrier answers later.
        Pending = "pending",
        /// No sense can be made of it.
        Unexpected = "unexpected",
    }
}

record! {
    /// The conditions of a rule: all must hold.
    pub struct When {
        /// A status code, a class such as `4xx`, or a list of them.
        status: Option<OneOrMany<Node>>,
        /// A header that is there; with `equals` or `matches`, its value.
        header: Option<Node>,
        /// A condition on the reply.
        r#if as "if": Option<Expression>,
        /// A path that yields something not empty.
        has: Option<Sp<String>>,
        /// `true`: there is a SOAP fault; `false`: there is none.
        fault: Option<Sp<bool>>,
        /// No reply at all: `timeout` or `connect`.
        error: Option<OneOrMany<Sp<NoReply>>>,
    }
}

record! {
    /// A condition on a header.
    pub struct HeaderCondition {
        /// Its name.
        name: Sp<String>,
        /// Its exact value.
        equals: Option<Sp<String>>,
        /// A regular expression on its value.
        matches: Option<Sp<String>>,
    }
}

words! {
    /// Why there is no reply.
    pub enum NoReply {
        /// Time ran out or the connection broke.
        Timeout = "timeout",
        /// No connection was made.
        Connect = "connect",
    }
}

record! {
    /// One rule: when it matches, what the reply means.
    pub struct Rule {
        /// When it matches; always, when not given.
        when: Option<When>,
        /// Matches always: the last rule of a list.
        default: Option<Sp<bool>>,
        /// What the reply means.
        outcome: Sp<OutcomeWord>,
        /// Makes one error per entry.
        each: Option<SourceNode>,
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        message: Option<SourceNode>,
        /// What the carrier remarks although it accepts.
        warnings: Option<Warnings>,
        /// How long the carrier asks to wait, in seconds.
        retry_after: Option<SourceNode>,
    }
}

record! {
    /// Warnings of a reply that is accepted all the same.
    pub struct Warnings {
        /// Makes one warning per entry; one of the whole reply, when not given.
        each: Option<SourceNode>,
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        message: Option<SourceNode>,
    }
}

/// An entry of a list of rules.
#[derive(Debug, Clone)]
pub enum RuleEntry {
    /// `- $name`: the rules of that list stand here.
    Splice(Sp<String>),
    /// A rule.
    Rule(Box<Rule>),
}

impl Decode for RuleEntry {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        if let Some(scalar) = node.as_scalar() {
            if let Some(name) = scalar.text.strip_prefix('$') {
                return Some(Self::Splice(Sp { value: name.to_owned(), span: node.span }));
            }
            cx.wrong_shape(node, "a rule, or `$name` of a list of rules");
            return None;
        }
        Rule::decode(node, cx).map(|rule| Self::Rule(Box::new(rule)))
    }
    fn schema() -> Value {
        json!({"oneOf": [{"type": "string", "pattern": "^\\$"}, Rule::schema()]})
    }
}

/// A list of rules, or the name of one.
#[derive(Debug, Clone)]
pub enum Rules {
    /// The name of a list in `replies`.
    Name(Sp<String>),
    /// The rules themselves.
    List(Vec<RuleEntry>),
}

impl Decode for Rules {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(_) => Some(Self::Name(Sp::<String>::decode(node, cx)?)),
            Kind::List(items) => Some(Self::List(items.iter().filter_map(|item| RuleEntry::decode(item, cx)).collect())),
            Kind::Map(_) => {
                cx.wrong_shape(node, "the name of a list in `replies`, or a list of rules");
                None
            }
        }
    }
    fn schema() -> Value {
        json!({"oneOf": [{"type": "string"}, {"type": "array", "items": RuleEntry::schema()}]})
    }
}

record! {
    /// The parcels of a reply.
    pub struct ParcelsExtract {
        /// One parcel per entry; the reply is one parcel when not given.
        each: Option<SourceNode>,
        /// `true`: the carrier gives one number to all parcels of an order, which the reply has once.
        shared: Option<Sp<bool>>,
        /// Our reference, as sent; by position when not given.
        reference: Option<SourceNode>,
        /// The tracking number.
        tracking_number: Option<SourceNode>,
        /// The carrier's own id.
        carrier_ref: Option<SourceNode>,
        /// How a parcel says that it was refused while others were taken.
        error: Option<EntryError>,
        /// `true`: an accepted reply may be without parcels, or without their numbers. When not given, such a reply is
        /// `unexpected`: a person has to look.
        optional: Option<Sp<bool>>,
    }
}

record! {
    /// How an entry says that it is an error.
    pub struct EntryError {
        /// When it is one; when `code` or `message` has a value, when not given.
        r#if as "if": Option<Expression>,
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        message: Option<SourceNode>,
    }
}

record! {
    /// Documents of a reply.
    pub struct Documents {
        /// One document per entry.
        each: Option<SourceNode>,
        /// `label`, `return_label`, `invoice`, `customs`, `other`.
        kind: SourceNode,
        /// The bytes; null makes no document.
        data: SourceNode,
        /// The media type, checked against the first bytes.
        media: SourceNode,
        /// Our reference of the parcel that it belongs to; in a step `for_each` parcel, and where `each` goes over the entries of
        /// `parcels`, it is that parcel's.
        reference: Option<SourceNode>,
        /// `pdf`: all documents of this kind in one, where an operation yields several.
        merge: Option<Sp<String>>,
    }
}

/// What is read from an accepted reply.
#[derive(Debug, Clone)]
pub struct Extract {
    /// Tracking numbers and carrier ids, per parcel.
    pub parcels: Option<ParcelsExtract>,
    /// Labels and papers.
    pub documents: Vec<Documents>,
    /// Everything else by name: the known results, and fields of the file's own for later steps.
    pub fields: Named<SourceNode>,
    /// Where the record stands.
    pub span: crate::source::Span,
}

impl Extract {
    /// The results that the model knows, beside `parcels` and `documents`.
    pub const KNOWN: &'static [&'static str] = &["carrier_ref", "tracking_url", "price", "estimated_delivery"];
}

impl Decode for Extract {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            cx.wrong_shape(node, "a mapping");
            return None;
        };
        let mut extract = Self { parcels: None, documents: Vec::new(), fields: Vec::new(), span: node.span };
        for entry in entries {
            match entry.key.text.as_str() {
                "parcels" => extract.parcels = ParcelsExtract::decode(&entry.value, cx),
                "documents" => {
                    extract.documents = OneOrMany::<Documents>::decode(&entry.value, cx).map_or_else(Vec::new, |found| found.0)
                }
                name => {
                    let name = Sp { value: name.to_owned(), span: entry.key_span };
                    extract.fields.push((name, SourceNode(entry.value.clone())));
                }
            }
        }
        Some(extract)
    }
    fn schema() -> Value {
        json!({
            "title": "Extract",
            "$comment": "What is read from an accepted reply; other keys are fields of the file's own, for later steps.",
            "type": "object",
            "description": "What is read from an accepted reply; other keys are fields of the file's own, for later steps.",
            "properties": {
                "parcels": ParcelsExtract::schema(),
                "documents": super::decode::described(OneOrMany::<Documents>::schema(), &["Labels and papers."]),
                "carrier_ref": super::decode::described(SourceNode::schema(), &["The carrier's own id of the shipment."]),
                "tracking_url": super::decode::described(SourceNode::schema(), &["Where the recipient can follow the shipment."]),
                "price": super::decode::described(SourceNode::schema(), &["What the carrier charges: `{amount: source, currency: source}`."]),
                "estimated_delivery": super::decode::described(SourceNode::schema(), &["The expected day or time of delivery."]),
            },
            "additionalProperties": SourceNode::schema(),
        })
    }
}
