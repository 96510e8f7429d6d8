//! Tracking by asking.

use super::Run;
use super::operation::word;
use super::reading::{At, fault_ways};
use super::request::shown;
use crate::carrier::{Account, Asked, Carrier, Found, Trace, TrackNext, Tracked, Trail, Unmapped};
use crate::source::Span;
use serde_json::{Value as Json, json};

impl Run<'_> {
    pub(super) fn track(&mut self, carrier: &Carrier) {
        let now = self.now();
        let Some(account) = self.account(carrier) else { return };
        let numbers: Vec<Asked> = self.given().iter().flat_map(|given| &given.numbers).map(|asked| asked.0.clone()).collect();
        if !self.track_request(carrier, &account, &numbers, now) {
            return;
        }
        let Some(reply) = self.case.reply.as_ref().and_then(|reply| self.reply(reply)) else { return };
        let received = self.given().and_then(|given| given.received_at.as_ref());
        let received = self.time(received).unwrap_or(now);
        match carrier.read_track(&numbers, &account, &reply, received) {
            Ok((tracked, trail)) => self.tracked(&tracked, &trail),
            Err(fault) => self.broken(self.case.name.span, fault.to_string()),
        }
    }

    fn track_request(&mut self, carrier: &Carrier, account: &Account, numbers: &[Asked], now: i64) -> bool {
        let mut tokens = self.tokens();
        let request = loop {
            let before = self.touched.as_ref().map(|touched| touched.so_far());
            match carrier.track_request(numbers, account, &tokens, now) {
                Ok(TrackNext::SignIn { auth, .. }) => {
                    self.back_to(before);
                    let token = self.some_token(&auth);
                    tokens.insert(auth, token);
                }
                Ok(TrackNext::Ask(request)) => break request,
                Err(fault) => {
                    let limit = carrier.polling().map_or(1, |(_, batch)| batch);
                    if numbers.len() > limit as usize {
                        let words = format!(
                            "a case of tracking is one request, which asks for {limit} at most: {} are given; write a case for each request",
                            numbers.len()
                        );
                        self.failures.broken(self.case.name.span, words, Vec::new());
                        return false;
                    }
                    let ways = fault_ways(&self.map, self.sources.slice(self.case.span), "", &fault);
                    self.failures.broken(self.case.name.span, format!("the request cannot be made: {fault}"), ways);
                    return false;
                }
            }
        };
        if let Some(expected) = self.case.expect.as_ref().and_then(|expect| expect.request.as_ref()) {
            self.request(expected, &request, &At::Track, || trace(carrier, account, numbers));
        }
        true
    }

    fn tracked(&mut self, tracked: &Tracked, trail: &Trail) {
        let answer = &tracked.answer;
        let mut errors = json!(answer.errors);
        if let (Some(errors), true) = (errors.as_array_mut(), answer.errors.is_empty()) {
            errors.extend(tracked.errors.iter().map(|(_, message)| json!(message)));
        }
        let mut found = json!({
            "outcome": word(answer.outcome),
            "errors": errors,
            "warnings": answer.warnings,
            "events": events(&tracked.events),
            "not_found": tracked.not_found,
            "unmapped": !tracked.unmapped.is_empty() || !tracked.repeated.is_empty(),
        });
        if let Some(wait) = answer.retry_after {
            found["retry_after"] = format!("{}s", wait.as_secs()).into();
        }
        let note = answer.unreadable.clone().or_else(|| unread(&tracked.unmapped));
        let context = self.sources.slice(self.case.span).to_owned();
        self.then(&found, note.as_deref(), |run, difference| {
            let mut ways = run.map.ways().within(&context);
            event_ways(&mut ways, &["track"], &difference.path, &tracked.events, &tracked.unmapped);
            ways.rules(&At::Track, Some(trail));
            ways.sample(run.sample().as_ref(), &shown(difference.found.as_ref()));
            ways.list
        });
    }
}

fn trace(carrier: &Carrier, account: &Account, numbers: &[Asked]) -> Option<Trace> {
    let track = carrier.track.as_ref()?;
    let input = crate::document::Slots::new();
    let mut env = carrier.env(account, &input);
    env.tracking = numbers;
    env.lets = &track.lets;
    Some(Trace::of(&track.exchange, &mut env))
}

pub(super) fn events(found: &[Found]) -> Json {
    found.iter().map(event).collect()
}

/// An event with the names that it finds its parcel by.
fn event(found: &Found) -> Json {
    let mut event = json!(found.event);
    let names = &found.correlation;
    let given =
        [("tracking_number", &names.tracking_number), ("carrier_ref", &names.carrier_ref), ("reference", &names.reference)];
    let names: serde_json::Map<String, Json> =
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into()))).collect();
    event["names"] = names.into();
    event
}

/// Why events wait for a person.
pub(super) fn unread(unmapped: &[Unmapped]) -> Option<String> {
    let words: Vec<&str> = unmapped.iter().map(|unmapped| unmapped.message.as_str()).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// The ways of a difference in events: the event's own sources, then whatever reads events.
pub(super) fn event_ways(
    ways: &mut super::way::Ways<'_>,
    keys: &[&str],
    path: &[String],
    found: &[Found],
    unmapped: &[Unmapped],
) {
    let field = path.get(3).map(String::as_str);
    let event = path.get(2).and_then(|at| at.parse::<usize>().ok()).and_then(|at| found.get(at));
    let own: Vec<Span> = event
        .iter()
        .flat_map(|found| &found.sources)
        .filter(|(name, _)| field.is_none_or(|field| field == *name))
        .map(|(_, span)| *span)
        .collect();
    own.into_iter().for_each(|span| ways.line(span, "reads it"));
    for unmapped in unmapped {
        ways.line(unmapped.span, &unmapped.message);
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        ways.vocabulary(&word(&unmapped.vocabulary), &word(&unmapped.code), &word(&unmapped.text));
    }
    let word = |of: fn(&Found) -> &Option<String>| event.and_then(|found| of(found).clone()).unwrap_or_default();
    ways.events(keys, field, &word(|found| &found.event.carrier_code), &word(|found| &found.event.carrier_text));
}
