//! Silence is a fault too: a parcel of which nobody has heard goes to the logistics team, a carrier that has stopped calling to
//! developers. Each is told once, until it is broken.

use super::super::dispatcher::outgoing;
use super::super::mail::minute;
use super::super::records::{CarrierRecord, ParcelRecord};
use super::super::{Desk, Ports, Trouble, keys};
use super::Polled;
use super::track::Parcel;
use crate::clock::millis;
use crate::port::{Batch, Expect, Item, Notice, Notifier, Put, Store};
use crate::trace;
use crossdock_engine::model::identity::silence_email_id;
use crossdock_engine::model::{Action, Effect, EmailLogistics, Problem, Silence, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Carriers that are known of.
const CARRIERS: usize = 1000;

/// Open parcels of a carrier that are looked at, those first that have waited longest.
const PARCELS: usize = 50;

impl<P: Ports> Desk<P> {
    /// Tells the logistics team of a silent parcel. False when an event came after all.
    pub(super) async fn tell_of_silence(&self, parcel: Parcel) -> Result<bool, Trouble> {
        let Parcel { item, mut record } = parcel;
        record.silence_told = true;
        let release = self.mappings.release();
        let action = silence_action(&item, &record, release.rules.on_silence());
        let body = serde_json::to_vec(&record).unwrap_or_default();
        let put = Put::new(item.key, Expect::Version(item.version), body).due(self.parcel_due(&record));
        match self
            .commit_sending(Batch { puts: vec![put], sends: vec![outgoing(&action, &trace::new())], ..Batch::default() })
            .await
        {
            Ok(()) => {
                metrics::counter!("crossdock_silent_parcels_total", "carrier" => record.carrier).increment(1);
                Ok(true)
            }
            Err(crate::port::CommitError::Conflict(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    pub(super) async fn notice_stopped_carriers(&self, polled: &mut Polled) -> Result<(), Trouble> {
        let release = self.mappings.release();
        let mut known: BTreeMap<String, Item> = BTreeMap::new();
        for item in self.store.list(keys::CARRIERS, None, CARRIERS).await? {
            known.insert(item.key.clone(), item);
        }
        for id in release.carriers.keys() {
            let Ok(loaded) = self.mappings.carrier(id) else { continue };
            let Some(patience) = loaded.carrier.silence().webhooks else { continue };
            let item = known.remove(&keys::carrier(id));
            let record = item.as_ref().and_then(|item| serde_json::from_slice::<CarrierRecord>(&item.body).ok());
            let record = record.unwrap_or_default();
            if let Some(silence) = self.stopped(id, &record, patience).await? {
                polled.stopped += usize::from(self.tell_of_stopped(id, item.as_ref(), record, &silence).await?);
            }
        }
        Ok(())
    }

    /// The carrier does not call although it has parcels that it should have called for: since when.
    async fn stopped(&self, id: &str, record: &CarrierRecord, patience: Duration) -> Result<Option<Stopped>, Trouble> {
        let from = self.now().saturating_sub(millis(patience));
        if record.silence_told || record.called_at.is_some_and(|at| at > from) {
            return Ok(None);
        }
        let open = self.store.due(&keys::parcels_of(id), i64::MAX, PARCELS).await?;
        let open = open.iter().filter_map(|item| serde_json::from_slice::<ParcelRecord>(&item.body).ok());
        // A parcel that is newer than the silence may have come to a carrier that had nothing to tell.
        let waiting = open.map(|parcel| parcel.accepted_at).filter(|at| *at <= from);
        Ok(waiting.min().map(|oldest| Stopped { called_at: record.called_at, oldest, patience }))
    }

    async fn tell_of_stopped(
        &self,
        id: &str,
        item: Option<&Item>,
        record: CarrierRecord,
        stopped: &Stopped,
    ) -> Result<bool, Trouble> {
        if let Err(why) = self.notifier.notify(&stopped.notice(id)).await {
            tracing::error!(carrier = id, why, "developers could not be told that a carrier has stopped calling");
            return Ok(false);
        }
        let record = CarrierRecord { silence_told: true, ..record };
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let put = Put::new(keys::carrier(id), expect, serde_json::to_vec(&record).unwrap_or_default());
        self.commit_unless_changed(Batch { puts: vec![put], ..Batch::default() }).await?;
        Ok(true)
    }
}

/// A carrier that has stopped calling.
struct Stopped {
    called_at: Option<i64>,
    /// Since when it has had a parcel of ours.
    oldest: i64,
    patience: Duration,
}

impl Stopped {
    fn notice(&self, id: &str) -> Notice {
        let hours = self.patience.as_secs() / 3600;
        let last = match self.called_at {
            Some(at) => format!("The last delivery of its webhooks came at {}.", minute(at)),
            None => "It has never called.".to_owned(),
        };
        Notice {
            title: format!("{id} has stopped calling"),
            text: format!(
                "{last} It has had open parcels since {}, and its file expects a call every {hours} h (`silence: webhooks`).\n\
                 Look at the webhook's address and secret in the carrier's portal, and at what was refused: \
                 `crossdock status`.",
                minute(self.oldest)
            ),
        }
    }
}

fn silence_action(item: &Item, record: &ParcelRecord, topic: &str) -> Action {
    let since = record.silent_since();
    let silence = Silence {
        carrier: record.carrier.clone(),
        account: record.account.clone(),
        tracking_number: record.number.clone(),
        parcel_reference: record.references.first().cloned(),
        last_status: record.state.as_ref().map(|(status, _)| *status),
        since: Timestamp::from(jiff::Timestamp::from_millisecond(since).unwrap_or_default()),
    };
    Action {
        action_id: silence_email_id(&item.key, since, topic),
        order_id: Some(record.order_id.clone()),
        effect: Effect::EmailLogistics(EmailLogistics { topic: topic.to_owned(), problem: Problem::Silence(silence) }),
    }
}
