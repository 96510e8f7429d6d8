//! The HTTP client against real servers on loopback: what is known about a request's fate.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Redirect;
use axum::routing::{get, post};
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire, is_local_url};
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that reads a request, writes these bytes and closes.
async fn raw_server(reply: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut seen = [0; 4096];
            let _ = socket.read(&mut seen).await;
            let _ = socket.write_all(reply).await;
        }
    });
    address
}

fn request(method: &str, url: String) -> Request {
    Request {
        method: method.into(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout: Duration::from_secs(5),
        repeatable: Repeatable::Never,
        masked: Vec::new(),
        tokens: Vec::new(),
    }
}

fn client() -> HttpClient {
    HttpClient::new().expect("a client")
}

async fn send(request: &Request) -> Reply {
    client().send(request).await.expect("a sendable request")
}

fn answered(reply: Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    match reply {
        Reply::Answered { status, headers, body } => (status, headers, body),
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[tokio::test]
async fn an_answer_comes_back_whole_and_the_request_arrives_as_written() {
    let echo = |headers: HeaderMap, body: String| async move {
        let account = headers.get("x-account").map(|value| value.to_str().unwrap_or("").to_owned()).unwrap_or_default();
        (StatusCode::CREATED, [("x-seen", account)], body)
    };
    let server = serve(Router::new().route("/shipments", post(echo))).await;
    let mut post = request("POST", format!("http://{server}/shipments"));
    post.headers = vec![("X-Account".into(), "00123450".into())];
    post.body = "{\"name\":\"Zoë 🚚\"}".into();
    let (status, headers, body) = answered(send(&post).await);
    assert_eq!(status, 201);
    assert!(headers.contains(&("x-seen".into(), "00123450".into())));
    assert_eq!(body, post.body);
}

#[tokio::test]
async fn a_refused_connection_wrote_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let closed = listener.local_addr().expect("an address");
    drop(listener);
    let reply = send(&request("POST", format!("http://{closed}/shipments"))).await;
    assert!(matches!(reply, Reply::NotConnected(_)), "{reply:?}");
}

#[tokio::test]
async fn a_failed_handshake_wrote_nothing() {
    let server = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let reply = send(&request("POST", format!("https://localhost:{}/shipments", server.port()))).await;
    assert!(matches!(reply, Reply::NotConnected(_)), "{reply:?}");
}

#[tokio::test]
async fn time_that_runs_out_while_connecting_wrote_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let silent = listener.local_addr().expect("an address");
    let mut post = request("POST", format!("https://localhost:{}/", silent.port()));
    post.timeout = Duration::from_millis(200);
    let reply = send(&post).await;
    assert!(matches!(reply, Reply::NotConnected(_)), "{reply:?}");
}

#[tokio::test]
async fn a_reply_after_the_timeout_leaves_the_fate_unknown() {
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        "late"
    };
    let server = serve(Router::new().route("/slow", post(slow))).await;
    let mut post = request("POST", format!("http://{server}/slow"));
    post.timeout = Duration::from_millis(200);
    let reply = send(&post).await;
    assert!(matches!(reply, Reply::Broken(_)), "{reply:?}");
}

#[tokio::test]
async fn a_reply_that_breaks_off_leaves_the_fate_unknown() {
    let server = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it").await;
    let reply = send(&request("POST", format!("http://{server}/"))).await;
    assert!(matches!(reply, Reply::Broken(_)), "{reply:?}");
}

#[tokio::test]
async fn a_connection_closed_without_a_reply_leaves_the_fate_unknown() {
    let server = raw_server(b"").await;
    let reply = send(&request("POST", format!("http://{server}/"))).await;
    assert!(matches!(reply, Reply::Broken(_)), "{reply:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let router = Router::new()
        .route("/old", get(|| async { Redirect::temporary("/new") }))
        .route("/new", get(|| async { StatusCode::IM_A_TEAPOT }));
    let server = serve(router).await;
    let (status, headers, _) = answered(send(&request("GET", format!("http://{server}/old"))).await);
    assert_eq!(status, 307);
    assert!(headers.contains(&("location".into(), "/new".into())));
}

#[tokio::test]
async fn a_body_over_the_bound_is_not_read() {
    let server = serve(Router::new().route("/big", get(|| async { vec![b'x'; 100_000] }))).await;
    let big = request("GET", format!("http://{server}/big"));
    let bounded = client().with_largest_reply(99_999).send(&big).await.expect("sendable");
    assert!(matches!(&bounded, Reply::Broken(why) if why.contains("larger")), "{bounded:?}");
    let (_, _, body) = answered(client().with_largest_reply(100_000).send(&big).await.expect("sendable"));
    assert_eq!(body.len(), 100_000);
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn compressed_bodies_are_read_as_what_they_hold() {
    let router = Router::new()
        .route("/gzip", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], gzip(b"{\"no\":\"1E10\"}")) }))
        .route("/deflate", get(|| async { ([(header::CONTENT_ENCODING, "deflate")], zlib(b"plain")) }))
        .route("/bomb", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], gzip(&vec![0; 1_000_000])) }))
        .route("/damaged", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], "not gzip at all") }));
    let server = serve(router).await;
    let (_, headers, body) = answered(send(&request("GET", format!("http://{server}/gzip"))).await);
    assert_eq!(body, b"{\"no\":\"1E10\"}");
    assert!(!headers.iter().any(|(name, _)| name == "content-encoding"));
    let (_, _, body) = answered(send(&request("GET", format!("http://{server}/deflate"))).await);
    assert_eq!(body, b"plain");
    let bomb = request("GET", format!("http://{server}/bomb"));
    let reply = client().with_largest_reply(10_000).send(&bomb).await.expect("sendable");
    assert!(matches!(reply, Reply::Broken(_)), "{reply:?}");
    let reply = send(&request("GET", format!("http://{server}/damaged"))).await;
    assert!(matches!(reply, Reply::Broken(_)), "{reply:?}");
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_without_repeating_values() {
    let refused = |request: Request| async move { client().send(&request).await.expect_err("refused").to_string() };
    let plain = refused(request("GET", "http://api.swiftpost.example/track/SECRET77".into())).await;
    assert!(plain.contains("plain http") && !plain.contains("SECRET77"), "{plain}");
    let mut split = request("GET", "http://127.0.0.1:9/".into());
    split.headers = vec![("X-Note".into(), "a\r\nX-Evil: SECRET77".into())];
    let split = refused(split).await;
    assert!(split.contains("`X-Note`") && !split.contains("SECRET77"), "{split}");
    assert!(refused(request("GET", "ftp://127.0.0.1/".into())).await.contains("neither"));
    assert!(refused(request("GET", "https://user:SECRET77@127.0.0.1/".into())).await.contains("credentials"));
}

#[test]
fn only_this_machine_counts_as_local() {
    for url in ["http://127.0.0.1:8080", "http://localhost/base", "https://[::1]:1/x"] {
        assert!(is_local_url(url), "{url}");
    }
    for url in ["http://127.0.0.1.example.com", "http://10.0.0.1", "https://localhost@example.com", "file:///etc", "localhost"] {
        assert!(!is_local_url(url), "{url}");
    }
}
