//! The notifier: developers are told what is newly broken, once, and how to mend it.
//!
//! Whatever waits for a person is due until it has been counted; `count` adds it to its group's record. A group that is new is
//! told at once, more of the same not before a while has passed: so an alarm that stays on neither hides a second fault nor
//! repeats itself. What could not be told is told next time.

mod count;
mod group;
mod watch;
mod words;

use super::{Desk, Ports, Trouble, keys};
use crate::port::{Batch, Expect, Item, Notice, Notifier, Put, Store};
use group::{Group, Subject};

/// Kinds of trouble in one notice; the rest comes with the next.
const GROUPS: usize = 10;

/// Beyond so many, it does not matter how many wait.
const COUNTED: usize = 1000;

/// A group that is to be told, with what is left of it.
struct Telling {
    item: Item,
    group: Group,
    /// How many wait in all, up to [`COUNTED`] and one; none where nothing waits in a queue.
    left: Option<usize>,
}

impl<P: Ports> Desk<P> {
    /// Tells developers what they have not been told: of how many kinds of trouble.
    ///
    /// # Errors
    /// The store failed: what was not told is told next time.
    pub async fn notify(&self) -> Result<usize, Trouble> {
        self.count_letters().await?;
        self.count_quarantined().await?;
        self.watch_mappings().await?;
        self.watch_breakers().await?;
        self.watch_mail().await?;
        self.tell().await
    }

    async fn tell(&self) -> Result<usize, Trouble> {
        let mut telling = Vec::new();
        for item in self.store.due(keys::NOTICES, self.now(), GROUPS).await? {
            let Ok(group) = serde_json::from_slice::<Group>(&item.body) else {
                tracing::error!(key = item.key, "the record of a kind of trouble cannot be read");
                self.commit_unless_changed(Batch {
                    puts: vec![Put::delete(item.key, Expect::Version(item.version))],
                    ..Batch::default()
                })
                .await?;
                continue;
            };
            let left = self.left(&group.subject).await?;
            // It was mended before anybody could be told.
            if left == Some(0) || group.untold == 0 {
                self.told(&item.key, group.untold).await?;
                continue;
            }
            telling.push(Telling { item, group, left });
        }
        if telling.is_empty() {
            return Ok(0);
        }
        let notice: Notice = words::notice(&telling);
        if let Err(why) = self.notifier.notify(&notice).await {
            metrics::counter!("crossdock_notices_total", "fate" => "failed").increment(1);
            tracing::error!(why, "developers could not be told");
            return Ok(0);
        }
        metrics::counter!("crossdock_notices_total", "fate" => "told").increment(1);
        for one in &telling {
            self.told(&one.item.key, one.group.untold).await?;
        }
        Ok(telling.len())
    }

    /// How many of a group wait, up to one more than matters.
    async fn left(&self, subject: &Subject) -> Result<Option<usize>, Trouble> {
        let Some(prefix) = subject.prefix() else { return Ok(None) };
        Ok(Some(self.store.list(&prefix, None, COUNTED + 1).await?.len()))
    }

    /// So many of a group have been told. More of them may have been counted meanwhile.
    async fn told(&self, key: &str, count: u64) -> Result<(), Trouble> {
        self.change_group(key, |group, now| {
            group.untold = group.untold.saturating_sub(count);
            group.told += count;
            group.told_at = Some(now);
        })
        .await
    }
}
