//! The whole story of one order, in the order of time.

mod story;
mod tell;

pub use story::{CallLine, Exchanged, Happening, Line, Operation, Parcel, Story};

pub(super) use tell::operation;

use super::super::dead::DeadLetter;
use super::super::dispatcher::known_parcels;
use super::super::keys;
use super::super::records::{EventRecord, ParcelRecord};
use super::letters::Filter;
use super::{Failed, Operator};
use crate::ledger::Entry;
use crate::port::Store;
use crossdock_engine::model::Order;
use std::collections::BTreeSet;

impl<S: Store> Operator<'_, S> {
    /// The story of an order. Persons' data is in it only when `full`: the order itself, what went over the wire, the
    /// carrier's words.
    ///
    /// # Errors
    /// There is no such order, or the store fails.
    pub async fn trace(&self, order_id: &str, full: bool) -> Result<Story, Failed> {
        let mut story = Story { order_id: order_id.to_owned(), operations: Vec::new(), parcels: Vec::new(), lines: Vec::new() };
        let mut reports = BTreeSet::new();
        for (entry, _) in self.entries(order_id).await? {
            let order = self.order(&entry.key).await?;
            story.lines.push(tell::taken(&entry, order.as_ref(), full));
            story.lines.extend(entry.notes.iter().map(|note| tell::note(&entry, note)));
            for key in parcel_keys(&entry, order.as_ref()) {
                self.add_parcel(&key, full, &mut story).await?;
            }
            reports.extend(entry.exchanges());
            story.operations.push(tell::operation(entry, full));
        }
        for exchange in self.store.exchanges(order_id).await? {
            story.lines.push(Line { at: exchange.at, what: Happening::Exchange(Exchanged::of(exchange, full)) });
        }
        self.add_reports(reports, full, &mut story).await?;
        for letter in self.letters_of(order_id).await? {
            story.lines.push(tell::parked(letter));
        }
        // Of one moment, the cause before the effect.
        story.lines.sort_by_key(|line| (line.at, line.what.rank()));
        Ok(story)
    }

    /// The order as it was taken; none once its data was removed.
    pub(super) async fn order(&self, key: &str) -> Result<Option<Order>, Failed> {
        let item = self.store.get(&keys::order(key)).await?;
        Ok(item.and_then(|item| serde_json::from_slice(&item.body).ok()))
    }

    /// The dead letters of an order, of all queues.
    pub(super) async fn letters_of(&self, order_id: &str) -> Result<Vec<DeadLetter>, Failed> {
        self.letters(&Filter { order_id: Some(order_id.to_owned()), ..Filter::default() }).await
    }

    /// A parcel with its events, and the reports that they came with.
    async fn add_parcel(&self, key: &str, full: bool, story: &mut Story) -> Result<(), Failed> {
        let Some(item) = self.store.get(key).await? else { return Ok(()) };
        let Ok(record) = serde_json::from_slice::<ParcelRecord>(&item.body) else { return Ok(()) };
        if record.order_id != story.order_id || story.parcels.iter().any(|parcel| parcel.number == record.number) {
            return Ok(());
        }
        let mut reports = BTreeSet::new();
        for event in self.all(&keys::events_of(key)).await? {
            let Ok(event) = serde_json::from_slice::<EventRecord>(&event.body) else { continue };
            reports.extend(event.exchange.clone());
            story.lines.push(tell::event(&record.number, event, full));
        }
        self.add_reports(reports, full, story).await?;
        story.parcels.push(Parcel::of(record));
        Ok(())
    }

    /// Reports that told of the order, each once.
    async fn add_reports(&self, reports: BTreeSet<String>, full: bool, story: &mut Story) -> Result<(), Failed> {
        for report in reports {
            let Some(exchange) = self.store.exchange(&report).await? else { continue };
            let known = |line: &Line| matches!(&line.what, Happening::Exchange(known) if known.id == report);
            if !story.lines.iter().any(known) {
                story.lines.push(Line { at: exchange.at, what: Happening::Exchange(Exchanged::of(exchange, full)) });
            }
        }
        Ok(())
    }
}

/// The keys of the parcels that an operation may have made.
pub(super) fn parcel_keys(entry: &Entry, order: Option<&Order>) -> Vec<String> {
    let Some(order) = order else { return Vec::new() };
    let result = entry.result().map(|(result, _)| result);
    let key = |number: &str| keys::parcel(&entry.carrier, &entry.account, number);
    known_parcels(entry, order, result).iter().map(|known| key(&known.number)).collect()
}
