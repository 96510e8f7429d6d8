//! Dead letters: which there are, and what to do about one.

use super::super::dead::DeadLetter;
use super::super::dispatcher::read_entry;
use super::super::keys;
use super::trace::{Exchanged, Operation, operation};
use super::{Failed, Operator, PAGE};
use crate::ledger::ParkReason;
use crate::port::{Batch, Expect, Item, Put, Queue, Store};
use serde::Serialize;

/// Which dead letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this queue.
    pub queue: Option<Queue>,
    /// Of this carrier.
    pub carrier: Option<String>,
    /// Parked for this reason.
    pub reason: Option<String>,
    /// Parked at this time or later: milliseconds since 1970.
    pub since: Option<i64>,
    /// Of this order.
    pub order_id: Option<String>,
    /// No more than so many.
    pub limit: Option<usize>,
}

/// What can be done about a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Mend what is wrong, then redrive: what is stored is read again, nobody is called.
    ReadAgain,
    /// Mend what is wrong, then redrive: it is tried again.
    TryAgain,
    /// Nobody knows whether the carrier has it: find out, then resolve.
    Resolve,
    /// Sent again as it is, it is parked again: have it corrected by whoever sent it, then discard it.
    Discard,
}

/// A dead letter with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LetterShown {
    /// The letter; its message is left out unless it is asked for.
    pub letter: DeadLetter,
    /// What can be done.
    pub advice: Advice,
    /// The ledger's entry, of a parked order.
    pub operation: Option<Operation>,
    /// The exchange that shows it; what went over the wire only when it is asked for.
    pub exchange: Option<Exchanged>,
}

impl Advice {
    /// What can be done about a letter.
    #[must_use]
    pub fn of(letter: &DeadLetter) -> Self {
        let is = |reason: ParkReason| letter.reason == reason.name();
        match letter.queue {
            Queue::Orders if is(ParkReason::Ambiguous) || is(ParkReason::LeftBehind) => Self::Resolve,
            Queue::Orders if is(ParkReason::Conflict) => Self::Discard,
            Queue::Orders if letter.order_key.is_some() && is(ParkReason::Unreadable) => Self::ReadAgain,
            Queue::Orders | Queue::Actions => Self::TryAgain,
            Queue::Updates => Self::ReadAgain,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ReadAgain => "mend the file, then redrive: what is stored is read again, nobody is called",
            Self::TryAgain => "mend the cause, then redrive: it is tried again",
            Self::Resolve => "find out whether the carrier has it, then resolve it; it is never sent again by itself",
            Self::Discard => "have it corrected by whoever sent it, then discard it; redriven, it would be parked again",
        }
    }
}

impl Filter {
    fn queues(&self) -> Vec<Queue> {
        self.queue.map_or_else(|| Queue::ALL.to_vec(), |queue| vec![queue])
    }

    fn takes(&self, letter: &DeadLetter) -> bool {
        let same = |wanted: &Option<String>, is: &str| wanted.as_ref().is_none_or(|wanted| wanted == is);
        same(&self.carrier, &letter.carrier)
            && same(&self.reason, &letter.reason)
            && self.since.is_none_or(|since| letter.at >= since)
            && (self.order_id.is_none() || self.order_id == letter.order_id)
    }
}

impl<S: Store> Operator<'_, S> {
    /// The dead letters that a filter takes, by queue, carrier and reason, up to its limit.
    ///
    /// # Errors
    /// The store fails.
    pub async fn letters(&self, filter: &Filter) -> Result<Vec<DeadLetter>, Failed> {
        let mut letters = Vec::new();
        let mut pages = Pages::of(filter);
        while let Some(page) = self.page(&mut pages, filter).await? {
            letters.extend(page.into_iter().map(|(letter, _)| letter));
        }
        Ok(letters)
    }

    /// The next page of letters that a filter takes, each with the item that holds it; none at the end.
    pub(super) async fn page(&self, pages: &mut Pages, filter: &Filter) -> Result<Option<Vec<(DeadLetter, Item)>>, Failed> {
        let Some(prefix) = pages.prefixes.last().filter(|_| pages.left > 0) else { return Ok(None) };
        let items = self.store.list(prefix, pages.after.as_deref(), PAGE).await?;
        pages.after = items.last().map(|item| item.key.clone());
        if items.len() < PAGE {
            pages.prefixes.pop();
            pages.after = None;
        }
        let read = |item: Item| serde_json::from_slice::<DeadLetter>(&item.body).ok().map(|letter| (letter, item));
        let taken = items.into_iter().filter_map(read).filter(|(letter, _)| filter.takes(letter));
        let taken: Vec<_> = taken.take(pages.left).collect();
        pages.left -= taken.len();
        Ok(Some(taken))
    }

    /// A dead letter, by its name or the beginning of it, or by its order.
    ///
    /// # Errors
    /// There is none, or there are several; or the store fails.
    pub async fn letter(&self, id: &str) -> Result<DeadLetter, Failed> {
        let mut found: Vec<DeadLetter> = Vec::new();
        let filter = Filter::default();
        let mut pages = Pages::of(&filter);
        while let Some(page) = self.page(&mut pages, &filter).await? {
            for (letter, _) in page {
                if letter.id == id {
                    return Ok(letter);
                }
                if letter.order_id.as_deref() == Some(id) || letter.id.starts_with(id) {
                    found.push(letter);
                }
            }
        }
        match found.len() {
            0 => Err(Failed::Unknown { what: format!("dead letter `{id}`"), near: Vec::new() }),
            1 => Ok(found.swap_remove(0)),
            count => {
                let names: Vec<&str> = found.iter().take(5).map(|letter| letter.id.as_str()).collect();
                Err(Failed::not_now(
                    format!("{count} dead letters are meant by `{id}`"),
                    format!("name one: {}", names.join(", ")),
                ))
            }
        }
    }

    /// A dead letter with what belongs to it; its message and what went over the wire only when `full`.
    ///
    /// # Errors
    /// See [`Operator::letter`].
    pub async fn show_letter(&self, id: &str, full: bool) -> Result<LetterShown, Failed> {
        let mut letter = self.letter(id).await?;
        let entry = match &letter.order_key {
            Some(key) => read_entry(self.store.get(&keys::entry(key)).await?).map(|(entry, _)| entry),
            None => None,
        };
        let exchange = match &letter.exchange {
            Some(id) => self.store.exchange(id).await?,
            None => None,
        };
        letter.body = letter.body.filter(|_| full);
        Ok(LetterShown {
            advice: Advice::of(&letter),
            letter,
            operation: entry.map(|entry| operation(entry, full)),
            exchange: exchange.map(|exchange| Exchanged::of(exchange, full)),
        })
    }

    /// Throws a dead letter's message away for good. Orders that the ledger knows are settled by `resolve` instead.
    ///
    /// # Errors
    /// It is of such an order, there is no such letter, or the store fails.
    pub async fn discard(&self, id: &str) -> Result<DeadLetter, Failed> {
        let letter = self.letter(id).await?;
        if let Some(key) = &letter.order_key {
            let order = letter.order_id.as_deref().unwrap_or(key);
            let help = format!("`crossdock resolve {order} --refused` tells the shop that it is not to be sent any more");
            return Err(Failed::not_now("an order that is under our name cannot be thrown away", help));
        }
        let put = Put::delete(letter.key(), Expect::Anything);
        self.store.commit(Batch { puts: vec![put], ..Batch::default() }).await?;
        tracing::warn!(letter = letter.id, reason = letter.reason, "a dead letter was discarded");
        Ok(letter)
    }
}

/// How far a walk over dead letters has come.
pub(super) struct Pages {
    prefixes: Vec<String>,
    after: Option<String>,
    left: usize,
}

impl Pages {
    pub(super) fn of(filter: &Filter) -> Self {
        let of = |queue: &Queue| keys::dead_like(queue.name(), filter.carrier.as_deref(), filter.reason.as_deref());
        let prefixes = filter.queues().iter().rev().map(of).collect();
        Self { prefixes, after: None, left: filter.limit.unwrap_or(usize::MAX) }
    }
}
