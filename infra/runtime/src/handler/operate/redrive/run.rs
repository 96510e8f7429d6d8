//! One redrive at work: letters in chunks, each chunk in one write; one by one where somebody else was quicker.

use super::super::super::dead::DeadLetter;
use super::super::super::dispatcher::{group_of, join, nudge, put, read_entry};
use super::super::super::office::Office;
use super::super::super::redriven::wrapped;
use super::super::super::{Ports, keys};
use super::super::{Advice, Failed};
use super::Redriven;
use crate::clock::Clock;
use crate::ledger::{Entry, Input, Refused, transition};
use crate::port::{Batch, CommitError, Expect, Item, Outgoing, Put, Queue, Store};
use crate::trace;
use crossdock_engine::model::Action;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;

/// How often a store that has too much to do is asked again.
const PATIENCE: u32 = 50;

/// What a letter needs.
pub(super) enum Prepared {
    /// This write has it go on.
    Goes(Batch),
    /// It is of no use any more: this write removes it.
    Settled(Batch),
    /// It stays.
    Stays(String),
}

pub(super) struct Run<'o, P: Ports> {
    office: Office<'o, P>,
    /// Messages that are on their way already: several letters may hold the same delivery.
    sent: HashSet<[u8; 32]>,
    /// The mapping files that this is done for: workers that have others look at them first.
    release: String,
}

impl<'o, P: Ports> Run<'o, P> {
    /// Looks at the mapping files first: they may have been mended just now.
    pub(super) async fn new(office: Office<'o, P>) -> Self {
        if let Err(why) = office.mappings.refresh().await {
            tracing::warn!(why, "the mapping files cannot be looked at: what is redriven is tried with those in force");
        }
        Self { office, sent: HashSet::new(), release: office.mappings.release().id.clone() }
    }

    pub(super) async fn chunk(&mut self, letters: &[(DeadLetter, Item)], told: &mut Redriven) -> Result<(), Failed> {
        let mut batch = Batch::default();
        let mut taken = Vec::new();
        for (letter, item) in letters {
            match self.prepare(letter, item).await? {
                Prepared::Stays(why) => told.stays(letter, why),
                goes => {
                    let (Prepared::Goes(part) | Prepared::Settled(part)) = &goes else { continue };
                    join(&mut batch, part.clone());
                    taken.push((letter, item, goes));
                }
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        match self.commit(batch).await {
            Ok(()) => taken.iter().for_each(|(.., prepared)| told.count(prepared)),
            Err(CommitError::Conflict(_)) => {
                for (letter, item, _) in taken {
                    self.alone(letter, item, told).await?;
                }
            }
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }

    /// One of a chunk has changed underneath: each on its own, looked at anew.
    async fn alone(&mut self, letter: &DeadLetter, item: &Item, told: &mut Redriven) -> Result<(), Failed> {
        self.sent.clear();
        let prepared = self.prepare(letter, item).await?;
        let batch = match &prepared {
            Prepared::Stays(why) => {
                told.stays(letter, why.clone());
                return Ok(());
            }
            Prepared::Goes(batch) | Prepared::Settled(batch) => batch.clone(),
        };
        match self.commit(batch).await {
            Ok(()) => told.count(&prepared),
            Err(CommitError::Conflict(_)) => told.settled += 1,
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }

    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        for _ in 0..PATIENCE {
            match self.office.store.commit(batch.clone()).await {
                Err(CommitError::Busy) => self.office.clock.sleep(Duration::from_millis(100)).await,
                other => return other,
            }
        }
        Err(CommitError::Busy)
    }

    async fn prepare(&mut self, letter: &DeadLetter, item: &Item) -> Result<Prepared, Failed> {
        let delete = Put::delete(item.key.as_str(), Expect::Version(item.version));
        let settled = |delete: Put| Prepared::Settled(Batch { puts: vec![delete], ..Batch::default() });
        match (&letter.order_key, &letter.body) {
            (Some(key), _) => match self.order(key).await? {
                Ok(Some(batch)) => Ok(Prepared::Goes(joined(batch, delete))),
                Ok(None) => Ok(settled(delete)),
                Err(why) => Ok(Prepared::Stays(why)),
            },
            (None, Some(_)) => Ok(match self.message(letter) {
                Ok(batch) => Prepared::Goes(joined(batch, delete)),
                Err(why) => Prepared::Stays(why),
            }),
            (None, None) => Ok(Prepared::Stays("its message was removed".into())),
        }
    }

    /// A parked order: none when it has gone on already.
    async fn order(&self, key: &str) -> Result<Result<Option<Batch>, String>, Failed> {
        let Some((entry, version)) = read_entry(self.office.store.get(&keys::entry(key)).await?) else { return Ok(Ok(None)) };
        let redriven = match transition(&entry, Input::Redrive, self.office.now()) {
            Ok(redriven) => redriven,
            Err(Refused::NotNow | Refused::Ended) => return Ok(Ok(None)),
            Err(Refused::OnlyResolve) => return Ok(Err(format!("only resolve: {}", Refused::OnlyResolve))),
            Err(refused) => return Ok(Err(refused.to_string())),
        };
        if self.office.store.get(&keys::order(key)).await?.is_none() {
            return Ok(Err("the order's data was removed".into()));
        }
        let seen = Entry { calls: redriven.calls.clone(), ..entry };
        if let Err(why) = self.office.steps_unchanged(&seen).await {
            return Ok(Err(why));
        }
        Ok(Ok(Some(Batch {
            puts: vec![put(&redriven, Expect::Version(version))],
            sends: vec![self.again(nudge(&redriven, Duration::ZERO), redriven.redrives)],
            ..Batch::default()
        })))
    }

    /// Any other message goes back as it came.
    fn message(&mut self, letter: &DeadLetter) -> Result<Batch, String> {
        if Advice::of(letter) == Advice::Discard {
            return Err("another order came under the same name: whoever sent it must name it anew".into());
        }
        let body = letter.body.as_ref().and_then(|body| body.bytes().ok()).ok_or("its message cannot be read")?;
        let digest: [u8; 32] = Sha256::digest(&body).into();
        if !self.sent.insert(digest) {
            return Ok(Batch::default());
        }
        let group = match letter.queue {
            Queue::Actions => serde_json::from_slice::<Action>(&body).ok().map(|action| group_of(&action).to_owned()),
            Queue::Orders | Queue::Updates => None,
        };
        let group = group.unwrap_or_else(|| letter.carrier.clone());
        let message = Outgoing { queue: letter.queue, group, body, delay: Duration::ZERO, sent_at: None };
        let again = self.again(message, letter.redrives + 1);
        let body = trace::wrapped(letter.trace.as_deref().unwrap_or_default(), &again.body);
        Ok(Batch { sends: vec![Outgoing { body, ..again }], ..Batch::default() })
    }

    fn again(&self, message: Outgoing, times: u32) -> Outgoing {
        // The trace stays outermost.
        let (trace, body) = trace::unwrapped(&message.body);
        let body = trace::wrapped(trace.unwrap_or_default(), &wrapped(body, times, &self.release));
        Outgoing { body, ..message }
    }
}

fn joined(mut batch: Batch, put: Put) -> Batch {
    batch.puts.push(put);
    batch
}
