//! Three sides keep books of the same day; in the end they must agree.

use super::callbacks;
use super::carrier::Carrier;
use super::shop::Shop;
use crate::exit::Problem;
use crossdock_runtime::handler::EventRecord;
use crossdock_runtime::handler::dead::DeadLetter;
use crossdock_runtime::port::{Item, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;

/// What the store of the local process holds at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ours {
    /// Orders that wait for a person, by reason.
    pub(crate) parked: BTreeMap<String, u64>,
    /// Deliveries and events that wait for a person, by reason.
    pub(crate) parked_updates: BTreeMap<String, u64>,
    /// Messages to the shop that wait for a person.
    pub(crate) parked_actions: u64,
    /// Events that moved a parcel.
    pub(crate) advanced: u64,
    /// Events that came too late to change anything.
    pub(crate) stale: u64,
    /// Deliveries whose sender could not be verified.
    pub(crate) quarantined: u64,
    /// Emails to the logistics team.
    pub(crate) emails: u64,
}

/// What we counted, and what the carrier and the shop counted for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Orders that the shop gave.
    pub(crate) orders: u64,
    /// Orders that were put off at first.
    pub(crate) put_off: u64,
    /// What we hold.
    pub(crate) ours: Ours,
    /// The shop's journal: orders that were accepted.
    pub(crate) accepted: u64,
    /// The shop's journal: orders that were refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    /// The shop's journal: orders with several ends.
    pub(crate) told_twice: u64,
    /// The shop's journal: updates.
    pub(crate) updates: u64,
    /// The shop's journal: repetitions under a known key.
    pub(crate) shop_repeated: u64,
    /// The carrier's journal: shipments.
    pub(crate) shipments: u64,
    /// The carrier's journal: calls.
    pub(crate) calls: u64,
    /// The carrier's journal: repetitions it recognised.
    pub(crate) recognised: u64,
    /// The carrier's journal: calls that it failed, by intent.
    pub(crate) let_down: u64,
    /// The carrier's journal: sign-ins.
    pub(crate) sign_ins: u64,
    /// The carrier's journal: genuine deliveries that we took.
    pub(crate) delivered: u64,
    /// The carrier's journal: genuine deliveries, each event counted once.
    pub(crate) happened: u64,
    /// The carrier's journal: genuine deliveries that we never took.
    pub(crate) undelivered: u64,
    /// The forger's journal: deliveries.
    pub(crate) forged: u64,
    /// The forger's journal: deliveries that we took.
    pub(crate) forged_taken: u64,
    /// From the shop's order to the shop's being told, in milliseconds, sorted.
    pub(crate) took: Vec<u64>,
}

impl Ours {
    /// Reads the store and the emails.
    pub(crate) async fn read<S: Store>(store: &S, data: &Path) -> Result<Self, Problem> {
        let mut ours = Self::default();
        for letter in list::<DeadLetter, S>(store, "dead/").await? {
            let reasons = match letter.queue {
                crossdock_runtime::port::Queue::Orders => &mut ours.parked,
                crossdock_runtime::port::Queue::Updates => &mut ours.parked_updates,
                crossdock_runtime::port::Queue::Actions => {
                    ours.parked_actions += 1;
                    continue;
                }
            };
            *reasons.entry(letter.reason).or_default() += 1;
        }
        for event in list::<EventRecord, S>(store, "event/").await? {
            *(if event.stale { &mut ours.stale } else { &mut ours.advanced }) += 1;
        }
        ours.quarantined = items(store, "quarantine/").await?.len() as u64;
        ours.emails = std::fs::read_dir(data.join("mail")).map_or(0, |files| files.count() as u64);
        Ok(ours)
    }
}

async fn items<S: Store>(store: &S, prefix: &str) -> Result<Vec<Item>, Problem> {
    store.list(prefix, None, 1_000_000).await.map_err(|error| Problem::failure(error.to_string()))
}

async fn list<T: serde::de::DeserializeOwned, S: Store>(store: &S, prefix: &str) -> Result<Vec<T>, Problem> {
    let items = items(store, prefix).await?;
    Ok(items.iter().filter_map(|item| serde_json::from_slice(&item.body).ok()).collect())
}

impl Books {
    /// Puts the journals of the others beside what we hold.
    pub(crate) fn close(
        orders: u32,
        put_off: u64,
        ours: Ours,
        carrier: &Carrier,
        shop: &Shop,
        called: &callbacks::Journal,
    ) -> Self {
        let mut books = Self { orders: orders.into(), put_off, ours, ..Self::default() };
        carrier.look(|journal| {
            books.shipments = journal.shipments.len() as u64;
            books.calls = journal.calls;
            books.recognised = journal.repeated;
            books.let_down = journal.let_down;
            books.sign_ins = journal.sign_ins;
        });
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        books.delivered = count(&called.delivered);
        books.happened = called.happened();
        books.undelivered = count(&called.refused);
        books.forged = count(&called.forged);
        books.forged_taken = count(&called.forged_taken);
        shop.look(|journal| {
            for ends in journal.results.values() {
                books.told_twice += u64::from(ends.len() > 1);
                match ends.first() {
                    Some(end) if end.outcome == "accepted" => books.accepted += 1,
                    Some(end) => *books.refused.entry(end.code.clone()).or_default() += 1,
                    None => {}
                }
            }
            books.updates = journal.updated();
            books.shop_repeated = journal.repeated;
            books.took = journal.took();
        });
        books
    }

    /// Orders refused for whatever reason.
    pub(crate) fn all_refused(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Orders that wait for a person.
    pub(crate) fn all_parked(&self) -> u64 {
        self.ours.parked.values().sum()
    }

    /// Events and deliveries that wait for a person.
    pub(crate) fn all_parked_updates(&self) -> u64 {
        self.ours.parked_updates.values().sum()
    }

    /// What does not agree, in words; nothing when all does.
    pub(crate) fn differences(&self) -> Vec<String> {
        let ended = self.accepted + self.all_refused();
        let ours = &self.ours;
        let checks = [
            ("orders in = accepted + refused + parked", self.orders, ended + self.all_parked()),
            ("accepted orders = shipments at the carrier", self.accepted, self.shipments),
            ("orders the shop was told of twice = 0", self.told_twice, 0),
            (
                "events at the carrier = moves + stale + parked",
                self.happened,
                ours.advanced + ours.stale + self.all_parked_updates(),
            ),
            ("deliveries the carrier could not make = 0", self.undelivered, 0),
            ("deliveries in quarantine = forged deliveries", ours.quarantined, self.forged),
            ("forged deliveries taken = 0", self.forged_taken, 0),
            ("messages to the shop that are parked = 0", ours.parked_actions, 0),
        ];
        let differs = checks.into_iter().filter(|(_, left, right)| left != right);
        differs.map(|(rule, left, right)| format!("{rule}: {left} and {right}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balanced() -> Books {
        Books {
            orders: 10,
            ours: Ours {
                parked: BTreeMap::from([("ambiguous".into(), 1)]),
                parked_updates: BTreeMap::from([("unmapped".into(), 1)]),
                advanced: 20,
                stale: 4,
                quarantined: 2,
                ..Ours::default()
            },
            accepted: 7,
            refused: BTreeMap::from([("ZIP".into(), 2)]),
            shipments: 7,
            happened: 25,
            delivered: 28,
            forged: 2,
            ..Books::default()
        }
    }

    #[test]
    fn balanced_books_agree() {
        assert_eq!(balanced().differences(), Vec::<String>::new());
    }

    #[test]
    fn a_shipment_made_twice_shows() {
        let books = Books { shipments: 8, ..balanced() };
        assert_eq!(books.differences(), ["accepted orders = shipments at the carrier: 7 and 8"]);
    }

    #[test]
    fn a_lost_event_and_a_taken_forgery_show() {
        let mut books = Books { forged_taken: 1, ..balanced() };
        books.ours.advanced -= 1;
        assert_eq!(books.differences().len(), 2);
    }
}
