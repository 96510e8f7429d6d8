//! The translator: a verified delivery becomes events, and events become actions. One event, one write.

use super::dead::DeadLetter;
use super::dispatcher::{join, outgoing};
use super::records::{CarrierRecord, EventRecord, ParcelRecord};
use super::{Desk, Handled, Ports, Trouble, keys};
use crate::mappings::Missing;
use crate::port::{Batch, CommitError, Expect, Item, Message, Put, Queue, Store};
use crossdock_engine::carrier::{Correlation, Delivery, Found, Translation, Unmapped};
use crossdock_engine::model::identity::{event_email_id, notify_shop_id};
use crossdock_engine::model::rules::{Decision, Facts};
use crossdock_engine::model::{
    Action, Effect, EmailLogistics, Event, Move, NotifyShop, Problem, RawBody, Status, Timestamp, Update, moves,
};
use std::time::Duration;

/// How often a write is tried again because another event of the same parcel was quicker.
const RACES: u32 = 10;

const MINUTE: i64 = 60_000;

/// What became of the events of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// They moved their parcel.
    pub advanced: usize,
    /// They came too late to change anything.
    pub stale: usize,
    /// They were known.
    pub known: usize,
    /// Their parcel is not known yet.
    pub early: usize,
}

/// What became of one event.
enum Fate {
    Advanced,
    Stale,
    Known,
    Early,
}

impl<P: Ports> Desk<P> {
    /// Reads a delivery's message.
    ///
    /// # Errors
    /// The store failed: the message comes again.
    pub async fn translate(&self, message: &Message) -> Result<Handled, Trouble> {
        let Ok(update) = serde_json::from_slice::<Update>(&message.body) else {
            return self.park_update(message, None, "unreadable", "the message is no delivery of ours".into(), "").await;
        };
        let translation = match self.read_update(&update).await? {
            Ok(translation) => translation,
            Err((reason, cause)) => return self.park_update(message, Some(&update), reason, cause, "").await,
        };
        let taken = self.take_events(&translation.events).await?;
        for unmapped in &translation.unmapped {
            self.park_unmapped(message, &update, unmapped).await?;
        }
        self.note_call(&update).await;
        if taken.early > 0 {
            return self.wait_for_orders(message, &update).await;
        }
        self.store.commit(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await?;
        Ok(Handled::Done)
    }

    async fn read_update(&self, update: &Update) -> Result<Result<Translation, (&'static str, String)>, Trouble> {
        let loaded = match self.mappings.carrier(&update.carrier) {
            Ok(loaded) => loaded,
            Err(Missing::Misconfigured(why)) => return Ok(Err(("misconfigured", why))),
            Err(Missing::Unavailable(why)) => return Err(Trouble::Store(why)),
        };
        let account = match self.mappings.account(&loaded, &update.account, &*self.clock).await {
            Ok(account) => account,
            Err(Missing::Misconfigured(why)) => return Ok(Err(("misconfigured", why))),
            Err(Missing::Unavailable(why)) => return Err(Trouble::Store(why)),
        };
        let Ok(body) = update.body.bytes() else { return Ok(Err(("unreadable", "the kept body is no base64".into()))) };
        let delivery = Delivery {
            method: update.method.clone(),
            query: update.query.iter().map(|known| (known.name.clone(), known.value.clone())).collect(),
            headers: update.headers.iter().map(|known| (known.name.clone(), known.value.clone())).collect(),
            body,
        };
        let received_at = update.received_at.instant().as_second();
        let translated = loaded.carrier.translate(&update.webhook, &delivery, &account, received_at);
        Ok(translated.map_err(|fault| ("unreadable", fault.to_string())))
    }

    /// Takes the events of one report, in their order, each in a write of its own.
    ///
    /// # Errors
    /// The store failed. Events before the failure are taken; taken again, they are known.
    pub async fn take_events(&self, found: &[Found]) -> Result<Taken, Trouble> {
        let mut taken = Taken::default();
        for found in found {
            let count = match self.take_event(found).await? {
                Fate::Advanced => &mut taken.advanced,
                Fate::Stale => &mut taken.stale,
                Fate::Known => &mut taken.known,
                Fate::Early => &mut taken.early,
            };
            *count += 1;
        }
        Ok(taken)
    }

    async fn take_event(&self, found: &Found) -> Result<Fate, Trouble> {
        for _ in 0..RACES {
            let Some(parcel) = self.parcel_of(&found.event, &found.correlation).await? else { return Ok(Fate::Early) };
            let key = keys::event(&parcel.key, &found.event.event_id);
            if let Some(known) = self.store.get(&key).await? {
                self.emit_pending(&known).await?;
                return Ok(Fate::Known);
            }
            let Ok(record) = serde_json::from_slice::<ParcelRecord>(&parcel.body) else {
                return Err(Trouble::Store(format!("the record {} cannot be read", parcel.key)));
            };
            let (fate, batch) = self.event_batch(&parcel, record, key, found.event.clone());
            crate::faults::before("event");
            match self.store.commit(batch).await {
                Ok(()) => {
                    crate::faults::after("event");
                    let told = if matches!(fate, Fate::Advanced) { "advanced" } else { "stale" };
                    let labels = [("carrier", found.event.carrier.clone()), ("fate", told.to_owned())];
                    metrics::counter!("crossdock_events_total", &labels).increment(1);
                    return Ok(fate);
                }
                // Another event of this parcel was quicker: look again.
                Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Trouble::Changed)
    }

    /// The event, its parcel's new state and what follows, in one write.
    fn event_batch(&self, item: &Item, record: ParcelRecord, key: String, event: Event) -> (Fate, Batch) {
        let now = self.now();
        let first_of_status = !record.statuses.contains(&event.status);
        let advances = moves(record.stands(), event.state()) == Move::Advance;
        let mut parcel = record;
        parcel.sequence += 1;
        parcel.heard_at = Some(now);
        parcel.silence_told = false;
        if first_of_status {
            parcel.statuses.push(event.status);
        }
        parcel.attempts += u32::from(event.status == Status::DeliveryAttempted);
        let event = Event {
            order_id: Some(parcel.order_id.clone()),
            parcel_reference: event.parcel_reference.or_else(|| parcel.references.first().cloned()),
            tracking_number: event.tracking_number.or_else(|| Some(parcel.number.clone())),
            sequence: parcel.sequence,
            ..event
        };
        let mut actions = Vec::new();
        if advances {
            parcel.state = Some((event.status, Timestamp::from(event.occurred_at.instant())));
            let facts = Facts {
                attempt: parcel.attempts,
                first_of_status,
                asked_cancel: parcel.asked_cancel,
                country: parcel.country.as_deref(),
            };
            let decisions = self.mappings.release().rules.decide(&event, &facts);
            actions = decisions.into_iter().map(|decision| action(&event, decision)).collect();
        }
        let mut batch = Batch { sends: actions.iter().map(outgoing).collect(), ..Batch::default() };
        let pending = if self.store.is_atomic() { Vec::new() } else { actions };
        let kept = EventRecord { event, stale: !advances, at: now, exchange: None, pending };
        let due = self.parcel_due(&parcel);
        let body = serde_json::to_vec(&parcel).unwrap_or_default();
        batch.puts.push(Put::new(key, Expect::Absent, serde_json::to_vec(&kept).unwrap_or_default()));
        batch.puts.push(Put::new(item.key.clone(), Expect::Version(item.version), body).due(due));
        (if advances { Fate::Advanced } else { Fate::Stale }, batch)
    }

    /// An event that is known: what followed from it may not have been emitted.
    async fn emit_pending(&self, item: &Item) -> Result<(), Trouble> {
        let Ok(mut record) = serde_json::from_slice::<EventRecord>(&item.body) else { return Ok(()) };
        if record.pending.is_empty() {
            return Ok(());
        }
        let sends = std::mem::take(&mut record.pending).iter().map(outgoing).collect();
        self.store.commit(Batch { sends, ..Batch::default() }).await?;
        let body = serde_json::to_vec(&record).unwrap_or_default();
        let puts = vec![Put::new(item.key.clone(), Expect::Version(item.version), body)];
        match self.store.commit(Batch { puts, ..Batch::default() }).await {
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// The parcel that an event is of: by tracking number, by the carrier's own name, by ours.
    async fn parcel_of(&self, event: &Event, names: &Correlation) -> Result<Option<Item>, Trouble> {
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

    /// A webhook may overtake the answer that its order's acceptance rests upon: it waits, and is parked in the end.
    async fn wait_for_orders(&self, message: &Message, update: &Update) -> Result<Handled, Trouble> {
        let age = Duration::from_millis(u64::try_from(self.now() - message.sent_at).unwrap_or(0));
        if age >= self.settings.uncorrelated {
            let cause = format!("no order of ours became known within {} s", self.settings.uncorrelated.as_secs());
            return self.park_update(message, Some(update), "uncorrelated", cause, "").await;
        }
        let wait = (age / 4).clamp(Duration::from_millis(500), Duration::from_secs(60));
        self.store.defer(message, wait).await?;
        Ok(Handled::Later)
    }

    /// One unmapped event parks itself, not its delivery.
    async fn park_unmapped(&self, message: &Message, update: &Update, unmapped: &Unmapped) -> Result<(), Trouble> {
        let place =
            self.mappings.carrier(&update.carrier).map(|loaded| loaded.carrier.sources().position(unmapped.span).to_string());
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        let code = unmapped.code.as_deref().map(|code| format!(" (code `{code}`)")).unwrap_or_default();
        let cause = format!("{place}{}{code}", unmapped.message);
        let which = format!("{:?}/{:?}", unmapped.code, unmapped.tracking_number);
        let batch = self.update_letter(message, Some(update), "unmapped", cause, &which);
        self.store.commit(batch).await?;
        Ok(())
    }

    /// A carrier that calls is not silent. Once a minute is enough to know.
    async fn note_call(&self, update: &Update) {
        let key = keys::carrier(&update.carrier);
        let Ok(item) = self.store.get(&key).await else { return };
        let known: Option<CarrierRecord> = item.as_ref().and_then(|item| serde_json::from_slice(&item.body).ok());
        let now = self.now();
        if known.as_ref().and_then(|known| known.called_at).is_some_and(|at| now < at + MINUTE) {
            return;
        }
        let record = CarrierRecord { called_at: Some(now), silence_told: false, ..known.unwrap_or_default() };
        let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let puts = vec![Put::new(key, expect, serde_json::to_vec(&record).unwrap_or_default())];
        // Whoever was quicker has noted the same.
        let _ = self.store.commit(Batch { puts, ..Batch::default() }).await;
    }

    async fn park_update(
        &self,
        message: &Message,
        update: Option<&Update>,
        reason: &str,
        cause: String,
        which: &str,
    ) -> Result<Handled, Trouble> {
        let mut batch = self.update_letter(message, update, reason, cause, which);
        join(&mut batch, Batch { acks: vec![message.receipt.clone()], ..Batch::default() });
        self.store.commit(batch).await?;
        Ok(Handled::Done)
    }

    fn update_letter(&self, message: &Message, update: Option<&Update>, reason: &str, cause: String, which: &str) -> Batch {
        use sha2::{Digest, Sha256};
        let id = update.map_or_else(|| hex::encode(&Sha256::digest(&message.body)[..16]), |update| update.id.clone());
        let id = match which {
            "" => id,
            which => hex::encode(&Sha256::digest(format!("{id}/{which}"))[..16]),
        };
        let carrier = update.map_or_else(|| message.group.clone(), |update| update.carrier.clone());
        tracing::warn!(carrier, reason, cause, letter = id, "a delivery was parked");
        metrics::counter!("crossdock_parked_total", "queue" => "updates", "reason" => reason.to_owned()).increment(1);
        let letter = DeadLetter {
            id,
            queue: Queue::Updates,
            carrier,
            reason: reason.to_owned(),
            cause,
            order_id: None,
            order_key: None,
            at: self.now(),
            body: Some(RawBody::new(&message.body)),
            exchange: None,
            redrives: 0,
        };
        Batch { puts: vec![letter.put()], ..Batch::default() }
    }
}

pub(crate) fn action(event: &Event, decision: Decision) -> Action {
    let order_id = event.order_id.clone();
    match decision {
        Decision::NotifyShop => Action {
            action_id: notify_shop_id(&event.event_id),
            order_id,
            effect: Effect::NotifyShop(NotifyShop { event: event.clone() }),
        },
        Decision::EmailLogistics { topic } => Action {
            action_id: event_email_id(&event.event_id, &topic),
            order_id,
            effect: Effect::EmailLogistics(EmailLogistics { topic, problem: Problem::Event(Box::new(event.clone())) }),
        },
    }
}
