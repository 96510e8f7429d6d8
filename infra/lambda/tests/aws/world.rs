//! Carriers, the shop and the chat, with books of their own. The carriers recognise no repetition: asked twice, they ship twice.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The books.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// How often each reference was shipped.
    pub(crate) shipped: BTreeMap<String, u32>,
    /// Calls for each reference, refused ones too.
    pub(crate) calls: BTreeMap<String, u32>,
    /// Results that the shop was told, by order and by action.
    pub(crate) results: BTreeMap<String, BTreeMap<String, String>>,
    /// Statuses that the shop was told, by order and by action.
    pub(crate) updates: BTreeMap<String, BTreeMap<String, String>>,
    /// The traces that the shop was told under, by order.
    pub(crate) traces: BTreeMap<String, BTreeSet<String>>,
    /// The key of the carrier that grants one session, `k` at first; its present session is the last of these sign-ins.
    pub(crate) key: Option<String>,
    pub(crate) sign_ins: u32,
    pub(crate) refused_sign_ins: u32,
    /// Since the key was changed no session holds until the next sign-in.
    pub(crate) signed_out: bool,
    /// What the developers' chat was told.
    pub(crate) chat: Vec<String>,
}

/// All counterparts.
#[derive(Clone, Default)]
pub(crate) struct World {
    books: Arc<Mutex<Books>>,
    down: Arc<AtomicBool>,
    chat_down: Arc<AtomicBool>,
}

impl World {
    pub(crate) fn look<T>(&self, at: impl FnOnce(&mut Books) -> T) -> T {
        at(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All carriers break down, or come back.
    pub(crate) fn break_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// The chat breaks down, or comes back.
    pub(crate) fn break_chat(&self, down: bool) {
        self.chat_down.store(down, Ordering::SeqCst);
    }

    /// The carrier that grants one session has another key from now on, and has ended the session.
    pub(crate) fn change_key(&self, key: &str) {
        self.look(|books| (books.key, books.signed_out) = (Some(key.to_owned()), true));
    }

    /// The present session's token.
    pub(crate) fn session(&self) -> String {
        self.look(|books| session(books))
    }

    /// The outcomes that the shop was told of an order.
    pub(crate) fn outcomes(&self, order: &str) -> BTreeSet<String> {
        self.look(|books| books.results.get(order).into_iter().flat_map(|told| told.values().cloned()).collect())
    }

    /// The statuses that the shop was told of an order, each by an action of its own.
    pub(crate) fn statuses(&self, order: &str) -> Vec<String> {
        self.look(|books| books.updates.get(order).into_iter().flat_map(|told| told.values().cloned()).collect())
    }

    /// Serves; where.
    pub(crate) async fn serve(&self) -> String {
        let router = Router::new()
            .route("/shop/orders/{order}/result", post(result))
            .route("/shop/orders/{order}/updates", post(update))
            .route("/slack", post(chat))
            .route("/single/login", post(login))
            .route("/{carrier}/shipments", post(ship))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

/// The tracking number of a reference.
pub(crate) fn tracking(reference: &str) -> String {
    format!("T{reference}")
}

fn session(books: &Books) -> String {
    format!("s3ss10n-number-{}", books.sign_ins)
}

async fn login(State(world): State<World>, Json(body): Json<Value>) -> Response {
    let token = world.look(|books| {
        if body["key"].as_str() != Some(books.key.as_deref().unwrap_or("k")) {
            books.refused_sign_ins += 1;
            return None;
        }
        books.sign_ins += 1;
        books.signed_out = false;
        Some(session(books))
    });
    match token {
        Some(token) => Json(json!({"token": token})).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn ship(State(world): State<World>, Path(carrier): Path<String>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if carrier == "single" && world.look(|books| books.signed_out || given != format!("Bearer {}", session(books))) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let reference = body["reference"].as_str().unwrap_or_default().to_owned();
    world.look(|books| *books.calls.entry(reference.clone()).or_default() += 1);
    if world.down.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "busy").into_response();
    }
    if reference.starts_with("REFUSED") {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"code": "ZIP", "text": "not served"}))).into_response();
    }
    world.look(|books| *books.shipped.entry(reference.clone()).or_default() += 1);
    // Time enough to be killed between the commit and the reply.
    tokio::time::sleep(Duration::from_millis(15)).await;
    let name = if reference.starts_with("DRIFT") { "number" } else { "no" };
    (StatusCode::CREATED, Json(json!({name: tracking(&reference), "label": "JVBERi0xLjQK"}))).into_response()
}

fn key(headers: &HeaderMap) -> String {
    headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn result(
    State(world): State<World>,
    Path(order): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let outcome = format!("{} {}", body["outcome"].as_str().unwrap_or_default(), body["numbers"]);
    let trace = headers.get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    world.look(|books| books.traces.entry(order.clone()).or_default().insert(trace));
    world.look(|books| books.results.entry(order).or_default().insert(key(&headers), outcome));
    StatusCode::NO_CONTENT
}

async fn update(
    State(world): State<World>,
    Path(order): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let status = body["status"].as_str().unwrap_or_default().to_owned();
    world.look(|books| books.updates.entry(order).or_default().insert(key(&headers), status));
    StatusCode::NO_CONTENT
}

async fn chat(State(world): State<World>, Json(body): Json<Value>) -> StatusCode {
    if world.chat_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    world.look(|books| books.chat.push(body["text"].as_str().unwrap_or_default().to_owned()));
    StatusCode::OK
}
