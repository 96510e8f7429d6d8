//! Orders whose message was lost or whose worker died are found again.

use crate::support::shapes::{order, taken};
use crate::support::{World, json_reply};
use crossdock_runtime::handler::Settings;
use crossdock_runtime::ledger::State;
use crossdock_runtime::port::{CommitError, Queue, Store};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_order_whose_message_was_lost_is_woken() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.desk.take_order(order("SO-1").to_string().as_bytes()).await.expect("taken");
    world.store.lose_messages(Queue::Orders);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 0, "its time has not come");
    world.clock.advance(61 * MINUTE);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 1);
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "accepted");
    world.wire.on("GET", "/track/", [json_reply(200, json!({"shipments": []}))]);
    world.clock.advance(24 * 60 * MINUTE);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 0, "what has ended sleeps in peace");
}

#[tokio::test]
async fn an_order_whose_worker_died_is_woken_and_looked_up() {
    let world = World::new().await;
    world.wire.on("GET", "/shipments", [taken("SO-1")]);
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    world.enqueue(&order("SO-1"));
    let (desk, message) = (Arc::clone(&world.desk), world.message(Queue::Orders).await);
    let worker = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    worker.abort();
    world.store.lose_messages(Queue::Orders);
    world.clock.advance(5 * MINUTE);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 1);
    world.settle().await;
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
}

#[tokio::test]
async fn an_end_that_was_not_emitted_is_emitted() {
    let world = World::with(false, Settings::default()).await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    // The file of the carrier, the intent, the end; then the store is gone.
    world.store.breaks_after(3, CommitError::Failed("disk full".into()));
    world.work(Queue::Orders).await;
    world.store.mended();
    assert!(matches!(world.entry("SO-1").await.state, State::Accepted { emitted: false, .. }));
    world.store.lose_messages(Queue::Actions);
    world.clock.advance(5 * MINUTE);
    world.desk.poll().await.expect("a turn");
    world.settle().await;
    assert!(matches!(world.entry("SO-1").await.state, State::Accepted { emitted: true, .. }));
    assert_eq!(world.told("/orders/SO-1/result").len(), 1);
}

#[tokio::test]
async fn an_order_that_only_waits_its_turn_is_not_woken_again_and_again() {
    let world = World::new().await;
    world.desk.take_order(order("SO-1").to_string().as_bytes()).await.expect("taken");
    let mut woken = 0;
    for _ in 0..24 * 60 {
        world.clock.advance(MINUTE);
        woken += world.desk.poll().await.expect("a turn").nudged;
    }
    assert!((2..=10).contains(&woken), "each time after half its age: {woken}");
    assert_eq!(world.store.depth(Queue::Orders).await.expect("a depth")["swiftpost"].ready, woken + 1);
}

#[tokio::test]
async fn orders_of_a_paused_carrier_are_not_woken() {
    let world = World::new().await;
    world.desk.take_order(order("SO-1").to_string().as_bytes()).await.expect("taken");
    world.desk.gates.pause(&["swiftpost".into()]);
    world.clock.advance(120 * MINUTE);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 0);
    world.desk.gates.pause(&[]);
    world.clock.advance(120 * MINUTE);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 1, "it is not forgotten");
}
