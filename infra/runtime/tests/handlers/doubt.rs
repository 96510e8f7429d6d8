//! Orders whose fate is unknown: never sent again by accident.

use crate::support::shapes::{order, taken};
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_runtime::ledger::{ParkReason, State};
use crossdock_runtime::port::Queue;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn lost() -> Reply {
    Reply::Broken("time ran out".into())
}

/// An order whose creation was sent and never answered.
async fn doubtful() -> World {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [lost()]);
    world.enqueue(&order("SO-1"));
    world
}

#[tokio::test]
async fn a_lost_reply_is_looked_up_and_found() {
    let world = doubtful().await;
    world.wire.on("GET", "/shipments", [taken("SO-1")]);
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(world.state("SO-1").await, "accepted");
    assert_eq!(world.wire.count("POST", "/shipments"), 1, "it is not sent again");
    assert_eq!(world.told("/orders/SO-1/result")[0]["tracking"], json!(["00SO-1"]));
}

#[tokio::test]
async fn not_found_permits_another_try_once_the_carrier_had_time_to_see_it() {
    let world = doubtful().await;
    world.wire.on("POST", "/shipments", [lost(), taken("SO-1")]);
    world.wire.on("GET", "/shipments", [status(404)]);
    world.pass(Duration::from_secs(90)).await;
    assert_eq!(world.wire.count("POST", "/shipments"), 1, "not before the settle time");
    world.pass(Duration::from_secs(300)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (2, "accepted"));
}

#[tokio::test]
async fn not_found_that_proves_nothing_is_parked() {
    let world = World::new().await;
    world.edit("swiftpost/carrier.yaml", "authoritative: true", "authoritative: false").await;
    world.wire.on("POST", "/shipments", [lost()]);
    world.wire.on("GET", "/shipments", [status(404)]);
    world.enqueue(&order("SO-1"));
    world.pass(Duration::from_secs(600)).await;
    assert!(matches!(world.entry("SO-1").await.state, State::Parked { reason: ParkReason::Ambiguous, .. }));
    assert_eq!((world.wire.count("POST", "/shipments"), world.letter().reason.as_str()), (1, "ambiguous"));
}

#[tokio::test]
async fn a_carrier_that_cannot_be_asked_is_asked_again_and_the_order_is_never_sent_blindly() {
    let world = doubtful().await;
    world.wire.on("GET", "/shipments", [status(500)]);
    world.pass(Duration::from_secs(3600)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (1, "waiting"));
    assert!(world.wire.count("GET", "/shipments") > 2);
    world.wire.on("GET", "/shipments", [taken("SO-1")]);
    world.pass(Duration::from_secs(1200)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (1, "accepted"));
}

#[tokio::test]
async fn an_answer_to_the_lookup_that_nobody_reads_is_parked_as_ambiguous() {
    let world = doubtful().await;
    world.wire.on("GET", "/shipments", [json_reply(200, json!({"what": "is this"}))]);
    world.pass(Duration::from_secs(60)).await;
    assert!(matches!(world.entry("SO-1").await.state, State::Parked { reason: ParkReason::Ambiguous, .. }));
}

#[tokio::test]
async fn without_a_lookup_an_unknown_fate_is_parked() {
    let world = World::new().await;
    world
        .edit("swiftpost/carrier.yaml", "    reconcile: {operation: find_shipment, authoritative: true, settle: 2m}\n", "")
        .await;
    world.wire.on("POST", "/shipments", [lost()]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.letter().reason, "ambiguous");
    world.pass(Duration::from_secs(3600)).await;
    assert_eq!(world.wire.count("POST", "/shipments"), 1);
}

#[tokio::test]
async fn a_repetition_that_the_carrier_recognises_is_sent_again() {
    let world = World::new().await;
    let idempotent =
        "    idempotency: {header: Idempotency-Key, value: \"${{ order.key }}\", window: 24h}\n    request:\n      method: POST";
    world.edit("swiftpost/carrier.yaml", "    request:\n      method: POST", idempotent).await;
    world.wire.on("POST", "/shipments", [lost(), taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    world.pass(Duration::from_secs(60)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (2, "accepted"));
    assert_eq!(world.wire.count("GET", "/shipments"), 0);
}

#[tokio::test]
async fn a_worker_that_dies_after_it_sent_leaves_an_order_that_is_looked_up() {
    let world = World::new().await;
    world.wire.on("GET", "/shipments", [taken("SO-1")]);
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    world.enqueue(&order("SO-1"));
    let message = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let worker = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    assert_eq!(world.state("SO-1").await, "sending", "the intent is durable before anything leaves");
    worker.abort();
    world.store.lose_receivers();
    world.settle().await;
    assert_eq!(world.wire.count("GET", "/shipments"), 0, "the lease of the dead worker is waited for");
    world.pass(Duration::from_secs(120)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (1, "accepted"));
}

#[tokio::test]
async fn a_reply_that_comes_late_settles_a_parked_order() {
    let world = World::new().await;
    world
        .edit("swiftpost/carrier.yaml", "    reconcile: {operation: find_shipment, authoritative: true, settle: 2m}\n", "")
        .await;
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    world.enqueue(&order("SO-1"));
    let message = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let worker = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    // Another worker finds the lease run out and nobody to ask.
    world.clock.advance(Duration::from_secs(60));
    world.store.lose_receivers();
    world.settle().await;
    assert_eq!(world.letter().reason, "ambiguous");
    held.let_go();
    worker.await.expect("no panic").expect("the store is at hand");
    world.pass(Duration::from_secs(60)).await;
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
    assert!(world.letters().is_empty(), "its dead letter is gone: {:?}", world.letters());
    assert_eq!(world.told("/orders/SO-1/result").len(), 1);
}

#[tokio::test]
async fn a_reply_is_not_lost_while_the_store_fails() {
    let world = World::new().await;
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    world.enqueue(&order("SO-1"));
    let message = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let worker = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    world.store.breaks_after(0, crossdock_runtime::port::CommitError::Failed("disk full".into()));
    held.let_go();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    world.store.mended();
    worker.await.expect("no panic").expect("written in the end");
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
}

#[tokio::test]
async fn two_workers_with_the_same_order_send_it_once() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    world.enqueue(&order("SO-1"));
    let messages = world.receive(Queue::Orders).await;
    let other = world.another().await;
    let (first, second) = tokio::join!(world.desk.dispatch(&messages[0]), other.dispatch(&messages[1]));
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    world.store.lose_receivers();
    world.pass(Duration::from_secs(60)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (1, "accepted"));
}
