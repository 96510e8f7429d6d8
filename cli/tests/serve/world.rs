//! A carrier and a shop whose moods a test sets, and a client for everything else.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The counterparts.
#[derive(Clone, Default)]
pub(crate) struct World {
    shipped: Arc<Mutex<Vec<String>>>,
    told: Arc<Mutex<BTreeMap<String, Vec<Value>>>>,
    hangs: Arc<AtomicBool>,
    under_way: Arc<AtomicUsize>,
    peak: Arc<AtomicUsize>,
}

impl World {
    /// Serves; where.
    pub(crate) async fn serve(&self) -> String {
        let router = Router::new()
            .route("/{carrier}/shipments", post(ship))
            .route("/shop/orders/{order}/{what}", post(tell))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// The carrier `slow` hangs, or heals.
    pub(crate) fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    /// The most calls to `slow` at once.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::SeqCst)
    }

    /// Calls to `slow` that are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// References in the order in which they were shipped.
    pub(crate) fn shipped(&self) -> Vec<String> {
        self.shipped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the shop was told of an order: results and updates.
    pub(crate) fn told(&self, order: &str) -> Vec<Value> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).get(order).cloned().unwrap_or_default()
    }
}

async fn ship(State(world): State<World>, Path(carrier): Path<String>, Json(body): Json<Value>) -> Response {
    let reference = body["reference"].as_str().unwrap_or_default().to_owned();
    if carrier == "slow" {
        let under_way = world.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        world.peak.fetch_max(under_way, Ordering::SeqCst);
        while world.hangs.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        world.under_way.fetch_sub(1, Ordering::SeqCst);
    }
    world.shipped.lock().unwrap_or_else(PoisonError::into_inner).push(reference.clone());
    (StatusCode::CREATED, Json(json!({"no": format!("N-{reference}")}))).into_response()
}

async fn tell(State(world): State<World>, Path((order, _)): Path<(String, String)>, body: Bytes) -> StatusCode {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    world.told.lock().unwrap_or_else(PoisonError::into_inner).entry(order).or_default().push(body);
    StatusCode::NO_CONTENT
}

/// Calls an address once; status and body.
pub(crate) async fn call(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let request = Request {
        method: method.into(),
        url: url.into(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
        timeout: Duration::from_secs(20),
        repeatable: Repeatable::Reads,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    match HttpClient::new().expect("a client").send(&request).await.expect("sendable") {
        Reply::Answered { status, body, .. } => (status, String::from_utf8_lossy(&body).into_owned()),
        other => (0, format!("{other:?}")),
    }
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < give_up, "not within a minute: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
