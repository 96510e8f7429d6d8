//! What waits for a person and has not been counted: each is counted once, in the write that takes its mark away.

use super::super::dead::DeadLetter;
use super::super::webhook::Quarantined;
use super::super::{Desk, Ports, Trouble, keys};
use super::group::{First, Subject};
use crate::port::{Batch, CommitError, Expect, Item, Put, Store};
use std::collections::BTreeMap;

/// Items that are read at once.
const PAGE: usize = 250;

/// Pages in one turn: the rest is counted in the next.
const PAGES: usize = 20;

/// Items that are counted in one write.
const TOGETHER: usize = 25;

/// Something that waits, and what it counts as.
struct Mark {
    item: Item,
    at: i64,
    first: First,
}

impl<P: Ports> Desk<P> {
    pub(super) async fn count_letters(&self) -> Result<(), Trouble> {
        self.count(keys::DEAD, |item| {
            let letter: DeadLetter = serde_json::from_slice(&item.body).ok()?;
            let queue = letter.queue.name().to_owned();
            let subject = Subject::Letters { queue, carrier: letter.carrier, reason: letter.reason };
            let first = First { cause: letter.cause, letter: Some(letter.id), order_id: letter.order_id };
            Some((subject, letter.at, first))
        })
        .await
    }

    pub(super) async fn count_quarantined(&self) -> Result<(), Trouble> {
        self.count(keys::QUARANTINE, |item| {
            let kept: Quarantined = serde_json::from_slice(&item.body).ok()?;
            let subject = Subject::Quarantine { carrier: kept.carrier, account: kept.account, webhook: kept.webhook };
            let first = First { cause: kept.reason, ..First::default() };
            Some((subject, kept.received_at.saturating_mul(1000), first))
        })
        .await
    }

    async fn count(
        &self,
        prefix: &str,
        read: impl Fn(&Item) -> Option<(Subject, i64, First)> + Send + Sync,
    ) -> Result<(), Trouble> {
        for _ in 0..PAGES {
            let items = self.store.due(prefix, self.now(), PAGE).await?;
            let last = items.len() < PAGE;
            let mut groups: BTreeMap<String, (Subject, Vec<Mark>)> = BTreeMap::new();
            for item in items {
                match read(&item) {
                    Some((subject, at, first)) => {
                        let marks = &mut groups.entry(subject.key()).or_insert_with(|| (subject, Vec::new())).1;
                        marks.push(Mark { item, at, first });
                    }
                    None => {
                        tracing::error!(key = item.key, "what waits for a person cannot be read");
                        self.commit_unless_changed(Batch { puts: vec![unmarked(&item)], ..Batch::default() }).await?;
                    }
                }
            }
            let mut counted = true;
            for (subject, marks) in groups.into_values() {
                for marks in marks.chunks(TOGETHER) {
                    counted &= self.count_into(&subject, marks).await?;
                }
            }
            // What changed under our hands is counted in the next turn.
            if last || !counted {
                break;
            }
        }
        Ok(())
    }

    /// Counts these into their group. False when any of it changed meanwhile: then nothing was counted.
    async fn count_into(&self, subject: &Subject, marks: &[Mark]) -> Result<bool, Trouble> {
        let Some(first) = marks.iter().min_by_key(|mark| mark.at) else { return Ok(true) };
        let (mut group, item) = self.group(subject).await?;
        group.add(marks.len() as u64, first.at, first.first.clone());
        let mut puts = vec![self.group_put(&group, item.as_ref())];
        puts.extend(marks.iter().map(|mark| unmarked(&mark.item)));
        match self.store.commit(Batch { puts, ..Batch::default() }).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }
}

/// The same item, counted.
fn unmarked(item: &Item) -> Put {
    Put::new(item.key.clone(), Expect::Version(item.version), item.body.clone())
}
