//! Webhooks: deliveries verified, answered, translated.

use super::Run;
use super::track::{event_ways, events, unread};
use crate::carrier::{Carrier, Delivery};
use crate::coverage::What;
use crate::syntax::{Named, Sp};
use serde_json::{Map, Value as Json};

impl Run<'_> {
    pub(super) fn webhook(&mut self, carrier: &Carrier, name: &str) {
        if !carrier.webhooks().any(|known| known == name) {
            return self.unknown("webhooks", name);
        }
        let now = self.now();
        let (Some(account), Some(body)) = (self.account(carrier), self.incoming()) else { return };
        let Some(given) = self.case.given.as_ref() else { return };
        let received = self.time(given.received_at.as_ref()).unwrap_or(now);
        let pairs = |named: &Named<Sp<String>>| {
            named.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect::<Vec<_>>()
        };
        let delivery = Delivery {
            method: given.method.as_ref().map_or("POST".to_owned(), |method| method.value.clone()),
            query: pairs(&given.query),
            headers: pairs(&given.headers),
            body,
        };
        let mut found: Map<String, Json> = Map::new();
        let mut note = None;
        if let Some((status, body)) = carrier.handshake(name, &delivery) {
            found.insert("status".into(), status.into());
            found.insert("value".into(), String::from_utf8_lossy(&body).into());
        }
        let verified = carrier.verify(name, &delivery, &account, received);
        self.touch_webhook(carrier, name, found.contains_key("status"), verified.is_ok());
        match verified {
            Ok(_) => {
                found.insert("verified".into(), true.into());
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
        found.insert("ignored".into(), translation.ignored.into());
        found.insert("unmapped".into(), (!translation.unmapped.is_empty()).into());
        let note = note.or_else(|| unread(&translation.unmapped));
        let context = self.sources.slice(self.case.span).to_owned();
        self.then(&Json::Object(found), note.as_deref(), |run, difference| {
            let mut ways = run.map.ways().within(&context);
            match difference.path.get(1).map(String::as_str) {
                Some("verified") => ways.keys(&["webhooks", name, "verify"], "verifies it"),
                Some("status" | "value") => ways.keys(&["webhooks", name, "handshake"], "answers it"),
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
}
