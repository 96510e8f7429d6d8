//! The fake carrier and the fake shop, by themselves, over real HTTP.

use super::agreed;
use super::callbacks::{self, call_back};
use super::carrier::{Carrier, Mood, Shipment, mood};
use super::shop::Shop;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::{Repeatable, Reply, Request};
use crossdock_runtime::http::{HttpClient, Wire};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const SEED: u64 = 1;

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn send(url: String, headers: &[(&str, &str)], body: &Value, timeout: Duration) -> Reply {
    let mut all = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let request = Request {
        method: "POST".into(),
        url,
        headers: all,
        body: body.to_string().into_bytes(),
        timeout,
        repeatable: Repeatable::Never,
        masked: Vec::new(),
        tokens: Vec::new(),
    };
    HttpClient::new().expect("a client").send(&request).await.expect("sendable")
}

fn answer(reply: Reply) -> (u16, Value) {
    match reply {
        Reply::Answered { status, body, .. } => (status, serde_json::from_slice(&body).unwrap_or(Value::Null)),
        other => panic!("no answer: {other:?}"),
    }
}

fn reference(wanted: impl Fn(Mood) -> bool) -> String {
    let mut names = (1..).map(|number| format!("SO-{number:05}"));
    names.find(|name| wanted(mood(SEED, name))).expect("endless")
}

async fn token(carrier: &str) -> String {
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", agreed::CLIENT_ID, agreed::CLIENT_SECRET)));
    let reply = send(format!("{carrier}/oauth/token"), &[("Authorization", &basic)], &json!({}), Duration::from_secs(5)).await;
    format!("Bearer {}", answer(reply).1["access_token"].as_str().expect("a token"))
}

async fn ship(carrier: &str, token: &str, reference: &str) -> Reply {
    let body = json!({"reference": reference, "parcels": [{"ref": format!("{reference}-1")}]});
    let url = format!("{carrier}/v2/accounts/{}/shipments", agreed::ACCOUNT_NO);
    send(url, &[("Authorization", token), ("Idempotency-Key", reference)], &body, Duration::from_secs(1)).await
}

#[tokio::test]
async fn the_carrier_has_every_mood() {
    let (carrier, _shipments) = Carrier::new(SEED, u64::MAX);
    let url = serve(carrier.router()).await;
    let token = token(&url).await;
    let taken = reference(|mood| mood == Mood::Accept);
    let (status, body) = answer(ship(&url, &token, &taken).await);
    let number = format!("000{}E01", taken.trim_start_matches("SO-"));
    assert_eq!((status, body["parcels"][0]["trackingNo"].as_str()), (201, Some(number.as_str())));
    let (status, body) = answer(ship(&url, &token, &reference(|mood| matches!(mood, Mood::Refuse("ZIP", _)))).await);
    assert_eq!((status, body["errors"][0]["code"].as_str()), (422, Some("ZIP")));
    let (status, body) = answer(ship(&url, &token, &reference(|mood| mood == Mood::RefuseKindly)).await);
    assert_eq!((status, body["errors"][0]["code"].as_str()), (200, Some("CREDIT")));
    for (wanted, first) in [(Mood::BusyOnce, 503), (Mood::BreakOnce, 500)] {
        let reference = reference(|mood| mood == wanted);
        assert_eq!(answer(ship(&url, &token, &reference).await).0, first);
        assert_eq!(answer(ship(&url, &token, &reference).await).0, 201);
    }
}

#[tokio::test]
async fn a_repetition_of_what_was_taken_in_silence_is_recognised() {
    let (carrier, mut shipments) = Carrier::new(SEED, u64::MAX);
    let url = serve(carrier.router()).await;
    let token = token(&url).await;
    let reference = reference(|mood| mood == Mood::SilentOnce);
    assert!(matches!(ship(&url, &token, &reference).await, Reply::Broken(_)));
    assert_eq!(answer(ship(&url, &token, &reference).await).0, 201);
    assert_eq!(carrier.look(|journal| (journal.shipments.len(), journal.repeated)), (1, 1));
    assert_eq!(shipments.recv().await.map(|shipment| shipment.reference), Some(reference));
    assert!(shipments.try_recv().is_err(), "told of once");
}

#[tokio::test]
async fn the_first_token_is_withdrawn_on_the_way() {
    let (carrier, _shipments) = Carrier::new(SEED, 1);
    let url = serve(carrier.router()).await;
    let reference = reference(|mood| mood == Mood::Accept);
    let first = token(&url).await;
    assert_eq!(answer(ship(&url, &first, &reference).await).0, 201);
    assert_eq!(answer(ship(&url, &first, &reference).await).0, 401);
    let second = token(&url).await;
    assert_eq!(answer(ship(&url, &second, &reference).await).0, 201);
    assert_eq!(answer(ship(&url, "Bearer guess", &reference).await).0, 401);
}

async fn receive(headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut mac = Hmac::<Sha256>::new_from_slice(agreed::WEBHOOK_KEY.as_bytes()).expect("any key");
    mac.update(format!("{}.", text("x-timestamp")).as_bytes());
    mac.update(&body);
    let good = text("x-signature") == format!("v1={}", hex::encode(mac.finalize().into_bytes()));
    if good { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

#[tokio::test]
async fn webhooks_are_signed_repeated_and_forged() {
    let url = serve(Router::new().route("/hook", post(receive))).await;
    let shipment = |number: u32| Shipment { reference: "SO".into(), parcels: vec![("SO-1".into(), format!("00{number:06}E01"))] };
    let (into, shipments) = tokio::sync::mpsc::unbounded_channel();
    let mut planned = Vec::new();
    for number in 0..40 {
        planned.extend(callbacks::deliveries(SEED, &shipment(number)));
        into.send(shipment(number)).expect("open");
    }
    drop(into);
    let journal = Arc::new(callbacks::Journal::default());
    call_back(SEED, format!("{url}/hook"), shipments, Arc::clone(&journal), HttpClient::new().expect("a client")).await;
    let forged = planned.iter().filter(|delivery| delivery.forged).count() as u64;
    assert!(forged > 0);
    assert_eq!(journal.forged.load(Ordering::Relaxed), forged);
    assert_eq!(journal.forged_taken.load(Ordering::Relaxed), 0);
    assert_eq!(journal.delivered.load(Ordering::Relaxed), planned.len() as u64 - forged);
    let mut bodies: Vec<&str> = planned.iter().map(|delivery| delivery.body.as_str()).collect();
    bodies.sort_unstable();
    assert!(bodies.windows(2).any(|pair| pair[0] == pair[1]), "some are sent twice");
}

#[tokio::test]
async fn the_shop_keeps_what_is_new_and_drops_the_rest() {
    let shop = Shop::new(SEED);
    let url = serve(shop.router()).await;
    let token = format!("Bearer {}", agreed::SHOP_TOKEN);
    let body = json!({"outcome": "accepted"});
    for order in 0..120 {
        for _ in 0..3 {
            let key = format!("result-{order}");
            let headers = [("Authorization", token.as_str()), ("Idempotency-Key", key.as_str())];
            send(format!("{url}/api/orders/SO-{order}/result"), &headers, &body, Duration::from_secs(5)).await;
        }
    }
    let stranger = send(format!("{url}/api/orders/SO-1/updates"), &[], &body, Duration::from_secs(5)).await;
    assert_eq!(answer(stranger).0, 401);
    shop.look(|journal| {
        assert_eq!(journal.results.len(), 120);
        assert!(journal.results.values().all(|ends| ends.len() == 1 && ends[0].outcome == "accepted"));
        assert!(journal.let_down > 0, "it is busy now and then");
        assert_eq!(journal.let_down + journal.repeated, 240);
        assert_eq!((journal.updated(), journal.strangers), (0, 1));
    });
}
