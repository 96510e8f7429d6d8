//! Tracking by asking.

use super::event::{Entry, Found, Reception, Unmapped, moment};
use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, ItemPlan, Poll, Track};
use super::reader::ReadFault;
use super::response::{ReadyBody, Trail, head, slots_of};
use super::{Account, Answer, Asked, AskedBy, CarrierMessage, Next, Reply, Request, Token};
use crate::document::Slots;
use crate::expr::Env;
use crate::model::{Moment, TimeIs};
use std::collections::BTreeMap;

/// What a tracking reply says.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// What the reply as a whole means.
    pub answer: Answer,
    /// Events, in order, each with the shipment that it is about.
    pub events: Vec<Found>,
    /// Events that wait for a person.
    pub unmapped: Vec<Unmapped>,
    /// Shipments that the carrier does not know, by name ([`Asked::name`]).
    pub not_found: Vec<String>,
    /// Errors of single items: the shipment's name, and what the carrier says.
    pub errors: Vec<(String, CarrierMessage)>,
    /// Items that nobody asked for.
    pub dropped: usize,
    /// Shipments that more than one item names: nobody knows which is right.
    pub repeated: Vec<String>,
}

/// A tracking request, or the sign-in that it needs.
#[derive(Debug, Clone, PartialEq)]
pub enum TrackNext {
    /// Sign in first.
    SignIn {
        /// The auth's name.
        auth: String,
        /// The request.
        request: Box<Request>,
    },
    /// Ask.
    Ask(Box<Request>),
}

impl Carrier {
    fn tracking(&self) -> Result<&Track, Fault> {
        self.track.as_ref().ok_or_else(|| Fault::new(FaultKind::Unknown, "the carrier cannot be asked: the file has no `track`"))
    }

    /// How often, and how many shipments at a time; none when the carrier cannot be asked.
    #[must_use]
    pub fn polling(&self) -> Option<(Option<Poll>, u32)> {
        self.track.as_ref().map(|track| (track.poll, track.batch))
    }

    /// What a shipment must have to be asked for: one that lacks any of these cannot be.
    #[must_use]
    pub fn asks_by(&self) -> &[AskedBy] {
        self.track.as_ref().map_or(&[], |track| &track.by)
    }

    /// The request that asks for some shipments: no more than the file's `batch`.
    ///
    /// # Errors
    /// See [`Carrier::next`]; a shipment that lacks what the carrier is asked by ([`Carrier::asks_by`]).
    pub fn track_request(
        &self,
        asked: &[Asked],
        account: &Account,
        tokens: &BTreeMap<String, Token>,
        now: i64,
    ) -> Result<TrackNext, Fault> {
        let track = self.tracking()?;
        if asked.is_empty() || asked.len() > track.batch as usize {
            return Err(Fault::new(FaultKind::Unknown, format!("one request asks for 1 to {} shipments", track.batch)));
        }
        let lacking = track.by.iter().find(|by| asked.iter().any(|asked| asked.by(**by).is_none_or(str::is_empty)));
        if let Some(by) = lacking {
            let words = format!("the carrier is asked by `tracking.{}`, which a shipment has not", by.one());
            return Err(Fault::new(FaultKind::Unknown, words));
        }
        let input = Slots::new();
        let mut env = self.env(account, &input);
        env.tracking = asked;
        env.lets = &track.lets;
        env.now = now;
        if let Some(Next::SignIn { auth, request }) = self.sign_in_of(&track.exchange, account, tokens, now, &mut env)? {
            return Ok(TrackNext::SignIn { auth, request });
        }
        self.call(&track.exchange, account, tokens, &mut env).map(|request| TrackNext::Ask(Box::new(request)))
    }

    /// Reads the reply to [`Carrier::track_request`].
    ///
    /// # Errors
    /// The file has no `track`.
    pub fn read_track(
        &self,
        asked: &[Asked],
        account: &Account,
        reply: &Reply,
        received_at: i64,
    ) -> Result<(Tracked, Trail), Fault> {
        let track = self.tracking()?;
        let input = Slots::new();
        let head = head(reply);
        let ready = ReadyBody::open(head.headers, head.body);
        let (body, malformed) = slots_of(&track.exchange.reply, ready.json());
        let unreadable = ready.unreadable.clone().or(malformed);
        let mut env = self.env(account, &input);
        env.tracking = asked;
        env.lets = &track.lets;
        env.docs[1] = Some(&body);
        env.origin = ready.document.as_ref().map(crate::document::Document::origin).unwrap_or_default();
        env.head = head;
        let mut trail = Trail::default();
        let answer = self.answer(&track.exchange, None, reply, unreadable, &mut env, &mut trail);
        let mut tracked = Tracked {
            answer,
            events: Vec::new(),
            unmapped: Vec::new(),
            not_found: Vec::new(),
            errors: Vec::new(),
            dropped: 0,
            repeated: Vec::new(),
        };
        match tracked.answer.outcome {
            super::Outcome::Accepted => self.read_items(track, asked, account, received_at, &mut env, &mut tracked),
            super::Outcome::NotFound => tracked.not_found = asked.iter().map(|asked| asked.name().to_owned()).collect(),
            _ => {}
        }
        Ok((tracked, trail))
    }

    fn read_items<'e>(
        &self,
        track: &'e Track,
        asked: &[Asked],
        account: &Account,
        received_at: i64,
        env: &mut Env<'e>,
        tracked: &mut Tracked,
    ) {
        let mut kept: Vec<(usize, ItemReading)> = Vec::new();
        let named = track.items.lists.iter().any(|list| !list.read.names.is_empty());
        let visited: Result<(), ReadFault> = track.items.visit(env, |env, plan| {
            match spoken_of(plan, asked, env) {
                Ok(Some(at)) => {
                    let reception = Reception { account: &account.name, received_at, asked: Some(&asked[at]) };
                    kept.push((at, self.read_item(plan, env, &reception)));
                }
                Ok(None) => tracked.dropped += 1,
                Err(fault) => tracked.unmapped.push(unread(fault.message, fault.span, None)),
            }
            Ok(())
        });
        tracked.unmapped.extend(visited.err().map(|fault| unread(fault.message, fault.span, None)));
        for (at, shipment) in asked.iter().enumerate() {
            let name = || shipment.name().to_owned();
            match kept.iter().filter(|(known, _)| *known == at).count() {
                0 => tracked.not_found.push(name()),
                1 => {}
                // Items without a name are parts of the one shipment asked for.
                _ if !named => {}
                _ => tracked.repeated.push(name()),
            }
        }
        let known = kept.iter().any(|(_, reading)| !matches!(reading.error, Some((_, true))));
        for (at, reading) in kept {
            let name = asked[at].name();
            if tracked.repeated.iter().any(|known| known == name) {
                continue;
            }
            match reading.error {
                Some((_, true)) if !named && (known || !tracked.not_found.is_empty()) => {}
                Some((_, true)) => tracked.not_found.push(name.to_owned()),
                Some((message, false)) => tracked.errors.push((name.to_owned(), message)),
                None => {
                    tracked.events.extend(reading.events);
                    tracked.unmapped.extend(reading.unmapped);
                }
            }
        }
    }

    fn read_item<'e>(&self, plan: &'e ItemPlan, env: &mut Env<'e>, reception: &Reception<'_>) -> ItemReading {
        let mut reading = ItemReading::default();
        if let Some((error, not_found)) = &plan.error {
            match error.read(env) {
                Ok(None) => {}
                Ok(Some(message)) => {
                    reading.error = Some((message, *not_found));
                    return reading;
                }
                // Nobody knows whether it is one: a person has to look.
                Err(fault) => {
                    reading.unmapped.push(unread(fault.message, fault.span, reception.asked));
                    return reading;
                }
            }
        }
        let visited: Result<(), ReadFault> = plan.events.visit(env, |env, event| {
            reading.take(self.event(event, env, reception));
            Ok(())
        });
        reading.unmapped.extend(visited.err().map(|fault| unread(fault.message, fault.span, reception.asked)));
        if let Some((status, when)) = &plan.current {
            let when = match when {
                Some(reader) => moment(reader, env),
                None => Ok(reading.newest()),
            };
            match when.and_then(|when| self.summary(status, when, env, reception)) {
                Ok(entry) => reading.take(entry),
                Err(fault) => reading.unmapped.push(unread(fault.message, fault.span, reception.asked)),
            }
        }
        self.finish_item(plan, env, &mut reading);
        reading
    }

    /// What the item says of the whole shipment goes to its newest event.
    fn finish_item<'e>(&self, plan: &'e ItemPlan, env: &Env<'e>, reading: &mut ItemReading) {
        let estimated =
            plan.estimated_delivery.as_ref().and_then(|reader| moment(reader, env).ok().flatten()).map(|(moment, _)| moment);
        let signed_by =
            plan.signed_by.as_ref().and_then(|reader| reader.text(env).ok().flatten()).map(std::borrow::Cow::into_owned);
        let Some(newest) = reading.events.iter_mut().max_by_key(|found| found.event.occurred_at.instant()) else { return };
        if newest.event.estimated_delivery.is_none() {
            newest.event.estimated_delivery = estimated;
        }
        if newest.event.signed_by.is_none() && newest.event.status == crate::model::Status::Delivered {
            newest.event.signed_by = signed_by;
        }
    }
}

/// Which of the shipments asked for an item speaks of: the first of its names that has a value decides.
fn spoken_of<'e>(plan: &'e ItemPlan, asked: &[Asked], env: &Env<'e>) -> Result<Option<usize>, ReadFault> {
    if plan.names.is_empty() {
        return Ok((!asked.is_empty()).then_some(0));
    }
    for (by, reader) in &plan.names {
        let name = reader.text(env)?.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = name {
            return Ok(asked.iter().position(|asked| asked.by(*by) == Some(name.as_str())));
        }
    }
    Ok(None)
}

#[derive(Default)]
struct ItemReading {
    events: Vec<Found>,
    unmapped: Vec<Unmapped>,
    error: Option<(CarrierMessage, bool)>,
}

impl ItemReading {
    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Event(found) => self.events.push(*found),
            Entry::Passed => {}
            Entry::Unmapped(unmapped) => self.unmapped.push(unmapped),
        }
    }

    fn newest(&self) -> Option<(Moment, TimeIs)> {
        let newest = self.events.iter().max_by_key(|found| found.event.occurred_at.instant())?;
        Some((newest.event.occurred_at.clone(), newest.event.time_is))
    }
}

pub(super) fn unread(message: String, span: crate::source::Span, asked: Option<&Asked>) -> Unmapped {
    let tracking_number = asked.and_then(|asked| asked.tracking_number.clone());
    Unmapped { vocabulary: None, code: None, text: None, tracking_number, message, span }
}
