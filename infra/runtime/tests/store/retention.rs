//! What has been kept for long enough goes, and nothing else.

use crate::support::{Place, START, exchange, put, puts};
use crossdock_runtime::local::store::{Pruned, Retention, SqliteStore};
use crossdock_runtime::port::{Batch, Blob, Expect, Item, Store};
use std::time::Duration;

/// Entries go when their body says that they have ended.
struct Ended;

impl Retention for Ended {
    fn may_go(&self, item: &Item) -> bool {
        item.key.starts_with("entry/") && item.body == b"ended"
    }

    fn kept_by(&self, order_id: &str) -> String {
        format!("entry/{order_id}:")
    }
}

async fn order(store: &SqliteStore, id: &str, state: &str, due: Option<i64>, at: i64) {
    let batch = Batch {
        puts: vec![put(&format!("entry/{id}:create"), Expect::Anything, state).due(due)],
        exchanges: vec![exchange(&format!("x-{id}"), id, at, "POST /", "{}")],
        blobs: vec![Blob { id: format!("l-{id}"), media: "application/pdf".into(), order_id: id.into(), bytes: vec![1; 3000] }],
        ..Batch::default()
    };
    store.commit(batch).await.expect("written");
}

/// Steps until a round is done.
async fn prune(store: &SqliteStore, before: i64) -> Pruned {
    let mut all = Pruned::default();
    for _ in 0..100 {
        let step = store.prune(before, &Ended).await.expect("pruned");
        all.items += step.items;
        all.exchanges += step.exchanges;
        all.documents += step.documents;
        if !step.more {
            return all;
        }
    }
    panic!("a round has no end")
}

#[tokio::test]
async fn what_is_old_and_has_ended_goes() {
    let place = Place::new();
    let store = place.serve();
    order(&store, "SO-1", "ended", None, START).await;
    order(&store, "SO-2", "parked", None, START).await;
    order(&store, "SO-3", "ended", Some(START), START).await;
    let others = vec![put("carrier/a", Expect::Absent, "ended"), put("entry/SO-5:create", Expect::Absent, "ended")];
    store.commit(puts(others)).await.expect("written");
    let unclaimed = exchange("x-none", "", START, "POST /webhooks", "");
    store.commit(Batch { exchanges: vec![unclaimed], ..Batch::default() }).await.expect("written");
    place.pass(Duration::from_secs(3600));
    order(&store, "SO-4", "ended", None, START + 3_600_000).await;
    store.commit(puts(vec![put("entry/SO-5:create", Expect::Version(1), "ended")])).await.expect("written again, so young again");

    assert_eq!(prune(&store, START).await, Pruned::default(), "nothing is that old");
    let first = prune(&store, START + 1).await;
    let second = prune(&store, START + 1).await;
    let (items, exchanges, documents) =
        (first.items + second.items, first.exchanges + second.exchanges, first.documents + second.documents);
    assert_eq!((items, exchanges, documents), (1, 2, 1), "SO-1, and the exchange of no order");
    let left: Vec<String> = store.list("", None, 10).await.expect("read").into_iter().map(|item| item.key).collect();
    assert_eq!(left, ["carrier/a", "entry/SO-2:create", "entry/SO-3:create", "entry/SO-4:create", "entry/SO-5:create"]);
    for (id, there) in [("SO-1", false), ("SO-2", true), ("SO-3", true), ("SO-4", true)] {
        assert_eq!(store.exchange(&format!("x-{id}")).await.expect("read").is_some(), there, "{id}");
        assert_eq!(store.blob(&format!("l-{id}")).await.expect("read").is_some(), there, "{id}");
    }
}

#[tokio::test]
async fn a_step_is_bounded_and_the_file_does_not_grow_for_ever() {
    let place = Place::new();
    let store = place.serve();
    let mut sizes = Vec::new();
    for round in 0..6 {
        let batches = (0..1200).map(|n| {
            let (store, id) = (store.clone(), format!("SO-{round}-{n}"));
            tokio::spawn(async move { order(&store, &id, "ended", None, START).await })
        });
        for task in batches.collect::<Vec<_>>() {
            task.await.expect("a task");
        }
        place.pass(Duration::from_secs(10));
        let step = store.prune(i64::MAX, &Ended).await.expect("pruned");
        assert!(step.more && step.items <= 500 && step.exchanges <= 500, "{step:?}");
        prune(&store, i64::MAX).await;
        prune(&store, i64::MAX).await;
        assert_eq!(store.list("entry/", None, 1).await.expect("read"), []);
        assert_eq!(store.exchange(&format!("x-SO-{round}-7")).await.expect("read"), None);
        sizes.push(pages(&place));
    }
    assert!(sizes[5] <= sizes[1] + sizes[1] / 10, "freed pages are used again: {sizes:?}");
}

fn pages(place: &Place) -> i64 {
    let database = rusqlite::Connection::open(place.dir.path().join("crossdock.db")).expect("the database");
    database.pragma_query_value(None, "page_count", |row| row.get(0)).expect("a number")
}
