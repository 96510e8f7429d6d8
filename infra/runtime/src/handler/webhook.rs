//! The webhook: a delivery is verified, kept as it came, and answered; what it says is read later.

use super::journal::new_id;
use super::{Desk, Office, Ports, keys};
use crate::clock::Clock;
use crate::http::Wire;
use crate::key_sets::{KeySets, Received};
use crate::mappings::{Loaded, Missing};
use crate::port::{Batch, CommitError, Exchange, ExchangeKind, Expect, Outgoing, Put, Queue, Store};
use crate::trace;
use crossdock_engine::carrier::{Account, Delivery, Greeting, Refusal, Verified};
use crossdock_engine::model::{Header, Parameter, RawBody, Timestamp, Update};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The answer to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Where a delivery was sent to: the path of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// The carrier's id.
    pub carrier: &'a str,
    /// The account.
    pub account: &'a str,
    /// The webhook of the carrier's file.
    pub webhook: &'a str,
}

/// A delivery whose sender could not be verified: kept for a while, in case it is `verify:` that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The carrier's id.
    pub carrier: String,
    /// The account.
    pub account: String,
    /// The webhook.
    pub webhook: String,
    /// When it was received: seconds since 1970.
    pub received_at: i64,
    /// Why it was refused.
    pub reason: String,
    /// The method.
    pub method: String,
    /// All headers, as received.
    pub headers: Vec<(String, String)>,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: RawBody,
    /// The sender's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<std::net::IpAddr>,
}

impl<P: Ports> Desk<P> {
    /// Takes a delivery. 200 only once it is durable.
    pub async fn receive(&self, at: Address<'_>, delivery: Delivery) -> Answered {
        let (loaded, account) = match self.office().receiver(at).await {
            Ok(found) => found,
            Err(answered) => return answered,
        };
        if let Some(Greeting { status, headers, body }) = loaded.carrier.handshake(at.webhook, &delivery, &account) {
            return Answered { status, headers, body };
        }
        let received_at = self.clock.seconds();
        match self.verify(at, &loaded, &account, &delivery, received_at).await {
            Ok(verified) => match self.keep_delivery(at, &loaded, &delivery, verified, received_at).await {
                // What is kept is answered as the carrier wants it.
                Answered { status: 200, .. } => {
                    let Greeting { status, headers, body } = loaded.carrier.acknowledgement(at.webhook, &delivery, &account);
                    Answered { status, headers, body }
                }
                other => other,
            },
            Err(refusal) => {
                let labels = [("carrier", at.carrier.to_owned()), ("webhook", at.webhook.to_owned())];
                metrics::counter!("crossdock_deliveries_refused_total", &labels).increment(1);
                self.quarantine(at, delivery, refusal.reason, received_at).await
            }
        }
    }

    /// Whether the carrier sent it, by its published keys where the file says so.
    async fn verify(
        &self,
        at: Address<'_>,
        loaded: &Loaded,
        account: &Account,
        delivery: &Delivery,
        received_at: i64,
    ) -> Result<Verified, Refusal> {
        let scope = format!("{}/{}", at.carrier, at.account);
        let received = Received { scope: &scope, carrier: &loaded.carrier, webhook: at.webhook, account, delivery, received_at };
        let refusal = match self.key_sets.verify(&received, &self.wire, &*self.clock).await {
            Ok(verified) => return Ok(verified),
            Err(refusal) => refusal,
        };
        // The key is being changed, and the carrier still has the old one.
        match self.mappings.account_before(loaded, at.account).await {
            Ok(Some(before)) => {
                let received = Received { account: &before, ..received };
                self.key_sets.verify(&received, &self.wire, &*self.clock).await.map_err(|_| refusal)
            }
            Ok(None) | Err(_) => Err(refusal),
        }
    }

    async fn keep_delivery(
        &self,
        at: Address<'_>,
        loaded: &Loaded,
        delivery: &Delivery,
        verified: Verified,
        received_at: i64,
    ) -> Answered {
        let update = update(at, loaded, delivery, verified, received_at);
        let batch = self.office().incoming(&update, delivery);
        match self.store.commit(batch).await {
            Ok(()) => {
                metrics::counter!("crossdock_deliveries_total", "carrier" => update.carrier).increment(1);
                answered(200, "")
            }
            Err(CommitError::Busy) => answered(429, "try again later"),
            Err(error) => {
                tracing::error!(carrier = at.carrier, %error, "a delivery could not be kept");
                answered(503, "try again later")
            }
        }
    }

    /// Keeps a refused delivery for a while. The newest ones: an attacker must not fill the store.
    async fn quarantine(&self, at: Address<'_>, delivery: Delivery, reason: String, received_at: i64) -> Answered {
        tracing::warn!(carrier = at.carrier, webhook = at.webhook, reason, "a delivery was refused");
        let kept = Quarantined {
            carrier: at.carrier.to_owned(),
            account: at.account.to_owned(),
            webhook: at.webhook.to_owned(),
            received_at,
            reason,
            method: delivery.method,
            headers: delivery.headers,
            query: delivery.query,
            body: RawBody::new(&delivery.body),
            source: delivery.source,
        };
        let key = keys::quarantine(at.carrier, at.account, at.webhook, &new_id());
        // Due until developers have been told of it.
        let put = Put::new(key, Expect::Anything, serde_json::to_vec(&kept).unwrap_or_default());
        let mut puts = vec![put.due(Some(received_at.saturating_mul(1000)))];
        let prefix = keys::quarantine_of(at.carrier, at.account, at.webhook);
        if let Ok(known) = self.store.list(&prefix, None, self.settings.quarantine + 1).await
            && known.len() >= self.settings.quarantine
        {
            let surplus = known.len() + 1 - self.settings.quarantine;
            metrics::counter!("crossdock_quarantine_evicted_total", "carrier" => at.carrier.to_owned()).increment(surplus as u64);
            puts.extend(known.into_iter().take(surplus).map(|item| Put::delete(item.key, Expect::Anything)));
        }
        if let Err(error) = self.store.commit(Batch { puts, ..Batch::default() }).await {
            tracing::error!(carrier = at.carrier, %error, "a refused delivery could not be kept");
        }
        answered(401, "the sender could not be verified")
    }

    /// Verifies the quarantined deliveries of a webhook again: see [`Office::verify_again`].
    ///
    /// # Errors
    /// There is no such webhook, or the store fails.
    pub async fn verify_again(&self, at: Address<'_>) -> Result<(usize, usize), String> {
        self.office().verify_again(at, &self.wire).await
    }
}

impl<P: Ports> Office<'_, P> {
    async fn receiver(&self, at: Address<'_>) -> Result<(std::sync::Arc<Loaded>, std::sync::Arc<Account>), Answered> {
        let unknown = || answered(404, "there is no such webhook");
        let loaded = self.mappings.carrier(at.carrier).map_err(|_| unknown())?;
        if !loaded.carrier.webhooks().any(|name| name == at.webhook) {
            return Err(unknown());
        }
        let account = self.mappings.account(&loaded, at.account, self.clock).await.map_err(|missing| match missing {
            Missing::Misconfigured(why) => {
                tracing::error!(carrier = at.carrier, why, "a delivery cannot be verified: the account is wrong");
                answered(503, "try again later")
            }
            Missing::Unavailable(_) => answered(503, "try again later"),
        })?;
        Ok((loaded, account))
    }

    fn incoming(&self, update: &Update, delivery: &Delivery) -> Batch {
        let trace = trace::of_headers(&delivery.headers);
        // Its own name, so that whatever comes of it finds it.
        let exchange = Exchange {
            id: update.id.clone(),
            order_id: String::new(),
            at: self.now(),
            took: 0,
            kind: ExchangeKind::Delivery,
            party: update.carrier.clone(),
            request: format!("{} {}\n\n{}", delivery.method, update.webhook, String::from_utf8_lossy(&delivery.body)),
            reply: String::new(),
            meaning: format!("verified by {}", update.verified_by),
            release: String::new(),
            trace: trace.clone(),
        };
        Batch {
            sends: vec![Outgoing {
                queue: Queue::Updates,
                group: update.carrier.clone(),
                body: trace::wrapped(&trace, &serde_json::to_vec(update).unwrap_or_default()),
                delay: Duration::ZERO,
                sent_at: None,
            }],
            exchanges: vec![exchange],
            ..Batch::default()
        }
    }

    /// Verifies the quarantined deliveries of a webhook again, each with its time of receipt: those that pass now are taken.
    /// How many were taken, and how many stay. Keys that the carrier publishes are fetched over `wire`.
    ///
    /// # Errors
    /// There is no such webhook, or the store fails.
    pub async fn verify_again<W: Wire>(&self, at: Address<'_>, wire: &W) -> Result<(usize, usize), String> {
        let key_sets = KeySets::default();
        let scope = format!("{}/{}", at.carrier, at.account);
        let words = |answered: Answered| String::from_utf8_lossy(&answered.body).into_owned();
        let (loaded, account) = self.receiver(at).await.map_err(words)?;
        let prefix = keys::quarantine_of(at.carrier, at.account, at.webhook);
        let (mut taken, mut stay) = (0, 0);
        for item in self.store.list(&prefix, None, self.settings.quarantine + 1).await.map_err(|error| error.to_string())? {
            let Ok(kept) = serde_json::from_slice::<Quarantined>(&item.body) else { continue };
            let body = kept.body.bytes().unwrap_or_default();
            let delivery = Delivery { method: kept.method, query: kept.query, headers: kept.headers, body, source: kept.source };
            let received = Received {
                scope: &scope,
                carrier: &loaded.carrier,
                webhook: at.webhook,
                account: &account,
                delivery: &delivery,
                received_at: kept.received_at,
            };
            let Ok(verified) = key_sets.verify(&received, wire, self.clock).await else {
                stay += 1;
                continue;
            };
            let update = update(at, &loaded, &delivery, verified, kept.received_at);
            let mut batch = self.incoming(&update, &delivery);
            batch.puts.push(Put::delete(item.key, Expect::Version(item.version)));
            match self.store.commit(batch).await {
                Ok(()) => taken += 1,
                // Somebody else has taken it, dropped it, or counted it just now.
                Err(CommitError::Conflict(_)) => stay += 1,
                Err(other) => return Err(other.to_string()),
            }
        }
        Ok((taken, stay))
    }
}

fn answered(status: u16, words: &str) -> Answered {
    Answered { status, headers: Vec::new(), body: words.as_bytes().to_vec() }
}

fn update(at: Address<'_>, loaded: &Loaded, delivery: &Delivery, verified: Verified, received_at: i64) -> Update {
    let headers = delivery.headers.iter().filter(|(name, _)| loaded.carrier.reads_header(name));
    Update {
        id: digest(at, delivery),
        carrier: at.carrier.to_owned(),
        account: at.account.to_owned(),
        webhook: at.webhook.to_owned(),
        received_at: Timestamp::from(jiff::Timestamp::from_second(received_at).unwrap_or_default()),
        method: delivery.method.clone(),
        headers: headers.map(|(name, value)| Header { name: name.clone(), value: value.clone() }).collect(),
        query: delivery.query.iter().map(|(name, value)| Parameter { name: name.clone(), value: value.clone() }).collect(),
        body: RawBody::new(&delivery.body),
        verified_by: verified.by.to_owned(),
    }
}

/// The delivery's own name: of where it was sent to and what it says, so that the same one, sent again, has the same one.
fn digest(at: Address<'_>, delivery: &Delivery) -> String {
    let mut hash = Sha256::new();
    for part in [at.carrier, at.account, at.webhook, &delivery.method] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    for (name, value) in &delivery.query {
        hash.update(format!("{}={name}{}={value}", name.len(), value.len()));
    }
    hash.update(&delivery.body);
    hex::encode(&hash.finalize()[..16])
}
