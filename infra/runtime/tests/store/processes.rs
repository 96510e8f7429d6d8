//! Another process commits to the store while one serves it. In this test both are in one process: what they share is the
//! files alone.

use crate::support::{Place, bodies, conflict, message, put, puts, receive, send_all, sends};
use crossdock_runtime::local::store::{Options, Role, SqliteStore};
use crossdock_runtime::port::{Expect, Queue, Store};
use std::time::{Duration, Instant};

#[tokio::test]
async fn what_a_tool_sends_is_received_soon_although_nothing_else_happens() {
    let place = Place::new();
    let options = Options { wait: Duration::from_secs(20), ..place.options() };
    let serving = SqliteStore::open_with(place.dir.path(), Role::Serve, &options).expect("a store");
    let tool = place.open(Role::Tool);
    for n in 0..3 {
        let started = Instant::now();
        tool.commit(sends(vec![message(Queue::Orders, "a", &n.to_string())])).await.expect("sent");
        let received = receive(&serving, 9).await;
        assert_eq!((bodies(&received), received[0].receives), (vec![n.to_string()], 1));
        assert!(started.elapsed() < Duration::from_secs(5), "noticed after {:?}", started.elapsed());
        let receipt = received[0].receipt.clone();
        serving.commit(crate::support::acks(vec![receipt])).await.expect("acknowledged");
    }
}

#[tokio::test]
async fn both_may_write_at_once_and_nothing_is_lost_or_doubled() {
    let place = Place::new();
    let (serving, tool) = (place.serve(), place.open(Role::Tool));
    let write = async |store: &SqliteStore, name: &str| {
        for n in 0..100 {
            store.commit(sends(vec![message(Queue::Orders, name, &format!("{name}{n}"))])).await.expect("sent");
        }
    };
    tokio::join!(write(&serving, "s"), write(&tool, "t"));
    let mut received = Vec::new();
    let started = Instant::now();
    while received.len() < 200 && started.elapsed() < Duration::from_secs(20) {
        received.extend(bodies(&receive(&serving, 50).await));
    }
    let in_order = |name: &str| received.iter().filter(|body| body.starts_with(name)).cloned().collect::<Vec<_>>();
    for name in ["s", "t"] {
        assert_eq!(in_order(name), (0..100).map(|n| format!("{name}{n}")).collect::<Vec<_>>());
    }
    assert_eq!(receive(&serving, 50).await, []);
}

#[tokio::test]
async fn each_sees_what_the_other_wrote_and_conflicts_with_it() {
    let place = Place::new();
    let (serving, tool) = (place.serve(), place.open(Role::Tool));
    serving.commit(puts(vec![put("carrier/a", Expect::Absent, "open")])).await.expect("written");
    tool.commit(puts(vec![put("carrier/a", Expect::Version(1), "paused")])).await.expect("written");
    assert_eq!(serving.get("carrier/a").await.expect("read").expect("there").body, b"paused");
    assert_eq!(serving.commit(puts(vec![put("carrier/a", Expect::Version(1), "open")])).await, conflict(&["carrier/a"]));
}

#[tokio::test]
async fn a_tool_sees_how_much_waits() {
    let place = Place::new();
    let serving = place.serve();
    send_all(&serving, &[("a", "1"), ("a", "2"), ("b", "3")]).await;
    let mut later = message(Queue::Orders, "a", "4");
    later.delay = Duration::from_secs(60);
    serving.commit(sends(vec![later])).await.expect("sent");
    place.pass(Duration::from_secs(2));
    let depth = place.open(Role::Tool).depth(Queue::Orders).await.expect("read");
    assert_eq!(depth, serving.depth(Queue::Orders).await.expect("read"));
    assert_eq!((depth["a"].ready, depth["a"].delayed, depth["a"].oldest, depth["b"].ready), (2, 1, 2000, 1));
}

#[tokio::test]
async fn messages_sent_without_a_server_wait_for_one() {
    let place = Place::new();
    drop(place.serve());
    let tool = place.open(Role::Tool);
    send_all(&tool, &[("a", "1")]).await;
    assert_eq!(bodies(&receive(&place.serve(), 9).await), ["1"]);
}
