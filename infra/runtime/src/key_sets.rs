//! The key sets that carriers publish: fetched when they are needed, kept for a while, fetched again for a key that they
//! lack, and never on the word of whoever sends deliveries.

use crate::clock::Clock;
use crate::http::Wire;
use crossdock_engine::carrier::{Account, Carrier, Delivery, KeySet, Refusal, Verified};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// For how long a set is used without asking again.
const FRESH: Duration = Duration::from_secs(3600);

/// For how long it is used when it cannot be fetched again: a carrier whose key server is down still delivers.
const USABLE: Duration = Duration::from_secs(86_400);

/// How often a set is fetched at most: a delivery can name any key, and must not make us ask each time.
const APART: Duration = Duration::from_secs(60);

/// Key sets by scope (carrier, environment and account) and webhook.
#[derive(Debug, Default)]
pub struct KeySets {
    slots: Mutex<HashMap<(String, String), Shared>>,
}

/// Whoever holds it may fetch.
type Shared = Arc<tokio::sync::Mutex<Slot>>;

#[derive(Debug, Default)]
struct Slot {
    set: Option<(Arc<KeySet>, Duration)>,
    tried_at: Option<Duration>,
}

/// What a delivery came to, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Received<'r> {
    /// Carrier, environment and account in one text.
    pub scope: &'r str,
    /// The carrier.
    pub carrier: &'r Carrier,
    /// The webhook.
    pub webhook: &'r str,
    /// The account.
    pub account: &'r Account,
    /// The delivery.
    pub delivery: &'r Delivery,
    /// When it came, in seconds since 1970.
    pub received_at: i64,
}

impl KeySets {
    /// Verifies a delivery, with the carrier's published keys where the file says so.
    ///
    /// # Errors
    /// Why it is refused. A delivery that no key set was at hand for is refused too: `unknown_key` tells, and the sender
    /// or a later verification may try again.
    pub async fn verify<W: Wire, C: Clock>(&self, received: &Received<'_>, wire: &W, clock: &C) -> Result<Verified, Refusal> {
        let Received { carrier, webhook, account, delivery, received_at, .. } = *received;
        let check = |keys: Option<&KeySet>| carrier.verify_with(webhook, delivery, account, received_at, keys);
        match carrier.key_request(webhook, account) {
            Ok(Some(_)) => {}
            // Without published keys there is nothing to fetch; what is wrong with the account, the check says.
            Ok(None) | Err(_) => return check(None),
        }
        let keys = self.set(received, wire, clock, FRESH).await;
        let refusal = match check(keys.as_deref()) {
            Err(refusal) if refusal.unknown_key => refusal,
            settled => return settled,
        };
        match self.set(received, wire, clock, Duration::ZERO).await {
            Some(keys) => check(Some(&keys)),
            None => Err(refusal),
        }
    }

    /// The set, fetched unless it is younger than this.
    async fn set<W: Wire, C: Clock>(
        &self,
        received: &Received<'_>,
        wire: &W,
        clock: &C,
        younger: Duration,
    ) -> Option<Arc<KeySet>> {
        let slot = self.slot(received);
        // Whoever comes meanwhile waits for this fetch instead of making one.
        let mut slot = slot.lock().await;
        let now = clock.now();
        let age = slot.set.as_ref().map(|(_, at)| now.saturating_sub(*at));
        let just_tried = slot.tried_at.is_some_and(|at| now.saturating_sub(at) < APART);
        if !just_tried && age.is_none_or(|age| age >= younger) {
            slot.tried_at = Some(now);
            if let Some(set) = fetch(received, wire).await {
                slot.set = Some((Arc::new(set), now));
            }
        }
        let (set, at) = slot.set.as_ref()?;
        (now.saturating_sub(*at) < USABLE).then(|| Arc::clone(set))
    }

    fn slot(&self, received: &Received<'_>) -> Shared {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((received.scope.to_owned(), received.webhook.to_owned())).or_default())
    }
}

async fn fetch<W: Wire>(received: &Received<'_>, wire: &W) -> Option<KeySet> {
    let request = received.carrier.key_request(received.webhook, received.account).ok()??;
    let reply = wire.send(&request).await.ok()?;
    received.carrier.read_keys(&reply).ok()
}
