//! Messages on the way.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The three queues of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Orders, for the dispatcher.
    Orders,
    /// Verified deliveries, for the translator.
    Updates,
    /// What follows, for the actor.
    Actions,
}

impl Queue {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Updates, Self::Actions];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Updates => "updates",
            Self::Actions => "actions",
        }
    }
}

/// What a message is acknowledged or deferred by: only the receiver that got it has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt {
    /// The queue.
    pub queue: Queue,
    /// The store's own handle.
    pub handle: String,
}

/// A message that was received: invisible to others until it is acknowledged, deferred, or its visibility runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is acknowledged by.
    pub receipt: Receipt,
    /// Who it is for, fairly: the carrier's id, or another name.
    pub group: String,
    /// The body.
    pub body: Vec<u8>,
    /// How often it was received, this time included; crashes and deferrals both count.
    pub receives: u32,
    /// When it was first put on the queue: milliseconds since 1970.
    pub sent_at: i64,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The queue.
    pub queue: Queue,
    /// Who it is for: queues are fair by group.
    pub group: String,
    /// The body.
    pub body: Vec<u8>,
    /// Not received before this time has passed.
    pub delay: Duration,
    /// When the message that it continues was first sent: milliseconds since 1970; now, if none.
    pub sent_at: Option<i64>,
}
