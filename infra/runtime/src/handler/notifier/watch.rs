//! What is broken without anything that waits: mapping files that do not load, carriers that do not answer, mail that is not
//! taken. Each is told once, and forgotten when it is over.

use super::super::mail::Mailbox;
use super::super::{Desk, Ports, Trouble, keys};
use super::group::{First, Group, Subject};
use crate::clock::Clock;
use crate::port::{Batch, Expect, Item, Put, Store};
use std::collections::BTreeSet;

const MINUTE: i64 = 60_000;

/// A breaker that opens again within this time is the same breakdown.
const SAME_BREAKDOWN: i64 = 15 * MINUTE;

/// Mail that has failed for less is tried again first.
const MAIL_FAILS: i64 = 10 * MINUTE;

/// Records of a kind that are looked at.
const KNOWN: usize = 1000;

impl<P: Ports> Desk<P> {
    pub(super) async fn watch_mappings(&self) -> Result<(), Trouble> {
        let release = self.mappings.release();
        let mut broken = BTreeSet::new();
        for problem in &release.problems {
            let subject = Subject::Mapping { file: problem.file.clone() };
            broken.insert(subject.key());
            let cause = problem.to_string();
            let (mut group, item) = self.group(&subject).await?;
            if group.first.cause != cause {
                group.untold = 0;
                group.told_at = None;
                group.add(1, self.now(), First { cause, ..First::default() });
                self.keep_group(&group, item.as_ref()).await?;
            }
        }
        self.forget_groups("mapping", |key, _| !broken.contains(key)).await
    }

    pub(super) async fn watch_breakers(&self) -> Result<(), Trouble> {
        // Where several processes call carriers, this one may call none.
        self.look_at_breakers().await?;
        let now = self.now();
        for carrier in self.gates.broken(self.clock.now()).into_keys() {
            let (mut group, item) = self.group(&Subject::Breaker { carrier }).await?;
            if group.seen_at.is_some_and(|at| now < at + MINUTE) {
                continue;
            }
            if item.is_none() {
                let cause = "it does not answer, or says that it cannot; its orders wait".to_owned();
                group.add(1, now, First { cause, ..First::default() });
            }
            group.seen_at = Some(now);
            self.keep_group(&group, item.as_ref()).await?;
        }
        self.forget_groups("breaker", |_, group| group.seen_at.is_none_or(|at| now >= at + SAME_BREAKDOWN)).await
    }

    pub(super) async fn watch_mail(&self) -> Result<(), Trouble> {
        let now = self.now();
        let mut failing = BTreeSet::new();
        for topic in self.mappings.release().rules.topics.keys() {
            let Some(item) = self.store.get(&keys::mailbox(topic)).await? else { continue };
            let Ok(Mailbox { failing_since: Some(since), .. }) = serde_json::from_slice(&item.body) else { continue };
            if now < since + MAIL_FAILS {
                continue;
            }
            let subject = Subject::Mail { topic: topic.clone() };
            failing.insert(subject.key());
            let (mut group, item) = self.group(&subject).await?;
            if item.is_none() {
                let cause = "emails to this topic cannot be sent; they wait".to_owned();
                group.add(1, since, First { cause, ..First::default() });
                self.keep_group(&group, None).await?;
            }
        }
        self.forget_groups("mail", |key, _| !failing.contains(key)).await
    }

    async fn keep_group(&self, group: &Group, item: Option<&Item>) -> Result<(), Trouble> {
        // Another notifier that was quicker has kept the same.
        let puts = vec![self.group_put(group, item)];
        self.commit_unless_changed(Batch { puts, ..Batch::default() }).await.map(drop)
    }

    async fn forget_groups(&self, kind: &str, over: impl Fn(&str, &Group) -> bool + Send + Sync) -> Result<(), Trouble> {
        for item in self.store.list(&keys::notice(kind, &[""]), None, KNOWN).await? {
            let forgotten = serde_json::from_slice::<Group>(&item.body).map_or(true, |group| over(&item.key, &group));
            if forgotten {
                let puts = vec![Put::delete(item.key, Expect::Version(item.version))];
                self.commit_unless_changed(Batch { puts, ..Batch::default() }).await?;
            }
        }
        Ok(())
    }
}
