//! The driver against a scripted carrier: what is repeated, what never is, who signs in.

use crossdock_engine::carrier::{Answer, Call, CallId, Done, Next, Outcome, Progress, Repeatable, Reply, Request, Token};
use crossdock_runtime::clock::{Clock, ManualClock};
use crossdock_runtime::drive::{Driver, Ended, Ending, Fault, Job, Policy};
use crossdock_runtime::http::{Unsendable, Wire};
use crossdock_runtime::limits::Limiter;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

/// One exchange; with `signed`, a token is needed. Statuses stand for outcomes.
struct Script {
    repeatable: Repeatable,
    signed: bool,
    calls: u32,
}

fn one(repeatable: Repeatable) -> Script {
    Script { repeatable, signed: false, calls: 1 }
}

fn request(url: &str, token: Option<&Token>, repeatable: Repeatable) -> Request {
    Request {
        method: "POST".into(),
        url: url.into(),
        headers: token.map(|token| ("Authorization".into(), token.value.clone())).into_iter().collect(),
        body: Vec::new(),
        timeout: Duration::from_secs(1),
        repeatable,
        masked: Vec::new(),
        tokens: token.map(|_| "auth".to_owned()).into_iter().collect(),
    }
}

fn outcome(reply: &Reply) -> Outcome {
    match reply {
        Reply::NotConnected(_) => Outcome::NotWritten,
        Reply::Broken(_) => Outcome::Ambiguous,
        Reply::Answered { status, .. } => match status {
            200..=299 => Outcome::Accepted,
            401 => Outcome::Reauthenticate,
            409 => Outcome::Ambiguous,
            429 => Outcome::Throttled,
            500.. => Outcome::Transient,
            _ => Outcome::Rejected,
        },
    }
}

impl Job for Script {
    fn scope(&self) -> &str {
        "swiftpost/sandbox/default"
    }

    fn next(&self, tokens: &BTreeMap<String, Token>, progress: &Progress, _now: i64) -> Result<Next, Fault> {
        let token = tokens.get("auth");
        if self.signed && token.is_none() {
            let request = Box::new(request("/token", None, Repeatable::Reads));
            return Ok(Next::SignIn { auth: "auth".into(), request });
        }
        let ids = (0..self.calls).map(|iteration| CallId { step: None, iteration, undo: false });
        let open: Vec<CallId> = ids.filter(|id| progress.answer(id).is_none()).collect();
        if open.is_empty() {
            return Ok(Next::Done(Box::new(done(progress))));
        }
        let call = |id: CallId| Call { request: request(&format!("/ship/{}", id.iteration), token, self.repeatable), id };
        Ok(Next::Calls(open.into_iter().map(call).collect()))
    }

    fn interpret(&self, _: &Progress, _: &CallId, reply: &Reply) -> Answer {
        let retry_after = match reply {
            Reply::Answered { headers, .. } => headers.first().and_then(|(_, value)| value.parse().ok()).map(Duration::from_secs),
            _ => None,
        };
        Answer { retry_after, ..Answer::of(outcome(reply)) }
    }

    fn read_token(&self, _: &str, reply: &Reply, _: i64) -> Result<Token, Box<Answer>> {
        match reply {
            Reply::Answered { status: 200, body, .. } => {
                let value = String::from_utf8_lossy(body).into_owned();
                Ok(Token { value, expires_at: None, session: serde_json::Map::new(), one_session: false })
            }
            Reply::Answered { status: 401, .. } => Err(Box::new(Answer::of(Outcome::Misconfigured))),
            other => Err(Box::new(Answer::of(outcome(other)))),
        }
    }
}

fn done(progress: &Progress) -> Done {
    let worst = progress.answers.iter().map(|(_, answer)| answer.outcome).find(|outcome| *outcome != Outcome::Accepted);
    Done {
        outcome: worst.unwrap_or(Outcome::Accepted),
        errors: Vec::new(),
        warnings: Vec::new(),
        retry_after: None,
        pending: None,
        extracted: serde_json::Map::new(),
        left_behind: Vec::new(),
        unreadable: None,
    }
}

/// Answers from a list and keeps what was asked.
struct Tape {
    replies: Mutex<VecDeque<Result<Reply, Unsendable>>>,
    seen: Mutex<Vec<(String, String)>>,
}

impl Wire for Tape {
    async fn send(&self, request: &Request) -> Result<Reply, Unsendable> {
        tokio::task::yield_now().await;
        let token = request.headers.first().map(|(_, value)| value.clone()).unwrap_or_default();
        self.seen.lock().expect("no panic").push((request.url.clone(), token));
        self.replies.lock().expect("no panic").pop_front().expect("a reply on the tape")
    }
}

fn status(status: u16) -> Result<Reply, Unsendable> {
    Ok(Reply::Answered { status, headers: Vec::new(), body: Vec::new() })
}

fn token(value: &str) -> Result<Reply, Unsendable> {
    Ok(Reply::Answered { status: 200, headers: Vec::new(), body: value.into() })
}

fn broken() -> Result<Reply, Unsendable> {
    Ok(Reply::Broken("time ran out".into()))
}

fn not_connected() -> Result<Reply, Unsendable> {
    Ok(Reply::NotConnected("connection refused".into()))
}

fn driver(replies: impl IntoIterator<Item = Result<Reply, Unsendable>>) -> Driver<Tape, ManualClock> {
    let tape = Tape { replies: Mutex::new(replies.into_iter().collect()), seen: Mutex::default() };
    Driver::new(tape, ManualClock::at(1_000_000), Policy::default())
}

async fn run(driver: &Driver<Tape, ManualClock>, script: &Script) -> Ended {
    driver.run(script, &Limiter::new(100, None), Progress::default()).await
}

#[track_caller]
fn ended(ended: &Ended) -> Outcome {
    match &ended.ending {
        Ending::Done(done) => done.outcome,
        other => panic!("expected an end, got {other:?}"),
    }
}

fn urls(driver: &Driver<Tape, ManualClock>) -> Vec<String> {
    driver.wire.seen.lock().expect("no panic").iter().map(|(url, _)| url.clone()).collect()
}

#[tokio::test]
async fn a_write_whose_fate_is_unknown_is_never_sent_again() {
    for reply in [broken(), status(500)] {
        let driver = driver([reply]);
        let report = run(&driver, &one(Repeatable::Never)).await;
        assert_eq!(ended(&report), Outcome::Ambiguous);
        assert_eq!(urls(&driver).len(), 1);
    }
}

#[tokio::test]
async fn what_surely_was_not_written_is_tried_again() {
    let driver = driver([not_connected(), status(429), status(201)]);
    let report = run(&driver, &one(Repeatable::Never)).await;
    assert_eq!(ended(&report), Outcome::Accepted);
    assert_eq!((report.effort.requests, report.effort.retries), (3, 2));
}

#[tokio::test]
async fn a_read_or_a_recognised_repetition_outlives_unknown_fates() {
    for repeatable in [Repeatable::Reads, Repeatable::Within(Duration::from_secs(3600))] {
        let driver = driver([broken(), status(500), status(201)]);
        assert_eq!(ended(&run(&driver, &one(repeatable)).await), Outcome::Accepted);
    }
}

#[tokio::test]
async fn a_repetition_stops_when_its_window_closes() {
    let driver = driver([broken(), status(201)]);
    let report = run(&driver, &one(Repeatable::Within(Duration::from_millis(100)))).await;
    assert_eq!(ended(&report), Outcome::Ambiguous);
    assert_eq!(urls(&driver).len(), 1);
}

#[tokio::test]
async fn a_later_throttling_does_not_hide_an_unknown_fate() {
    let driver = driver([broken(), status(429), status(429), status(429), not_connected()]);
    let report = run(&driver, &one(Repeatable::Within(Duration::from_secs(3600)))).await;
    assert_eq!(ended(&report), Outcome::Ambiguous);
    assert_eq!(urls(&driver).len(), 5);
}

#[tokio::test]
async fn a_rule_that_says_ambiguous_is_believed() {
    let driver = driver([status(409)]);
    assert_eq!(ended(&run(&driver, &one(Repeatable::Reads)).await), Outcome::Ambiguous);
}

#[tokio::test]
async fn tries_are_bounded_and_the_last_answer_stands() {
    let driver = driver((0..5).map(|_| status(429)));
    let report = run(&driver, &one(Repeatable::Never)).await;
    assert_eq!(ended(&report), Outcome::Throttled);
    assert_eq!(report.effort.requests, 5);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let asked = Reply::Answered { status: 429, headers: vec![("retry-after".into(), "20".into())], body: Vec::new() };
    let driver = driver([Ok(asked), status(201)]);
    let before = driver.clock.now();
    run(&driver, &one(Repeatable::Never)).await;
    assert!(driver.clock.now() - before >= Duration::from_secs(20));
}

#[tokio::test]
async fn a_lapsed_token_is_renewed_once_and_the_call_sent_with_the_new_one() {
    let driver = driver([token("t1"), status(401), token("t2"), status(201)]);
    let script = Script { signed: true, ..one(Repeatable::Never) };
    let report = run(&driver, &script).await;
    assert_eq!(ended(&report), Outcome::Accepted);
    assert_eq!(report.effort.sign_ins, 2);
    let seen = driver.wire.seen.lock().expect("no panic").clone();
    assert_eq!(seen[3], ("/ship/0".into(), "t2".into()));
}

#[tokio::test]
async fn a_token_refused_twice_is_a_wrong_account() {
    let driver = driver([token("t1"), status(401), token("t2"), status(401)]);
    let report = run(&driver, &Script { signed: true, ..one(Repeatable::Never) }).await;
    assert_eq!(ended(&report), Outcome::Misconfigured);
}

#[tokio::test]
async fn a_credential_that_cannot_be_renewed_is_a_wrong_account() {
    let driver = driver([status(401)]);
    assert_eq!(ended(&run(&driver, &one(Repeatable::Never)).await), Outcome::Misconfigured);
}

#[tokio::test]
async fn many_orders_share_one_sign_in() {
    let mut replies = vec![token("t1")];
    replies.extend((0..50).map(|_| status(201)));
    let driver = driver(replies);
    let script = Script { signed: true, ..one(Repeatable::Never) };
    let orders = (0..50).map(|_| run(&driver, &script));
    let reports = futures_util::future::join_all(orders).await;
    assert!(reports.iter().all(|report| ended(report) == Outcome::Accepted));
    assert_eq!(urls(&driver).iter().filter(|url| *url == "/token").count(), 1);
}

#[tokio::test]
async fn a_refused_sign_in_is_not_stormed() {
    let driver = driver([status(401)]);
    let script = Script { signed: true, ..one(Repeatable::Never) };
    let reports = futures_util::future::join_all((0..20).map(|_| run(&driver, &script))).await;
    let refused = |report: &Ended| matches!(&report.ending, Ending::SignIn(answer) if answer.outcome == Outcome::Misconfigured);
    assert!(reports.iter().all(refused));
    assert_eq!(urls(&driver).len(), 1);
}

#[tokio::test]
async fn every_call_of_a_batch_is_recorded() {
    let driver = driver([status(201), status(422), status(201)]);
    let report = run(&driver, &Script { calls: 3, ..one(Repeatable::Never) }).await;
    assert_eq!(ended(&report), Outcome::Rejected);
    assert_eq!(report.progress.answers.len(), 3);
}

#[tokio::test]
async fn an_unsendable_request_ends_at_once() {
    let driver = driver([Err(Unsendable("header `X` has a line break in its value".into()))]);
    let report = run(&driver, &one(Repeatable::Never)).await;
    assert!(matches!(report.ending, Ending::Unsendable(_)), "{:?}", report.ending);
    assert_eq!(report.effort.requests, 0);
}
