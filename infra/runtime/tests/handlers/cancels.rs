//! Cancellations: before, while and after the creation.

use crate::support::shapes::{cancel, order, taken};
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_runtime::ledger::{State, WaitReason};
use crossdock_runtime::port::Queue;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Where the two operations of an order stand, by name.
fn states(world: &World) -> Vec<(String, &'static str)> {
    world.entries("SO-1").into_iter().map(|entry| (entry.operation.clone(), entry.state.name())).collect()
}

#[tokio::test]
async fn a_cancel_after_the_creation_is_sent_with_what_the_creation_learned() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.wire.on("DELETE", "/shipments/00SO-1", [status(204)]);
    world.enqueue(&cancel("SO-1"));
    world.settle().await;
    assert_eq!(world.wire.count("DELETE", "/shipments/00SO-1"), 1);
    assert_eq!(world.told("/orders/SO-1/result").len(), 2, "both operations have a result");
    assert!(world.parcel("SO-1").asked_cancel, "events know that it was asked for");
}

#[tokio::test]
async fn a_cancel_before_its_order_stops_it() {
    let world = World::new().await;
    world.enqueue(&cancel("SO-1"));
    world.settle().await;
    world.enqueue(&order("SO-1"));
    world.pass(Duration::from_secs(30)).await;
    assert_eq!(states(&world), [("cancel_shipment".into(), "accepted"), ("create_shipment".into(), "refused")]);
    assert_eq!((world.wire.count("POST", "/shipments"), world.wire.count("DELETE", "/shipments")), (0, 0));
    let results = world.told("/orders/SO-1/result");
    assert_eq!(results.len(), 2);
    assert_eq!((&results[1]["outcome"], &results[1]["code"]), (&json!("refused"), &json!("cancelled")));
}

#[tokio::test]
async fn a_cancel_while_its_order_is_under_way_waits_for_it() {
    let world = World::new().await;
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    world.enqueue(&order("SO-1"));
    let message = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let worker = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    world.wire.on("DELETE", "/shipments/00SO-1", [status(204)]);
    world.enqueue(&cancel("SO-1"));
    world.work(Queue::Orders).await;
    let waiting = world.entries("SO-1").into_iter().find(|entry| entry.operation == "cancel_shipment").expect("a cancel");
    assert!(matches!(waiting.state, State::Waiting { why: WaitReason::Creation, .. }), "{:?}", waiting.state);
    held.let_go();
    worker.await.expect("no panic").expect("the store is at hand");
    world.pass(Duration::from_secs(30)).await;
    assert_eq!(states(&world), [("cancel_shipment".into(), "accepted"), ("create_shipment".into(), "accepted")]);
    assert_eq!(world.wire.count("DELETE", "/shipments/00SO-1"), 1);
}

#[tokio::test]
async fn a_cancel_of_an_order_that_waits_unsent_waits_too() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [Reply::NotConnected("connection refused".into()), taken("SO-1")]);
    world.wire.on("DELETE", "/shipments/00SO-1", [status(204)]);
    world.enqueue(&order("SO-1"));
    world.work(Queue::Orders).await;
    world.enqueue(&cancel("SO-1"));
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(states(&world), [("cancel_shipment".into(), "accepted"), ("create_shipment".into(), "accepted")]);
}

#[tokio::test]
async fn a_cancel_of_a_refused_order_has_nothing_to_cancel() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [json_reply(400, json!({"errors": [{"code": "ZIP"}]}))]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    world.enqueue(&cancel("SO-1"));
    world.settle().await;
    assert_eq!(states(&world), [("cancel_shipment".into(), "refused"), ("create_shipment".into(), "refused")]);
    assert_eq!(world.told("/orders/SO-1/result")[1]["code"], "not_created");
}

#[tokio::test]
async fn a_create_that_races_its_cancel_ends_with_both_told_and_nothing_left() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.wire.on("DELETE", "/shipments/00SO-1", [status(204)]);
    world.enqueue(&order("SO-1"));
    world.enqueue(&cancel("SO-1"));
    let messages = world.receive(Queue::Orders).await;
    let (first, second) = tokio::join!(world.desk.dispatch(&messages[0]), world.desk.dispatch(&messages[1]));
    assert!(first.is_ok() || second.is_ok());
    world.store.lose_receivers();
    world.pass(Duration::from_secs(120)).await;
    let created = world.wire.count("POST", "/shipments");
    assert_eq!(world.wire.count("DELETE", "/shipments"), created, "what was created was cancelled");
    assert_eq!(world.told("/orders/SO-1/result").len(), 2, "{:?}", states(&world));
}
