//! `send` against a carrier on this machine: results, refusals, and a run that is killed on the way.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const KEY: &str = "a-secret-of-the-test";

/// How often each reference was asked for.
type Journal = Arc<Mutex<BTreeMap<String, u32>>>;

/// A carrier as `new` describes one, that takes a moment for each shipment; its address and its journal.
fn carrier() -> (String, Journal) {
    let journal = Journal::default();
    let router = Router::new().route("/v1/shipments", post(create)).with_state(Arc::clone(&journal));
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            told.send(listener.local_addr().expect("an address")).expect("a listening test");
            axum::serve(listener, router).await.expect("a server");
        });
    });
    (format!("http://{}/v1", address.recv().expect("an address")), journal)
}

async fn create(State(journal): State<Journal>, headers: HeaderMap, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    if headers["authorization"] != format!("Bearer {KEY}") {
        return (StatusCode::UNAUTHORIZED, Json(json!({})));
    }
    let reference = body["reference"].as_str().unwrap_or_default().to_owned();
    *journal.lock().expect("no panic").entry(reference.clone()).or_default() += 1;
    tokio::time::sleep(Duration::from_millis(20)).await;
    if reference.ends_with('7') {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"errors": [{"code": "ZIP", "message": "not served"}]})));
    }
    let parcels = json!([{"reference": format!("{reference}-1"), "tracking_number": format!("00{}E10", &reference[3..])}]);
    (StatusCode::CREATED, Json(json!({"parcels": parcels})))
}

fn orders(count: u32) -> String {
    let template = include_str!("../new/order.json").replace("new_carrier", "swiftpost");
    let one = |number: u32| {
        let order: Value = serde_json::from_str(&template.replace("SO-1001", &format!("SO-{number:04}"))).expect("JSON");
        format!("{order}\n")
    };
    (1..=count).map(one).collect()
}

struct Bench {
    dir: tempfile::TempDir,
    server: String,
    journal: Journal,
}

impl Bench {
    fn new(count: u32) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (url, journal) = carrier();
        let bench = Self { dir, server: format!("api={url}"), journal };
        assert!(bench.run(&["new", "swiftpost"]).status.success());
        std::fs::write(bench.path("orders.jsonl"), orders(count)).expect("written");
        bench
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crossdock"));
        command.current_dir(self.dir.path()).env_remove("CROSSDOCK_DIR").env("CROSSDOCK_SECRET_SWIFTPOST_API_KEY", KEY);
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("a binary")
    }

    fn send_command(&self) -> Command {
        let fixed = ["send", "orders.jsonl", "--results", "results.jsonl", "--concurrency", "4"];
        let mut command = self.command(&fixed);
        command.args(["--config", "account_no=00123450", "--server", &self.server]);
        command
    }

    fn send(&self) -> Output {
        self.send_command().output().expect("a binary")
    }

    fn sent(&self) -> usize {
        self.journal.lock().expect("no panic").len()
    }

    fn most_often(&self) -> u32 {
        self.journal.lock().expect("no panic").values().copied().max().unwrap_or(0)
    }

    /// The last line of each order.
    fn results(&self) -> BTreeMap<String, Value> {
        results(&self.path("results.jsonl"))
    }
}

fn results(path: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(path).expect("a results file");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a result line"));
    lines.map(|line| (line["key"].as_str().expect("a key").to_owned(), line)).collect()
}

fn in_state(results: &BTreeMap<String, Value>, state: &str) -> usize {
    results.values().filter(|line| line["state"] == state).count()
}

#[test]
fn every_order_gets_its_result_and_is_not_sent_again() {
    let bench = Bench::new(30);
    let first = bench.send();
    assert_eq!(first.status.code(), Some(1), "three are refused: {}", String::from_utf8_lossy(&first.stderr));
    let results = bench.results();
    assert_eq!((in_state(&results, "accepted"), in_state(&results, "refused")), (27, 3));
    let parcel = &results["SO-0001:create_shipment:1"]["result"]["parcels"][0];
    assert_eq!(parcel["tracking_number"], "000001E10");
    assert_eq!(results["SO-0007:create_shipment:1"]["reason"], "ZIP");
    let second = bench.send();
    assert!(String::from_utf8_lossy(&second.stderr).contains("settled by an earlier run"));
    assert_eq!((bench.sent(), bench.most_often()), (30, 1));
}

#[test]
fn a_run_that_is_killed_is_taken_up_without_sending_twice() {
    let bench = Bench::new(60);
    let mut first = bench.send_command().spawn().expect("a binary");
    let started = Instant::now();
    while bench.sent() < 15 {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing is sent");
        std::thread::sleep(Duration::from_millis(2));
    }
    first.kill().expect("killed");
    first.wait().expect("dead");
    let sent_before = bench.sent();
    assert!(sent_before < 60, "it was killed on the way");
    bench.send();
    assert_eq!(bench.most_often(), 1, "no order was sent twice");
    let results = bench.results();
    let in_doubt = in_state(&results, "ambiguous");
    assert_eq!(results.len(), 60);
    assert_eq!(in_state(&results, "accepted") + in_state(&results, "refused") + in_doubt, 60);
    assert!(in_doubt <= 4, "only what was under way is in doubt: {in_doubt}");
    assert!(bench.sent() + in_doubt >= 60, "all others were sent");
}

#[test]
fn no_secret_is_shown() {
    let bench = Bench::new(1);
    std::fs::write(bench.path("order.json"), orders(1)).expect("written");
    let server = bench.server.clone();
    let args = ["render", "swiftpost", "create_shipment", "--order", "order.json", "--live", "--config", "account_no=00123450"];
    let output = bench.command(&args).args(["--server", &server]).output().expect("a binary");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("Bearer ***") && text.contains("matches"), "{text}");
    assert!(!text.contains(KEY));
    assert_eq!(bench.sent(), 1);
}
