//! The carriers and the shop, each with books of its own. A carrier that is asked twice ships twice: it recognises nothing.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a carrier does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Accept,
    Refuse,
    /// Wants fewer requests, the first time.
    Throttle,
    /// Ships, and answers when nobody listens any more.
    Dawdle,
    /// Fails before it has shipped, without saying so.
    Fail,
    /// Ships, and answers in words that the file does not know yet.
    Drift,
}

/// What the carrier does with the order of this number.
pub(crate) fn mood(number: u32) -> Mood {
    match number.wrapping_mul(2_654_435_761).rotate_left(9) % 100 {
        0..8 => Mood::Refuse,
        8..14 => Mood::Throttle,
        14..16 => Mood::Dawdle,
        16..18 => Mood::Fail,
        18..20 => Mood::Drift,
        _ => Mood::Accept,
    }
}

/// The books.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// How often each order was shipped.
    pub(crate) shipped: BTreeMap<u32, u32>,
    /// Calls for each order, refused ones too.
    pub(crate) calls: BTreeMap<u32, u32>,
    /// What the shop was told of each order: by action, so that a repetition is seen as one.
    pub(crate) results: BTreeMap<String, BTreeMap<String, String>>,
    /// The updates that the shop was told of, by order and action.
    pub(crate) updates: BTreeMap<String, BTreeSet<String>>,
    /// Messages to the shop that repeated a known one.
    pub(crate) repeated: u32,
    /// Deliveries that were taken.
    pub(crate) delivered: u32,
}

/// All counterparts in one.
#[derive(Clone)]
pub(crate) struct World {
    journal: Arc<Mutex<Journal>>,
    /// Where the carriers call.
    ours: String,
    /// Shipments left until the process is killed between the carrier's commit and its reply; 0 for never.
    trap: Arc<AtomicU32>,
    sprung: Arc<tokio::sync::Notify>,
    deliveries: Arc<AtomicU32>,
}

impl World {
    pub(crate) fn new(ours: String) -> Self {
        Self { journal: Arc::default(), ours, trap: Arc::default(), sprung: Arc::default(), deliveries: Arc::default() }
    }

    pub(crate) fn look<T>(&self, at: impl FnOnce(&mut Journal) -> T) -> T {
        at(&mut self.journal.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The process is to die between the commit of this shipment from now and its reply.
    pub(crate) fn set_trap(&self, after: u32) {
        self.trap.store(after, Ordering::SeqCst);
    }

    /// Waits until the trap has sprung.
    pub(crate) async fn sprung(&self) {
        self.sprung.notified().await;
    }

    /// Deliveries that the carriers have not got rid of yet.
    pub(crate) fn undelivered(&self) -> u32 {
        self.deliveries.load(Ordering::SeqCst)
    }

    /// Serves; where.
    pub(crate) async fn serve(&self) -> String {
        let router = Router::new()
            .route("/{carrier}/shipments", post(ship).get(find))
            .route("/shop/orders/{order}/result", post(result))
            .route("/shop/orders/{order}/updates", post(update))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// The carrier's commit: from here on the shipment exists.
    fn commit(&self, carrier: &str, number: u32) {
        self.look(|journal| *journal.shipped.entry(number).or_default() += 1);
        if self.trap.load(Ordering::SeqCst) > 0 && self.trap.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.sprung.notify_one();
        }
        self.deliveries.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(deliver(self.clone(), carrier.to_owned(), number));
    }
}

/// The number behind `K-`.
pub(crate) fn number_of(reference: &str) -> u32 {
    reference.trim_start_matches("K-").parse().unwrap_or(u32::MAX)
}

/// The tracking number of an order.
pub(crate) fn tracking(number: u32) -> String {
    format!("00{number:05}E1")
}

async fn ship(State(world): State<World>, Path(carrier): Path<String>, Json(body): Json<Value>) -> Response {
    let number = number_of(body["reference"].as_str().unwrap_or_default());
    let first = world.look(|journal| {
        let calls = journal.calls.entry(number).or_default();
        *calls += 1;
        *calls == 1
    });
    match mood(number) {
        Mood::Refuse => {
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"code": "ZIP", "text": "not served"}))).into_response();
        }
        Mood::Throttle if first => return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")], "busy").into_response(),
        Mood::Fail if first => return (StatusCode::INTERNAL_SERVER_ERROR, "oops").into_response(),
        Mood::Dawdle if first => {
            world.commit(&carrier, number);
            tokio::time::sleep(Duration::from_millis(1_600)).await;
        }
        Mood::Drift => {
            world.commit(&carrier, number);
            return (StatusCode::CREATED, Json(json!({"number": tracking(number)}))).into_response();
        }
        _ => {
            world.commit(&carrier, number);
            // Time enough to be killed between the commit and the reply.
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }
    (StatusCode::CREATED, Json(json!({"no": tracking(number)}))).into_response()
}

async fn find(State(world): State<World>, Query(query): Query<HashMap<String, String>>) -> Response {
    let number = number_of(query.get("reference").map(String::as_str).unwrap_or_default());
    match world.look(|journal| journal.shipped.contains_key(&number)) {
        true => Json(json!({"no": tracking(number)})).into_response(),
        false => (StatusCode::NOT_FOUND, Json(json!({"code": "NONE"}))).into_response(),
    }
}

/// Calls back until it is heard, as carriers do.
async fn deliver(world: World, carrier: String, number: u32) {
    let client = crossdock_runtime::http::HttpClient::new().expect("a client");
    let body =
        json!({"id": format!("e{number}"), "no": tracking(number), "code": "DL", "time": "2026-05-04T08:00:00Z"}).to_string();
    let request = crossdock_engine::carrier::Request {
        method: "POST".into(),
        url: format!("{}/webhooks/{carrier}/default/events", world.ours),
        headers: vec![("X-Key".into(), "k".into()), ("Content-Type".into(), "application/json".into())],
        body: body.into_bytes(),
        timeout: Duration::from_secs(5),
        repeatable: crossdock_engine::carrier::Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        use crossdock_engine::carrier::Reply;
        use crossdock_runtime::http::Wire;
        if let Ok(Reply::Answered { status: 200, .. }) = client.send(&request).await {
            world.look(|journal| journal.delivered += 1);
            world.deliveries.fetch_sub(1, Ordering::SeqCst);
            return;
        }
    }
}

fn key(headers: &axum::http::HeaderMap) -> String {
    headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn result(
    State(world): State<World>,
    Path(order): Path<String>,
    headers: axum::http::HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let outcome = format!("{} {}", body["outcome"].as_str().unwrap_or_default(), body["numbers"]);
    world.look(|journal| {
        let known = journal.results.entry(order).or_default().insert(key(&headers), outcome);
        journal.repeated += u32::from(known.is_some());
    });
    StatusCode::NO_CONTENT
}

async fn update(State(world): State<World>, Path(order): Path<String>, headers: axum::http::HeaderMap, _: Bytes) -> StatusCode {
    world.look(|journal| {
        let new = journal.updates.entry(order).or_default().insert(key(&headers));
        journal.repeated += u32::from(!new);
    });
    StatusCode::NO_CONTENT
}
