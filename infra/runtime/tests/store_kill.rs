//! The process is killed while it commits, again and again: what was acknowledged is there, and no batch is there in half.
//!
//! The child is this very program, started with `CROSSDOCK_KILL_DIR`: it commits without end and says on its standard output
//! what was acknowledged.

#![expect(clippy::print_stdout, reason = "it says what it did")]

use crossdock_runtime::local::store::{Durability, Options, Role, SqliteStore};
use crossdock_runtime::port::{Batch, CommitError, Exchange, ExchangeKind, Expect, Outgoing, Put, Queue, Store};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const ROUNDS: u64 = 12;
const DIR: &str = "CROSSDOCK_KILL_DIR";
const ROUND: &str = "CROSSDOCK_KILL_ROUND";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match std::env::var(DIR) {
        Ok(dir) => runtime.block_on(commit_for_ever(Path::new(&dir))),
        Err(_) => runtime.block_on(kill_again_and_again()),
    }
}

fn options(round: u64) -> Options {
    let durability = if round.is_multiple_of(2) { Durability::PowerLoss } else { Durability::ProcessKill };
    Options { durability, wait: Duration::from_millis(50), ..Options::default() }
}

async fn commit_for_ever(dir: &Path) {
    let round: u64 = std::env::var(ROUND).expect("a round").parse().expect("a number");
    let store = SqliteStore::open_with(dir, Role::Serve, &options(round)).expect("a store");
    let workers = (0..32u64).map(|worker| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0u64.. {
                let name = format!("{round:03}-{worker:02}-{n:06}");
                store.commit(batch(&name)).await.expect("committed");
                let mut out = std::io::stdout().lock();
                writeln!(out, "{name}").and_then(|()| out.flush()).expect("the parent listens");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("a worker without end");
    }
}

/// A batch with a row in every table.
fn batch(name: &str) -> Batch {
    let exchange = Exchange {
        id: format!("x-{name}"),
        order_id: name.into(),
        at: 0,
        took: 0,
        kind: ExchangeKind::Call,
        party: "swiftpost".into(),
        request: "POST /v2/shipments\n".repeat(100),
        reply: "{}".into(),
        meaning: "accepted".into(),
        release: "d1".into(),
        trace: "t1".into(),
    };
    Batch {
        puts: vec![
            Put::new(format!("first/{name}"), Expect::Absent, vec![1; 300]),
            Put::new(format!("second/{name}"), Expect::Absent, vec![2; 3000]).due(Some(1)),
            Put::new("counter", Expect::Anything, name.into()),
        ],
        exchanges: vec![exchange],
        sends: vec![Outgoing {
            queue: Queue::Orders,
            group: "a".into(),
            body: name.into(),
            delay: Duration::ZERO,
            sent_at: None,
        }],
        ..Batch::default()
    }
}

async fn kill_again_and_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut random = StdRng::seed_from_u64(20_261_124);
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        // Some are killed while they still open the store.
        let acks = if round == 5 { 0 } else { random.random_range(1..600) };
        acknowledged.extend(run_and_kill(dir.path(), round, acks));
        if round % 4 == 3 {
            judge(dir.path(), &acknowledged).await;
        }
    }
    assert!(acknowledged.len() > 500, "too little was committed to prove anything: {}", acknowledged.len());
    println!("{} acknowledged batches outlived {ROUNDS} kills", acknowledged.len());
}

/// Runs a child until it has acknowledged so many, kills it, and returns all that it acknowledged.
fn run_and_kill(dir: &Path, round: u64, acks: usize) -> Vec<String> {
    let program = std::env::current_exe().expect("this program");
    let mut child =
        Command::new(program).env(DIR, dir).env(ROUND, round.to_string()).stdout(Stdio::piped()).spawn().expect("a child");
    let out = child.stdout.take().expect("its output");
    let mut acknowledged = Vec::new();
    let mut lines = BufReader::new(out).lines();
    while acknowledged.len() < acks {
        acknowledged.push(lines.next().expect("the child commits until it is killed").expect("a line"));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    // What it wrote before it died counts; the last line may be torn.
    acknowledged.extend(lines.map_while(Result::ok).filter(|line| line.len() == 13));
    acknowledged
}

async fn judge(dir: &Path, acknowledged: &BTreeSet<String>) {
    let store = SqliteStore::open_with(dir, Role::Serve, &options(0)).expect("the store opens after a kill");
    let first = names(&store, "first/").await;
    assert_eq!(first, names(&store, "second/").await, "a batch is there in half");
    let lost: Vec<&String> = acknowledged.difference(&first).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    for name in &first {
        assert!(store.exchange(&format!("x-{name}")).await.expect("read").is_some(), "{name} has no exchange");
    }
    let depth = store.depth(Queue::Orders).await.expect("read")["a"];
    assert_eq!(depth.ready, first.len(), "each batch's message is there once, and visible again");
    let mut received = BTreeSet::new();
    while received.len() < first.len() {
        let messages = store.receive(Queue::Orders, 500, &BTreeMap::new()).await.expect("received");
        assert!(!messages.is_empty(), "a message is missing");
        received.extend(messages.into_iter().map(|message| String::from_utf8(message.body).expect("a name")));
    }
    assert_eq!(received, first);
    let again = Put::new(format!("first/{}", first.first().expect("something")), Expect::Absent, vec![]);
    let conflict = store.commit(Batch { puts: vec![again], ..Batch::default() }).await;
    assert!(matches!(conflict, Err(CommitError::Conflict(_))), "what is there is there: {conflict:?}");
}

async fn names(store: &SqliteStore, prefix: &str) -> BTreeSet<String> {
    let (mut names, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let page = store.list(prefix, after.as_deref(), 1000).await.expect("read");
        let Some(last) = page.last() else { return names };
        after = Some(last.key.clone());
        names.extend(page.iter().filter_map(|item| item.key.strip_prefix(prefix).map(str::to_owned)));
    }
}
