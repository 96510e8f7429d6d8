//! Whose parcel an event is of; and what becomes of an event whose parcel is not known.

use super::super::operate::REMOVED;
use super::super::redriven::Opened;
use super::super::report::Report;
use super::super::{Desk, Handled, Ports, Trouble, keys};
use super::{Fate, Taken};
use crate::clock::from_millis;
use crate::port::{Batch, Exchange, Item, Store};
use crossdock_engine::carrier::{Asked, Correlation};
use crossdock_engine::model::Event;
use std::time::Duration;

/// What waits for its order is looked at again after this time at the soonest.
const SHORTEST: Duration = Duration::from_millis(500);

/// The same, at the latest: so often that it is not taken for poison, however long its order waits for the carrier.
const LONGEST: Duration = Duration::from_secs(3600);

impl<P: Ports> Desk<P> {
    /// The parcel that an event is of: by tracking number, by the carrier's own name, by ours.
    pub(super) async fn parcel_of(&self, event: &Event, names: &Correlation) -> Result<Option<Item>, Trouble> {
        let (carrier, account) = (&event.carrier, &event.account);
        for number in [&names.tracking_number, &names.carrier_ref].into_iter().flatten() {
            if let Some(item) = self.store.get(&keys::parcel(carrier, account, number)).await? {
                return Ok(Some(item));
            }
        }
        for (kind, value) in [("ref", &names.carrier_ref), ("ref", &names.tracking_number), ("our", &names.reference)] {
            let Some(value) = value else { continue };
            let Some(name) = self.store.get(&keys::name(carrier, account, kind, value)).await? else { continue };
            let key = String::from_utf8_lossy(&name.body).into_owned();
            if let Some(item) = self.store.get(&key).await? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// An event of a parcel that is not known: its order may be, and wait for the carrier.
    pub(super) async fn without_parcel(&self, event: &Event, names: &Correlation) -> Result<Fate, Trouble> {
        let names = Asked {
            tracking_number: names.tracking_number.clone(),
            carrier_ref: names.carrier_ref.clone(),
            reference: names.reference.clone(),
        };
        let (carrier, account) = (&event.carrier, &event.account);
        if self.is_put_off(carrier, account, &names).await? {
            return Ok(Fate::Ahead);
        }
        for name in [&names.tracking_number, &names.carrier_ref].into_iter().flatten() {
            for key in [keys::parcel(carrier, account, name), keys::name(carrier, account, "ref", name)] {
                if self.was_forgotten(&key).await?.is_some() {
                    return Ok(Fate::Forgotten);
                }
            }
        }
        Ok(Fate::Early)
    }

    /// A webhook may overtake the answer that its order's acceptance rests upon: it waits, and is parked in the end. As long as
    /// the carrier is to answer for a known order, its events wait too.
    pub(super) async fn wait_for_orders(&self, message: &Opened, report: Report<'_>, taken: Taken) -> Result<Handled, Trouble> {
        let age = from_millis(self.now() - message.sent_at);
        if taken.early > 0 && age >= self.settings.uncorrelated {
            let cause = format!("no order of ours became known within {} s", self.settings.uncorrelated.as_secs());
            return self.park_report(message, report, "uncorrelated", cause).await;
        }
        let wait = (age / 4).clamp(SHORTEST, Duration::from_secs(60)).max((age / 16).min(LONGEST));
        self.store.defer(&message.as_it_came(), wait).await?;
        Ok(Handled::Later)
    }

    /// When what stood under a key was removed by a person's will (milliseconds since 1970); none when it was not.
    pub(crate) async fn was_forgotten(&self, key: &str) -> Result<Option<i64>, Trouble> {
        let mark = self.store.get(&keys::forgotten(key)).await?;
        Ok(mark.and_then(|mark| serde_json::from_slice(&mark.body).ok()))
    }

    /// A report that tells of what was removed: the journal keeps that it came, and not what it said.
    pub(super) async fn empty_report(&self, id: &str) -> Result<(), Trouble> {
        let Some(exchange) = self.store.exchange(id).await? else { return Ok(()) };
        let emptied = Exchange { request: REMOVED.to_owned(), reply: String::new(), ..exchange };
        self.store.commit(Batch { exchanges: vec![emptied], ..Batch::default() }).await?;
        Ok(())
    }
}
