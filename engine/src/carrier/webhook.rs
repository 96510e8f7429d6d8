//! Deliveries: verified, answered when they only ask whether we are there, translated into events.

use super::event::{Entry, Found, Reception, Unmapped};
use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, Webhook};
use super::response::{ReadyBody, slots_of};
use super::{Account, Delivery};
use crate::coverage::What;
use crate::document::Slots;
use crate::expr::{Env, ReplyHead};

/// A delivery whose sender is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How it was verified.
    pub by: &'static str,
}

/// Why a delivery is not taken. Never holds keys or signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub reason: String,
}

/// What a delivery says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translation {
    /// Its events, in order.
    pub events: Vec<Found>,
    /// It says nothing of a shipment (`ignore_if`).
    pub ignored: bool,
    /// Events that wait for a person.
    pub unmapped: Vec<Unmapped>,
}

impl Carrier {
    fn webhook(&self, name: &str) -> Result<&Webhook, Fault> {
        self.webhooks.iter().find(|webhook| webhook.name == name).ok_or_else(|| {
            let known = self.webhooks.iter().map(|webhook| webhook.name.as_str());
            Fault::new(FaultKind::Unknown, super::account::unknown("webhook", name, known))
        })
    }

    /// Whether a delivery comes from the carrier; `received_at` in seconds since 1970.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn verify(&self, webhook: &str, delivery: &Delivery, account: &Account, received_at: i64) -> Result<Verified, Refusal> {
        let refuse = |reason: String| Refusal { reason };
        let webhook = self.webhook(webhook).map_err(|fault| refuse(fault.to_string()))?;
        let input = Slots::new();
        let ready = ReadyBody::open(&delivery.headers, &delivery.body);
        let (body, _) = slots_of(&webhook.body, ready.json());
        let mut env = self.delivery_env(account, &input, &body, delivery);
        webhook.verify.check(&mut env, received_at).map_err(refuse)?;
        Ok(Verified { by: webhook.verify.name() })
    }

    /// The answer to a call that only asks whether the address is ours: status and body.
    #[must_use]
    pub fn handshake(&self, webhook: &str, delivery: &Delivery) -> Option<(u16, Vec<u8>)> {
        let handshake = self.webhook(webhook).ok()?.handshake.as_ref()?;
        let query =
            |name: &str| delivery.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone().into_bytes());
        let status = |get: &crate::syntax::Get| get.status.as_ref().map_or(200, |status| status.value as u16);
        match delivery.method.as_str() {
            "GET" => {
                let get = handshake.get.as_ref()?;
                match &get.echo {
                    Some(echo) => query(&echo.value).map(|challenge| (status(get), challenge)),
                    None => Some((status(get), Vec::new())),
                }
            }
            _ if delivery.body.trim_ascii().is_empty() => {
                handshake.empty.as_ref().filter(|empty| empty.value).map(|_| (200, Vec::new()))
            }
            _ => {
                let post = handshake.post.as_ref()?;
                let body: serde_json::Value = serde_json::from_slice(&delivery.body).ok()?;
                let challenge = body.get(&post.echo.as_ref()?.value)?.as_str()?.to_owned();
                Some((status(post), challenge.into_bytes()))
            }
        }
    }

    /// The events of a delivery.
    ///
    /// # Errors
    /// A body that cannot be read at all, or no such webhook.
    pub fn translate(
        &self,
        webhook: &str,
        delivery: &Delivery,
        account: &Account,
        received_at: i64,
    ) -> Result<Translation, Fault> {
        let webhook = self.webhook(webhook)?;
        let ready = ReadyBody::open(&delivery.headers, &delivery.body);
        let unreadable = |words: String| Fault::new(FaultKind::Mapping, format!("the delivery cannot be read: {words}"));
        if let Some(words) = ready.unreadable.clone() {
            return Err(unreadable(words));
        }
        let input = Slots::new();
        let (body, malformed) = slots_of(&webhook.body, ready.json());
        if let Some(words) = malformed {
            return Err(unreadable(words));
        }
        let mut env = self.delivery_env(account, &input, &body, delivery);
        env.origin = ready.document.as_ref().map(crate::document::Document::origin).unwrap_or_default();
        if let Some((condition, span)) = &webhook.ignore_if {
            let ignored = condition.holds(&env).map_err(|error| Fault::new(FaultKind::Mapping, error.message))?;
            env.touch(*span, if ignored { What::Arm(0) } else { What::Otherwise });
            if ignored {
                return Ok(Translation { ignored: true, ..Translation::default() });
            }
        }
        let reception = Reception { account: &account.name, received_at, number: None };
        let mut translation = Translation::default();
        let _: Result<(), ()> = webhook.events.visit(&mut env, |env, plan| {
            match self.event(plan, env, &reception) {
                Entry::Event(found) => translation.events.push(*found),
                Entry::Passed => {}
                Entry::Unmapped(unmapped) => translation.unmapped.push(unmapped),
            }
            Ok(())
        });
        Ok(translation)
    }

    fn delivery_env<'e>(
        &'e self,
        account: &'e Account,
        input: &'e Slots<'e>,
        body: &'e Slots<'e>,
        delivery: &'e Delivery,
    ) -> Env<'e> {
        let mut env = self.env(account, input);
        env.docs[1] = Some(body);
        env.head = ReplyHead { status: 0, headers: &delivery.headers, query: &delivery.query, body: &delivery.body };
        env
    }
}
