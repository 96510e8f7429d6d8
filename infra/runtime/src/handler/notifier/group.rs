//! What developers know of one kind of trouble, kept from notice to notice.

use super::super::{Desk, Ports, Trouble, keys};
use crate::clock::millis;
use crate::port::{Batch, CommitError, Expect, Item, Put, Store};
use serde::{Deserialize, Serialize};

/// How often a write is tried again because another notifier was quicker.
const RACES: usize = 5;

/// What is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    /// Dead letters.
    Letters {
        /// The queue.
        queue: String,
        /// The carrier's id, `shop`, or empty.
        carrier: String,
        /// Why they wait.
        reason: String,
    },
    /// Deliveries whose sender could not be verified.
    Quarantine {
        /// The carrier's id.
        carrier: String,
        /// The account.
        account: String,
        /// The webhook.
        webhook: String,
    },
    /// A mapping file that does not load.
    Mapping {
        /// Its name.
        file: String,
    },
    /// A carrier that does not answer.
    Breaker {
        /// Its id, or `shop`.
        carrier: String,
    },
    /// Emails that cannot be sent.
    Mail {
        /// The topic.
        topic: String,
    },
}

/// One kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    /// What is broken.
    pub(super) subject: Subject,
    /// How many developers have not been told of.
    pub(super) untold: u64,
    /// How many they have been told of.
    #[serde(default)]
    pub(super) told: u64,
    /// When they were last told: milliseconds since 1970.
    #[serde(default)]
    pub(super) told_at: Option<i64>,
    /// When the first of those untold happened.
    pub(super) since: i64,
    /// What the first of those untold is.
    pub(super) first: First,
    /// When it was last seen, where it is seen again and again.
    #[serde(default)]
    pub(super) seen_at: Option<i64>,
}

/// The first of a group, as an example.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct First {
    /// Why, in words without personal data.
    pub(super) cause: String,
    /// The dead letter's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) letter: Option<String>,
    /// The shop's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) order_id: Option<String>,
}

impl Subject {
    /// The key of its group.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Letters { queue, carrier, reason } => keys::notice("letters", &[queue, carrier, reason]),
            Self::Quarantine { carrier, account, webhook } => keys::notice("quarantine", &[carrier, account, webhook]),
            Self::Mapping { file } => keys::notice("mapping", &[file]),
            Self::Breaker { carrier } => keys::notice("breaker", &[carrier]),
            Self::Mail { topic } => keys::notice("mail", &[topic]),
        }
    }

    /// Where those that wait are kept; none where nothing waits.
    pub(super) fn prefix(&self) -> Option<String> {
        match self {
            Self::Letters { queue, carrier, reason } => Some(keys::dead_like(queue, Some(carrier), Some(reason))),
            Self::Quarantine { carrier, account, webhook } => Some(keys::quarantine_of(carrier, account, webhook)),
            Self::Mapping { .. } | Self::Breaker { .. } | Self::Mail { .. } => None,
        }
    }
}

impl Group {
    pub(super) fn new(subject: Subject) -> Self {
        Self { subject, untold: 0, told: 0, told_at: None, since: 0, first: First::default(), seen_at: None }
    }

    /// Counts more of it.
    pub(super) fn add(&mut self, count: u64, since: i64, first: First) {
        if self.untold == 0 {
            self.since = since;
            self.first = first;
        }
        self.untold += count;
    }

    /// When it is to be told: at once if it is new, later if it is more of what was told lately.
    fn due(&self, now: i64, quiet: i64) -> Option<i64> {
        (self.untold > 0).then(|| self.told_at.map_or(now, |at| at.saturating_add(quiet).max(now)))
    }
}

impl<P: Ports> Desk<P> {
    /// A group as it is known, with its item; a new one, if it is not.
    pub(super) async fn group(&self, subject: &Subject) -> Result<(Group, Option<Item>), Trouble> {
        let item = self.store.get(&subject.key()).await?;
        let known = item.as_ref().and_then(|item| serde_json::from_slice(&item.body).ok());
        Ok((known.unwrap_or_else(|| Group::new(subject.clone())), item))
    }

    /// The write of a group.
    pub(super) fn group_put(&self, group: &Group, item: Option<&Item>) -> Put {
        let quiet = millis(self.settings.quiet);
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let body = serde_json::to_vec(group).unwrap_or_default();
        Put::new(group.subject.key(), expect, body).due(group.due(self.now(), quiet))
    }

    /// Changes a group that is known.
    pub(super) async fn change_group(&self, key: &str, change: impl Fn(&mut Group, i64) + Send + Sync) -> Result<(), Trouble> {
        for _ in 0..RACES {
            let Some(item) = self.store.get(key).await? else { return Ok(()) };
            let Ok(mut group) = serde_json::from_slice::<Group>(&item.body) else { return Ok(()) };
            change(&mut group, self.now());
            match self.store.commit(Batch { puts: vec![self.group_put(&group, Some(&item))], ..Batch::default() }).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Trouble::Changed)
    }
}
