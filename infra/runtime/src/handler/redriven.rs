//! What is redriven: the message as it was, with how often that has been done, and the mapping files that it was done for.

use super::{Desk, Ports};
use crate::port::Message;
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
    /// How often it was redriven.
    pub(crate) redrives: u32,
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
    match unwrapped(&message.body) {
        Some((body, redriven)) => Opened { message: Message { body, ..message.clone() }, redrives: redriven.times },
        None => Opened { message: message.clone(), redrives: 0 },
    }
}

impl<P: Ports> Desk<P> {
    /// A message as its handler takes it. One that was redriven is handled with the mended files, not with those that this
    /// process happens to have.
    pub(super) async fn opened(&self, message: &Message) -> Opened {
        let Some((body, redriven)) = unwrapped(&message.body) else { return Opened { message: message.clone(), redrives: 0 } };
        if redriven.release != self.mappings.release().id
            && let Err(why) = self.mappings.refresh().await
        {
            tracing::warn!(why, "the mapping files cannot be looked at: what is redriven is tried with those in force");
        }
        Opened { message: Message { body, ..message.clone() }, redrives: redriven.times }
    }
}
