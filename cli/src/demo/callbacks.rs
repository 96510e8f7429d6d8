//! The carrier's webhooks: signed, late, twice, out of order; and forged ones from somebody else.

use super::agreed;
use super::carrier::Shipment;
use super::chance::chance;
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire};
use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The hour of the first event of every parcel.
const DAY: &str = "2026-05-04T";
const TRIES: u32 = 5;

/// One delivery to be made.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The body.
    pub(crate) body: String,
    /// From a stranger who does not have the key.
    pub(crate) forged: bool,
    /// After this time from the shipment's acceptance.
    pub(crate) after: Duration,
}

/// What the carrier has called back; the forger's calls are counted apart.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Genuine deliveries that were answered with 2xx.
    pub(crate) delivered: AtomicU64,
    /// Genuine deliveries that were refused at the last try.
    pub(crate) refused: AtomicU64,
    /// Genuine tries that were not answered with 2xx.
    pub(crate) tried_again: AtomicU64,
    /// Forged deliveries.
    pub(crate) forged: AtomicU64,
    /// Forged deliveries that were answered with 2xx: must stay 0.
    pub(crate) forged_taken: AtomicU64,
    /// The bodies of genuine deliveries that were taken: a repetition is the same event.
    taken: Mutex<HashSet<String>>,
}

impl Journal {
    /// Events that were taken, each counted once.
    pub(crate) fn happened(&self) -> u64 {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }
}

/// Calls back for every shipment until no more come and all is delivered.
pub(crate) async fn call_back(
    seed: u64,
    url: String,
    mut shipments: mpsc::UnboundedReceiver<Shipment>,
    journal: Arc<Journal>,
    client: HttpClient,
) {
    let mut running = JoinSet::new();
    while let Some(shipment) = shipments.recv().await {
        for delivery in deliveries(seed, &shipment) {
            let (url, journal, client) = (url.clone(), Arc::clone(&journal), client.clone());
            running.spawn(async move { deliver(&url, &delivery, &journal, &client).await });
        }
    }
    while running.join_next().await.is_some() {}
}

/// All deliveries for a shipment.
pub(crate) fn deliveries(seed: u64, shipment: &Shipment) -> Vec<Delivery> {
    shipment.parcels.iter().flat_map(|(_, number)| parcel(seed, number)).collect()
}

fn parcel(seed: u64, number: &str) -> Vec<Delivery> {
    let mut chance = chance(seed, "webhooks", number);
    let mut all = Vec::new();
    let mut after = 100;
    for (at, (code, words)) in story(&mut chance).into_iter().enumerate() {
        after += chance.random_range(20..250);
        // One in twelve is overtaken by the next ones.
        let late = if chance.random_bool(0.08) { 700 } else { 0 };
        let body = body(number, at, code, words).to_string();
        let mut push =
            |body: String, forged: bool, after: u64| all.push(Delivery { body, forged, after: Duration::from_millis(after) });
        push(body.clone(), false, after + late);
        if chance.random_bool(0.12) {
            push(body.clone(), false, after + late + chance.random_range(10..400));
        }
        if chance.random_bool(0.03) {
            push(body.replace(code, "DL"), true, after);
        }
    }
    all
}

fn story(chance: &mut StdRng) -> Vec<(&'static str, &'static str)> {
    let mut story = vec![("PU", "Picked up"), ("IT", "Arrived at depot")];
    match chance.random_range(0..100) {
        0..12 => story.extend([("OFD", "On the van"), ("EX", "Nobody home"), ("OFD", "On the van"), ("DL", "Delivered")]),
        12..17 => story.extend([("HLD", "Address is not complete"), ("OFD", "On the van"), ("DL", "Delivered")]),
        17..20 => story.extend([("OFD", "On the van"), ("RT", "Refused, on its way back")]),
        20..22 => story.extend([("ZZ", "Robot has a cold"), ("OFD", "On the van"), ("DL", "Delivered")]),
        _ => story.extend([("OFD", "On the van"), ("DL", "Delivered")]),
    }
    story
}

fn body(number: &str, at: usize, code: &str, words: &str) -> Value {
    let time = format!("{DAY}{:02}:30:00Z", 8 + at);
    json!({
        "trackingNo": number,
        "events": [{"id": format!("{number}-{at}"), "time": time, "code": code, "description": words, "city": "Utrecht", "country": "NL"}],
    })
}

async fn deliver(url: &str, delivery: &Delivery, journal: &Journal, client: &HttpClient) {
    tokio::time::sleep(delivery.after).await;
    let add = |count: &AtomicU64| _ = count.fetch_add(1, Ordering::Relaxed);
    if delivery.forged {
        add(&journal.forged);
        if post(url, delivery, client).await {
            add(&journal.forged_taken);
        }
        return;
    }
    for _ in 0..TRIES {
        if post(url, delivery, client).await {
            add(&journal.delivered);
            journal.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(delivery.body.clone());
            return;
        }
        add(&journal.tried_again);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    add(&journal.refused);
}

async fn post(url: &str, delivery: &Delivery, client: &HttpClient) -> bool {
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string();
    let key = if delivery.forged { "a guess" } else { agreed::WEBHOOK_KEY };
    let signature = format!("v1={}", sign(key, &timestamp, &delivery.body));
    let request = Request {
        method: "POST".into(),
        url: url.into(),
        headers: vec![
            ("Content-Type".into(), "application/json".into()),
            ("X-Timestamp".into(), timestamp),
            ("X-Signature".into(), signature),
        ],
        body: delivery.body.clone().into_bytes(),
        timeout: Duration::from_secs(5),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    matches!(client.send(&request).await, Ok(Reply::Answered { status: 200..=299, .. }))
}

fn sign(key: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
