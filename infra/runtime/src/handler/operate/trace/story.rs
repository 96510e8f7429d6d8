//! What a story is told in: for people and for machines alike. Times are milliseconds since 1970.

use super::super::super::records::ParcelRecord;
use crate::port::{Exchange, ExchangeKind, Queue};
use crossdock_engine::model::{Event, OrderResult, Reason, Status};
use serde::Serialize;
use serde_json::Value;

/// The story of an order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The shop's order.
    pub order_id: String,
    /// Its operations, oldest first.
    pub operations: Vec<Operation>,
    /// Its parcels.
    pub parcels: Vec<Parcel>,
    /// What happened, in the order of time.
    pub lines: Vec<Line>,
}

/// One operation of the order, as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Operation {
    /// The ledger's key.
    pub order_key: String,
    /// The operation of the carrier's file.
    pub operation: String,
    /// The shop's name of it.
    pub operation_id: String,
    /// The carrier.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The name of its state.
    pub state: &'static str,
    /// Why it is in this state: of what is parked or waits.
    pub reason: Option<&'static str>,
    /// The same in words.
    pub cause: Option<String>,
    /// When it is tried again, or the carrier is asked again: of what waits.
    pub until: Option<i64>,
    /// The carrier file that it was last sent with: its digest.
    pub release: Option<String>,
    /// The trace that it belongs to: logs and the journal name it, and the shop is told under it.
    pub trace: Option<String>,
    /// The exchanges with the carrier.
    pub calls: Vec<CallLine>,
    /// What the shop is told; the carrier's words only in full.
    pub result: Option<OrderResult>,
}

/// An exchange of an operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallLine {
    /// The step; none for an operation of one request.
    pub step: Option<String>,
    /// The iteration, from 0.
    pub iteration: u32,
    /// It undoes that iteration.
    pub undo: bool,
    /// Where it stands: the outcome, if it was answered.
    pub state: &'static str,
    /// How often it was sent, or was about to be.
    pub attempts: u32,
}

/// A parcel, as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parcel {
    /// The carrier's number of it.
    pub number: String,
    /// The shop's references.
    pub references: Vec<String>,
    /// Its state; none before the first event.
    pub status: Option<Status>,
    /// Events so far.
    pub events: u64,
}

/// A line of the story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// When.
    pub at: i64,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// The shop asked for an operation.
    Taken {
        /// The operation.
        operation: String,
        /// The carrier.
        carrier: String,
        /// The account.
        account: String,
        /// How many parcels; none once the order's data was removed.
        parcels: Option<usize>,
        /// The order, only in full.
        #[serde(skip_serializing_if = "Option::is_none")]
        order: Option<Box<Value>>,
    },
    /// The ledger noted something of an operation.
    Noted {
        /// The operation.
        operation: String,
        /// What.
        text: String,
    },
    /// Something went over the wire.
    Exchange(Exchanged),
    /// A parcel's event.
    Event {
        /// The parcel's number.
        parcel: String,
        /// Its position among the parcel's events.
        sequence: u64,
        /// What happened.
        status: Status,
        /// Why.
        reason: Option<Reason>,
        /// The carrier's code.
        carrier_code: Option<String>,
        /// It came too late to change anything.
        stale: bool,
        /// The event, only in full.
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<Box<Event>>,
    },
    /// Something waits for a person.
    Parked {
        /// The letter's name.
        id: String,
        /// The queue.
        queue: Queue,
        /// Why, in a word.
        reason: String,
        /// Why, in words.
        cause: String,
    },
}

impl Happening {
    /// What comes first of what happened in one moment.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Taken { .. } => 0,
            Self::Exchange(exchange) if exchange.exchange == ExchangeKind::Shop => 5,
            Self::Exchange(_) => 1,
            Self::Noted { .. } => 2,
            Self::Event { .. } => 3,
            Self::Parked { .. } => 4,
        }
    }
}

/// An exchange of the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchanged {
    /// Its name.
    pub id: String,
    /// When it began.
    pub at: i64,
    /// What it was for.
    pub exchange: ExchangeKind,
    /// With whom.
    pub party: String,
    /// What it was read as.
    pub meaning: String,
    /// The reply's HTTP status; none if no reply came.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took: u32,
    /// The release that it was made or read with.
    pub release: String,
    /// The trace that it belongs to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// What was sent, only in full; secrets are masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What came back, only in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
}

impl Exchanged {
    /// What is shown of an exchange.
    pub(in super::super) fn of(exchange: Exchange, full: bool) -> Self {
        let reply: Option<Value> = serde_json::from_str(&exchange.reply).ok();
        let status = reply.as_ref().and_then(|reply| reply.pointer("/answered/status")).and_then(Value::as_u64);
        Self {
            id: exchange.id,
            at: exchange.at,
            exchange: exchange.kind,
            party: exchange.party,
            meaning: exchange.meaning,
            status: status.and_then(|status| u16::try_from(status).ok()),
            took: exchange.took,
            release: exchange.release,
            trace: exchange.trace,
            request: full.then_some(exchange.request),
            reply: Some(exchange.reply).filter(|reply| full && !reply.is_empty()),
        }
    }
}

impl Parcel {
    pub(super) fn of(record: ParcelRecord) -> Self {
        Self {
            number: record.number,
            references: record.references,
            status: record.state.map(|(status, _)| status),
            events: record.sequence,
        }
    }
}
