//! Dead letters: what waits for a person, of all three queues.

use super::{Desk, Handled, Ports, Trouble, keys};
use crate::port::{Batch, Expect, Message, Put, Queue};
use crossdock_engine::model::RawBody;
use serde::{Deserialize, Serialize};

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its name, the same however often it is parked.
    pub id: String,
    /// The queue that it was parked from.
    pub queue: Queue,
    /// The carrier's id; empty where none is known.
    pub carrier: String,
    /// Why, in a word.
    pub reason: String,
    /// Why, in words, without personal data: with the place in the file where it has one.
    pub cause: String,
    /// The shop's order, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The ledger's entry: the truth about a parked order, of which this is a reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_key: Option<String>,
    /// When it was parked: milliseconds since 1970.
    pub at: i64,
    /// The message itself, where no record holds it: its text, or base64 of its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<RawBody>,
    /// The journal's exchange that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// How often it was redriven.
    #[serde(default)]
    pub redrives: u32,
    /// The trace that the message belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

impl DeadLetter {
    /// Its key in the store.
    #[must_use]
    pub fn key(&self) -> String {
        keys::dead(self.queue.name(), &self.carrier, &self.reason, &self.id)
    }

    /// The write that parks it. It is due until developers have been told of it.
    #[must_use]
    pub fn put(&self) -> Put {
        Put::new(self.key(), Expect::Anything, serde_json::to_vec(self).unwrap_or_default()).due(Some(self.at))
    }

    /// The same, unless it is parked already.
    #[must_use]
    pub fn put_once(&self) -> Put {
        Put { expect: Expect::Absent, ..self.put() }
    }
}

impl<P: Ports> Desk<P> {
    /// A message that was received too often crashes whoever has it: it waits for a person, whole.
    ///
    /// # Errors
    /// The store failed: the message comes again.
    pub async fn park_poison(&self, message: &Message) -> Result<Handled, Trouble> {
        use sha2::{Digest, Sha256};
        let message = &super::redriven::plain(message);
        let letter = DeadLetter {
            id: hex::encode(&Sha256::digest(&message.body)[..16]),
            queue: message.receipt.queue,
            carrier: message.group.clone(),
            reason: "poison".to_owned(),
            cause: format!("received {} times without an end", message.receives),
            order_id: None,
            order_key: None,
            at: self.now(),
            body: Some(RawBody::new(&message.body)),
            exchange: None,
            redrives: message.redrives,
            trace: Some(message.trace.clone()),
        };
        tracing::error!(
            queue = letter.queue.name(),
            carrier = letter.carrier,
            letter = letter.id,
            "a message was parked as poison"
        );
        self.settle(Batch { puts: vec![letter.put()], acks: vec![message.receipt.clone()], ..Batch::default() }).await
    }
}
