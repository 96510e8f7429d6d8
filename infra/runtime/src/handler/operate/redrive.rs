//! Redriving: what was parked goes on, once what was wrong is mended.
//!
//! An order goes on from its entry: what is stored is read again, and nothing whose outcome is unknown is sent again. Any
//! other message goes back onto its queue, word for word. Done twice, it is done once.

use super::super::dead::DeadLetter;
use super::super::dispatcher::{join, nudge, outgoing, put, read_entry};
use super::super::office::Office;
use super::super::{Ports, keys};
use super::letters::{Filter, Pages};
use super::{Failed, Operator};
use crate::clock::Clock;
use crate::ledger::{CallState, Entry, Input, Refused, transition};
use crate::port::{Batch, CommitError, Expect, Item, Outgoing, Put, Queue, Store};
use crossdock_engine::model::Action;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;

/// Letters that go in one write. Small enough for stores that bound their transactions.
const TOGETHER: usize = 40;

/// Names told of letters that are left for the same reason.
const NAMED: usize = 5;

/// How often a store that has too much to do is asked again.
const PATIENCE: u32 = 50;

/// What a redrive came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// Letters that go on.
    pub redriven: usize,
    /// Letters whose order had gone on without them: they were removed.
    pub settled: usize,
    /// Letters that stay.
    pub left: Vec<Left>,
}

/// Letters that stay, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Why.
    pub why: String,
    /// How many.
    pub count: usize,
    /// The first of them: their orders, or else their names.
    pub first: Vec<String>,
}

/// What a letter needs.
enum Prepared {
    /// This write has it go on.
    Goes(Batch),
    /// It is of no use any more: this write removes it.
    Settled(Batch),
    /// It stays.
    Stays(String),
}

impl Redriven {
    /// Letters that were looked at.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.redriven + self.settled + self.left.iter().map(|left| left.count).sum::<usize>()
    }

    fn stays(&mut self, letter: &DeadLetter, why: String) {
        let name = letter.order_id.clone().unwrap_or_else(|| letter.id.clone());
        match self.left.iter_mut().find(|left| left.why == why) {
            Some(left) => {
                left.count += 1;
                if left.first.len() < NAMED {
                    left.first.push(name);
                }
            }
            None => self.left.push(Left { why, count: 1, first: vec![name] }),
        }
    }

    fn count(&mut self, prepared: &Prepared) {
        match prepared {
            Prepared::Goes(_) => self.redriven += 1,
            Prepared::Settled(_) => self.settled += 1,
            Prepared::Stays(_) => {}
        }
    }
}

impl<P: Ports> Office<'_, P> {
    /// Has the letters that a filter takes go on, many in one write; `progress` is told after each.
    ///
    /// # Errors
    /// The store fails: what was redriven until then is, the rest is as before.
    pub async fn redrive(&self, filter: &Filter, mut progress: impl FnMut(&Redriven)) -> Result<Redriven, Failed> {
        let operator = self.operator();
        let mut told = Redriven::default();
        let mut run = Run { office: *self, sent: HashSet::new() };
        let mut pages = Pages::of(filter);
        while let Some(page) = operator.page(&mut pages, filter).await? {
            // What is parked again meanwhile is not taken a second time.
            let page: Vec<_> = page.into_iter().filter(|(letter, _)| letter.at <= operator.now).collect();
            for chunk in page.chunks(TOGETHER) {
                run.chunk(chunk, &mut told).await?;
                progress(&told);
            }
        }
        Ok(told)
    }

    /// Has one letter go on: by its name or the beginning of it, or by its order.
    ///
    /// # Errors
    /// There is no such letter, or the store fails.
    pub async fn redrive_letter(&self, id: &str) -> Result<Redriven, Failed> {
        let letter = self.operator().letter(id).await?;
        let mut told = Redriven::default();
        let Some(item) = self.store.get(&letter.key()).await? else { return Ok(told) };
        Run { office: *self, sent: HashSet::new() }.chunk(&[(letter, item)], &mut told).await?;
        Ok(told)
    }

    /// Whether steps that were carried out read the same in the file that is in force now: only then an operation may go on
    /// with it. Says otherwise why not.
    pub(super) async fn steps_unchanged(&self, entry: &Entry) -> Result<(), String> {
        let finished: Vec<Option<&str>> = entry
            .calls
            .iter()
            .filter(|call| matches!(call.state, CallState::Answered { .. }))
            .map(|call| call.id.step.as_deref())
            .collect();
        let Some(release) = entry.release.as_deref().filter(|_| !finished.is_empty()) else { return Ok(()) };
        let current = self.mappings.carrier(&entry.carrier).map_err(|missing| missing.to_string())?;
        if current.digest == release {
            return Ok(());
        }
        let pinned = self.mappings.pinned(&entry.carrier, release, self.store).await.map_err(|missing| missing.to_string())?;
        let Some(pinned) = pinned else { return Err("the file that its finished steps were made with is not kept".into()) };
        let text = |step: Option<&str>| {
            (pinned.carrier.step_text(&entry.operation, step), current.carrier.step_text(&entry.operation, step))
        };
        match finished.into_iter().find(|step| !matches!(text(*step), (Some(then), Some(now)) if then == now)) {
            None => Ok(()),
            Some(Some(step)) => Err(format!("step `{step}` was carried out and has changed in the file since")),
            Some(None) => Err("the request was carried out and has changed in the file since".into()),
        }
    }
}

struct Run<'o, P: Ports> {
    office: Office<'o, P>,
    /// Messages that are on their way already: several letters may hold the same delivery.
    sent: HashSet<[u8; 32]>,
}

impl<P: Ports> Run<'_, P> {
    async fn chunk(&mut self, letters: &[(DeadLetter, Item)], told: &mut Redriven) -> Result<(), Failed> {
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
            sends: vec![nudge(&redriven, Duration::ZERO)],
            ..Batch::default()
        })))
    }

    /// Any other message goes back as it came.
    fn message(&mut self, letter: &DeadLetter) -> Result<Batch, String> {
        if super::Advice::of(letter) == super::Advice::Discard {
            return Err("another order came under the same name: whoever sent it must name it anew".into());
        }
        let body = letter.body.as_ref().and_then(|body| body.bytes().ok()).ok_or("its message cannot be read")?;
        let digest: [u8; 32] = Sha256::digest(&body).into();
        if !self.sent.insert(digest) {
            return Ok(Batch::default());
        }
        let group = match letter.queue {
            Queue::Actions => serde_json::from_slice::<Action>(&body).ok().map(|action| outgoing(&action).group),
            Queue::Orders | Queue::Updates => None,
        };
        let group = group.unwrap_or_else(|| letter.carrier.clone());
        let message = Outgoing { queue: letter.queue, group, body, delay: Duration::ZERO, sent_at: None };
        Ok(Batch { sends: vec![message], ..Batch::default() })
    }
}

fn joined(mut batch: Batch, put: Put) -> Batch {
    batch.puts.push(put);
    batch
}

impl<S: Store> Operator<'_, S> {
    /// How many letters a filter takes.
    ///
    /// # Errors
    /// The store fails.
    pub async fn count_letters(&self, filter: &Filter) -> Result<usize, Failed> {
        let mut count = 0;
        let mut pages = Pages::of(filter);
        while let Some(page) = self.page(&mut pages, filter).await? {
            count += page.len();
        }
        Ok(count)
    }
}
