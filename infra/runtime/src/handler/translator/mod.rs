//! The translator: a verified delivery becomes events, and events become actions. One event, one write. What a delivery tells of
//! an order that the carrier answers later is for `complete`, and whose parcel an event is of for `correlate`.

mod complete;
mod correlate;

use super::dispatcher::outgoing;
use super::records::{CarrierRecord, EventRecord, ParcelRecord};
use super::redriven::Opened;
use super::report::{Report, TrackReport};
use super::{Desk, Handled, Ports, Trouble, keys};
use crate::mappings::Missing;
use crate::port::{Batch, CommitError, Expect, Item, Message, Put, Store};
use crossdock_engine::carrier::{Delivery, Found, Translation};
use crossdock_engine::model::identity::{event_email_id, notify_shop_id};
use crossdock_engine::model::rules::{Decision, Facts};
use crossdock_engine::model::{
    Action, Effect, EmailLogistics, Event, Move, NotifyShop, Problem, Status, Timestamp, Update, moves,
};
use sha2::{Digest, Sha256};
use tracing::Instrument;

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
    /// Their parcel, or the order that they complete, is not known yet.
    pub early: usize,
    /// Their order is known, and not as far as they are: the carrier is still to answer for it.
    pub ahead: usize,
    /// They gave the answer that an order had waited for.
    pub completed: usize,
    /// Their order's data was removed.
    pub forgotten: usize,
}

impl Taken {
    pub(crate) fn add(&mut self, other: Self) {
        self.advanced += other.advanced;
        self.stale += other.stale;
        self.known += other.known;
        self.early += other.early;
        self.ahead += other.ahead;
        self.completed += other.completed;
        self.forgotten += other.forgotten;
    }

    fn count(&mut self, fate: &Fate) {
        let count = match fate {
            Fate::Advanced => &mut self.advanced,
            Fate::Stale => &mut self.stale,
            Fate::Known => &mut self.known,
            Fate::Early => &mut self.early,
            Fate::Ahead => &mut self.ahead,
            Fate::Completed => &mut self.completed,
            Fate::Forgotten => &mut self.forgotten,
        };
        *count += 1;
    }
}

/// What became of one event.
enum Fate {
    Advanced,
    Stale,
    Known,
    Early,
    Ahead,
    Completed,
    Forgotten,
}

impl<P: Ports> Desk<P> {
    /// Reads a delivery's message.
    ///
    /// # Errors
    /// The store failed: the message comes again.
    pub async fn translate(&self, message: &Message) -> Result<Handled, Trouble> {
        let message = &self.opened(message).await;
        let span = tracing::info_span!("update", trace = message.trace);
        self.translate_opened(message).instrument(span).await
    }

    async fn translate_opened(&self, message: &Opened) -> Result<Handled, Trouble> {
        let Ok(update) = serde_json::from_slice::<Update>(&message.body) else {
            if let Ok(track) = serde_json::from_slice::<TrackReport>(&message.body) {
                return self.read_track_again(message, &track).await;
            }
            let id = hex::encode(&Sha256::digest(&message.body)[..16]);
            let report = Report {
                id: &id,
                carrier: &message.group,
                body: &message.body,
                exchange: None,
                redrives: message.redrives,
                trace: &message.trace,
            };
            return self.park_report(message, report, "unreadable", "the message is no delivery of ours".into()).await;
        };
        let report = Report {
            id: &update.id,
            carrier: &update.carrier,
            body: &message.body,
            exchange: Some(&update.id),
            redrives: message.redrives,
            trace: &message.trace,
        };
        let translation = match self.read_update(&update).await? {
            Ok(translation) => translation,
            Err((reason, cause)) => return self.park_report(message, report, reason, cause).await,
        };
        let mut taken = self.take_completions(report, &update.account, &translation.completions).await?;
        taken.add(self.take_events(report, &translation.events).await?);
        for unmapped in &translation.unmapped {
            self.park_unmapped(report, unmapped).await?;
        }
        self.note_call(&update).await;
        if taken.forgotten > 0 {
            self.empty_report(&update.id).await?;
        }
        if taken.early + taken.ahead > 0 {
            return self.wait_for_orders(message, report, taken).await;
        }
        self.settle(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await
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
            source: None,
        };
        let received_at = update.received_at.instant().as_second();
        let translated = loaded.carrier.translate(&update.webhook, &delivery, &account, received_at);
        Ok(translated.map_err(|fault| ("unreadable", fault.to_string())))
    }

    /// Takes the events of one report, in their order, each in a write of its own. Events before a failure are taken; taken
    /// again, they are known.
    pub(crate) async fn take_events(&self, report: Report<'_>, found: &[Found]) -> Result<Taken, Trouble> {
        let mut taken = Taken::default();
        for found in found {
            taken.count(&self.take_event(report, found).await?);
        }
        Ok(taken)
    }

    async fn take_event(&self, report: Report<'_>, found: &Found) -> Result<Fate, Trouble> {
        for _ in 0..RACES {
            let Some(parcel) = self.parcel_of(&found.event, &found.correlation).await? else {
                return self.without_parcel(&found.event, &found.correlation).await;
            };
            let key = keys::event(&parcel.key, &found.event.event_id);
            let mut expect = Expect::Absent;
            if let Some(known) = self.store.get(&key).await? {
                if !now_readable(&known, &found.event) {
                    self.emit_pending(&known).await?;
                    return Ok(Fate::Known);
                }
                expect = Expect::Version(known.version);
            }
            let Ok(record) = serde_json::from_slice::<ParcelRecord>(&parcel.body) else {
                return Err(Trouble::Store(format!("the record {} cannot be read", parcel.key)));
            };
            let (fate, mut batch) = self.event_batch(&parcel, record, (key, expect), found.event.clone(), report);
            if found.event.status == Status::Unknown {
                batch.puts.push(self.unknown_letter(report, &found.event).put());
            }
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
    fn event_batch(
        &self,
        item: &Item,
        record: ParcelRecord,
        at: (String, Expect),
        event: Event,
        report: Report<'_>,
    ) -> (Fate, Batch) {
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
        let mut batch =
            Batch { sends: actions.iter().map(|action| outgoing(action, report.trace)).collect(), ..Batch::default() };
        let pending = if self.store.is_atomic() { Vec::new() } else { actions };
        let (exchange, trace) = (report.exchange.map(str::to_owned), Some(report.trace.to_owned()));
        let kept = EventRecord { event, stale: !advances, at: now, exchange, trace, pending };
        let due = self.parcel_due(&parcel);
        let body = serde_json::to_vec(&parcel).unwrap_or_default();
        batch.puts.push(Put::new(at.0, at.1, serde_json::to_vec(&kept).unwrap_or_default()));
        batch.puts.push(Put::new(item.key.clone(), Expect::Version(item.version), body).due(due));
        (if advances { Fate::Advanced } else { Fate::Stale }, batch)
    }

    /// An event that is known: what followed from it may not have been emitted.
    async fn emit_pending(&self, item: &Item) -> Result<(), Trouble> {
        let Ok(mut record) = serde_json::from_slice::<EventRecord>(&item.body) else { return Ok(()) };
        if record.pending.is_empty() {
            return Ok(());
        }
        let trace = record.trace.clone().unwrap_or_default();
        let sends = std::mem::take(&mut record.pending).iter().map(|action| outgoing(action, &trace)).collect();
        self.store.commit(Batch { sends, ..Batch::default() }).await?;
        let body = serde_json::to_vec(&record).unwrap_or_default();
        let puts = vec![Put::new(item.key.clone(), Expect::Version(item.version), body)];
        match self.store.commit(Batch { puts, ..Batch::default() }).await {
            Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
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

    /// A report that waits for a person as a whole.
    pub(crate) async fn park_report(
        &self,
        message: &Message,
        report: Report<'_>,
        reason: &str,
        cause: String,
    ) -> Result<Handled, Trouble> {
        let letter = self.counted(report.letter(reason, cause, "", self.now()));
        self.settle(Batch { puts: vec![letter.put()], acks: vec![message.receipt.clone()], ..Batch::default() }).await
    }
}

/// Whether an event that nobody could read when it came can be read now: the file was mended.
fn now_readable(known: &Item, event: &Event) -> bool {
    event.status != Status::Unknown
        && serde_json::from_slice::<EventRecord>(&known.body).is_ok_and(|known| known.event.status == Status::Unknown)
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
