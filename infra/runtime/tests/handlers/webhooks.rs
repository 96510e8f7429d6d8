//! Deliveries: verified and durable before they are answered; what fails verification is kept for a while.

use crate::support::World;
use crate::support::shapes::{delivery, event};
use crossdock_engine::carrier::Delivery;
use crossdock_engine::model::Update;
use crossdock_runtime::handler::{Address, Quarantined, Settings, keys};
use crossdock_runtime::port::{CommitError, ExchangeKind, Queue};
use std::time::Duration;

const AT: Address<'static> = Address { carrier: "swiftpost", account: "default", webhook: "tracking" };

fn forged(code: &str) -> Delivery {
    let mut delivery = delivery(&[event("SO-1", code, 8)]);
    delivery.headers[1].1 = "a guess".into();
    delivery
}

fn quarantined(world: &World) -> Vec<Quarantined> {
    world.store.items(keys::QUARANTINE).iter().map(|item| serde_json::from_slice(&item.body).expect("kept")).collect()
}

#[tokio::test]
async fn a_verified_delivery_is_kept_raw_before_it_is_answered() {
    let world = World::new().await;
    let delivery = delivery(&[event("SO-1", "PU", 8)]);
    assert_eq!(world.deliver(delivery.clone()).await.status, 200);
    let update: Update = serde_json::from_slice(&world.store.queued(Queue::Updates)[0]).expect("an update");
    assert_eq!(update.body.bytes().expect("bytes"), delivery.body);
    assert_eq!((update.verified_by.as_str(), update.received_at.as_str()), ("header", "2023-11-14T22:13:20Z"));
    let names: Vec<&str> = update.headers.iter().map(|header| header.name.as_str()).collect();
    assert!(!names.contains(&"X-Other"), "only headers that the file reads are kept: {names:?}");
    assert_eq!(world.store.journal()[0].kind, ExchangeKind::Delivery);
}

#[tokio::test]
async fn the_same_delivery_has_the_same_name() {
    let world = World::new().await;
    for _ in 0..2 {
        world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    }
    let ids: Vec<String> = world
        .store
        .queued(Queue::Updates)
        .iter()
        .map(|body| serde_json::from_slice::<Update>(body).expect("an update").id)
        .collect();
    assert!(ids.len() == 2 && ids[0] == ids[1]);
}

#[tokio::test]
async fn nothing_is_answered_well_that_is_not_durable() {
    let world = World::new().await;
    world.store.breaks_after(0, CommitError::Failed("disk full".into()));
    assert_eq!(world.deliver(delivery(&[])).await.status, 503);
    world.store.breaks_after(0, CommitError::Busy);
    assert_eq!(world.deliver(delivery(&[])).await.status, 429);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_not_found() {
    let world = World::new().await;
    for at in [Address { carrier: "nobody", ..AT }, Address { webhook: "other", ..AT }] {
        assert_eq!(world.desk.receive(at, delivery(&[])).await.status, 404);
    }
}

#[tokio::test]
async fn a_forged_delivery_is_refused_and_kept_bounded() {
    let world = World::with(true, Settings { quarantine: 3, ..Settings::default() }).await;
    for code in ["A", "B", "C", "D", "E"] {
        assert_eq!(world.deliver(forged(code)).await.status, 401);
    }
    let kept = quarantined(&world);
    let bodies: Vec<String> =
        kept.iter().map(|kept| String::from_utf8_lossy(&kept.body.bytes().expect("bytes")).into_owned()).collect();
    assert!(bodies.len() == 3 && bodies[0].contains("\"C\"") && bodies[2].contains("\"E\""), "the newest stay: {bodies:?}");
    assert!(world.store.queued(Queue::Updates).is_empty());
}

#[tokio::test]
async fn quarantined_deliveries_are_verified_again_as_of_their_reception() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.edit("swiftpost/carrier.yaml", "name: x-key", "name: x-kei").await;
    assert_eq!(world.deliver(delivery(&[event("SO-1", "PU", 8)])).await.status, 401);
    world.deliver(forged("OFD")).await;
    world.clock.advance(Duration::from_secs(86_400));
    assert_eq!(world.desk.verify_again(AT).await, Ok((0, 2)), "nothing was mended");
    world.edit("swiftpost/carrier.yaml", "name: x-kei", "name: x-key").await;
    // Developers were told meanwhile, which touches what is kept.
    world.desk.notify().await.expect("a turn");
    assert_eq!(world.desk.verify_again(AT).await, Ok((1, 1)));
    let update: Update = serde_json::from_slice(&world.store.queued(Queue::Updates)[0]).expect("an update");
    assert_eq!(update.received_at.as_str(), "2023-11-14T22:13:20Z");
    world.settle().await;
    assert_eq!((world.told("/orders/SO-1/updates").len(), quarantined(&world).len()), (1, 1));
}
