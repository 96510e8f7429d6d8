//! Emails to the logistics team, between the actor that writes them and the post office.
//!
//! An email is an item until it is sent, under the name of its action: nothing is lost when a mail server is down, and nothing
//! is written twice. One problem is one mail; when there are too many for people to read, they come as a digest.

mod digest;
mod flush;
mod words;

pub(crate) use words::{Written, minute};

use serde::{Deserialize, Serialize};

/// An email, on its way or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MailItem {
    /// The topic that it goes to.
    pub(crate) topic: String,
    /// The action that it comes from: its name, wherever it goes.
    pub(crate) action_id: String,
    /// Where it stands.
    pub(crate) state: MailState,
}

/// Where an email stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    /// To be sent.
    Waiting(Written),
    /// Sent at this time (milliseconds since 1970): remembered for a while, so that the same action is not written again.
    Sent(i64),
}

/// How much a topic has been written to lately.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    /// When its mails of the last hour were sent: milliseconds since 1970.
    #[serde(default)]
    pub(crate) sent: Vec<i64>,
    /// When its last digest was sent.
    #[serde(default)]
    pub(crate) digest_at: Option<i64>,
    /// A digest that was begun: of all that waited until this time. It is the same digest until it is sent.
    #[serde(default)]
    pub(crate) digest_until: Option<i64>,
    /// A flush is under way, and trusted to be so until this time.
    #[serde(default)]
    pub(crate) claimed_until: Option<i64>,
    /// Since when sending has failed.
    #[serde(default)]
    pub(crate) failing_since: Option<i64>,
}

impl MailItem {
    pub(crate) fn waiting(topic: &str, action_id: &str, written: Written) -> Self {
        Self { topic: topic.to_owned(), action_id: action_id.to_owned(), state: MailState::Waiting(written) }
    }

    /// What it says, while it waits: what was sent is not kept here.
    pub(crate) fn says(&self) -> Option<&Written> {
        match &self.state {
            MailState::Waiting(written) => Some(written),
            MailState::Sent(_) => None,
        }
    }

    fn sent(&self, at: i64) -> Self {
        Self { topic: self.topic.clone(), action_id: self.action_id.clone(), state: MailState::Sent(at) }
    }
}
