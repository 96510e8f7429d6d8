//! A compiled carrier: everything that a file says, resolved. Immutable, shared between threads.

use super::reader::{Alternative, Entries, Reader};
use super::{Outcome, Repeatable};
use crate::auth::Auth;
use crate::body::{Body, LoopList, Template};
use crate::document::Plan;
use crate::expr::{Expr, Table, Ty};
use crate::source::{Sources, Span};
use crate::syntax::OnFailure;
use crate::value::Value;
use crate::verify::Verify;
use std::time::Duration;

/// A compiled carrier file.
#[derive(Debug)]
pub struct Carrier {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) environments: Vec<(String, Vec<(String, String)>)>,
    pub(crate) links: Vec<String>,
    pub(crate) config: Vec<Setting>,
    pub(crate) options: Vec<OptionSpec>,
    pub(crate) secrets: Vec<String>,
    /// Whether an account need not have each of them.
    pub(crate) optional_secrets: Vec<bool>,
    pub(crate) tables: Vec<Table>,
    pub(crate) auths: Vec<(String, Auth)>,
    pub(crate) limits: Limits,
    pub(crate) silence: Silence,
    pub(crate) operations: Vec<Operation>,
    pub(crate) track: Option<Track>,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) vocabularies: Vec<Vocabulary>,
    pub(crate) unverified: Vec<(String, Span)>,
    pub(crate) sources: Sources,
    pub(crate) file: crate::source::FileId,
    pub(crate) vm_operations: usize,
    pub(crate) headers_read: Vec<String>,
    pub(crate) expressions: (usize, usize),
    /// What a case can touch, beside the vocabularies.
    pub(crate) spots: Vec<crate::coverage::Coverable>,
}

/// A compiled `shop.yaml`.
#[derive(Debug)]
pub struct Shop {
    pub(crate) counterpart: Carrier,
    pub(crate) intake: Option<Intake>,
}

/// How the shop's own order JSON becomes a canonical order.
#[derive(Debug)]
pub struct Intake {
    pub(crate) body: Plan,
    pub(crate) matches: Vec<Expr>,
    pub(crate) order: Template,
}

/// A setting of an account.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What its value must be.
    pub constraint: Constraint,
    /// Its value when an account does not give one.
    pub default: Option<Value<'static>>,
    /// May be left out.
    pub optional: bool,
}

/// What a setting's or option's value must be.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// Its type.
    pub kind: crate::syntax::FieldType,
    /// The values it may have; any when empty.
    pub values: Vec<Value<'static>>,
    /// What a text must match.
    pub pattern: Option<crate::value::Pattern>,
}

/// What an order may ask of this carrier.
#[derive(Debug, Clone)]
pub struct OptionSpec {
    /// Its name.
    pub name: String,
    /// What its value must be.
    pub constraint: Constraint,
    /// It belongs to each parcel.
    pub of_parcel: bool,
    /// Its type in expressions.
    pub ty: Ty,
}

/// What the carrier bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a reply may take.
    pub timeout: Duration,
    /// How many requests at a time.
    pub concurrency: Option<u32>,
    /// How many requests in a time.
    pub rate: Option<(u32, Duration)>,
    /// How long an order is tried.
    pub give_up_after: Duration,
}

/// When silence is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Silence {
    /// An accepted shipment without an event.
    pub events: Option<Duration>,
    /// A carrier that stopped calling.
    pub webhooks: Option<Duration>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    pub(crate) name: String,
    pub(crate) input: Plan,
    pub(crate) lets: Vec<Expr>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) option_checks: Vec<(usize, Option<LoopList>, Expr)>,
    pub(crate) key: KeyParts,
    pub(crate) steps: Vec<Step>,
    pub(crate) reconcile: Option<Reconcile>,
}

/// A condition that an order must meet.
#[derive(Debug)]
pub struct Requirement {
    /// It must hold for each of these.
    pub(crate) for_each: Option<LoopList>,
    pub(crate) that: Expr,
    pub(crate) message: Template,
    pub(crate) span: Span,
}

/// What an order's key is made of.
#[derive(Debug)]
pub struct KeyParts {
    pub(crate) order_id: Expr,
    pub(crate) operation: Expr,
    pub(crate) operation_id: Expr,
}

/// How an order is looked up when nobody knows what became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconcile {
    /// The operation that looks it up.
    pub operation: String,
    /// Whether "not found" proves that the carrier does not have it.
    pub authoritative: bool,
    /// How long the carrier may take until a write can be found.
    pub settle: Duration,
}

/// A step; an operation of one request is one step without a name.
#[derive(Debug)]
pub struct Step {
    pub(crate) name: Option<String>,
    pub(crate) guard: Option<(Expr, Span)>,
    pub(crate) for_each: Option<LoopList>,
    /// Its iterations are the order's parcels.
    pub(crate) of_parcels: bool,
    pub(crate) sequential: bool,
    /// It is asked again until the answer is final.
    pub(crate) poll: Option<Poll>,
    pub(crate) exchange: Exchange,
    pub(crate) extract: Extract,
    pub(crate) on_failure: OnFailure,
    pub(crate) compensate: Option<Exchange>,
    pub(crate) span: Span,
}

/// A request and how its reply is read.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) request: RequestPlan,
    pub(crate) reply: Plan,
    /// The inside of the envelope that a reply must be, when it must be one.
    pub(crate) inside: Option<crate::document::Access>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) repeatable: Repeatable,
    pub(crate) idempotency: Option<(String, Template)>,
}

/// A request.
#[derive(Debug)]
pub struct RequestPlan {
    pub(crate) server: Server,
    pub(crate) auth: Option<usize>,
    pub(crate) method: &'static str,
    /// Below the server's base: a text, or `$if` and `$match` among texts.
    pub(crate) path: Template,
    pub(crate) link: Option<(Expr, Span)>,
    pub(crate) query: Vec<Template>,
    pub(crate) headers: Vec<Template>,
    pub(crate) content_type: Option<Template>,
    pub(crate) body: Body,
    pub(crate) span: Span,
}

/// Which server a request goes to.
#[derive(Debug)]
pub enum Server {
    /// Always this one.
    Named(String),
    /// The one whose name this yields.
    Chosen(Template),
}

/// A rule on replies.
#[derive(Debug)]
pub struct Rule {
    pub(crate) status: Vec<StatusMatch>,
    pub(crate) header: Option<HeaderMatch>,
    pub(crate) condition: Option<Expr>,
    /// What must be there (`has`, `fault: true`), or must not (`fault: false`).
    pub(crate) presence: Vec<(Reader, bool)>,
    pub(crate) no_reply: Vec<crate::syntax::NoReply>,
    pub(crate) outcome: Outcome,
    pub(crate) errors: Entries<MessagePlan>,
    pub(crate) warnings: Option<Entries<MessagePlan>>,
    pub(crate) retry_after: Option<Reader>,
    pub(crate) span: Span,
    /// The rule of `$http` that it is.
    pub(crate) builtin: bool,
}

/// A condition on a header.
#[derive(Debug)]
pub struct HeaderMatch {
    pub(crate) name: String,
    pub(crate) equals: Option<String>,
    pub(crate) matches: Option<crate::value::Pattern>,
}

/// A condition on the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusMatch {
    /// This one.
    Code(u16),
    /// `4xx`: the hundreds.
    Class(u16),
}

impl StatusMatch {
    /// Whether it takes a status.
    #[must_use]
    pub fn takes(self, status: u16) -> bool {
        match self {
            Self::Code(code) => status == code,
            Self::Class(hundreds) => status / 100 == hundreds,
        }
    }
}

/// A code and words.
#[derive(Debug)]
pub struct MessagePlan {
    pub(crate) code: Option<Reader>,
    pub(crate) message: Option<Reader>,
}

/// What is read from an accepted reply.
#[derive(Debug, Default)]
pub struct Extract {
    pub(crate) parcels: Option<Entries<ParcelPlan>>,
    /// Where `parcels` stands.
    pub(crate) parcels_span: Span,
    /// An accepted reply may be without parcels, or without their numbers.
    pub(crate) parcels_optional: bool,
    pub(crate) documents: Vec<Entries<DocumentPlan>>,
    pub(crate) fields: Vec<(String, Reader)>,
}

/// A parcel of a reply.
#[derive(Debug)]
pub struct ParcelPlan {
    pub(crate) reference: Option<Reader>,
    pub(crate) tracking_number: Option<Reader>,
    pub(crate) carrier_ref: Option<Reader>,
    pub(crate) refused: Option<ErrorPlan>,
}

/// A document of a reply.
#[derive(Debug)]
pub struct DocumentPlan {
    pub(crate) kind: Reader,
    pub(crate) data: Reader,
    pub(crate) media: Reader,
    pub(crate) reference: Option<Reader>,
    /// All of its kind become one PDF.
    pub(crate) merge: bool,
    /// Its entries are those that the parcels are read from, and it has no reference of its own.
    pub(crate) of_parcels: bool,
}

/// Tracking by asking.
#[derive(Debug)]
pub struct Track {
    pub(crate) poll: Option<Poll>,
    pub(crate) batch: u32,
    /// What shipments are asked for by.
    pub(crate) by: Vec<super::AskedBy>,
    pub(crate) lets: Vec<Expr>,
    pub(crate) exchange: Exchange,
    pub(crate) items: Entries<ItemPlan>,
}

/// How often open shipments are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// The interval.
    pub every: Duration,
    /// When to stop asking for a shipment that never ends.
    pub give_up: Option<Duration>,
}

/// A shipment of a tracking reply.
#[derive(Debug)]
pub struct ItemPlan {
    pub(crate) names: Vec<(super::AskedBy, Reader)>,
    pub(crate) error: Option<(ErrorPlan, bool)>,
    pub(crate) current: Option<(StatusPlan, Option<Reader>)>,
    pub(crate) estimated_delivery: Option<Reader>,
    pub(crate) signed_by: Option<Reader>,
    pub(crate) events: Entries<EventPlan>,
}

/// How an item or parcel says that it is an error.
#[derive(Debug)]
pub struct ErrorPlan {
    pub(crate) condition: Option<(Expr, Span)>,
    pub(crate) message: MessagePlan,
    pub(crate) span: Span,
}

/// How a status is read.
#[derive(Debug)]
pub struct StatusPlan {
    pub(crate) code: Option<Reader>,
    pub(crate) text: Option<Reader>,
    pub(crate) vocabulary: usize,
}

/// How an event is read.
#[derive(Debug)]
pub struct EventPlan {
    pub(crate) condition: Option<(Expr, Span)>,
    pub(crate) id: Option<Reader>,
    pub(crate) tracking_number: Option<Reader>,
    pub(crate) carrier_ref: Option<Reader>,
    pub(crate) reference: Option<Reader>,
    pub(crate) occurred_at: Option<Reader>,
    pub(crate) status: StatusPlan,
    pub(crate) location: Option<LocationPlan>,
    pub(crate) estimated_delivery: Option<Reader>,
    pub(crate) signed_by: Option<Reader>,
    pub(crate) proof_url: Option<Reader>,
    pub(crate) span: Span,
}

/// How a place is read.
#[derive(Debug)]
pub struct LocationPlan {
    pub(crate) text: Option<Reader>,
    pub(crate) city: Option<Reader>,
    pub(crate) country: Option<Reader>,
    pub(crate) latitude: Option<Reader>,
    pub(crate) longitude: Option<Reader>,
}

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    pub(crate) name: String,
    pub(crate) verify: Verify,
    pub(crate) handshake: Option<super::handshake::Handshake>,
    pub(crate) body: Plan,
    pub(crate) ignore_if: Option<(Expr, Span)>,
    pub(crate) completes: Vec<CompletionPlan>,
    /// What a delivery that is kept is answered: status and body.
    pub(crate) answer: Option<(u16, Body)>,
    pub(crate) events: Entries<EventPlan>,
    pub(crate) span: Span,
}

/// How a delivery gives the final answer of a pending exchange.
#[derive(Debug)]
pub struct CompletionPlan {
    pub(crate) operation: String,
    pub(crate) step: Option<String>,
    pub(crate) condition: Option<Expr>,
    pub(crate) names: Vec<(super::AskedBy, Reader)>,
    pub(crate) outcome: Outcome,
    pub(crate) errors: Entries<MessagePlan>,
    pub(crate) extract: Extract,
    pub(crate) span: Span,
}

/// A vocabulary.
#[derive(Debug)]
pub struct Vocabulary {
    pub(crate) name: String,
    pub(crate) ignore_case: bool,
    pub(crate) rules: Vec<VocabularyRule>,
    pub(crate) codes: std::collections::HashMap<String, Reading>,
    /// Codes with `*` in them, in the order of the file.
    pub(crate) patterns: Vec<(String, Reading)>,
    pub(crate) unknown: crate::syntax::Unknown,
    pub(crate) span: Span,
}

/// A rule of a vocabulary.
#[derive(Debug)]
pub struct VocabularyRule {
    pub(crate) codes: Vec<String>,
    pub(crate) text: Option<crate::value::Pattern>,
    pub(crate) reading: Reading,
}

/// What a code or text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The status.
    pub status: crate::model::Status,
    /// The reason.
    pub reason: Option<crate::model::Reason>,
    /// It is kept without a status.
    pub history: bool,
    /// Where the file says so.
    pub span: Span,
    /// The code's own place; of a rule, the rule's.
    pub code: Span,
}

/// Only paths that ask whether there is something need this.
pub(crate) fn presence(alternative: Alternative, span: Span) -> Reader {
    Reader {
        alternatives: Box::new([alternative]),
        pick: None,
        matching: None,
        join: None,
        kind: None,
        formats: Box::new([]),
        zone: super::reader::ZoneOf::Fixed(crate::value::date::Zone::None),
        decode: None,
        default: None,
        required: false,
        span,
    }
}
