//! From an entry of a reply or delivery to a canonical event.

use super::Asked;
use super::plan::{Carrier, EventPlan, LocationPlan, Reading, StatusPlan, Vocabulary};
use super::reader::{ReadFault, Reader, as_text};
use crate::coverage::{Touched, What};
use crate::expr::Env;
use crate::model::identity::EventIdentity;
use crate::model::{Country, Event, Location, Moment, Status, TimeIs};
use crate::source::Span;
use crate::syntax::Unknown;
use crate::value::{Value, glob};
use std::borrow::Cow;

/// An event that waits for a person: its code is in no vocabulary, or a value cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The vocabulary, when its code is unknown.
    pub vocabulary: Option<String>,
    /// The carrier's code.
    pub code: Option<String>,
    /// The carrier's words.
    pub text: Option<String>,
    /// The tracking number, when it was read.
    pub tracking_number: Option<String>,
    /// What is wrong.
    pub message: String,
    /// Where in the file.
    pub span: Span,
}

/// What an event names its parcel by, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Correlation {
    /// The tracking number.
    pub tracking_number: Option<String>,
    /// The carrier's own id.
    pub carrier_ref: Option<String>,
    /// Our reference.
    pub reference: Option<String>,
}

impl Correlation {
    /// With the names of the shipment asked for where it has none of its own.
    fn or(self, asked: Option<&Asked>) -> Self {
        let Some(asked) = asked else { return self };
        Self {
            tracking_number: self.tracking_number.or_else(|| asked.tracking_number.clone()),
            carrier_ref: self.carrier_ref.or_else(|| asked.carrier_ref.clone()),
            reference: self.reference.or_else(|| asked.reference.clone()),
        }
    }
}

/// An event with what correlates it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The event.
    pub event: Event,
    /// What names its parcel.
    pub correlation: Correlation,
    /// The source of each field in the file, by name: for test cases.
    pub sources: Vec<(&'static str, Span)>,
}

/// What one entry came to.
pub(crate) enum Entry {
    Event(Box<Found>),
    /// Kept, but without a status.
    Passed,
    Unmapped(Unmapped),
}

/// What a vocabulary says.
pub(crate) enum Word<'v> {
    Reading(&'v Reading),
    /// Kept without a status.
    History,
    /// Status `unknown`.
    Unknown,
    /// In no vocabulary.
    Unmapped,
}

impl Vocabulary {
    /// Reads a code and a text: rules first, then codes; without code by text.
    pub(crate) fn read(&self, code: Option<&str>, text: Option<&str>) -> Word<'_> {
        match (self.reading(code, text), self.unknown) {
            (Some(reading), _) if reading.history => Word::History,
            (Some(reading), _) => Word::Reading(reading),
            (None, Unknown::Park) => Word::Unmapped,
            (None, Unknown::Unknown) => Word::Unknown,
            (None, Unknown::History) => Word::History,
        }
    }

    /// Notes what reads a code and a text.
    pub(crate) fn touch(&self, code: Option<&str>, text: Option<&str>, touched: &Touched) {
        match self.reading(code, text) {
            Some(reading) => touched.add(reading.code, What::Word),
            None if code.or(text).is_some() => touched.add(self.span, What::UnknownWord),
            None => {}
        }
    }

    fn reading(&self, code: Option<&str>, text: Option<&str>) -> Option<&Reading> {
        let fold = |word| if self.ignore_case { Cow::Owned(str::to_lowercase(word)) } else { Cow::Borrowed(word) };
        let (key, folded) = (code.or(text).map(fold), code.map(fold));
        for rule in &self.rules {
            let listed = |code: &str| rule.codes.iter().any(|known| glob(known, code));
            let code_fits = rule.codes.is_empty() || folded.as_deref().is_some_and(listed);
            let text_fits = rule.text.as_ref().is_none_or(|regex| text.is_some_and(|text| regex.is_match(text)));
            if code_fits && text_fits {
                return Some(&rule.reading);
            }
        }
        let key = key?;
        self.codes.get(&*key).or_else(|| Some(&self.patterns.iter().find(|(pattern, _)| glob(pattern, &key))?.1))
    }
}

/// Where and when an event was read.
pub(crate) struct Reception<'r> {
    pub(crate) account: &'r str,
    /// Seconds since 1970.
    pub(crate) received_at: i64,
    /// The shipment asked for: its names stand in for those that the entry does not say.
    pub(crate) asked: Option<&'r Asked>,
}

impl Carrier {
    /// Reads the entry on top of the stack of rows.
    pub(crate) fn event<'e>(&self, plan: &'e EventPlan, env: &Env<'e>, reception: &Reception<'_>) -> Entry {
        match self.try_event(plan, env, reception) {
            Ok(entry) => entry,
            Err(fault) => Entry::Unmapped(Unmapped {
                vocabulary: None,
                code: None,
                text: None,
                tracking_number: text(plan.tracking_number.as_ref(), env).ok().flatten(),
                message: fault.message,
                span: fault.span,
            }),
        }
    }

    fn try_event<'e>(&self, plan: &'e EventPlan, env: &Env<'e>, reception: &Reception<'_>) -> Result<Entry, ReadFault> {
        if let Some((condition, span)) = &plan.condition {
            let holds = condition.holds(env).map_err(|error| ReadFault { message: error.message, span: plan.span })?;
            env.touch(*span, if holds { What::Arm(0) } else { What::Otherwise });
            if !holds {
                return Ok(Entry::Passed);
            }
        }
        let when = plan.occurred_at.as_ref().map(|reader| moment(reader, env)).transpose()?.flatten();
        let correlation = Correlation {
            tracking_number: text(plan.tracking_number.as_ref(), env)?,
            carrier_ref: text(plan.carrier_ref.as_ref(), env)?,
            reference: text(plan.reference.as_ref(), env)?,
        };
        let correlation = correlation.or(reception.asked);
        let status = self.status(&plan.status, env)?;
        let id = text(plan.id.as_ref(), env)?;
        let parts = Parts { when, id, status, correlation };
        let mut found = match self.assemble(parts, reception) {
            Entry::Event(found) => found,
            other => return Ok(other),
        };
        found.event.location = plan.location.as_ref().map(|location| place(location, env)).transpose()?.flatten();
        found.event.estimated_delivery =
            plan.estimated_delivery.as_ref().map(|reader| moment(reader, env)).transpose()?.flatten().map(|(moment, _)| moment);
        found.event.signed_by = text(plan.signed_by.as_ref(), env)?;
        found.event.proof_url = text(plan.proof_url.as_ref(), env)?;
        found.sources.extend(plan.sources());
        Ok(Entry::Event(found))
    }

    /// The status of an item's summary, as one more event.
    pub(crate) fn summary<'e>(
        &self,
        status: &'e StatusPlan,
        when: Option<(Moment, TimeIs)>,
        env: &Env<'e>,
        reception: &Reception<'_>,
    ) -> Result<Entry, ReadFault> {
        let status = self.status(status, env)?;
        if status.code.is_none() && status.text.is_none() {
            return Ok(Entry::Passed);
        }
        let correlation = Correlation::default().or(reception.asked);
        Ok(self.assemble(Parts { when, id: None, status, correlation }, reception))
    }

    fn status<'e>(&self, plan: &'e StatusPlan, env: &Env<'e>) -> Result<StatusText<'e>, ReadFault> {
        let (code, text) = (text(plan.code.as_ref(), env)?, text(plan.text.as_ref(), env)?);
        if let Some(touched) = env.touched {
            self.vocabularies[plan.vocabulary].touch(code.as_deref(), text.as_deref(), touched);
        }
        Ok(StatusText { code, text, plan })
    }

    fn assemble(&self, parts: Parts<'_>, reception: &Reception<'_>) -> Entry {
        let Parts { when, id, status: StatusText { code, text, plan }, correlation } = parts;
        let vocabulary = &self.vocabularies[plan.vocabulary];
        let (status, reason, reading) = match vocabulary.read(code.as_deref(), text.as_deref()) {
            Word::Reading(reading) => (reading.status, reading.reason, reading.span),
            Word::Unknown => (Status::Unknown, None, vocabulary.span),
            Word::History => return Entry::Passed,
            Word::Unmapped => {
                return Entry::Unmapped(Unmapped {
                    message: format!("the vocabulary `{}` does not have this code", vocabulary.name),
                    vocabulary: Some(vocabulary.name.clone()),
                    code,
                    text,
                    tracking_number: correlation.tracking_number,
                    span: vocabulary.span,
                });
            }
        };
        let (occurred_at, time_is) = when.unwrap_or_else(|| (received(reception.received_at), TimeIs::Received));
        let number =
            correlation.tracking_number.as_deref().or(correlation.carrier_ref.as_deref()).or(correlation.reference.as_deref());
        let identity = EventIdentity {
            carrier: &self.id,
            account: reception.account,
            carrier_event_id: id.as_deref(),
            number,
            code: code.as_deref(),
            text: text.as_deref(),
            occurred_at: &occurred_at,
            time_is,
        };
        let event = Event {
            event_id: identity.id(),
            carrier: self.id.clone(),
            account: reception.account.to_owned(),
            order_id: None,
            parcel_reference: correlation.reference.clone(),
            tracking_number: correlation.tracking_number.clone(),
            status,
            reason,
            carrier_code: code,
            carrier_text: text,
            occurred_at,
            time_is,
            location: None,
            estimated_delivery: None,
            signed_by: None,
            proof_url: None,
            sequence: 0,
        };
        let sources = vec![("status", reading), ("reason", reading)];
        Entry::Event(Box::new(Found { event, correlation, sources }))
    }
}

struct StatusText<'e> {
    code: Option<String>,
    text: Option<String>,
    plan: &'e StatusPlan,
}

struct Parts<'e> {
    when: Option<(Moment, TimeIs)>,
    id: Option<String>,
    status: StatusText<'e>,
    correlation: Correlation,
}

impl EventPlan {
    /// Where each field is read, for test cases.
    fn sources(&self) -> Vec<(&'static str, Span)> {
        let fields = [
            ("event_id", &self.id),
            ("tracking_number", &self.tracking_number),
            ("parcel_reference", &self.reference),
            ("reference", &self.reference),
            ("carrier_ref", &self.carrier_ref),
            ("occurred_at", &self.occurred_at),
            ("time_is", &self.occurred_at),
            ("carrier_code", &self.status.code),
            ("carrier_text", &self.status.text),
            ("estimated_delivery", &self.estimated_delivery),
            ("signed_by", &self.signed_by),
            ("proof_url", &self.proof_url),
            ("location", self.location.as_ref().map_or(&None, |location| &location.text)),
        ];
        fields.into_iter().filter_map(|(name, reader)| Some((name, reader.as_ref()?.span))).collect()
    }
}

/// Seconds since 1970 as a moment.
fn received(seconds: i64) -> Moment {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).into()
}

fn text<'e>(reader: Option<&'e Reader>, env: &Env<'e>) -> Result<Option<String>, ReadFault> {
    Ok(match reader {
        Some(reader) => reader.text(env)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        None => None,
    })
}

/// A moment; a text without a declared format must be RFC 3339.
pub(crate) fn moment<'e>(reader: &'e Reader, env: &Env<'e>) -> Result<Option<(Moment, TimeIs)>, ReadFault> {
    let fault = |message: String| ReadFault { message, span: reader.span };
    Ok(match reader.read(env)? {
        Value::Null => None,
        Value::Date(day) => Some((Moment::from(day), TimeIs::Day)),
        Value::Local(local) => Some((Moment::from(local), TimeIs::Local)),
        Value::Instant(instant) if instant.offset().is_zero() => Some((Moment::from(instant.timestamp()), TimeIs::Instant)),
        Value::Instant(instant) => Some((
            Moment::parse(crate::value::date::rfc3339(&instant)).map_err(|_| fault("the instant is out of range".into()))?,
            TimeIs::Instant,
        )),
        other => {
            let text = as_text(other).map_err(fault)?;
            let moment = Moment::parse(text.trim()).map_err(|_| fault("the value is no date: say its `format`".into()))?;
            let kind = moment.kind();
            Some((moment, kind))
        }
    })
}

fn place<'e>(plan: &'e LocationPlan, env: &Env<'e>) -> Result<Option<Location>, ReadFault> {
    let city = text(plan.city.as_ref(), env)?;
    let country = text(plan.country.as_ref(), env)?.and_then(|country| Country::parse(country.to_uppercase()).ok());
    let (latitude, longitude) = (number(plan.latitude.as_ref(), env)?, number(plan.longitude.as_ref(), env)?);
    let words = text(plan.text.as_ref(), env)?;
    if words.is_none() && city.is_none() && country.is_none() && latitude.is_none() && longitude.is_none() {
        return Ok(None);
    }
    let named = || [city.clone(), country.as_ref().map(ToString::to_string)].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let text = words.unwrap_or_else(named);
    Ok(Some(Location { text, city, country, latitude, longitude }))
}

fn number<'e>(reader: Option<&'e Reader>, env: &Env<'e>) -> Result<Option<serde_json::Number>, ReadFault> {
    let Some(reader) = reader else { return Ok(None) };
    let Some(text) = reader.text(env)? else { return Ok(None) };
    text.trim().parse().map(Some).map_err(|_| ReadFault { message: "the value is no number".into(), span: reader.span })
}
