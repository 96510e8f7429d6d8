//! What was parked, tried again after the mend.

use crate::support::shapes::{delivery, event, order, taken};
use crate::support::{World, json_reply};
use crossdock_runtime::handler::keys;
use crossdock_runtime::ledger::{Input, transition};
use crossdock_runtime::port::{Batch, Expect, Outgoing, Put, Queue, Store};
use serde_json::json;
use std::time::Duration;

/// Redrives a parked order, as the command does: its letter goes, its entry is opened, its message is sent.
async fn redrive_order(world: &World, id: &str) {
    let entry = world.entry(id).await;
    let item = world.store.items(&keys::entries_of(id)).remove(0);
    let now = i64::try_from(crossdock_runtime::clock::Clock::now(&*world.clock).as_millis()).expect("a time");
    let opened = transition(&entry, Input::Redrive, now).expect("it can be redriven");
    let body = serde_json::to_vec(&opened).expect("JSON");
    let batch = Batch {
        puts: vec![
            Put::new(item.key, Expect::Version(item.version), body).due(opened.due()),
            Put::delete(world.letter().key(), Expect::Anything),
        ],
        sends: vec![message(Queue::Orders, json!({"order_key": entry.key}).to_string().into_bytes())],
        ..Batch::default()
    };
    world.store.commit(batch).await.expect("the store is at hand");
}

/// Redrives a parked message, as the command does.
async fn redrive_message(world: &World) {
    let letter = world.letter();
    let body = letter.body.as_ref().expect("the message").bytes().expect("bytes");
    let puts = vec![Put::delete(letter.key(), Expect::Anything)];
    let batch = Batch { puts, sends: vec![message(letter.queue, body)], ..Batch::default() };
    world.store.commit(batch).await.expect("the store is at hand");
}

fn message(queue: Queue, body: Vec<u8>) -> Outgoing {
    Outgoing { queue, group: "swiftpost".into(), body, delay: Duration::ZERO, sent_at: None }
}

#[tokio::test]
async fn a_reply_that_nobody_could_read_is_read_after_the_mend_and_nobody_is_called() {
    let world = World::new().await;
    let body = json!({"newNo": 7, "parcels": [{"ref": "SO-1-1", "no": "00SO-1"}]});
    world.wire.on("POST", "/shipments", [json_reply(201, body)]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.letter().reason, "unreadable");
    world.edit("swiftpost/carrier.yaml", "has: $.shipmentNo", "has: [$.shipmentNo, $.newNo]").await;
    redrive_order(&world, "SO-1").await;
    world.settle().await;
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
    assert_eq!(world.told("/orders/SO-1/result")[0]["tracking"], json!(["00SO-1"]));
    assert!(world.letters().is_empty());
}

#[tokio::test]
async fn an_order_that_could_not_be_rendered_is_sent_after_the_mend() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    let mut order = order("SO-1");
    order["shipment"]["recipient"]["address"]["postal_code"] = serde_json::Value::Null;
    world.enqueue(&order);
    world.settle().await;
    assert_eq!(world.letter().reason, "mapping");
    world.edit("swiftpost/carrier.yaml", "zip!:", "zip:").await;
    redrive_order(&world, "SO-1").await;
    world.settle().await;
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
}

#[tokio::test]
async fn an_order_without_a_carrier_finds_it_once_it_exists() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    let mut order = order("SO-1");
    order["carrier"] = "slowpost".into();
    world.enqueue(&order);
    world.settle().await;
    let text = world.files.text("swiftpost/carrier.yaml").replace("id: swiftpost", "id: slowpost");
    world.files.write("slowpost/carrier.yaml", text);
    world.reload().await;
    redrive_order(&world, "SO-1").await;
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "accepted");
}

#[tokio::test]
async fn an_ambiguous_order_is_not_redriven() {
    let world = World::new().await;
    world
        .edit("swiftpost/carrier.yaml", "    reconcile: {operation: find_shipment, authoritative: true, settle: 2m}\n", "")
        .await;
    world.wire.on("POST", "/shipments", [crossdock_engine::carrier::Reply::Broken("time ran out".into())]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert!(transition(&world.entry("SO-1").await, Input::Redrive, 0).is_err());
}

#[tokio::test]
async fn an_unmapped_event_is_told_after_the_mend() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "NEW", 8)])).await;
    world.settle().await;
    assert_eq!(world.letter().reason, "unmapped");
    world.edit("swiftpost/carrier.yaml", "PU: picked_up", "PU: picked_up\n      NEW: out_for_delivery").await;
    redrive_message(&world).await;
    world.settle().await;
    assert!(world.letters().is_empty());
    assert_eq!(world.told("/orders/SO-1/updates"), [json!({"status": "out_for_delivery", "sequence": 1})]);
}

#[tokio::test]
async fn an_event_that_was_read_as_unknown_is_told_after_the_mend() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "??", 8)])).await;
    world.settle().await;
    let letter = world.letter();
    assert!(letter.reason == "unmapped" && letter.cause.contains("`??`"), "{letter:?}");
    assert!(world.told("/orders/SO-1/updates").is_empty(), "status `unknown` is nobody's news");
    world.edit("swiftpost/carrier.yaml", "\"??\": unknown", "\"??\": delivered").await;
    redrive_message(&world).await;
    world.settle().await;
    assert_eq!(world.told("/orders/SO-1/updates")[0]["status"], "delivered");
}
