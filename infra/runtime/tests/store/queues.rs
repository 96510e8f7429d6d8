//! Receiving: order, fairness, room, delays, visibility.

use crate::support::{Place, START, acks, bodies, message, receive, receive_with, send_all, sends};
use crossdock_runtime::local::store::{Options, Role, SqliteStore};
use crossdock_runtime::port::{CommitError, Depth, Outgoing, Queue, Store};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[tokio::test]
async fn within_a_group_first_in_is_first_out() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1"), ("a", "2"), ("a", "3")]).await;
    let first = receive(&store, 2).await;
    assert_eq!(bodies(&first), ["1", "2"]);
    assert_eq!((first[0].group.as_str(), first[0].receives, first[0].sent_at), ("a", 1, START));
    assert_eq!(bodies(&receive(&store, 9).await), ["3"]);
    store.commit(acks(first.iter().map(|message| message.receipt.clone()).collect())).await.expect("acknowledged");
    assert_eq!(receive(&store, 9).await, [], "what is held or acknowledged is not received");
    assert_eq!(store.depth(Queue::Orders).await.expect("read")["a"].in_flight, 1);
}

#[tokio::test]
async fn groups_take_turns_whoever_has_more() {
    let place = Place::new();
    let store = place.serve();
    let flood: Vec<(&str, String)> = (0..500).map(|n| ("flood", format!("f{n}"))).collect();
    let flood: Vec<(&str, &str)> = flood.iter().map(|(group, body)| (*group, body.as_str())).collect();
    send_all(&store, &flood).await;
    send_all(&store, &[("b", "b1"), ("b", "b2"), ("c", "c1")]).await;
    assert_eq!(bodies(&receive(&store, 6).await), ["f0", "b1", "c1", "f1", "b2", "f2"]);
    send_all(&store, &[("c", "c2")]).await;
    assert_eq!(bodies(&receive(&store, 2).await), ["f3", "c2"], "a group that comes back waits for one turn only");
}

#[tokio::test]
async fn a_group_without_room_is_passed_over() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2"), ("c", "c1")]).await;
    assert_eq!(bodies(&receive_with(&store, 9, &[("a", 0), ("b", 1), ("unheard", 3)]).await), ["b1", "c1"]);
    assert_eq!(receive_with(&store, 9, &[("a", 0), ("b", 0)]).await, []);
    assert_eq!(bodies(&receive_with(&store, 9, &[("a", 2)]).await), ["a1", "b2", "a2"]);
}

#[tokio::test]
async fn queues_are_apart() {
    let place = Place::new();
    let store = place.serve();
    let all = Queue::ALL.into_iter().map(|queue| message(queue, "g", queue.name())).collect();
    store.commit(sends(all)).await.expect("sent");
    for queue in Queue::ALL {
        let received = store.receive(queue, 9, &BTreeMap::new()).await.expect("received");
        assert_eq!(bodies(&received), [queue.name()]);
    }
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let place = Place::new();
    let store = place.serve();
    let later = Outgoing { delay: Duration::from_secs(30), sent_at: Some(START - 5000), ..message(Queue::Orders, "a", "later") };
    store.commit(sends(vec![later, message(Queue::Orders, "a", "now")])).await.expect("sent");
    let depth = store.depth(Queue::Orders).await.expect("read")["a"];
    assert_eq!(depth, Depth { ready: 1, in_flight: 0, delayed: 1, oldest: 0 });
    assert_eq!(bodies(&receive(&store, 9).await), ["now"]);
    place.pass(Duration::from_millis(29_999));
    assert_eq!(receive(&store, 9).await, []);
    place.pass(Duration::from_millis(1));
    let depth = store.depth(Queue::Orders).await.expect("read")["a"];
    assert_eq!(depth, Depth { ready: 1, in_flight: 1, delayed: 0, oldest: 35_000 });
    let received = receive(&store, 9).await;
    assert_eq!((bodies(&received), received[0].sent_at), (vec!["later".into()], START - 5000));
}

#[tokio::test]
async fn a_delay_outlives_the_process() {
    let place = Place::new();
    let store = place.serve();
    let later = Outgoing { delay: Duration::from_secs(30), ..message(Queue::Orders, "a", "later") };
    store.commit(sends(vec![later])).await.expect("sent");
    drop(store);
    let store = place.serve();
    assert_eq!(receive(&store, 9).await, []);
    place.pass(Duration::from_secs(30));
    assert_eq!(bodies(&receive(&store, 9).await), ["later"]);
}

#[tokio::test]
async fn what_is_put_back_keeps_its_place() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1"), ("a", "2")]).await;
    place.pass(Duration::from_secs(1));
    send_all(&store, &[("a", "3")]).await;
    let first = receive(&store, 1).await;
    store.defer(&first[0], Duration::from_secs(5)).await.expect("deferred");
    assert_eq!(bodies(&receive(&store, 1).await), ["2"], "not before its time");
    place.pass(Duration::from_secs(5));
    let again = receive(&store, 9).await;
    assert_eq!(bodies(&again), ["1", "3"]);
    assert_eq!(again[0].receives, 2);
}

#[tokio::test]
async fn a_forgotten_message_becomes_visible_again() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1")]).await;
    let first = receive(&store, 1).await;
    place.pass(Duration::from_millis(299_999));
    assert_eq!(receive(&store, 1).await, []);
    place.pass(Duration::from_millis(1));
    let second = receive(&store, 1).await;
    assert_eq!((bodies(&second), second[0].receives), (vec!["1".into()], 2));

    store.defer(&first[0], Duration::ZERO).await.expect("nothing to defer");
    assert_eq!(receive(&store, 1).await, [], "the first receiver cannot put back what the second has");
    store.commit(acks(vec![first[0].receipt.clone()])).await.expect("committed");
    place.pass(Duration::from_secs(300));
    let third = receive(&store, 1).await;
    assert_eq!(third[0].receives, 3, "nor acknowledge it");
    store.commit(acks(vec![third[0].receipt.clone()])).await.expect("acknowledged");
    place.pass(Duration::from_secs(300));
    assert_eq!(receive(&store, 1).await, []);
}

#[tokio::test]
async fn an_acknowledgement_of_a_batch_that_conflicts_does_not_count() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1")]).await;
    let mut batch = acks(vec![receive(&store, 1).await[0].receipt.clone()]);
    batch.puts.push(crate::support::put("x", crossdock_runtime::port::Expect::Version(3), ""));
    assert_eq!(store.commit(batch).await, Err(CommitError::Conflict(vec!["x".into()])));
    place.pass(Duration::from_secs(300));
    assert_eq!(bodies(&receive(&store, 1).await), ["1"]);
}

#[tokio::test]
async fn a_receiver_that_waits_is_woken_at_once() {
    let place = Place::new();
    let options = Options { wait: Duration::from_secs(20), ..Options::default() };
    let store = SqliteStore::open_with(place.dir.path(), Role::Serve, &options).expect("a store");
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { (receive(&store, 1).await, Instant::now()) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let sent = Instant::now();
    send_all(&store, &[("a", "1")]).await;
    let (received, at) = waiting.await.expect("a task");
    assert_eq!(bodies(&received), ["1"]);
    assert!(at - sent < Duration::from_secs(5), "woken after {:?}", at - sent);

    store.defer(&received[0], Duration::from_millis(200)).await.expect("deferred");
    let started = Instant::now();
    assert_eq!(bodies(&receive(&store, 1).await), ["1"]);
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(150) && took < Duration::from_secs(5), "woken by the clock after {took:?}");
}

#[tokio::test]
async fn a_receiver_that_gives_up_leaves_everything_there() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1")]).await;
    drop(store);
    // In a new process the first receive is made durable first, so it has to wait: given up meanwhile, again and again.
    let store = place.serve();
    for _ in 0..20 {
        if let Some(received) = receive(&store, 1).now_or_never() {
            store.defer(&received[0], Duration::ZERO).await.expect("put back by one that was not given up");
        }
    }
    assert_eq!(bodies(&receive(&store, 1).await), ["1"]);
    assert_eq!(store.stats().rows, 1, "it is counted once, however many have given up");
    drop(store);
    assert_eq!(receive(&place.serve(), 1).await[0].receives, 2);
}

#[tokio::test]
async fn bodies_beyond_what_memory_keeps_are_read() {
    let place = Place::new();
    let options = Options { recent_bytes: 10, ..place.options() };
    let store = SqliteStore::open_with(place.dir.path(), Role::Serve, &options).expect("a store");
    send_all(&store, &[("a", "1234567"), ("a", "1234568"), ("a", "123")]).await;
    assert_eq!(bodies(&receive(&store, 9).await), ["1234567", "1234568", "123"]);
}

#[tokio::test]
async fn a_long_line_is_handed_out_in_order_beside_a_short_one() {
    let place = Place::new();
    let store = place.serve();
    let long: Vec<String> = (0..3_000).map(|n| n.to_string()).collect();
    send_all(&store, &long.iter().map(|body| ("hangs", body.as_str())).collect::<Vec<_>>()).await;
    send_all(&store, &[("moves", "a"), ("moves", "b")]).await;
    assert_eq!(bodies(&receive(&store, 4).await), ["0", "a", "1", "b"]);
    let mut rest = Vec::new();
    while rest.len() < 2_998 {
        rest.extend(bodies(&receive(&store, 100).await));
    }
    assert_eq!(rest, long[2..]);
}
