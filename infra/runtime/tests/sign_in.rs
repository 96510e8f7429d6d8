//! Sign-ins as the engine asks for them: chains, refusals in the middle of one, sessions of which there is one only.

use crossdock_engine::carrier::{
    Account, AccountSettings, Answer, CallId, Carrier, Next, Outcome, Progress, Reply, Request, Token,
};
use crossdock_engine::compile::compile;
use crossdock_engine::source::Sources;
use crossdock_runtime::clock::ManualClock;
use crossdock_runtime::drive::{Driver, Ending, Fault, Job, Policy};
use crossdock_runtime::http::{Unsendable, Wire};
use crossdock_runtime::limits::Limiter;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

const CARRIER: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost}
secrets: [key]
servers: {production: {api: "https://api.swiftpost.example"}}
auths:
  first: {login: {request: {path: /first, json: {k: {$secret: key}}}, token: $.t}}
  second: {login: {request: {path: /second, auth: first, json: {a: 1}}, token: $.t, send: {header: X-Second}, one_session: true}}
operations:
  create_shipment:
    request: {path: /ship, auth: second, json: {reference: "${{ shipment.reference }}"}}
    responses: [{when: {status: 2xx}, outcome: accepted}, $http]
"#;

const ORDER: &[u8] = br#"{"order_id": "1", "operation_id": "1", "shipment": {"reference": "R-1"}}"#;

struct Bound {
    carrier: Carrier,
    account: Account,
}

impl Bound {
    fn new() -> Self {
        let mut sources = Sources::default();
        let file = sources.add("carrier.yaml", CARRIER);
        let carrier = compile(&sources, file).carrier.expect("a carrier");
        let secrets = BTreeMap::from([("key".to_owned(), "k".to_owned())]);
        let account = carrier.account(&AccountSettings { secrets, ..AccountSettings::default() }).expect("an account");
        Self { carrier, account }
    }
}

impl Job for Bound {
    fn scope(&self) -> &str {
        "swiftpost/production/default"
    }

    fn next(&self, tokens: &BTreeMap<String, Token>, progress: &Progress, now: i64) -> Result<Next, Fault> {
        let next = self.carrier.next("create_shipment", ORDER, &self.account, tokens, progress, now);
        next.map_err(|fault| Fault::Mapping(fault.to_string()))
    }

    fn interpret(&self, progress: &Progress, call: &CallId, reply: &Reply) -> Answer {
        self.carrier.interpret("create_shipment", ORDER, &self.account, progress, call, reply)
    }

    fn read_token(&self, auth: &str, reply: &Reply, now: i64) -> Result<Token, Box<Answer>> {
        self.carrier.read_token(auth, &self.account, reply, now)
    }
}

/// A carrier that counts its sessions: tokens are numbered, and `valid` says which are good.
struct Counter {
    valid: fn(&str, u32) -> bool,
    tokens: AtomicU32,
    seen: Mutex<Vec<String>>,
    in_flight: AtomicU32,
    /// A sign-in came while a request with the old session was under way.
    overlapped: AtomicU32,
}

impl Counter {
    fn new(valid: fn(&str, u32) -> bool) -> Self {
        Self {
            valid,
            tokens: AtomicU32::new(0),
            seen: Mutex::default(),
            in_flight: AtomicU32::new(0),
            overlapped: AtomicU32::new(0),
        }
    }

    fn answer(&self, request: &Request) -> Reply {
        let path = request.url.trim_start_matches("https://api.swiftpost.example");
        let header = |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let credential = header("X-Second").or_else(|| header("Authorization")).unwrap_or_default();
        self.seen.lock().expect("no panic").push(format!("{path} {credential}"));
        let number = credential.trim_start_matches("Bearer ").parse::<u32>().ok();
        let refused = number.is_some_and(|number| !(self.valid)(path, number)) || (path == "/ship" && number.is_none());
        let status = if refused { 401 } else { 200 };
        let token = self.tokens.fetch_add(u32::from(!refused && path != "/ship"), Ordering::SeqCst) + 1;
        let body = format!("{{\"t\": \"{token}\"}}").into_bytes();
        Reply::Answered { status, headers: vec![("Content-Type".into(), "application/json".into())], body }
    }
}

impl Wire for Counter {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        let ships = request.url.ends_with("/ship");
        if ships {
            self.in_flight.fetch_add(1, Ordering::SeqCst);
        } else if request.url.ends_with("/second") && self.in_flight.load(Ordering::SeqCst) > 0 {
            self.overlapped.fetch_add(1, Ordering::SeqCst);
        }
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        let reply = self.answer(request);
        if ships {
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(reply)
    }
}

fn driver(valid: fn(&str, u32) -> bool) -> Driver<Counter, ManualClock> {
    Driver::new(Counter::new(valid), ManualClock::at(1_000_000), Policy::default())
}

async fn run(driver: &Driver<Counter, ManualClock>) -> Ending {
    driver.run(&Bound::new(), &Limiter::new(100, None), Progress::default()).await.ending
}

fn seen(driver: &Driver<Counter, ManualClock>) -> Vec<String> {
    driver.wire.seen.lock().expect("no panic").clone()
}

#[track_caller]
fn outcome(ending: &Ending) -> Outcome {
    match ending {
        Ending::Done(done) => done.outcome,
        Ending::SignIn(answer) => answer.outcome,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_chain_is_walked_from_its_beginning() {
    let driver = driver(|_, _| true);
    assert_eq!(outcome(&run(&driver).await), Outcome::Accepted);
    assert_eq!(seen(&driver), ["/first ", "/second Bearer 1", "/ship 2"]);
    assert_eq!(outcome(&run(&driver).await), Outcome::Accepted);
    assert_eq!(seen(&driver)[3..], ["/ship 2"]);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_those_of_others_are_kept() {
    let driver = driver(|path, token| path != "/ship" || token > 2);
    assert_eq!(outcome(&run(&driver).await), Outcome::Accepted);
    // The first token was not refused: it serves again.
    assert_eq!(seen(&driver), ["/first ", "/second Bearer 1", "/ship 2", "/second Bearer 1", "/ship 3"]);
}

#[tokio::test]
async fn a_sign_in_whose_own_token_has_lapsed_gets_a_new_one() {
    let driver = driver(|path, token| path != "/second" || token > 1);
    assert_eq!(outcome(&run(&driver).await), Outcome::Accepted);
    assert_eq!(seen(&driver), ["/first ", "/second Bearer 1", "/first ", "/second Bearer 2", "/ship 3"]);
}

#[tokio::test]
async fn a_chain_that_is_refused_all_along_is_a_wrong_account_and_no_storm() {
    let driver = driver(|path, _| path != "/second");
    assert_eq!(outcome(&run(&driver).await), Outcome::Misconfigured);
    assert_eq!(seen(&driver), ["/first ", "/second Bearer 1", "/first ", "/second Bearer 2"]);
    assert_eq!(outcome(&run(&driver).await), Outcome::Misconfigured);
    assert_eq!(seen(&driver).len(), 4, "the refusal holds for those who come next");
}

#[tokio::test]
async fn a_session_is_not_ended_while_requests_use_it() {
    let driver = driver(|path, token| path != "/ship" || token > 2);
    let bound = Bound::new();
    let limiter = Limiter::new(100, None);
    let runs = (0..12).map(|_| driver.run(&bound, &limiter, Progress::default()));
    for ended in futures_util::future::join_all(runs).await {
        assert_eq!(outcome(&ended.ending), Outcome::Accepted);
    }
    assert_eq!(driver.wire.overlapped.load(Ordering::SeqCst), 0);
    let sign_ins = seen(&driver).iter().filter(|seen| seen.starts_with("/second")).count();
    assert_eq!(sign_ins, 2, "{:?}", seen(&driver));
}
