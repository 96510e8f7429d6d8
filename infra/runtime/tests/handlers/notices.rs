//! Notices: what is newly broken, once, with the command that mends it.

use crate::support::shapes::{delivery, event, order};
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_runtime::handler::keys;
use crossdock_runtime::port::{Notice, Store};
use serde_json::{Value, json};
use std::time::Duration;

/// Parks orders with the reason `mapping`.
async fn park(world: &World, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let mut order = order(&format!("SO-{number}"));
        order["shipment"]["recipient"]["address"]["postal_code"] = Value::Null;
        world.enqueue(&order);
    }
    world.settle().await;
}

async fn notices(world: &World) -> Vec<Notice> {
    world.desk.notify().await.expect("a turn");
    world.notifier.take()
}

#[tokio::test]
async fn what_is_new_is_told_with_its_count_cause_and_remedy() {
    let world = World::new().await;
    park(&world, 0..3).await;
    let notice = notices(&world).await.remove(0);
    assert_eq!(notice.title, "swiftpost, orders: 3 parked (mapping)");
    assert!(notice.text.contains("3 new since 2023-11-14 22:13 UTC, 3 waiting in all"), "{}", notice.text);
    assert!(notice.text.contains("first: swiftpost/carrier.yaml:") && notice.text.contains("(order SO-0)"), "{}", notice.text);
    assert!(notice.text.contains("crossdock dlq redrive --carrier swiftpost --reason mapping"), "{}", notice.text);
    assert!(!notice.text.contains("Zoë") && !notice.text.contains("Hauptstraße"));
    assert!(notices(&world).await.is_empty(), "nothing is told twice");
}

#[tokio::test]
async fn more_of_the_same_is_told_later_and_a_second_fault_at_once() {
    let world = World::new().await;
    park(&world, 0..3).await;
    notices(&world).await;
    park(&world, 3..5).await;
    assert!(notices(&world).await.is_empty(), "more of the same waits");
    world.wire.on("POST", "/shipments", [json_reply(200, json!({"what": "is this"}))]);
    world.enqueue(&order("SO-9"));
    world.settle().await;
    let second = notices(&world).await;
    assert!(second.len() == 1 && second[0].title == "swiftpost, orders: 1 parked (unreadable)", "{second:?}");
    world.clock.advance(Duration::from_secs(601));
    let more = notices(&world).await.remove(0);
    assert!(
        more.text.contains("[more of the same]") && more.text.contains("2 new") && more.text.contains("5 waiting"),
        "{}",
        more.text
    );
}

#[tokio::test]
async fn what_could_not_be_told_is_told_next_time() {
    let world = World::new().await;
    park(&world, 0..2).await;
    world.notifier.fails(true);
    assert_eq!(world.desk.notify().await, Ok(0));
    park(&world, 2..3).await;
    world.notifier.fails(false);
    assert_eq!(notices(&world).await[0].title, "swiftpost, orders: 3 parked (mapping)");
}

#[tokio::test]
async fn a_notifier_that_dies_tells_again_and_counts_nothing_twice() {
    let world = World::new().await;
    park(&world, 0..3).await;
    // The letters are counted; then the store is gone.
    world.store.breaks_after(1, crossdock_runtime::port::CommitError::Failed("disk full".into()));
    assert!(world.desk.notify().await.is_err());
    assert_eq!(world.notifier.take().len(), 1);
    world.store.mended();
    assert_eq!(notices(&world).await[0].title, "swiftpost, orders: 3 parked (mapping)", "at least once, with the right count");
}

#[tokio::test]
async fn a_flood_is_one_notice() {
    let world = World::new().await;
    park(&world, 0..700).await;
    let told = notices(&world).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].title, "swiftpost, orders: 700 parked (mapping)");
    let uncounted = world.store.due(keys::DEAD, i64::MAX, 1).await.expect("an index");
    assert!(uncounted.is_empty());
}

#[tokio::test]
async fn many_kinds_come_in_portions() {
    let world = World::new().await;
    for number in 0..13 {
        let mut order = order(&format!("SO-{number}"));
        order["carrier"] = format!("carrier-{number}").into();
        world.enqueue(&order);
    }
    world.settle().await;
    let (first, second) = (notices(&world).await, notices(&world).await);
    assert_eq!(
        (first[0].title.as_str(), second[0].title.as_str()),
        ("10 kinds of trouble, 10 of them new", "3 kinds of trouble, 3 of them new")
    );
}

#[tokio::test]
async fn an_ambiguous_order_is_for_a_person_to_settle() {
    let world = World::new().await;
    world
        .edit("swiftpost/carrier.yaml", "    reconcile: {operation: find_shipment, authoritative: true, settle: 2m}\n", "")
        .await;
    world.wire.on("POST", "/shipments", [Reply::Broken("time ran out".into())]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    let notice = notices(&world).await.remove(0);
    assert!(notice.text.contains("crossdock resolve SO-1 --accepted TRACKING | --resend | --refused"), "{}", notice.text);
    assert!(!notice.text.contains("redrive"), "{}", notice.text);
}

#[tokio::test]
async fn what_was_mended_before_it_was_told_is_not_told() {
    let world = World::new().await;
    park(&world, 0..1).await;
    world.notifier.fails(true);
    world.desk.notify().await.expect("a turn");
    world.notifier.fails(false);
    let delete = crossdock_runtime::port::Put::delete(world.letter().key(), crossdock_runtime::port::Expect::Anything);
    let batch = crossdock_runtime::port::Batch { puts: vec![delete], ..Default::default() };
    world.store.commit(batch).await.expect("the store is at hand");
    assert!(notices(&world).await.is_empty());
}

#[tokio::test]
async fn a_file_that_does_not_load_is_told_once_and_the_last_good_one_stays() {
    let world = World::new().await;
    world.breaks("swiftpost/carrier.yaml", "DL: delivered", "DL: delivred").await;
    let notice = notices(&world).await.remove(0);
    assert_eq!(notice.title, "swiftpost/carrier.yaml does not load; the last good one stays in force");
    assert!(notice.text.contains("swiftpost/carrier.yaml:") && notice.text.contains("delivred"), "{}", notice.text);
    assert!(notices(&world).await.is_empty());
    world.accepted("SO-1").await;
    world.breaks("swiftpost/carrier.yaml", "DL: delivred", "DL: dilivered").await;
    assert_eq!(notices(&world).await.len(), 1, "another mistake is news");
    world.edit("swiftpost/carrier.yaml", "DL: dilivered", "DL: delivered").await;
    assert!(notices(&world).await.is_empty());
    world.breaks("swiftpost/carrier.yaml", "DL: delivered", "DL: delivred").await;
    assert_eq!(notices(&world).await.len(), 1, "so is the same mistake after it was mended");
}

#[tokio::test]
async fn a_carrier_that_does_not_answer_is_told_once_for_each_breakdown() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [Reply::NotConnected("connection refused".into())]);
    for number in 0..6 {
        world.enqueue(&order(&format!("SO-{number}")));
    }
    let mut told = Vec::new();
    for _ in 0..60 {
        world.pass(Duration::from_secs(60)).await;
        told.extend(notices(&world).await);
    }
    let titles: Vec<&str> = told.iter().map(|notice| notice.title.as_str()).collect();
    assert_eq!(titles, ["swiftpost does not answer"]);
}

#[tokio::test]
async fn deliveries_that_could_not_be_verified_are_told() {
    let world = World::new().await;
    let mut forged = delivery(&[event("SO-1", "PU", 8)]);
    forged.headers[1].1 = "a guess".into();
    for _ in 0..4 {
        world.deliver(forged.clone()).await;
    }
    let notice = notices(&world).await.remove(0);
    assert_eq!(notice.title, "swiftpost: 4 deliveries to `tracking` could not be verified");
    assert!(notice.text.contains("crossdock quarantine retry swiftpost"), "{}", notice.text);
    assert!(notice.text.contains("4 waiting in all") && !notice.text.contains("a guess"), "{}", notice.text);
    assert!(notices(&world).await.is_empty());
}

#[tokio::test]
async fn what_is_parked_of_all_queues_is_told_in_one_notice() {
    let world = World::new().await;
    park(&world, 0..1).await;
    world.accepted("SO-7").await;
    world.deliver(delivery(&[event("SO-7", "NEW", 8)])).await;
    world.wire.on("POST", "shop.example", [status(403)]);
    world.deliver(delivery(&[event("SO-7", "PU", 8)])).await;
    world.settle().await;
    let notice = notices(&world).await.remove(0);
    assert_eq!(notice.title, "3 kinds of trouble, 3 of them new");
    for part in [
        "swiftpost, orders: 1 parked (mapping)",
        "swiftpost, updates: 1 parked (unmapped)",
        "shop, actions: 1 parked (misconfigured)",
    ] {
        assert!(notice.text.contains(part), "{part} in {}", notice.text);
    }
}

#[tokio::test]
async fn another_order_under_a_known_name_is_told_with_how_to_get_rid_of_it() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    let mut other = order("SO-1");
    other["shipment"]["service"] = "express".into();
    world.enqueue(&other);
    world.settle().await;
    let notice = notices(&world).await.remove(0);
    let discard = format!("then: crossdock dlq discard {}", world.letter().id);
    assert!(notice.text.contains("a new `operation_id`") && notice.text.contains(&discard), "{}", notice.text);
    assert!(!notice.text.contains("redrive"), "redriven, it would be parked again: {}", notice.text);
}
