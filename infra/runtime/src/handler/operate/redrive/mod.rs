//! Redriving: what was parked goes on, once what was wrong is mended.
//!
//! An order goes on from its entry: what is stored is read again, and nothing whose outcome is unknown is sent again. Any
//! other message goes back onto its queue, word for word. Done twice, it is done once. `run` does it, letter by letter.

mod run;

use super::super::Ports;
use super::super::dead::DeadLetter;
use super::super::office::Office;
use super::letters::{Filter, Pages};
use super::{Failed, Operator};
use crate::ledger::{CallState, Entry};
use crate::port::Store;
use run::{Prepared, Run};
use serde::Serialize;

/// Letters that go in one write. Small enough for stores that bound their transactions.
const TOGETHER: usize = 40;

/// Names told of letters that are left for the same reason.
const NAMED: usize = 5;

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
        let mut run = Run::new(*self).await;
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
        Run::new(*self).await.chunk(&[(letter, item)], &mut told).await?;
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
