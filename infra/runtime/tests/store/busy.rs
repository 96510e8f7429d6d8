//! Too much at once is turned away, and nothing of it is written.

use crate::support::{Place, put, puts};
use crossdock_runtime::local::store::{Options, Role, SqliteStore};
use crossdock_runtime::port::{CommitError, Expect, Store};

async fn flood(options: Options, place: &Place, body: &str) -> (usize, usize) {
    let store = SqliteStore::open_with(place.dir.path(), Role::Serve, &options).expect("a store");
    let write = |n: usize| {
        let (store, item) = (store.clone(), put(&format!("entry/{n}"), Expect::Absent, body));
        tokio::spawn(async move { store.commit(puts(vec![item])).await })
    };
    let tasks: Vec<_> = (0..400).map(write).collect();
    let (mut written, mut busy) = (0, 0);
    for (n, task) in tasks.into_iter().enumerate() {
        let result = task.await.expect("a task");
        let there = store.get(&format!("entry/{n}")).await.expect("read").is_some();
        match result {
            Ok(()) => written += 1,
            Err(CommitError::Busy) => busy += 1,
            Err(other) => panic!("{other}"),
        }
        assert_eq!(there, result.is_ok(), "what is busy is not written");
    }
    assert_eq!(store.stats().busy, busy as u64);
    store.commit(puts(vec![put("entry/last", Expect::Absent, body)])).await.expect("room again");
    (written, busy)
}

#[tokio::test]
async fn too_many_batches_at_once() {
    let place = Place::new();
    let (written, busy) = flood(Options { waiting_batches: 10, ..place.options() }, &place, "x").await;
    assert!(written >= 10 && busy > 0, "{written} written, {busy} busy");
}

#[tokio::test]
async fn too_many_bytes_at_once() {
    let place = Place::new();
    let (written, busy) = flood(Options { waiting_bytes: 50_000, ..place.options() }, &place, &"x".repeat(10_000)).await;
    assert!(written >= 4 && busy > 0, "{written} written, {busy} busy");
}

#[tokio::test]
async fn one_large_batch_is_let_in() {
    let place = Place::new();
    let store = SqliteStore::open_with(place.dir.path(), Role::Serve, &Options { waiting_bytes: 10, ..place.options() });
    let large = puts(vec![put("entry/1", Expect::Absent, &"x".repeat(10_000))]);
    store.expect("a store").commit(large).await.expect("written");
}
