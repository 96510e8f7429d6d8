//! Items, versions, conflicts, listings.

use crate::support::{Place, conflict, exchange, message, put, puts, sends};
use crossdock_runtime::port::{Batch, Blob, Check, CommitError, Expect, Put, Queue, Store};

#[tokio::test]
async fn versions_grow_and_guard() {
    let place = Place::new();
    let store = place.serve();
    store.commit(puts(vec![put("entry/1", Expect::Absent, "a")])).await.expect("written");
    let item = store.get("entry/1").await.expect("read").expect("there");
    assert_eq!((item.key.as_str(), item.version, item.body.as_slice(), item.due), ("entry/1", 1, b"a".as_slice(), None));

    assert_eq!(store.commit(puts(vec![put("entry/1", Expect::Absent, "b")])).await, conflict(&["entry/1"]));
    assert_eq!(store.commit(puts(vec![put("entry/1", Expect::Version(2), "b")])).await, conflict(&["entry/1"]));
    assert_eq!(store.commit(puts(vec![put("entry/2", Expect::Version(1), "b")])).await, conflict(&["entry/2"]));
    store.commit(puts(vec![put("entry/1", Expect::Version(1), "b").due(Some(7))])).await.expect("written");
    store.commit(puts(vec![put("entry/1", Expect::Anything, "c")])).await.expect("written");
    let item = store.get("entry/1").await.expect("read").expect("there");
    assert_eq!((item.version, item.body.as_slice(), item.due), (3, b"c".as_slice(), None));

    assert_eq!(store.commit(puts(vec![Put::delete("entry/1", Expect::Version(2))])).await, conflict(&["entry/1"]));
    store.commit(puts(vec![Put::delete("entry/1", Expect::Version(3))])).await.expect("deleted");
    store.commit(puts(vec![Put::delete("entry/1", Expect::Anything)])).await.expect("nothing to delete");
    assert_eq!(store.get("entry/1").await.expect("read"), None);
}

#[tokio::test]
async fn a_conflict_writes_nothing_of_its_batch() {
    let place = Place::new();
    let store = place.serve();
    store.commit(puts(vec![put("a", Expect::Absent, "1"), put("b", Expect::Absent, "1")])).await.expect("written");
    let batch = Batch {
        checks: vec![
            Check { key: "a".into(), expect: Expect::Version(5) },
            Check { key: "b".into(), expect: Expect::Version(1) },
        ],
        puts: vec![put("c", Expect::Absent, "1"), put("b", Expect::Absent, "2")],
        blobs: vec![Blob { id: "l1".into(), media: "text/plain".into(), order_id: "SO-1".into(), bytes: b"x".to_vec() }],
        exchanges: vec![exchange("x1", "SO-1", 0, "POST", "{}")],
        sends: vec![message(Queue::Orders, "g", "m")],
        acks: Vec::new(),
    };
    assert_eq!(store.commit(batch).await, conflict(&["a", "b"]), "all keys that are not as expected");
    assert_eq!(store.get("c").await.expect("read"), None);
    assert_eq!(store.blob("l1").await.expect("read"), None);
    assert_eq!(store.exchange("x1").await.expect("read"), None);
    assert!(store.depth(Queue::Orders).await.expect("read").is_empty());
    assert_eq!(store.stats().conflicts, 1);
}

#[tokio::test]
async fn of_many_that_write_the_same_at_once_one_wins() {
    let place = Place::new();
    let store = place.serve();
    for round in 1..=10 {
        let write = |worker: u32| {
            let store = store.clone();
            let expect = if round == 1 { Expect::Absent } else { Expect::Version(round - 1) };
            let batch = Batch {
                puts: vec![
                    put("entry/1", expect, &worker.to_string()),
                    put(&format!("mark/{round}/{worker}"), Expect::Absent, ""),
                ],
                ..Batch::default()
            };
            tokio::spawn(async move { store.commit(batch).await })
        };
        let tasks: Vec<_> = (0..50).map(write).collect();
        let mut won = 0;
        for task in tasks {
            match task.await.expect("a task") {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(Err(error), conflict(&["entry/1"])),
            }
        }
        assert_eq!(won, 1, "round {round}");
        assert_eq!(store.list(&format!("mark/{round}/"), None, 100).await.expect("read").len(), 1, "the others left nothing");
    }
    assert!(store.stats().groups < 500, "batches share transactions: {:?}", store.stats());
}

#[tokio::test]
async fn a_senseless_batch_fails_alone() {
    let place = Place::new();
    let store = place.serve();
    let twice = store.commit(puts(vec![put("a", Expect::Absent, "1"), put("a", Expect::Anything, "2")]));
    let other = store.commit(puts(vec![put("b", Expect::Absent, "1")]));
    let (twice, other) = tokio::join!(twice, other);
    assert_eq!(twice, Err(CommitError::Failed("a batch writes `a` twice".into())));
    assert_eq!(other, Ok(()));
    assert_eq!(store.get("a").await.expect("read"), None);
}

#[tokio::test]
async fn lists_by_prefix_in_order_and_page_by_page() {
    let place = Place::new();
    let store = place.serve();
    let keys = ["dead/1", "entry/a", "entry/b", "entry/c/1", "entry0", "entrz", "entry"];
    store.commit(puts(keys.iter().map(|key| put(key, Expect::Absent, "x")).collect())).await.expect("written");
    let list = async |prefix: &str, after: Option<&str>, limit: usize| -> Vec<String> {
        store.list(prefix, after, limit).await.expect("read").into_iter().map(|item| item.key).collect()
    };
    assert_eq!(list("entry/", None, 10).await, ["entry/a", "entry/b", "entry/c/1"]);
    assert_eq!(list("entry/", None, 2).await, ["entry/a", "entry/b"]);
    assert_eq!(list("entry/", Some("entry/b"), 2).await, ["entry/c/1"]);
    assert_eq!(list("entry/", Some("a"), 1).await, ["entry/a"], "a start before the prefix changes nothing");
    assert_eq!(list("", None, 10).await.len(), keys.len());
    assert_eq!(list("nothing/", None, 10).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_due_comes_most_overdue_first() {
    let place = Place::new();
    let store = place.serve();
    let due = |key: &str, at: i64| put(key, Expect::Anything, "x").due(Some(at));
    let batch = vec![
        due("entry/a", 30),
        due("entry/b", 10),
        due("entry/c", 20),
        due("parcel/a", 5),
        due("entry/d", 90),
        put("entry/e", Expect::Absent, "x"),
    ];
    store.commit(puts(batch)).await.expect("written");
    let found = async |prefix: &str, now: i64, limit: usize| -> Vec<String> {
        store.due(prefix, now, limit).await.expect("read").into_iter().map(|item| item.key).collect()
    };
    assert_eq!(found("entry/", 30, 10).await, ["entry/b", "entry/c", "entry/a"]);
    assert_eq!(found("entry/", 30, 1).await, ["entry/b"]);
    assert_eq!(found("entry/", 9, 10).await, Vec::<String>::new());
    assert_eq!(found("entry/c", 99, 10).await, ["entry/c"]);
    assert_eq!(found("", 20, 10).await, ["parcel/a", "entry/b", "entry/c"], "without a kind: of all kinds");
    store.commit(puts(vec![put("entry/b", Expect::Anything, "x"), due("entry/c", 95)])).await.expect("written");
    assert_eq!(found("entry/", 90, 10).await, ["entry/a", "entry/d"]);
}

#[tokio::test]
async fn everything_is_there_when_it_is_opened_again() {
    let place = Place::new();
    let store = place.serve();
    store.commit(puts(vec![put("entry/1", Expect::Absent, "a").due(Some(3))])).await.expect("written");
    store.commit(sends(vec![message(Queue::Updates, "g", "m")])).await.expect("sent");
    drop(store);
    let store = place.serve();
    let item = store.get("entry/1").await.expect("read").expect("there");
    assert_eq!((item.version, item.due), (1, Some(3)));
    assert_eq!(store.depth(Queue::Updates).await.expect("read")["g"].ready, 1);
}
