//! Parcels whose time has come: which carrier is to be asked for which, and which ones have been silent for too long.

use super::super::gate::Gate;
use super::super::records::ParcelRecord;
use super::super::{Desk, Ports, Trouble, keys};
use super::{Polled, Turn};
use crate::clock::millis;
use crate::mappings::Loaded;
use crate::port::{Batch, CommitError, Expect, Item, Put, Store};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Parcels that are looked at in one turn.
const AT_ONCE: usize = 500;

/// Carriers that are asked at once, each one request at a time.
const CARRIERS_AT_ONCE: usize = 8;

/// Requests to one carrier in one turn.
const REQUESTS: usize = 50;

/// The most numbers that are taken up together, whatever a carrier's batch.
const TAKEN_UP: usize = 50;

/// So long a request is trusted to be under way, in milliseconds.
const LEASE: i64 = 300_000;

const HOUR: i64 = 3_600_000;

/// How often a write is tried again because an event of the same parcel was quicker.
const RACES: usize = 10;

/// A parcel with its item.
pub(super) struct Parcel {
    pub(super) item: Item,
    pub(super) record: ParcelRecord,
}

/// What one carrier is to be asked for, by account.
struct Questions {
    loaded: Arc<Loaded>,
    gate: Arc<Gate>,
    accounts: BTreeMap<String, Vec<Parcel>>,
}

/// How a request went.
pub(super) enum Asked {
    /// The carrier answered for these.
    Well,
    /// It cannot be asked now: again at this time (milliseconds since 1970).
    Later(i64),
}

impl<P: Ports> Desk<P> {
    pub(super) async fn track(&self, turn: &Turn, polled: &mut Polled) -> Result<(), Trouble> {
        let items = self.store.due(keys::PARCELS, self.now(), AT_ONCE).await?;
        polled.more |= items.len() == AT_ONCE;
        let mut carriers: BTreeMap<String, Questions> = BTreeMap::new();
        for item in items {
            self.sort(item, &mut carriers, polled).await?;
        }
        let asking = carriers.into_values().map(|questions| self.ask_carrier(turn, questions));
        let mut asked = futures_util::stream::iter(asking).buffer_unordered(CARRIERS_AT_ONCE);
        let mut trouble = Ok(());
        while let Some(done) = asked.next().await {
            match done {
                Ok(part) => {
                    polled.asked += part.asked;
                    polled.more |= part.more;
                    polled.events.add(part.events);
                }
                Err(failed) => trouble = Err(failed),
            }
        }
        trouble
    }

    /// What a due parcel is due for.
    async fn sort(&self, item: Item, carriers: &mut BTreeMap<String, Questions>, polled: &mut Polled) -> Result<(), Trouble> {
        let now = self.now();
        let Ok(record) = serde_json::from_slice::<ParcelRecord>(&item.body) else {
            tracing::error!(key = item.key, "the record of a parcel cannot be read");
            return self.look_again(&item, now + 24 * HOUR).await.map(drop);
        };
        let Ok(loaded) = self.mappings.carrier(&record.carrier) else {
            return self.look_again(&item, now + HOUR).await.map(drop);
        };
        let parcel = Parcel { item, record };
        let due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        if due(parcel.record.silent_at(&loaded.carrier)) {
            // The next turn asks for it, should that be due too.
            polled.more = true;
            polled.silent += usize::from(self.tell_of_silence(parcel).await?);
        } else if due(parcel.record.ask_at(&loaded.carrier, now)) {
            let gate = || self.gates.of(loaded.carrier.id(), Some(loaded.carrier.limits()));
            let new = || Questions { loaded: Arc::clone(&loaded), gate: gate(), accounts: BTreeMap::new() };
            let questions = carriers.entry(parcel.record.carrier.clone()).or_insert_with(new);
            questions.accounts.entry(parcel.record.account.clone()).or_default().push(parcel);
        } else {
            let due = self.parcel_due(&parcel.record).filter(|at| *at > now);
            let put = Put::new(parcel.item.key, Expect::Version(parcel.item.version), parcel.item.body).due(due);
            self.commit_unless_changed(Batch { puts: vec![put], ..Batch::default() }).await?;
        }
        Ok(())
    }

    async fn ask_carrier(&self, turn: &Turn, questions: Questions) -> Result<Polled, Trouble> {
        let mut polled = Polled::default();
        let batch = questions.loaded.carrier.polling().map_or(1, |(_, batch)| batch as usize).clamp(1, TAKEN_UP);
        let mut requests = 0;
        for (account, mut parcels) in questions.accounts {
            while !parcels.is_empty() {
                if requests == REQUESTS || turn.is_over(&*self.clock) {
                    polled.more = true;
                    return Ok(polled);
                }
                let carrier = &questions.loaded.carrier;
                if let Some(until) = self.closed_until(carrier.id(), &questions.gate, carrier.limits().timeout).await? {
                    self.ask_later(&parcels, millis(until)).await?;
                    break;
                }
                let rest = parcels.split_off(batch.min(parcels.len()));
                let taken_up = self.take_up(std::mem::replace(&mut parcels, rest)).await?;
                if taken_up.is_empty() {
                    continue;
                }
                requests += 1;
                polled.asked += taken_up.len();
                let asked = self.ask(&questions.loaded, &questions.gate, &account, &taken_up, &mut polled).await;
                self.tell_breaker(carrier.id(), &questions.gate).await;
                match asked? {
                    Asked::Well => self.were_asked(&taken_up).await?,
                    // What holds for these holds for the account's others.
                    Asked::Later(at) => {
                        self.ask_later(&taken_up, at).await?;
                        self.ask_later(&parcels, at).await?;
                        break;
                    }
                }
            }
        }
        Ok(polled)
    }

    /// Takes parcels up: another poller passes them over. Those that changed meanwhile are left alone.
    async fn take_up(&self, mut parcels: Vec<Parcel>) -> Result<Vec<Parcel>, Trouble> {
        let due = Some(self.now() + LEASE);
        for _ in 0..2 {
            let put = |parcel: &Parcel| {
                let item = &parcel.item;
                Put::new(item.key.clone(), Expect::Version(item.version), item.body.clone()).due(due)
            };
            match self.store.commit(Batch { puts: parcels.iter().map(put).collect(), ..Batch::default() }).await {
                Ok(()) => {
                    for parcel in &mut parcels {
                        parcel.item.version += 1;
                    }
                    return Ok(parcels);
                }
                Err(CommitError::Conflict(changed)) => parcels.retain(|parcel| !changed.contains(&parcel.item.key)),
                Err(other) => return Err(other.into()),
            }
            if parcels.is_empty() {
                break;
            }
        }
        Ok(Vec::new())
    }

    /// The carrier could not be asked for these.
    async fn ask_later(&self, parcels: &[Parcel], at: i64) -> Result<(), Trouble> {
        for parcel in parcels {
            self.look_again(&parcel.item, at).await?;
        }
        Ok(())
    }

    /// The carrier was asked for these: when next follows from their file. Their events may have moved them meanwhile.
    async fn were_asked(&self, parcels: &[Parcel]) -> Result<(), Trouble> {
        for parcel in parcels {
            for _ in 0..RACES {
                let Some(item) = self.store.get(&parcel.item.key).await? else { break };
                let Ok(mut record) = serde_json::from_slice::<ParcelRecord>(&item.body) else { break };
                record.asked_at = Some(self.now());
                let body = serde_json::to_vec(&record).unwrap_or_default();
                let put = Put::new(item.key, Expect::Version(item.version), body).due(self.parcel_due(&record));
                if self.commit_unless_changed(Batch { puts: vec![put], ..Batch::default() }).await? {
                    break;
                }
            }
        }
        Ok(())
    }
}
