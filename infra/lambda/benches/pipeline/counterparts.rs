//! A carrier, a shop, and what keeps the secrets. The carrier takes its time; the shop notes when it was told.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// A delivery of the carrier's comes so long after the shop was told of the order.
const LATER: Duration = Duration::from_secs(1);

/// The books of both.
#[derive(Clone)]
pub(crate) struct Counterparts {
    books: Arc<Mutex<Books>>,
    takes_ms: Arc<AtomicU64>,
    deliveries: UnboundedSender<String>,
}

/// When the shop was told.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) results: HashMap<String, Instant>,
    pub(crate) updates: HashMap<String, Instant>,
}

impl Counterparts {
    /// `deliveries`: where the tracking numbers go whose parcels are picked up.
    pub(crate) fn new(deliveries: UnboundedSender<String>) -> Self {
        Self { books: Arc::default(), takes_ms: Arc::default(), deliveries }
    }

    /// How long the carrier takes from now on.
    pub(crate) fn take(&self, time: Duration) {
        self.takes_ms.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    pub(crate) fn look<T>(&self, at: impl FnOnce(&mut Books) -> T) -> T {
        at(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves; where.
    pub(crate) async fn serve(&self) -> String {
        let router = Router::new()
            .route("/shop/orders/{order}/result", post(result))
            .route("/shop/orders/{order}/updates", post(update))
            .route("/swiftpost/shipments", post(ship))
            .route("/secrets/", post(secret))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

async fn ship(State(parts): State<Counterparts>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    tokio::time::sleep(Duration::from_millis(parts.takes_ms.load(Ordering::SeqCst))).await;
    let number = format!("T{}", body["reference"].as_str().unwrap_or_default());
    (StatusCode::CREATED, Json(json!({"no": number})))
}

async fn result(State(parts): State<Counterparts>, Path(order): Path<String>) -> StatusCode {
    let told = Instant::now();
    let first = parts.look(|books| books.results.insert(order.clone(), told)).is_none();
    if first {
        tokio::spawn(async move {
            tokio::time::sleep(LATER).await;
            let _ = parts.deliveries.send(format!("T{order}"));
        });
    }
    StatusCode::NO_CONTENT
}

async fn update(State(parts): State<Counterparts>, Path(order): Path<String>) -> StatusCode {
    parts.look(|books| books.updates.insert(order, Instant::now()));
    StatusCode::NO_CONTENT
}

/// `GetSecretValue`: every secret has every value.
async fn secret() -> Json<Value> {
    let values = json!({"key": "k", "shop_token": "t"}).to_string();
    Json(json!({"Name": "any", "SecretString": values, "VersionStages": ["AWSCURRENT"]}))
}
