//! Published key sets: fetched when needed, kept, asked for again when a key is missing, never as often as somebody asks.

use crossdock_engine::carrier::{Account, AccountSettings, Carrier, Delivery, Refusal, Reply, Request, Verified};
use crossdock_engine::compile::compile;
use crossdock_engine::source::Sources;
use crossdock_runtime::clock::{Clock, ManualClock};
use crossdock_runtime::http::{Unsendable, Wire};
use crossdock_runtime::key_sets::{KeySets, Received};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
servers: {production: {api: "https://api.swiftpost.example"}}
webhooks:
  tracking:
    verify: {rsa: {keys: {path: /jwks}, key_id: {header: x-key-id}, signature: {header: x-signature, encoding: base64url}}}
    event: &event {tracking_number: $.no, status: {code: $.code, vocabulary: v}}
  open:
    verify: {none: nothing is signed here}
    event: *event
vocabularies: {v: {codes: {a: picked_up}, unknown: park}}
"#;

/// The example of RFC 7515, appendix A.2.
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const SIGNED: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

struct Tape(Mutex<VecDeque<Reply>>, Mutex<u32>);

impl Wire for Tape {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        assert_eq!(request.url, "https://api.swiftpost.example/jwks");
        tokio::task::yield_now().await;
        *self.1.lock().expect("no panic") += 1;
        Ok(self.0.lock().expect("no panic").pop_front().unwrap_or(Reply::NotConnected("refused".into())))
    }
}

fn set(kid: &str) -> Reply {
    let body = format!("{{\"keys\": [{{\"kty\": \"RSA\", \"kid\": \"{kid}\", \"n\": \"{MODULUS}\", \"e\": \"AQAB\"}}]}}");
    Reply::Answered { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

struct Stage {
    carrier: Carrier,
    account: Account,
    keys: KeySets,
    wire: Tape,
    clock: ManualClock,
}

impl Stage {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut sources = Sources::default();
        let file = sources.add("carrier.yaml", CARRIER);
        let carrier = compile(&sources, file).carrier.expect("a carrier");
        let account = carrier.account(&AccountSettings::default()).expect("an account");
        let wire = Tape(Mutex::new(replies.into_iter().collect()), Mutex::new(0));
        Self { carrier, account, keys: KeySets::default(), wire, clock: ManualClock::at(1_000_000) }
    }

    async fn verify(&self, webhook: &str, kid: &str) -> Result<Verified, Refusal> {
        let headers = vec![("X-Key-Id".to_owned(), kid.to_owned()), ("X-Signature".to_owned(), SIGNATURE.to_owned())];
        let delivery = Delivery { method: "POST".into(), headers, body: SIGNED.into(), ..Delivery::default() };
        let (scope, carrier, account) = ("swiftpost/production/default", &self.carrier, &self.account);
        let received = Received { scope, carrier, webhook, account, delivery: &delivery, received_at: self.clock.seconds() };
        self.keys.verify(&received, &self.wire, &self.clock).await
    }

    async fn good(&self, kid: &str) -> bool {
        self.verify("tracking", kid).await.is_ok()
    }

    async fn later(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    fn fetched(&self) -> u32 {
        *self.wire.1.lock().expect("no panic")
    }
}

#[tokio::test]
async fn a_set_is_fetched_once_and_again_after_an_hour() {
    let stage = Stage::new([set("k-1"), set("k-1")]);
    assert!(stage.good("k-1").await && stage.good("k-1").await);
    assert_eq!(stage.fetched(), 1);
    stage.later(3_601).await;
    assert!(stage.good("k-1").await);
    assert_eq!(stage.fetched(), 2);
}

#[tokio::test]
async fn many_deliveries_at_once_make_one_fetch() {
    let stage = Stage::new([set("k-1")]);
    let all = futures_util::future::join_all((0..20).map(|_| stage.good("k-1"))).await;
    assert!(all.into_iter().all(|good| good));
    assert_eq!(stage.fetched(), 1);
}

#[tokio::test]
async fn a_key_that_is_missing_is_asked_for_but_not_by_every_forger() {
    let stage = Stage::new([set("k-1"), set("k-2")]);
    assert!(stage.good("k-1").await);
    stage.later(61).await;
    assert!(stage.good("k-2").await, "the carrier has a new key");
    for _ in 0..10 {
        let refusal = stage.verify("tracking", "k-9").await.unwrap_err();
        assert!(refusal.unknown_key);
    }
    assert_eq!(stage.fetched(), 2);
}

#[tokio::test]
async fn a_set_outlives_its_server_for_a_day_and_no_longer() {
    let stage = Stage::new([set("k-1")]);
    assert!(stage.good("k-1").await);
    stage.later(80_000).await;
    assert!(stage.good("k-1").await);
    stage.later(10_000).await;
    assert!(stage.verify("tracking", "k-1").await.unwrap_err().unknown_key);
}

#[tokio::test]
async fn without_a_set_nothing_is_taken() {
    let html = Reply::Answered { status: 200, headers: Vec::new(), body: b"<html>".to_vec() };
    for reply in [html, Reply::NotConnected("refused".into()), Reply::Broken("time ran out".into())] {
        let stage = Stage::new([reply]);
        assert!(stage.verify("tracking", "k-1").await.unwrap_err().reason.contains("not at hand"));
    }
    let stage = Stage::new([]);
    assert_eq!(stage.verify("open", "k-1").await.map(|verified| verified.by), Ok("none"));
    assert_eq!(stage.fetched(), 0);
}
