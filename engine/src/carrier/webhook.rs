//! Deliveries: verified, answered when they only ask whether we are there, translated into events.

use super::event::{Entry, Found, Reception, Unmapped};
use super::fault::{Fault, FaultKind};
use super::plan::{Carrier, CompletionPlan, Webhook};
use super::reader::ReadFault;
use super::response::{ReadyBody, messages, slots_of};
use super::{Account, Answer, Asked, AskedBy, Completion, Delivery, KeySet, Outcome, Refusal, Reply, Request};
use crate::auth::Credential;
use crate::coverage::What;
use crate::document::Slots;
use crate::expr::{Env, ReplyHead};
use crate::verify::Circumstances;

/// A delivery whose sender is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How it was verified.
    pub by: &'static str,
}

/// The answer to a call that only asks whether the address is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
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
    /// Final answers of pending operations, for [`Progress::complete`](super::Progress::complete).
    pub completions: Vec<Completion>,
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
        self.verify_with(webhook, delivery, account, received_at, None)
    }

    /// As [`Carrier::verify`], with the keys that the carrier publishes: see [`Carrier::key_request`].
    ///
    /// # Errors
    /// Why it is refused; `unknown_key` when a fresh key set may change that.
    pub fn verify_with(
        &self,
        webhook: &str,
        delivery: &Delivery,
        account: &Account,
        received_at: i64,
        keys: Option<&KeySet>,
    ) -> Result<Verified, Refusal> {
        let webhook = self.webhook(webhook).map_err(|fault| Refusal::from(fault.to_string()))?;
        let seen = Circumstances { received_at, source: delivery.source, keys };
        let by = self.with_delivery(webhook, account, delivery, &webhook.verify, |verify, env| verify.check(env, &seen))?;
        Ok(Verified { by })
    }

    /// The request for the keys that a carrier publishes to verify a webhook by; none when it publishes none.
    ///
    /// # Errors
    /// No such webhook, or an account that lacks something.
    pub fn key_request(&self, webhook: &str, account: &Account) -> Result<Option<Request>, Fault> {
        let Some(exchange) = self.webhook(webhook)?.verify.published() else { return Ok(None) };
        let input = Slots::new();
        let mut env = self.env(account, &input);
        self.render(exchange, account, &mut env, Credential::default()).map(Some)
    }

    /// Reads the reply to [`Carrier::key_request`].
    ///
    /// # Errors
    /// Why it holds no keys.
    pub fn read_keys(&self, reply: &Reply) -> Result<KeySet, String> {
        match reply {
            Reply::Answered { status: 200, body, .. } => KeySet::parse(body),
            Reply::Answered { status, .. } => Err(format!("the key set was answered with HTTP {status}")),
            Reply::NotConnected(words) | Reply::Broken(words) => Err(words.clone()),
        }
    }

    /// The answer to a call that only asks whether the address is ours; none when it is a delivery, or not the carrier's.
    #[must_use]
    pub fn handshake(&self, webhook: &str, delivery: &Delivery, account: &Account) -> Option<Greeting> {
        let webhook = self.webhook(webhook).ok()?;
        let handshake = webhook.handshake.as_ref()?;
        self.with_delivery(webhook, account, delivery, handshake, |handshake, env| handshake.answer(delivery, env))
    }

    /// What a delivery is answered that is kept: never an error, since it is kept.
    #[must_use]
    pub fn acknowledgement(&self, webhook: &str, delivery: &Delivery, account: &Account) -> Greeting {
        let empty = |status| Greeting { status, headers: Vec::new(), body: Vec::new() };
        let Ok(webhook) = self.webhook(webhook) else { return empty(200) };
        let Some((status, body)) = &webhook.answer else { return empty(200) };
        let written = self.with_delivery(webhook, account, delivery, body, |body, env| {
            let mut bytes = Vec::new();
            body.write(env, &mut bytes).map(|written| (written, bytes))
        });
        let Ok((written, body)) = written else { return empty(*status) };
        let media = written.media.map(|media| ("Content-Type".to_owned(), media));
        let headers = media.into_iter().chain(written.header.map(|(name, value)| (name.to_owned(), value))).collect();
        Greeting { status: *status, headers, body }
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
        let mut translation = Translation::default();
        if let Some(plan) = self.completing(webhook, &env)? {
            let completion = self.completion(plan, &mut env).map_err(|fault| unreadable(fault.message))?;
            translation.completions.push(completion);
        }
        let reception = Reception { account: &account.name, received_at, asked: None };
        let visited: Result<(), ReadFault> = webhook.events.visit(&mut env, |env, plan| {
            match self.event(plan, env, &reception) {
                Entry::Event(found) => translation.events.push(*found),
                Entry::Passed => {}
                Entry::Unmapped(unmapped) => translation.unmapped.push(unmapped),
            }
            Ok(())
        });
        translation.unmapped.extend(visited.err().map(|fault| super::track::unread(fault.message, fault.span, None)));
        Ok(translation)
    }

    /// The way in which a delivery completes an operation, when it does.
    fn completing<'e>(&self, webhook: &'e Webhook, env: &Env<'e>) -> Result<Option<&'e CompletionPlan>, Fault> {
        for plan in &webhook.completes {
            let holds = plan.condition.as_ref().map_or(Ok(true), |condition| condition.holds(env));
            if holds.map_err(|error| Fault::at(FaultKind::Mapping, error.message, plan.span, &self.sources))? {
                env.touch(plan.span, What::Rule);
                return Ok(Some(plan));
            }
        }
        Ok(None)
    }

    fn completion<'e>(&self, plan: &'e CompletionPlan, env: &mut Env<'e>) -> Result<Completion, ReadFault> {
        let mut names = Asked::default();
        for (by, reader) in &plan.names {
            let name = reader.text(env)?.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
            match by {
                AskedBy::Number => names.tracking_number = name,
                AskedBy::CarrierRef => names.carrier_ref = name,
                AskedBy::Reference => names.reference = name,
            }
        }
        let mut answer = Answer::of(plan.outcome);
        if plan.outcome == Outcome::Accepted {
            answer.extracted = self.extracted(&plan.extract, plan.outcome, env)?;
        } else {
            answer.errors = messages(&plan.errors, env);
        }
        Ok(Completion { operation: plan.operation.clone(), step: plan.step.clone(), names, answer })
    }

    /// Runs with what expressions see of a delivery.
    pub(crate) fn with_delivery<X, T>(
        &self,
        webhook: &Webhook,
        account: &Account,
        delivery: &Delivery,
        what: &X,
        run: impl for<'e> FnOnce(&'e X, &mut Env<'e>) -> T,
    ) -> T {
        let input = Slots::new();
        let ready = ReadyBody::open(&delivery.headers, &delivery.body);
        let (body, _) = slots_of(&webhook.body, ready.json());
        let mut env = self.delivery_env(account, &input, &body, delivery);
        env.origin = ready.document.as_ref().map(crate::document::Document::origin).unwrap_or_default();
        run(what, &mut env)
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
