//! What Lambda is to a function: its runtime API, and the event source mapping that reads a queue for it. As many batches are
//! worked on at once as there are processes.

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::UnboundedReceiver;

/// The functions' timeout.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where a function's events are from.
pub(crate) enum Events {
    /// A queue, so many messages at a time.
    Queue { client: aws_sdk_sqs::Client, url: String, batch: i32 },
    /// Numbers whose parcels were picked up, delivered as the HTTP API does.
    Deliveries(tokio::sync::Mutex<UnboundedReceiver<String>>),
    /// One message with this text, and nothing after it.
    Once(Mutex<Option<String>>),
}

/// One function.
pub(crate) struct Function {
    events: Events,
    under_way: Mutex<HashMap<String, UnderWay>>,
    count: AtomicU64,
    done: Mutex<Done>,
}

struct UnderWay {
    since: Instant,
    messages: Vec<(String, String)>,
}

/// What a function has done so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    /// When a process first asked for work.
    pub(crate) first_poll: Option<Instant>,
    /// When the last answer came.
    pub(crate) last: Option<Instant>,
    /// Messages of each answered batch, those that come again left out, and how long it took.
    pub(crate) batches: Vec<(usize, Duration)>,
    /// Messages that come again.
    pub(crate) again: usize,
}

impl Done {
    /// Messages that are done.
    pub(crate) fn messages(&self) -> usize {
        self.batches.iter().map(|(messages, _)| messages).sum()
    }

    /// The mean of a batch: messages, seconds.
    pub(crate) fn mean(&self) -> (f64, f64) {
        let count = self.batches.len().max(1) as f64;
        let seconds: f64 = self.batches.iter().map(|(_, took)| took.as_secs_f64()).sum();
        (self.messages() as f64 / count, seconds / count)
    }
}

impl Function {
    /// Serves a function's runtime API; where.
    pub(crate) async fn serve(events: Events) -> (Arc<Self>, String) {
        let function = Arc::new(Self { events, under_way: Mutex::default(), count: AtomicU64::new(0), done: Mutex::default() });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(init_failed))
            .with_state(Arc::clone(&function));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        (function, address.to_string())
    }

    /// What was done until now; the count begins anew.
    pub(crate) fn take_done(&self) -> Done {
        std::mem::take(&mut *lock(&self.done))
    }

    /// What was done until now.
    pub(crate) fn done(&self) -> Done {
        lock(&self.done).clone()
    }

    /// The next event, and the messages that it is made of.
    async fn event(&self) -> (Value, Vec<(String, String)>) {
        match &self.events {
            Events::Queue { client, url, batch } => loop {
                let received = client
                    .receive_message()
                    .queue_url(url)
                    .max_number_of_messages(*batch)
                    .wait_time_seconds(5)
                    .message_system_attribute_names(MessageSystemAttributeName::All)
                    .message_attribute_names("All")
                    .send()
                    .await;
                let messages = received.ok().and_then(|received| received.messages).unwrap_or_default();
                if !messages.is_empty() {
                    let ids = messages.iter().map(|message| (text(&message.message_id), text(&message.receipt_handle)));
                    return (json!({"Records": messages.iter().map(record).collect::<Vec<_>>()}), ids.collect());
                }
            },
            Events::Deliveries(numbers) => match numbers.lock().await.recv().await {
                Some(number) => (delivery(&number), Vec::new()),
                None => std::future::pending().await,
            },
            Events::Once(text) => {
                let text = lock(text).take();
                match text {
                    Some(text) => (json!({"Records": [single(&text)]}), vec![("m".to_owned(), "r".to_owned())]),
                    None => std::future::pending().await,
                }
            }
        }
    }

    /// A batch has ended: what is done goes from the queue.
    async fn end(&self, id: &str, again: &[String]) {
        let Some(ended) = lock(&self.under_way).remove(id) else { return };
        let took = ended.since.elapsed();
        let of_queue = !ended.messages.is_empty();
        let served: Vec<_> = ended.messages.into_iter().filter(|(id, _)| !again.contains(id)).collect();
        {
            let mut done = lock(&self.done);
            done.batches.push((if of_queue { served.len() } else { 1 }, took));
            done.again += again.len();
            done.last = Some(Instant::now());
        }
        let Events::Queue { client, url, .. } = &self.events else { return };
        let entry = |(id, handle): (String, String)| {
            DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().expect("an entry")
        };
        let entries: Vec<_> = served.into_iter().map(entry).collect();
        if !entries.is_empty() {
            client.delete_message_batch().queue_url(url).set_entries(Some(entries)).send().await.expect("messages are deleted");
        }
    }
}

async fn next(State(function): State<Arc<Function>>) -> Response {
    lock(&function.done).first_poll.get_or_insert_with(Instant::now);
    let (event, messages) = function.event().await;
    let id = format!("request-{}", function.count.fetch_add(1, Ordering::Relaxed));
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock") + TIMEOUT;
    lock(&function.under_way).insert(id.clone(), UnderWay { since: Instant::now(), messages });
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| headers.insert(name, HeaderValue::from_str(value).expect("a header"));
    put("lambda-runtime-aws-request-id", &id);
    put("lambda-runtime-deadline-ms", &deadline.as_millis().to_string());
    put("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:crossdock");
    (headers, Json(event)).into_response()
}

async fn response(State(function): State<Arc<Function>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(status) = body["statusCode"].as_u64() {
        assert!(status < 300, "a delivery was answered {status}: {body}");
    }
    let failures = body["batchItemFailures"].as_array().cloned().unwrap_or_default();
    let again: Vec<String> = failures.iter().filter_map(|one| one["itemIdentifier"].as_str().map(str::to_owned)).collect();
    function.end(&id, &again).await;
    StatusCode::ACCEPTED
}

async fn failed(State(function): State<Arc<Function>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    eprintln!("{id} failed: {}", String::from_utf8_lossy(&body));
    lock(&function.under_way).remove(&id);
    StatusCode::ACCEPTED
}

async fn init_failed(body: Bytes) -> StatusCode {
    eprintln!("a process cannot start: {}", String::from_utf8_lossy(&body));
    StatusCode::ACCEPTED
}

fn record(message: &Message) -> Value {
    let system = message.attributes.iter().flatten().map(|(name, value)| (name.as_str().to_owned(), json!(value)));
    let own = message.message_attributes.iter().flatten();
    let own = own.map(|(name, value)| (name.clone(), json!({"stringValue": value.string_value, "dataType": value.data_type})));
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": system.collect::<serde_json::Map<_, _>>(),
        "messageAttributes": own.collect::<serde_json::Map<_, _>>(),
        "eventSource": "aws:sqs",
    })
}

fn single(text: &str) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis().to_string();
    let attributes = json!({"ApproximateReceiveCount": "1", "SentTimestamp": now, "MessageGroupId": "swiftpost"});
    json!({"messageId": "m", "receiptHandle": "r", "body": text, "attributes": attributes, "eventSource": "aws:sqs"})
}

fn delivery(number: &str) -> Value {
    let path = "/webhooks/swiftpost/default/events";
    let body = json!({"id": format!("E{number}"), "no": number, "time": "2026-03-02T09:00:00Z", "code": "PU"});
    json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-key": "k"},
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": path, "sourceIp": "192.0.2.1"}},
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
