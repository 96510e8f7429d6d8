//! The fake shop: receives results of orders and updates of parcels, drops repetitions, and sometimes is busy.

use super::agreed;
use super::chance::chance;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use rand::Rng;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What the shop has been told.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Ends by order; more than one for an order is a fault.
    pub(crate) results: BTreeMap<String, Vec<End>>,
    /// Updates by order, repetitions left out.
    pub(crate) updates: BTreeMap<String, Vec<Value>>,
    /// Calls that repeated a known action.
    pub(crate) repeated: u64,
    /// Calls answered with 503.
    pub(crate) let_down: u64,
    /// Calls without the right token or without a key.
    pub(crate) strangers: u64,
    seen: HashMap<String, u32>,
    sent: HashMap<String, Instant>,
}

/// How an order ended, as the shop was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    /// `accepted` or `refused`.
    pub(crate) outcome: String,
    /// The reason of a refusal.
    pub(crate) code: String,
    /// When the shop was told.
    pub(crate) at: Instant,
}

impl Journal {
    /// Updates of all orders.
    pub(crate) fn updated(&self) -> u64 {
        self.updates.values().map(|updates| updates.len() as u64).sum()
    }

    /// From each order to its end, in milliseconds, sorted.
    pub(crate) fn took(&self) -> Vec<u64> {
        let time = |(order, ends): (&String, &Vec<End>)| Some(ends.first()?.at.duration_since(*self.sent.get(order)?));
        let mut times: Vec<u64> =
            self.results.iter().filter_map(time).map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).collect();
        times.sort_unstable();
        times
    }
}

/// The shop.
#[derive(Clone)]
pub(crate) struct Shop {
    seed: u64,
    journal: Arc<Mutex<Journal>>,
}

impl Shop {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, journal: Arc::default() }
    }

    /// Its server.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/api/orders/{order}/result", post(result))
            .route("/api/orders/{order}/updates", post(update))
            .with_state(self.clone())
    }

    /// Reads the journal.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Journal) -> T) -> T {
        at(&self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that an order leaves for us now.
    pub(crate) fn note_sent(&self, order: &str) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.sent.insert(order.to_owned(), Instant::now());
    }

    /// Keeps what is new.
    fn take(&self, headers: &HeaderMap, keep: impl FnOnce(&mut Journal)) -> StatusCode {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let key = text("idempotency-key").to_owned();
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if text("authorization") != format!("Bearer {}", agreed::SHOP_TOKEN) || key.is_empty() {
            journal.strangers += 1;
            return StatusCode::UNAUTHORIZED;
        }
        let tries = journal.seen.entry(key.clone()).or_default();
        *tries += 1;
        let busy = chance(self.seed, "shop", &key).random_bool(0.04);
        match (busy, *tries) {
            (true, 1) => {
                journal.let_down += 1;
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            (true, 2) | (false, 1) => keep(&mut journal),
            _ => journal.repeated += 1,
        }
        StatusCode::NO_CONTENT
    }
}

async fn result(State(shop): State<Shop>, Path(order): Path<String>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let end = End { outcome: word("outcome"), code: word("code"), at: Instant::now() };
    shop.take(&headers, |journal| journal.results.entry(order).or_default().push(end))
}

async fn update(State(shop): State<Shop>, Path(order): Path<String>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    shop.take(&headers, |journal| journal.updates.entry(order).or_default().push(body))
}
