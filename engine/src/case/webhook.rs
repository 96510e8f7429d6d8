//! Webhooks: deliveries verified, answered, translated.

use super::Run;
use super::operation::word;
use super::reading::At;
use super::sender::{self, Maker};
use super::track::{event_ways, events, unread};
use crate::carrier::{Account, Carrier, Completion, Delivery, KeySet, Trace};
use crate::coverage::What;
use crate::syntax::{Given, Named, Sp};
use serde_json::{Map, Value as Json, json};
use std::net::IpAddr;

impl Run<'_> {
    pub(super) fn webhook(&mut self, carrier: &Carrier, name: &str) {
        let Some(webhook) = carrier.webhooks.iter().find(|known| known.name == name) else {
            return self.unknown("webhooks", name);
        };
        let now = self.now();
        let (Some(account), Some(body)) = (self.account(carrier), self.incoming()) else { return };
        let Some(given) = self.case.given.as_ref() else { return };
        let received = self.time(given.received_at.as_ref()).unwrap_or(now);
        let Some(mut delivery) = self.delivery(given, body) else { return };
        if let Some(sender) = &given.sender {
            let maker = Maker { carrier, webhook, account: &account, sender: sender.value, sent_at: received };
            if let Err(words) = maker.make(&mut delivery) {
                return self.broken(sender.span, format!("the delivery cannot be made: {words}"));
            }
        }
        let Ok(keys) = self.keys(given) else { return };
        self.key_request(carrier, name, &account);
        let mut found: Map<String, Json> = Map::new();
        let mut note = None;
        if let Some(greeting) = carrier.handshake(name, &delivery, &account) {
            found.insert("status".into(), greeting.status.into());
            found.insert("value".into(), String::from_utf8_lossy(&greeting.body).into());
        }
        let verified = carrier.verify_with(name, &delivery, &account, received, keys.as_ref());
        let greeted = found.contains_key("status");
        self.touch_webhook(carrier, name, greeted, verified.is_ok());
        match verified {
            Ok(_) => {
                found.insert("verified".into(), true.into());
                if !found.contains_key("status") {
                    let answer = carrier.acknowledgement(name, &delivery, &account);
                    found.insert("status".into(), answer.status.into());
                    found.insert("value".into(), String::from_utf8_lossy(&answer.body).into());
                }
            }
            Err(refusal) => {
                note = Some(refusal.reason);
                found.insert("verified".into(), false.into());
            }
        }
        let translation = match carrier.translate(name, &delivery, &account, received) {
            Ok(translation) => translation,
            Err(fault) => {
                note = Some(fault.to_string());
                crate::carrier::Translation::default()
            }
        };
        found.insert("events".into(), events(&translation.events));
        found.insert("completions".into(), translation.completions.iter().map(completion).collect());
        found.insert("ignored".into(), translation.ignored.into());
        found.insert("unmapped".into(), (!translation.unmapped.is_empty()).into());
        let note = note.or_else(|| unread(&translation.unmapped));
        let context = self.sources.slice(self.case.span).to_owned();
        self.then(&Json::Object(found), note.as_deref(), |run, difference| {
            let mut ways = run.map.ways().within(&context);
            match difference.path.get(1).map(String::as_str) {
                Some("verified") => ways.keys(&["webhooks", name, "verify"], "verifies it"),
                Some("status" | "value") if greeted => ways.keys(&["webhooks", name, "handshake"], "answers it"),
                Some("status" | "value") => ways.keys(&["webhooks", name, "answer"], "answers it"),
                Some("completions") => ways.keys(&["webhooks", name, "completes"], "completes it"),
                Some("ignored") => ways.keys(&["webhooks", name, "ignore_if"], "decides it"),
                _ => {}
            }
            event_ways(&mut ways, &["webhooks", name], &difference.path, &translation.events, &translation.unmapped);
            ways.sample(run.sample().as_ref(), &super::request::shown(difference.found.as_ref()));
            ways.list
        });
    }

    fn touch_webhook(&self, carrier: &Carrier, name: &str, greeted: bool, verified: bool) {
        let webhook = carrier.webhooks.iter().find(|known| known.name == name);
        let (Some(touched), Some(webhook)) = (&self.touched, webhook) else { return };
        if greeted {
            touched.add(webhook.span, What::Handshake);
        }
        touched.add(webhook.span, if verified { What::Verified } else { What::Forged });
    }

    fn delivery(&mut self, given: &Given, body: Vec<u8>) -> Option<Delivery> {
        let pairs = |named: &Named<Sp<String>>| {
            named.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect::<Vec<_>>()
        };
        let source = match given.address.as_ref().map(|address| (address, address.value.parse::<IpAddr>())) {
            Some((address, Err(_))) => {
                self.broken(address.span, "this is no address");
                return None;
            }
            Some((_, Ok(source))) => Some(source),
            None => None,
        };
        Some(Delivery {
            method: given.method.as_ref().map_or("POST".to_owned(), |method| method.value.clone()),
            query: pairs(&given.query),
            headers: pairs(&given.headers),
            body,
            source,
        })
    }

    /// The carrier's published keys: those of the case, or of the sender that it made the delivery by.
    fn keys(&mut self, given: &Given) -> Result<Option<KeySet>, ()> {
        let set = match (&given.keys, &given.sender) {
            (Some(path), _) => self.file(path).map(|document| (KeySet::parse(&document), path.span)).ok_or(())?,
            (None, Some(sender)) => (sender::key_set(), sender.span),
            (None, None) => return Ok(None),
        };
        match set {
            (Ok(keys), _) => Ok(Some(keys)),
            (Err(words), span) => {
                self.broken(span, format!("the key set cannot be read: {words}"));
                Err(())
            }
        }
    }

    /// What is expected to be sent is the request for the key set: a webhook sends nothing else.
    fn key_request(&mut self, carrier: &Carrier, name: &str, account: &Account) {
        let Some(expected) = self.case.expect.as_ref().and_then(|expect| expect.request.clone()) else { return };
        match carrier.key_request(name, account) {
            Ok(Some(request)) => self.request(&expected, &request, &At::Keys(name), || None::<Trace>),
            Ok(None) => self.broken(expected.span, "a webhook sends nothing: it has no published keys to fetch"),
            Err(fault) => self.broken(expected.span, format!("the request cannot be made: {fault}")),
        }
    }
}

/// A completion as a case writes it: what it completes, by which names, and what it comes to.
fn completion(completion: &Completion) -> Json {
    let answer = &completion.answer;
    let mut found = json!({
        "operation": completion.operation,
        "step": completion.step,
        "names": completion.names,
        "outcome": word(answer.outcome),
        "errors": answer.errors,
    });
    if let Some(found) = found.as_object_mut() {
        found.extend(answer.extracted.clone());
    }
    found
}
