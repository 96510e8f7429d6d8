//! What was parked, tried again after the mend.

use crate::support::shapes::{delivery, event, order, taken};
use crate::support::{World, json_reply, status};
use crossdock_runtime::handler::Settings;
use crossdock_runtime::handler::dead::DeadLetter;
use crossdock_runtime::handler::operate::Filter;
use crossdock_runtime::port::Queue;
use serde_json::json;

/// Redrives everything that is parked: how much of it goes on.
async fn redrive(world: &World) -> usize {
    let told = world.desk.office().redrive(&Filter::default(), |_| {}).await.expect("the store is at hand");
    told.redriven
}

#[tokio::test]
async fn a_reply_that_nobody_could_read_is_read_after_the_mend_and_nobody_is_called() {
    let world = World::new().await;
    let body = json!({"newNo": 7, "parcels": [{"ref": "SO-1-1", "no": "00SO-1"}]});
    world.wire.on("POST", "/shipments", [json_reply(201, body)]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.letter().reason, "unreadable");
    world.edit("swiftpost/carrier.yaml", "has: $.shipmentNo", "has: \"$['shipmentNo','newNo']\"").await;
    assert_eq!(redrive(&world).await, 1);
    // Another process takes it, which has no token: nobody is called, not even to sign in.
    let other = world.another().await;
    other.dispatch(&world.message(Queue::Orders).await).await.expect("the store is at hand");
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
    assert_eq!(world.wire.count("POST", "/oauth/token"), 1);
    world.settle().await;
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
    assert_eq!(redrive(&world).await, 1);
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
    assert_eq!(redrive(&world).await, 1);
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
    assert_eq!((redrive(&world).await, world.letter().reason.as_str()), (0, "ambiguous"));
}

#[tokio::test]
async fn an_unmapped_event_is_told_after_the_mend() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "NEW", 8)])).await;
    world.settle().await;
    assert_eq!(world.letter().reason, "unmapped");
    world.edit("swiftpost/carrier.yaml", "PU: picked_up", "PU: picked_up\n      NEW: out_for_delivery").await;
    assert_eq!(redrive(&world).await, 1);
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
    assert_eq!(redrive(&world).await, 1);
    world.settle().await;
    assert_eq!(world.told("/orders/SO-1/updates")[0]["status"], "delivered");
}

#[tokio::test]
async fn what_is_redriven_right_after_the_mend_is_handled_with_the_mended_file() {
    for atomic in [true, false] {
        let world = World::with(atomic, Settings::default()).await;
        world.accepted("SO-0").await;
        world.wire.on(
            "POST",
            "/shipments",
            [json_reply(201, json!({"newNo": 7, "parcels": [{"ref": "SO-1-1", "no": "00SO-1"}]}))],
        );
        world.enqueue(&order("SO-1"));
        world.deliver(delivery(&[event("SO-0", "NEW", 8)])).await;
        world.settle().await;
        let reasons: Vec<String> = world.letters().into_iter().map(|letter| letter.reason).collect();
        assert_eq!(reasons, ["unreadable", "unmapped"]);
        // The workers look at the files every now and then: they have not yet.
        world.write("swiftpost/carrier.yaml", "has: $.shipmentNo", "has: $.newNo");
        world.write("swiftpost/carrier.yaml", "PU: picked_up", "PU: picked_up\n      NEW: delivered");
        let tool = world.another().await;
        assert_eq!(tool.office().redrive(&Filter::default(), |_| {}).await.expect("redriven").redriven, 2);
        world.settle().await;
        assert_eq!((world.letters(), world.state("SO-1").await), (vec![], "accepted"));
        assert_eq!(world.told("/orders/SO-0/updates")[0]["status"], "delivered");
    }
}

#[tokio::test]
async fn a_redrive_looks_at_the_files_first() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    let mut order = order("SO-1");
    order["shipment"]["recipient"]["address"]["postal_code"] = serde_json::Value::Null;
    world.enqueue(&order);
    world.settle().await;
    world.write("swiftpost/carrier.yaml", "zip!:", "zip:");
    assert_eq!(redrive(&world).await, 1);
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "accepted");
}

#[tokio::test]
async fn a_letter_says_how_often_it_was_redriven_in_vain() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [json_reply(201, json!({"newNo": 7}))]);
    world.enqueue(&order("SO-1"));
    let mut broken = delivery(&[]);
    broken.body = b"{\"events\": [".to_vec();
    world.deliver(broken).await;
    world.store.produce(Queue::Orders, "swiftpost", b"{}".to_vec());
    world.wire.on("POST", "shop.example", [status(403)]);
    world.enqueue_action(&json!({"action_id": "a-1", "order_id": "SO-9", "order_result": {"outcome": "accepted"}}));
    world.settle().await;
    let names = |letters: Vec<DeadLetter>| letters.into_iter().map(|letter| letter.id).collect::<Vec<_>>();
    let first = names(world.letters());
    assert_eq!(first.len(), 4);
    for times in 1..3 {
        assert_eq!(redrive(&world).await, 4);
        world.settle().await;
        assert_eq!(world.letters().iter().map(|letter| letter.redrives).collect::<Vec<_>>(), [times; 4]);
        assert_eq!(names(world.letters()), first, "each is the same letter");
    }
    assert_eq!(world.wire.count("POST", "/shipments"), 1);
}
