//! Removing a person's data: of one order, everywhere that we keep it.

use super::super::dead::DeadLetter;
use super::super::dispatcher::{known_parcels, put};
use super::super::keys;
use super::super::mail::{MailItem, Written};
use super::super::records::{EventRecord, ParcelRecord};
use super::{Failed, Filter, Operator};
use crate::ledger::Entry;
use crate::port::{Batch, Exchange, Expect, Item, Put, Store};
use crossdock_engine::model::Order;
use serde::Serialize;
use std::collections::BTreeSet;

/// What stands in the journal instead of a report.
pub(crate) const REMOVED: &str = "removed";

/// Items that go in one write, at most.
const TOGETHER: usize = 80;

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Operations of which the ledger keeps no more than the key and how they ended.
    pub operations: usize,
    /// Orders as they were taken.
    pub orders: usize,
    /// Parcels.
    pub parcels: usize,
    /// Events of these parcels.
    pub events: usize,
    /// Dead letters of the order, or with a message that names it or one of its parcels.
    pub letters: usize,
    /// Deliveries in quarantine that name one of its parcels.
    pub quarantined: usize,
    /// Exchanges of the journal; of reports that its events came with, their content.
    pub exchanges: usize,
    /// Documents.
    pub documents: usize,
    /// Emails on their way.
    pub mails: usize,
}

/// What an order is known by.
struct Known {
    entries: Vec<(Entry, u64)>,
    /// Keys of everything to be deleted.
    orders: Vec<String>,
    parcels: BTreeSet<String>,
    names: BTreeSet<String>,
    /// The keys under which it waits for a later answer.
    later: BTreeSet<String>,
    /// Texts that name it in a message: numbers and references.
    words: BTreeSet<String>,
}

impl<S: Store> Operator<'_, S> {
    /// Removes the data of an order's persons: the order, what went over the wire, parcels and their events, documents, parked
    /// messages, emails. Messages on their way are dropped by whoever receives them. The ledger keeps the key and how it ended,
    /// so that the order is not sent again should it come again. While the order or a parcel of it is under way only if
    /// `force`: then it ends here, and the shop is not told.
    ///
    /// # Errors
    /// There is no such order, it is under way, something changed meanwhile, or the store fails.
    pub async fn forget(&self, order_id: &str, force: bool) -> Result<Forgotten, Failed> {
        let known = self.known(order_id).await?;
        if !force {
            self.refuse_under_way(&known).await?;
        }
        let mut told = Forgotten { operations: known.entries.len(), ..Forgotten::default() };
        // The ends come first: from then on no worker takes it up again, nor anything that is on its way.
        let entries = known.entries.iter().map(|(entry, version)| put(&entry.forgotten(self.now), Expect::Version(*version)));
        self.write(entries.collect()).await?;
        for chunk in self.marks(&known, order_id).chunks(TOGETHER) {
            self.write(chunk.to_vec()).await?;
        }
        let mut reports = self.reports(&known).await?;
        let puts = self.deletions(&known, order_id, &mut told, &mut reports).await?;
        let emptied = self.emptied(&reports).await?;
        let reports = emptied.len();
        self.store.commit(Batch { exchanges: emptied, ..Batch::default() }).await?;
        for chunk in puts.chunks(TOGETHER) {
            self.write(chunk.to_vec()).await?;
        }
        let (exchanges, documents) = self.store.forget(order_id).await?;
        (told.exchanges, told.documents) = (exchanges + reports, documents);
        tracing::info!(order = order_id, "an order's data was removed");
        Ok(told)
    }

    async fn write(&self, puts: Vec<Put>) -> Result<(), Failed> {
        Ok(self.store.commit(Batch { puts, ..Batch::default() }).await?)
    }

    async fn known(&self, order_id: &str) -> Result<Known, Failed> {
        let mut known = Known {
            entries: self.entries(order_id).await?,
            orders: Vec::new(),
            parcels: BTreeSet::new(),
            names: BTreeSet::new(),
            later: BTreeSet::new(),
            words: BTreeSet::from([order_id.to_owned()]),
        };
        for (entry, _) in known.entries.clone() {
            known.later.extend(entry.names.iter().cloned());
            if let Some(order) = self.order(&entry.key).await? {
                known.orders.push(keys::order(&entry.key));
                known.learn(&entry, &order);
            }
        }
        Ok(known)
    }

    /// The marks of what is removed: by order, and by the carrier's names of its parcels.
    fn marks(&self, known: &Known, order_id: &str) -> Vec<Put> {
        let theirs = |key: &&String| key.contains("/ref/") || key.contains("/later-ref/");
        let later = known.later.iter().filter(theirs).filter_map(|key| Some(format!("{}/", key.rsplit_once('/')?.0)));
        let names = known.names.iter().filter(theirs).cloned();
        let all = known.parcels.iter().cloned().chain(names).chain(later).chain([keys::entries_of(order_id)]);
        let at = self.now.to_string().into_bytes();
        all.map(|key| Put::new(keys::forgotten(&key), Expect::Anything, at.clone())).collect()
    }

    /// The deliveries that told what became of the order: the journal has them as of no order.
    async fn reports(&self, known: &Known) -> Result<BTreeSet<String>, Failed> {
        let mut reports = BTreeSet::new();
        for id in known.entries.iter().flat_map(|(entry, _)| entry.exchanges()) {
            let of_none = self.store.exchange(&id).await?.is_some_and(|exchange| exchange.order_id.is_empty());
            reports.extend(of_none.then_some(id));
        }
        Ok(reports)
    }

    async fn refuse_under_way(&self, known: &Known) -> Result<(), Failed> {
        let help = "`--force` removes its data all the same; what the carrier has of it stays there, and the shop is not told";
        if let Some((entry, _)) = known.entries.iter().find(|(entry, _)| !entry.is_terminal()) {
            let why = format!("order `{}` is under way: {} is {}", entry.order_id, entry.operation, entry.state.name());
            return Err(Failed::not_now(why, help));
        }
        for key in &known.parcels {
            let record = self.store.get(key).await?.and_then(|item| serde_json::from_slice::<ParcelRecord>(&item.body).ok());
            let Some(record) = record else { continue };
            let stands = record.stands().map(|(status, _)| status);
            if stands.is_none_or(|status| !status.is_terminal()) {
                let stands = stands.map_or("has no event yet".to_owned(), |status| format!("is {status}"));
                let why = format!("order `{}` is under way: its parcel `{}` {stands}", record.order_id, record.number);
                return Err(Failed::not_now(why, help));
            }
        }
        Ok(())
    }

    /// The exchanges of reports, without what they say: it may be of several orders, hence of none.
    async fn emptied(&self, reports: &BTreeSet<String>) -> Result<Vec<Exchange>, Failed> {
        let mut emptied = Vec::new();
        for report in reports {
            if let Some(exchange) = self.store.exchange(report).await? {
                emptied.push(Exchange { request: REMOVED.to_owned(), reply: String::new(), ..exchange });
            }
        }
        Ok(emptied)
    }

    /// Deletes everything that stands under a key; `reports` learns which exchanges told of it.
    async fn deletions(
        &self,
        known: &Known,
        order_id: &str,
        told: &mut Forgotten,
        reports: &mut BTreeSet<String>,
    ) -> Result<Vec<Put>, Failed> {
        let mut gone: Vec<String> = known.orders.clone();
        told.orders = gone.len();
        for parcel in &known.parcels {
            let Some(item) = self.store.get(parcel).await? else { continue };
            // A number that the carrier has given anew is another order's by now.
            if !serde_json::from_slice::<ParcelRecord>(&item.body).is_ok_and(|record| record.order_id == order_id) {
                continue;
            }
            let events = self.all(&keys::events_of(parcel)).await?;
            told.parcels += 1;
            told.events += events.len();
            gone.push(item.key);
            let report = |item: &Item| serde_json::from_slice::<EventRecord>(&item.body).ok()?.exchange;
            reports.extend(events.iter().filter_map(report));
            gone.extend(events.into_iter().map(|item| item.key));
        }
        for name in &known.names {
            // So is a reference that the shop has used anew.
            let item = self.store.get(name).await?;
            gone.extend(item.filter(|item| known.parcels.iter().any(|key| key.as_bytes() == item.body)).map(|item| item.key));
        }
        gone.extend(known.later.iter().cloned());
        let before = gone.len();
        for letter in self.parked_of(known, order_id).await? {
            gone.push(letter.key());
            reports.extend(letter.exchange);
        }
        told.letters = gone.len() - before;
        let before = gone.len();
        for item in self.all(keys::QUARANTINE).await? {
            if known.is_named_in(&item.body) {
                gone.push(item.key);
            }
        }
        told.quarantined = gone.len() - before;
        let before = gone.len();
        for item in self.all(keys::MAIL).await? {
            let Ok(mail) = serde_json::from_slice::<MailItem>(&item.body) else { continue };
            let of = |written: &Written| written.order_id.as_deref() == Some(order_id) || known.is_named_in(&item.body);
            if mail.says().is_some_and(of) {
                gone.push(item.key);
            }
        }
        told.mails = gone.len() - before;
        Ok(gone.into_iter().map(|key| Put::delete(key, Expect::Anything)).collect())
    }

    /// Dead letters of the order, or with a message that names it.
    async fn parked_of(&self, known: &Known, order_id: &str) -> Result<Vec<DeadLetter>, Failed> {
        let of = |letter: &DeadLetter| {
            letter.order_id.as_deref() == Some(order_id)
                || letter.body.as_ref().and_then(|body| body.bytes().ok()).is_some_and(|body| known.is_named_in(&body))
        };
        let letters = self.letters(&Filter::default()).await?;
        Ok(letters.into_iter().filter(of).collect())
    }
}

impl Known {
    fn learn(&mut self, entry: &Entry, order: &Order) {
        let (carrier, account) = (&entry.carrier, &entry.account);
        self.words.insert(order.shipment.reference.clone());
        for parcel in known_parcels(entry, order, entry.result().map(|(result, _)| result)) {
            self.parcels.insert(keys::parcel(carrier, account, &parcel.number));
            for (kind, value) in &parcel.names {
                self.names.insert(keys::name(carrier, account, kind, value));
            }
            self.words.insert(parcel.number);
        }
    }

    /// Whether a message names the order or a parcel of it: as a whole word, since `SO-1` is not `SO-10`.
    fn is_named_in(&self, message: &[u8]) -> bool {
        let text = String::from_utf8_lossy(message);
        self.words.iter().any(|word| names(&text, word))
    }
}

fn names(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
    !word.is_empty()
        && text
            .match_indices(word)
            .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}
