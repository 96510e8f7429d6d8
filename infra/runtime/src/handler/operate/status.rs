//! Where everything stands, at a glance.

use super::super::dead::DeadLetter;
use super::super::dispatcher::read_entry;
use super::super::keys;
use super::super::records::CarrierRecord;
use super::super::webhook::Quarantined;
use super::letters::Advice;
use super::{Failed, Operator};
use crate::port::{Depth, Queue, Store};
use serde::Serialize;
use std::collections::BTreeMap;

/// Entries that are counted by state: beyond, "at least".
const OPEN: usize = 2000;

/// Where everything stands. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// When this was.
    pub at: i64,
    /// What waits in each queue.
    pub queues: Vec<QueueStatus>,
    /// What waits for a person.
    pub dead: Vec<DeadGroup>,
    /// Carriers that are paused or have called.
    pub carriers: Vec<CarrierStatus>,
    /// Deliveries whose sender could not be verified.
    pub quarantine: Vec<QuarantineStatus>,
    /// Orders under way, by state.
    pub open: BTreeMap<&'static str, usize>,
    /// There are more orders under way than were counted.
    pub open_cut: bool,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueStatus {
    /// Which one.
    pub queue: Queue,
    /// All of it.
    pub total: Depth,
    /// By carrier, or whom else its messages are for.
    pub groups: BTreeMap<String, Depth>,
}

/// Dead letters of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadGroup {
    /// The queue.
    pub queue: Queue,
    /// The carrier; empty where none is known.
    pub carrier: String,
    /// Why, in a word.
    pub reason: String,
    /// How many.
    pub count: usize,
    /// Since when: that of the oldest.
    pub since: i64,
    /// When the newest came.
    pub latest: i64,
    /// What can be done.
    pub advice: Advice,
}

/// A carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarrierStatus {
    /// Its id.
    pub carrier: String,
    /// A person has stopped it.
    pub paused: bool,
    /// When it last called, give or take a minute.
    pub called_at: Option<i64>,
}

/// Unverified deliveries of one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineStatus {
    /// The carrier.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The webhook.
    pub webhook: String,
    /// How many.
    pub count: usize,
}

impl<S: Store> Operator<'_, S> {
    /// Where everything stands.
    ///
    /// # Errors
    /// The store fails.
    pub async fn status(&self) -> Result<Status, Failed> {
        let (open, open_cut) = self.open().await?;
        Ok(Status {
            at: self.now,
            queues: self.queues().await?,
            dead: self.dead_groups().await?,
            carriers: self.carriers().await?,
            quarantine: self.quarantines().await?,
            open,
            open_cut,
        })
    }

    async fn queues(&self) -> Result<Vec<QueueStatus>, Failed> {
        let mut queues = Vec::new();
        for queue in Queue::ALL {
            let groups = self.store.depth(queue).await?;
            let total = groups.values().fold(Depth::default(), |sum, depth| Depth {
                ready: sum.ready + depth.ready,
                in_flight: sum.in_flight + depth.in_flight,
                delayed: sum.delayed + depth.delayed,
                oldest: sum.oldest.max(depth.oldest),
            });
            queues.push(QueueStatus { queue, total, groups });
        }
        Ok(queues)
    }

    async fn dead_groups(&self) -> Result<Vec<DeadGroup>, Failed> {
        let mut groups: BTreeMap<(Queue, String, String), DeadGroup> = BTreeMap::new();
        for item in self.all(keys::DEAD).await? {
            let Ok(letter) = serde_json::from_slice::<DeadLetter>(&item.body) else { continue };
            let advice = Advice::of(&letter);
            let key = (letter.queue, letter.carrier.clone(), letter.reason.clone());
            let group = groups.entry(key).or_insert(DeadGroup {
                queue: letter.queue,
                carrier: letter.carrier,
                reason: letter.reason,
                count: 0,
                since: letter.at,
                latest: letter.at,
                advice,
            });
            group.count += 1;
            group.since = group.since.min(letter.at);
            group.latest = group.latest.max(letter.at);
        }
        Ok(groups.into_values().collect())
    }

    async fn carriers(&self) -> Result<Vec<CarrierStatus>, Failed> {
        let items = self.all(keys::CARRIERS).await?;
        let read = |item: crate::port::Item| {
            let record: CarrierRecord = serde_json::from_slice(&item.body).ok()?;
            let carrier = keys::carrier_of(&item.key)?;
            Some(CarrierStatus { carrier, paused: record.paused, called_at: record.called_at })
        };
        Ok(items.into_iter().filter_map(read).collect())
    }

    async fn quarantines(&self) -> Result<Vec<QuarantineStatus>, Failed> {
        let mut found: Vec<QuarantineStatus> = Vec::new();
        for item in self.all(keys::QUARANTINE).await? {
            let Ok(kept) = serde_json::from_slice::<Quarantined>(&item.body) else { continue };
            let same = |known: &&mut QuarantineStatus| {
                known.carrier == kept.carrier && known.account == kept.account && known.webhook == kept.webhook
            };
            // Keys stand by webhook, so the last one is the only one that it can be.
            match found.last_mut().filter(same) {
                Some(known) => known.count += 1,
                None => {
                    found.push(QuarantineStatus { carrier: kept.carrier, account: kept.account, webhook: kept.webhook, count: 1 })
                }
            }
        }
        Ok(found)
    }

    /// Entries that somebody is to look at: all that are under way.
    async fn open(&self) -> Result<(BTreeMap<&'static str, usize>, bool), Failed> {
        let items = self.store.due(keys::ENTRIES, i64::MAX, OPEN).await?;
        let cut = items.len() == OPEN;
        let mut counts = BTreeMap::new();
        for (entry, _) in items.into_iter().filter_map(|item| read_entry(Some(item))) {
            *counts.entry(entry.state.name()).or_insert(0) += 1;
        }
        Ok((counts, cut))
    }
}
