//! The HTTP client: sends a finished request once, and says honestly what is known about its fate.
//!
//! It follows no redirect, adds no header but `Host` and `Content-Length`, and calls plain `http` on this machine only.

mod address;
mod decode;
mod outgoing;

pub use address::is_local_url;

use crossdock_engine::carrier::{Answer, Outcome, Reply, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// The largest reply body that is read, compressed or not, in bytes.
pub const LARGEST_REPLY: usize = 32 * 1024 * 1024;

/// Many servers close idle connections after 5 s; a request written into one that is just being closed has an unknown
/// fate, so ours are given up before.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(10);
/// As many as one carrier's orders may be worked on at once, and more: an idle connection costs less than a new one.
const IDLE_PER_HOST: usize = 512;

/// A request that is not sent at all, because it is wrong in itself: sending it later would not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable(pub String);

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsendable {}

impl Unsendable {
    /// What it means for whoever wanted it sent.
    #[must_use]
    pub fn answer(&self) -> Answer {
        Answer::unreadable(Outcome::Misconfigured, self.0.as_str())
    }
}

/// What sends a request once. The client does it over the network; tests answer from a script.
pub trait Wire: Send + Sync + 'static {
    /// Sends it, once, within its timeout. Never an `Err` once anything may have been written.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Reply, Unsendable>> + Send;
}

/// A pooled client for all carriers; cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    inner: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    largest: usize,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("largest", &self.largest).finish_non_exhaustive()
    }
}

/// Connections for any client, which trusts the public certificate authorities; `patience` is how long one may take to be made.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn connector(patience: Duration) -> Result<HttpsConnector<HttpConnector>, String> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(patience));
    let tls = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(tls.https_or_http().enable_http1().wrap_connector(tcp))
}

impl HttpClient {
    /// A client that trusts the public certificate authorities.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new() -> Result<Self, String> {
        let inner = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_title_case_headers(true)
            .build(connector(CONNECT)?);
        Ok(Self { inner, largest: LARGEST_REPLY })
    }

    /// The same client with another bound for reply bodies, in bytes.
    #[must_use]
    pub fn with_largest_reply(mut self, bytes: usize) -> Self {
        self.largest = bytes;
        self
    }

    async fn exchange(&self, request: hyper::Request<Full<Bytes>>, connection: &CaptureConnection) -> Reply {
        match self.inner.request(request).await {
            Ok(response) => self.read(response).await.unwrap_or_else(Reply::Broken),
            Err(error) => lost(&error, connection),
        }
    }

    async fn read(&self, response: hyper::Response<Incoming>) -> Result<Reply, String> {
        let (head, mut incoming) = response.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| format!("the reply broke off: {}", causes(&error)))?;
            if let Some(data) = frame.data_ref() {
                if body.len() + data.len() > self.largest {
                    return Err(format!("the reply is larger than {} bytes", self.largest));
                }
                body.extend_from_slice(data);
            }
        }
        let mut headers = plain_headers(&head.headers);
        let body = decode::decode(&mut headers, body, self.largest)?;
        Ok(Reply::Answered { status: head.status.as_u16(), headers, body })
    }
}

impl Wire for HttpClient {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        let mut outgoing = outgoing::outgoing(request)?;
        let connection = capture_connection(&mut outgoing);
        let exchange = self.exchange(outgoing, &connection);
        Ok(match tokio::time::timeout(request.timeout, exchange).await {
            Ok(reply) => reply,
            Err(_) if never_connected(&connection) => Reply::NotConnected("timed out while connecting".into()),
            Err(_) => Reply::Broken(format!("no whole reply within {:?}", request.timeout)),
        })
    }
}

/// No connection was ever chosen for the request, so not a byte of it can have left.
fn never_connected(connection: &CaptureConnection) -> bool {
    connection.connection_metadata().is_none()
}

fn lost(error: &Error, connection: &CaptureConnection) -> Reply {
    if error.is_connect() || never_connected(connection) {
        Reply::NotConnected(causes(error))
    } else {
        Reply::Broken(causes(error))
    }
}

fn plain_headers(headers: &hyper::HeaderMap) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if words.last() != Some(&said) {
            words.push(said);
        }
        next = cause.source();
    }
    words.join(": ")
}
