//! Tracking by asking, and events, as written.

use super::decode::OneOrMany;
use super::reply::Rules;
use super::{Expression, Named, Seconds, SourceNode, Sp};
use crate::source::Node;
use crate::syntax::operation::Request;

words! {
    /// Until when a shipment is asked for.
    pub enum Until {
        /// Until it has a terminal status.
        Terminal = "terminal",
    }
}

record! {
    /// How often open shipments are asked for.
    pub struct Poll {
        /// The interval.
        every: Seconds,
        /// Until when; `terminal` when not given.
        until: Option<Sp<Until>>,
        /// When to stop asking for a shipment that never ends.
        give_up: Option<Seconds>,
    }
}

record! {
    /// How an item says that it is an error.
    pub struct ItemError {
        /// When this item is an error; when `code` or `message` has a value, when not given.
        r#if as "if": Option<Expression>,
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        message: Option<SourceNode>,
        /// The number is not known to the carrier.
        not_found: Option<Sp<bool>>,
    }
}

record! {
    /// A summary, read as one more event.
    pub struct CurrentSpec {
        /// The status.
        status: StatusSpec,
        /// When: a source, or `newest` for the newest event's time.
        occurred_at: SourceNode,
    }
}

record! {
    /// One shipment of a tracking reply.
    pub struct ItemSpec {
        /// The tracking number that it speaks of. Without this and the next two it speaks of the shipment asked
        /// for, and so do all items, should there be several.
        tracking_number: Option<SourceNode>,
        /// The carrier's own id of the shipment that it speaks of.
        carrier_ref: Option<SourceNode>,
        /// Our reference of the shipment that it speaks of.
        reference: Option<SourceNode>,
        /// How it says that it is an error.
        error: Option<ItemError>,
        /// Its summary, read as one more event.
        current: Option<CurrentSpec>,
        /// The expected day or time of delivery.
        estimated_delivery: Option<SourceNode>,
        /// Who signed.
        signed_by: Option<SourceNode>,
    }
}

record! {
    /// How a status is read.
    pub struct StatusSpec {
        /// The carrier's code.
        code: Option<SourceNode>,
        /// The carrier's words.
        text: Option<SourceNode>,
        /// The vocabulary that reads them.
        vocabulary: Sp<String>,
    }
}

record! {
    /// How an event is read.
    pub struct EventSpec {
        /// Reads this entry only when this holds.
        r#if as "if": Option<Expression>,
        /// The carrier's id of the event.
        id: Option<SourceNode>,
        /// The parcel's tracking number.
        tracking_number: Option<SourceNode>,
        /// The carrier's own id of the parcel or shipment.
        carrier_ref: Option<SourceNode>,
        /// Our reference.
        reference: Option<SourceNode>,
        /// When it happened; the time of reception when not given or null.
        occurred_at: Option<SourceNode>,
        /// The status.
        status: StatusSpec,
        /// Where: a source of a text, or `{text, city, country, latitude, longitude}`.
        location: Option<Node>,
        /// The expected day or time of delivery.
        estimated_delivery: Option<SourceNode>,
        /// Who signed.
        signed_by: Option<SourceNode>,
        /// Where the proof of delivery is.
        proof_url: Option<SourceNode>,
    }
}

record! {
    /// For carriers that are asked.
    pub struct Track {
        /// How often.
        poll: Option<Poll>,
        /// How many shipments one request asks for; 1 when not given.
        batch: Option<Sp<u32>>,
        /// Names for values.
        r#let as "let": Named<Node>,
        /// The request: it asks by `tracking.number`, `tracking.carrier_ref` or `tracking.reference`; with `batch` by
        /// `tracking.numbers`, `tracking.carrier_refs` or `tracking.references`.
        request: Request,
        /// How its reply is read; when not given, 2xx is accepted and `$http` reads the rest.
        responses: Option<Rules>,
        /// The shipments of the reply; the whole reply is one when not given.
        items: Option<OneOrMany<SourceNode>>,
        /// How a shipment is read.
        item: Option<ItemSpec>,
        /// The events of a shipment; the item is one when not given.
        events: Option<OneOrMany<SourceNode>>,
        /// How an event is read.
        event: Option<EventSpec>,
    }
}
