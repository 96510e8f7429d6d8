//! What is around a message: the trace that it belongs to; of what is redriven, how often that has been done, and the mapping
//! files that it was done for.

use super::{Desk, Ports};
use crate::port::Message;
use crate::trace;
use crossdock_engine::model::RawBody;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// How such a message begins: others are not looked into.
const BEGINS: &[u8] = b"{\"redriven\":";

/// The message of what was redriven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redriven {
    /// The message itself.
    redriven: RawBody,
    /// How often it was redriven.
    times: u32,
    /// The release of the mapping files that the redrive has seen.
    release: String,
}

/// A message as its handler takes it.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    message: Message,
    /// The body as it came, where it was another.
    came: Option<Vec<u8>>,
    /// How often it was redriven.
    pub(crate) redrives: u32,
    /// The trace that it belongs to.
    pub(crate) trace: String,
}

impl Opened {
    /// The message with all that was around it: to be put back.
    pub(crate) fn as_it_came(&self) -> Message {
        let body = self.came.clone().unwrap_or_else(|| self.message.body.clone());
        Message { body, ..self.message.clone() }
    }
}

impl Deref for Opened {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

/// The body of a message that is redriven.
pub(super) fn wrapped(body: &[u8], times: u32, release: &str) -> Vec<u8> {
    let redriven = Redriven { redriven: RawBody::new(body), times, release: release.to_owned() };
    serde_json::to_vec(&redriven).unwrap_or_default()
}

fn unwrapped(body: &[u8]) -> Option<(Vec<u8>, Redriven)> {
    let redriven: Redriven = body.starts_with(BEGINS).then(|| serde_json::from_slice(body).ok())??;
    Some((redriven.redriven.bytes().ok()?, redriven))
}

/// A message as it was before it was redriven.
pub(super) fn plain(message: &Message) -> Opened {
    taken_apart(message).0
}

fn taken_apart(message: &Message) -> (Opened, Option<String>) {
    let (trace, body) = trace::unwrapped(&message.body);
    let (body, redrives, release) = match unwrapped(body) {
        Some((body, redriven)) => (body, redriven.times, Some(redriven.release)),
        None => (body.to_vec(), 0, None),
    };
    let came = (body.len() != message.body.len()).then(|| message.body.clone());
    let trace = trace.map_or_else(trace::new, str::to_owned);
    (Opened { message: Message { body, ..message.clone() }, came, redrives, trace }, release)
}

impl<P: Ports> Desk<P> {
    /// A message as its handler takes it. One that was redriven is handled with the mended files, not with those that this
    /// process happens to have.
    pub(super) async fn opened(&self, message: &Message) -> Opened {
        let (opened, redriven) = taken_apart(message);
        if redriven.is_some_and(|release| release != self.mappings.release().id)
            && let Err(why) = self.mappings.refresh().await
        {
            tracing::warn!(why, "the mapping files cannot be looked at: what is redriven is tried with those in force");
        }
        opened
    }
}
