//! The front door: orders in, deliveries in, documents out, health and metrics.

use super::{Process, orders};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use crossdock_engine::carrier::Delivery;
use crossdock_runtime::handler::{Address, Rejected, Taken};
use crossdock_runtime::port::Store;
use crossdock_runtime::trace;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// When a shop that was told 429 or 503 may come again, in seconds.
const RETRY_AFTER: &str = "1";

/// Serves until the process stops; requests that have begun are answered.
pub(super) fn start(process: &Arc<Process>, listener: TcpListener, mut stopping: watch::Receiver<bool>) -> JoinHandle<()> {
    let service = router(Arc::clone(process)).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let stopped = async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "the HTTP server failed");
        }
    })
}

fn router(process: Arc<Process>) -> Router {
    let largest = process.config.largest;
    Router::new()
        .route("/orders", post(take_orders))
        .route("/webhooks/{carrier}/{account}/{webhook}", any(receive))
        .route("/documents/{id}", get(document))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(largest))
        .with_state(process)
}

async fn take_orders(
    State(process): State<Arc<Process>>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    if !allowed(&process, &headers) {
        return unauthorized();
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let words = format!("the body is larger than {} bytes: send fewer orders at a time", process.config.largest);
            return told(StatusCode::PAYLOAD_TOO_LARGE, json!({"error": words}));
        }
        Err(rejection) => return told(rejection.status(), json!({"error": "the body could not be read"})),
    };
    if process.pressure.is_high() {
        metrics::counter!("crossdock_intake_refused_total", "why" => "busy").increment(1);
        return busy(StatusCode::TOO_MANY_REQUESTS, "too many orders wait: try again later");
    }
    match orders::split(&body) {
        Ok(messages) => take_all(&process, messages, &trace_of(&headers)).await,
        Err(words) => told(StatusCode::BAD_REQUEST, json!({"error": words})),
    }
}

/// The trace that the caller names, or a new one.
fn trace_of(headers: &HeaderMap) -> String {
    let header = headers.get(trace::HEADER).and_then(|value| value.to_str().ok());
    header.and_then(trace::of_header).unwrap_or_else(trace::new)
}

/// All orders are read before any is taken: a body with a fault in it is refused as a whole.
async fn take_all(process: &Process, messages: Vec<&[u8]>, trace: &str) -> Response {
    let answers = process.desk.take_orders(&messages, trace).await;
    let invalid: Vec<Value> = answers.iter().enumerate().filter_map(|(at, answer)| invalid(at, answer)).collect();
    if !invalid.is_empty() {
        metrics::counter!("crossdock_intake_refused_total", "why" => "invalid").increment(1);
        return told(StatusCode::BAD_REQUEST, json!({"error": "not as orders must be: nothing was taken", "orders": invalid}));
    }
    let mut status = StatusCode::ACCEPTED;
    let mut lines = Vec::new();
    for answer in answers {
        lines.push(match answer {
            Ok(taken) => line(&taken),
            Err(Rejected::Conflict(key)) => {
                status = StatusCode::CONFLICT;
                json!({"order_key": key, "error": "the same order came before with another content"})
            }
            Err(Rejected::Busy) => return busy(StatusCode::TOO_MANY_REQUESTS, "too many orders wait: try again later"),
            Err(other) => {
                tracing::error!(why = ?other, "an order could not be kept");
                return busy(StatusCode::SERVICE_UNAVAILABLE, "orders cannot be kept now: try again later");
            }
        });
    }
    told(status, json!({"orders": lines}))
}

fn line(taken: &Taken) -> Value {
    json!({"order_id": taken.order_id, "order_key": taken.order_key, "known": taken.known})
}

fn invalid(at: usize, answer: &Result<Taken, Rejected>) -> Option<Value> {
    match answer {
        Err(Rejected::Invalid(errors)) => {
            let errors: Vec<Value> = errors.iter().map(|error| json!({"path": error.path, "message": error.message})).collect();
            Some(json!({"order": at, "errors": errors}))
        }
        Err(Rejected::Unmappable(why)) => Some(json!({"order": at, "errors": [{"path": "", "message": why}]})),
        _ => None,
    }
}

async fn receive(
    State(process): State<Arc<Process>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path((carrier, account, webhook)): Path<(String, String, String)>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Ok(body) = body else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let delivery = delivery(&method, query.as_deref(), &headers, &body, peer);
    let at = Address { carrier: &carrier, account: &account, webhook: &webhook };
    let answered = process.desk.receive(at, delivery).await;
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answered.body).into_response();
    for (name, value) in answered.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn delivery(method: &Method, query: Option<&str>, headers: &HeaderMap, body: &[u8], peer: SocketAddr) -> Delivery {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    Delivery {
        method: method.as_str().to_owned(),
        query: form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect(),
        body: body.to_vec(),
        // Behind a proxy this is the proxy: what it says in headers could be anybody's.
        source: Some(peer.ip()),
    }
}

async fn document(State(process): State<Arc<Process>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !allowed(&process, &headers) {
        return unauthorized();
    }
    match process.desk.store.blob(&id).await {
        // What belongs to no order is a mapping file, not a document.
        Ok(Some(blob)) if !blob.order_id.is_empty() => ([(header::CONTENT_TYPE, blob.media)], blob.bytes).into_response(),
        Ok(_) => told(StatusCode::NOT_FOUND, json!({"error": "there is no such document"})),
        Err(error) => {
            tracing::error!(%error, "a document could not be read");
            busy(StatusCode::SERVICE_UNAVAILABLE, "documents cannot be read now: try again later")
        }
    }
}

async fn health(State(process): State<Arc<Process>>) -> Response {
    let release = process.desk.mappings.release();
    let problems: Vec<String> = release.problems.iter().map(ToString::to_string).collect();
    let carriers: Vec<&String> = release.carriers.keys().collect();
    let status = if process.pressure.is_high() { "busy" } else { "ok" };
    told(StatusCode::OK, json!({"status": status, "carriers": carriers, "problems": problems}))
}

async fn metrics(State(process): State<Arc<Process>>, headers: HeaderMap) -> Response {
    if !allowed(&process, &headers) {
        return unauthorized();
    }
    let text = process.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Whether the caller has the token, where one is needed.
fn allowed(process: &Process, headers: &HeaderMap) -> bool {
    let Some(token) = &process.config.token else { return true };
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    given.strip_prefix(b"Bearer ").is_some_and(|given| bool::from(given.ct_eq(token.as_bytes())))
}

fn unauthorized() -> Response {
    let told = told(StatusCode::UNAUTHORIZED, json!({"error": "expected `Authorization: Bearer <token>`"}));
    ([(header::WWW_AUTHENTICATE, "Bearer")], told).into_response()
}

fn busy(status: StatusCode, words: &str) -> Response {
    ([(header::RETRY_AFTER, RETRY_AFTER)], told(status, json!({"error": words}))).into_response()
}

fn told(status: StatusCode, body: Value) -> Response {
    (status, axum::Json(body)).into_response()
}
