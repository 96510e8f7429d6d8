//! The rules from events to actions, as written.

use super::{Named, OneOrMany, Sp};
use crate::source::Node;

record! {
    /// One rule: when all of its conditions hold, what is done.
    pub struct ActionRule {
        /// The event's status, or several.
        status: Option<OneOrMany<Sp<String>>>,
        /// The event's reason, or several; `customs_*` takes all that begin so.
        reason: Option<OneOrMany<Sp<String>>>,
        /// The carrier's id, or several.
        carrier: Option<OneOrMany<Sp<String>>>,
        /// The recipient's country (ISO 3166-1 alpha-2), or several.
        country: Option<OneOrMany<Sp<String>>>,
        /// How many attempts at delivery there have been, this one included: `2`, `2..`, `1..3`.
        attempt: Option<Node>,
        /// Whether this is the parcel's first event of its status.
        first: Option<Sp<bool>>,
        /// Whether the shop has asked for a cancellation.
        asked: Option<Sp<bool>>,
        /// `notify_shop`, `email_logistics`, `{email_logistics: {topic: name}}`; nothing when empty.
        r#do as "do": Node,
    }
}

record! {
    /// Which status and reason leads to what.
    pub struct ActionsFile {
        /// `actions/v1`.
        format: Sp<String>,
        /// The first that matches decides; the shipped defaults follow.
        rules: Vec<ActionRule>,
        /// An address per topic.
        topics: Named<Sp<String>>,
    }
}
