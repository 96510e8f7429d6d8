//! Tracking by asking.

use super::event::{Entry, Found, Reception, Unmapped, moment};
use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, ItemPlan, Poll, Track};
use super::response::{ReadyBody, Trail, head, slots_of};
use super::{Account, Answer, CarrierMessage, Next, Reply, Request, Token};
use crate::coverage::What;
use crate::document::Slots;
use crate::expr::Env;
use crate::model::{Moment, TimeIs};
use std::collections::{BTreeMap, BTreeSet};

/// What a tracking reply says.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// What the reply as a whole means.
    pub answer: Answer,
    /// Events, in order, each with the number that it is about.
    pub events: Vec<Found>,
    /// Events that wait for a person.
    pub unmapped: Vec<Unmapped>,
    /// Numbers that the carrier does not know.
    pub not_found: Vec<String>,
    /// Errors of single items: the number, and what the carrier says.
    pub errors: Vec<(String, CarrierMessage)>,
    /// Items that nobody asked for.
    pub dropped: usize,
    /// Numbers with more than one item: nobody knows which is right.
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

    /// How often, and how many numbers at a time; none when the carrier cannot be asked.
    #[must_use]
    pub fn polling(&self) -> Option<(Option<Poll>, u32)> {
        self.track.as_ref().map(|track| (track.poll, track.batch))
    }

    /// The request that asks for some numbers: no more than the file's `batch`.
    ///
    /// # Errors
    /// See [`Carrier::next`].
    pub fn track_request(
        &self,
        numbers: &[String],
        account: &Account,
        tokens: &BTreeMap<String, Token>,
        now: i64,
    ) -> Result<TrackNext, Fault> {
        let track = self.tracking()?;
        if numbers.is_empty() || numbers.len() > track.batch as usize {
            return Err(Fault::new(FaultKind::Unknown, format!("one request asks for 1 to {} numbers", track.batch)));
        }
        let input = Slots::new();
        let mut env = self.env(account, &input);
        env.tracking = numbers;
        env.lets = &track.lets;
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
        numbers: &[String],
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
        env.tracking = numbers;
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
            super::Outcome::Accepted => self.read_items(track, numbers, account, received_at, &mut env, &mut tracked),
            super::Outcome::NotFound => tracked.not_found = numbers.to_vec(),
            _ => {}
        }
        Ok((tracked, trail))
    }

    fn read_items<'e>(
        &self,
        track: &'e Track,
        numbers: &[String],
        account: &Account,
        received_at: i64,
        env: &mut Env<'e>,
        tracked: &mut Tracked,
    ) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut kept: Vec<(String, ItemReading)> = Vec::new();
        let _: Result<(), ()> = track.items.visit(env, |env, plan| {
            let number = plan.tracking_number.as_ref().map(|reader| reader.text(env));
            let number = match number {
                None => numbers.first().cloned(),
                Some(Ok(number)) => number.map(|number| number.trim().to_owned()),
                Some(Err(fault)) => {
                    tracked.unmapped.push(unread(fault.message, fault.span, None));
                    return Ok(());
                }
            };
            let Some(number) = number.filter(|number| numbers.contains(number)) else {
                tracked.dropped += 1;
                return Ok(());
            };
            if !seen.insert(number.clone()) && !tracked.repeated.contains(&number) {
                tracked.repeated.push(number.clone());
            }
            let reception = Reception { account: &account.name, received_at, number: Some(&number) };
            let reading = self.read_item(plan, env, &reception);
            kept.push((number, reading));
            Ok(())
        });
        for (number, reading) in kept {
            if tracked.repeated.contains(&number) {
                continue;
            }
            if let Some((message, not_found)) = reading.error {
                if not_found {
                    tracked.not_found.push(number);
                } else {
                    tracked.errors.push((number, message));
                }
                continue;
            }
            tracked.events.extend(reading.events);
            tracked.unmapped.extend(reading.unmapped);
        }
        tracked.not_found.extend(numbers.iter().filter(|number| !seen.contains(*number)).cloned());
    }

    fn read_item<'e>(&self, plan: &'e ItemPlan, env: &mut Env<'e>, reception: &Reception<'_>) -> ItemReading {
        let mut reading = ItemReading::default();
        if let Some(error) = &plan.error {
            let code =
                error.message.code.as_ref().and_then(|reader| reader.text(env).ok().flatten()).map(std::borrow::Cow::into_owned);
            let message = error
                .message
                .message
                .as_ref()
                .and_then(|reader| reader.text(env).ok().flatten())
                .map(std::borrow::Cow::into_owned);
            let holds = match &error.condition {
                Some((condition, span)) => {
                    let holds = condition.holds(env).unwrap_or(false);
                    env.touch(*span, if holds { What::Arm(0) } else { What::Otherwise });
                    holds
                }
                None => code.is_some() || message.is_some(),
            };
            if holds {
                reading.error = Some((CarrierMessage { code, message }, error.not_found));
                return reading;
            }
        }
        let _: Result<(), ()> = plan.events.visit(env, |env, event| {
            reading.take(self.event(event, env, reception));
            Ok(())
        });
        if let Some((status, when)) = &plan.current {
            let when = match when {
                Some(reader) => moment(reader, env),
                None => Ok(reading.newest()),
            };
            match when.and_then(|when| self.summary(status, when, env, reception)) {
                Ok(entry) => reading.take(entry),
                Err(fault) => reading.unmapped.push(unread(fault.message, fault.span, reception.number)),
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

fn unread(message: String, span: crate::source::Span, number: Option<&str>) -> Unmapped {
    Unmapped { vocabulary: None, code: None, text: None, tracking_number: number.map(str::to_owned), message, span }
}
