//! The fake carrier: signs in, takes shipments, and has bad days. Its journal is its own: our books are checked against it.

use super::agreed;
use super::chance::chance;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Longer than anyone waits for it.
const SILENCE: Duration = Duration::from_millis(2500);

/// What the carrier does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Accept,
    /// Accepts, but takes its time.
    Dawdle,
    /// Refuses with a status of its own.
    Refuse(&'static str, &'static str),
    /// Refuses in a reply that says 200.
    RefuseKindly,
    /// 503 with `Retry-After`, then accepts.
    BusyOnce,
    /// 500 before it has done anything, then accepts.
    BreakOnce,
    /// Takes the shipment but does not answer; recognises the repetition.
    SilentOnce,
}

/// What the carrier will do with the order of this reference.
pub(crate) fn mood(seed: u64, reference: &str) -> Mood {
    match chance(seed, "mood", reference).random_range(0..100) {
        0..4 => Mood::Refuse("ZIP", "postal code is not served"),
        4..7 => Mood::Refuse("WEIGHT", "weight does not match the product"),
        7..9 => Mood::RefuseKindly,
        9..17 => Mood::BusyOnce,
        17..22 => Mood::BreakOnce,
        22..25 => Mood::SilentOnce,
        25..35 => Mood::Dawdle,
        _ => Mood::Accept,
    }
}

/// A shipment in the carrier's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shipment {
    /// The shop's reference.
    pub(crate) reference: String,
    /// Parcel references with tracking numbers.
    pub(crate) parcels: Vec<(String, String)>,
}

/// What the carrier has seen and done.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Shipments by idempotency key.
    pub(crate) shipments: HashMap<String, Shipment>,
    /// Calls for shipments, refused and repeated ones too.
    pub(crate) calls: u64,
    /// Calls that repeated a shipment that was there already.
    pub(crate) repeated: u64,
    /// Calls answered with 500, 503 or not at all.
    pub(crate) let_down: u64,
    /// Sign-ins.
    pub(crate) sign_ins: u64,
    /// Calls with a token that had been withdrawn.
    pub(crate) withdrawn: u64,
    tries: HashMap<String, u32>,
    token: u64,
}

/// The carrier.
#[derive(Clone)]
pub(crate) struct Carrier {
    seed: u64,
    journal: Arc<Mutex<Journal>>,
    accepted: Arc<Mutex<Option<mpsc::UnboundedSender<Shipment>>>>,
    withdraw_after: u64,
}

impl Carrier {
    /// A carrier that tells of each new shipment through the channel, and withdraws its first token after so many calls.
    pub(crate) fn new(seed: u64, withdraw_after: u64) -> (Self, mpsc::UnboundedReceiver<Shipment>) {
        let (accepted, shipments) = mpsc::unbounded_channel();
        let accepted = Arc::new(Mutex::new(Some(accepted)));
        (Self { seed, journal: Arc::default(), accepted, withdraw_after }, shipments)
    }

    /// Its two servers in one: sign-in and shipments.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/oauth/token", post(sign_in))
            .route("/v2/accounts/{account}/shipments", post(create))
            .with_state(self.clone())
    }

    /// The day is over: no more shipments are told of.
    pub(crate) fn close(&self) {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Reads the journal.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Journal) -> T) -> T {
        at(&self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note<T>(&self, what: impl FnOnce(&mut Journal) -> T) -> T {
        what(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the token is the current one; the first is withdrawn on the way, as carriers do.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let given = text(headers, "authorization");
        self.note(|journal| {
            if journal.token == 1 && journal.calls >= self.withdraw_after {
                journal.token = 0;
            }
            let good = journal.token > 0 && given == format!("Bearer swift-{}", journal.token);
            journal.withdrawn += u64::from(!good);
            good
        })
    }

    /// Takes the shipment, once per key.
    fn book(&self, key: &str, body: &Value) -> Shipment {
        let (shipment, new) = self.note(|journal| {
            if let Some(known) = journal.shipments.get(key) {
                journal.repeated += 1;
                return (known.clone(), false);
            }
            let shipment = shipment(body, journal.shipments.len());
            journal.shipments.insert(key.to_owned(), shipment.clone());
            (shipment, true)
        });
        if new {
            let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = accepted.as_ref().map(|tell| tell.send(shipment.clone()));
        }
        shipment
    }

    fn let_down(&self) {
        self.note(|journal| journal.let_down += 1);
    }
}

fn shipment(body: &Value, others: usize) -> Shipment {
    // From the reference, so that a day of one seed has the same numbers, in whatever order its orders arrive.
    let digits: String = word(&body["reference"]).chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse().unwrap_or(others + 1);
    let parcels = body["parcels"].as_array().map(Vec::as_slice).unwrap_or_default();
    let numbered = parcels.iter().enumerate().map(|(at, parcel)| {
        // Numbers that read as exponents, and keep leading zeros: they must come back letter by letter.
        (word(&parcel["ref"]), format!("00{number:06}E{:02}", at + 1))
    });
    Shipment { reference: word(&body["reference"]), parcels: numbered.collect() }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn sign_in(State(carrier): State<Carrier>, headers: HeaderMap) -> Response {
    let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", agreed::CLIENT_ID, agreed::CLIENT_SECRET)));
    if text(&headers, "authorization") != expected {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"}))).into_response();
    }
    let number = carrier.note(|journal| {
        journal.sign_ins += 1;
        journal.token = journal.sign_ins;
        journal.token
    });
    Json(json!({"access_token": format!("swift-{number}"), "token_type": "Bearer", "expires_in": 3600})).into_response()
}

async fn create(
    State(carrier): State<Carrier>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if !carrier.admits(&headers) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"message": "token is not valid"}))).into_response();
    }
    let key = text(&headers, "idempotency-key").to_owned();
    if account != agreed::ACCOUNT_NO || key.is_empty() {
        return refusal(StatusCode::BAD_REQUEST, "REQUEST", "account or idempotency key is wrong");
    }
    let first = carrier.note(|journal| {
        journal.calls += 1;
        let tries = journal.tries.entry(key.clone()).or_default();
        *tries += 1;
        *tries == 1
    });
    answer(&carrier, &key, &body, first).await
}

async fn answer(carrier: &Carrier, key: &str, body: &Value, first: bool) -> Response {
    let reference = word(&body["reference"]);
    match mood(carrier.seed, &reference) {
        Mood::Refuse(code, words) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, code, words),
        Mood::RefuseKindly => return refusal(StatusCode::OK, "CREDIT", "account has no credit for this product"),
        Mood::BusyOnce if first => {
            carrier.let_down();
            return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], "busy").into_response();
        }
        Mood::BreakOnce if first => {
            carrier.let_down();
            return (StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>").into_response();
        }
        Mood::SilentOnce if first => {
            carrier.let_down();
            carrier.book(key, body);
            tokio::time::sleep(SILENCE).await;
        }
        Mood::Dawdle => {
            let time = chance(carrier.seed, "dawdle", &reference).random_range(100..600);
            tokio::time::sleep(Duration::from_millis(time)).await;
        }
        _ => {}
    }
    taken(&carrier.book(key, body))
}

fn refusal(status: StatusCode, code: &str, words: &str) -> Response {
    (status, Json(json!({"errors": [{"code": code, "text": words}]}))).into_response()
}

fn taken(shipment: &Shipment) -> Response {
    let parcels: Vec<Value> = shipment
        .parcels
        .iter()
        .map(|(reference, number)| json!({"ref": reference, "trackingNo": number, "id": format!("p-{number}")}))
        .collect();
    let label = STANDARD.encode(format!("%PDF-1.4\n% label of {}\n", shipment.reference));
    let body = json!({
        "parcels": parcels,
        "label": {"data": label},
        "links": {"tracking": format!("https://track.swiftpost.example/{}", shipment.reference)},
    });
    (StatusCode::CREATED, Json(body)).into_response()
}
