//! Events: what they move, and what follows.

use crate::support::World;
use crate::support::shapes::{delivery, event, number};
use crossdock_engine::model::Status;
use crossdock_runtime::handler::{EventRecord, Handled, Settings, keys};
use crossdock_runtime::port::Queue;
use serde_json::{Value, json};
use std::time::Duration;

/// Delivers one event and works until all is still.
async fn tell(world: &World, code: &str, hour: u32) {
    assert_eq!(world.deliver(delivery(&[event("SO-1", code, hour)])).await.status, 200);
    world.settle().await;
}

/// Status and sequence of each update that the shop has had.
fn updates(world: &World) -> Vec<(String, u64)> {
    let read =
        |update: &Value| (update["status"].as_str().expect("a status").to_owned(), update["sequence"].as_u64().expect("one"));
    world.told("/orders/SO-1/updates").iter().map(read).collect()
}

fn records(world: &World) -> Vec<EventRecord> {
    let items = world.store.items(&keys::events_of(&keys::parcel("swiftpost", "default", &number("SO-1"))));
    items.iter().map(|item| serde_json::from_slice(&item.body).expect("a record")).collect()
}

#[tokio::test]
async fn events_move_their_parcel_and_the_shop_is_told_in_order() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    tell(&world, "PU", 8).await;
    tell(&world, "OFD", 10).await;
    tell(&world, "DL", 11).await;
    let told = [("picked_up", 1), ("out_for_delivery", 2), ("delivered", 3)];
    assert_eq!(updates(&world), told.map(|(status, sequence)| (status.to_owned(), sequence)));
    assert_eq!(world.parcel("SO-1").stands().expect("a state").0, Status::Delivered);
}

#[tokio::test]
async fn an_event_that_comes_late_is_kept_and_changes_nothing() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    tell(&world, "OFD", 10).await;
    tell(&world, "IT", 9).await;
    assert_eq!(updates(&world).len(), 1);
    assert_eq!(records(&world).iter().filter(|record| record.stale).count(), 1);
    assert_eq!(world.parcel("SO-1").stands().expect("a state").0, Status::OutForDelivery);
}

#[tokio::test]
async fn the_same_event_again_is_known_whatever_message_brings_it() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    tell(&world, "PU", 8).await;
    world.deliver(delivery(&[event("SO-1", "PU", 8), event("SO-1", "OFD", 10)])).await;
    world.settle().await;
    assert_eq!((updates(&world).len(), records(&world).len()), (2, 2));
}

#[tokio::test]
async fn a_redelivery_emits_what_was_not_emitted() {
    let world = World::with(false, Settings::default()).await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    let message = world.message(Queue::Updates).await;
    world.handle(&message).await.expect("taken");
    let first = world.actions();
    assert_eq!(records(&world)[0].pending.len(), 1, "a store that is not atomic keeps what is to be emitted");
    world.store.lose_messages(Queue::Actions);
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    world.work(Queue::Updates).await;
    assert_eq!(world.actions(), first, "the same action under the same name");
    assert!(records(&world)[0].pending.is_empty());
}

#[tokio::test]
async fn an_event_that_overtakes_its_order_waits_for_it() {
    let world = World::new().await;
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    assert_eq!(world.work(Queue::Updates).await, [Handled::Later]);
    world.accepted("SO-1").await;
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(updates(&world), [("picked_up".to_owned(), 1)]);
    assert!(world.letters().is_empty());
}

#[tokio::test]
async fn an_event_of_nobodys_parcel_is_parked_in_the_end() {
    let world = World::new().await;
    world.deliver(delivery(&[event("SO-9", "PU", 8)])).await;
    world.pass(Duration::from_secs(3000)).await;
    assert!(world.letters().is_empty(), "not before its time");
    world.pass(Duration::from_secs(1200)).await;
    let letter = world.letter();
    assert_eq!((letter.reason.as_str(), letter.carrier.as_str()), ("uncorrelated", "swiftpost"));
    assert!(letter.body.is_some() && world.store.queued(Queue::Updates).is_empty());
}

#[tokio::test]
async fn one_unmapped_event_parks_itself_and_not_its_delivery() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "NEW", 7), event("SO-1", "PU", 8)])).await;
    world.settle().await;
    assert_eq!(updates(&world), [("picked_up".to_owned(), 1)]);
    let letter = world.letter();
    assert!(letter.reason == "unmapped" && letter.cause.contains("`NEW`"), "{letter:?}");
    assert!(letter.cause.starts_with("swiftpost/carrier.yaml:"), "the place to mend: {}", letter.cause);
}

#[tokio::test]
async fn an_unmapped_event_of_a_delivery_that_waits_is_parked_once() {
    let world = World::new().await;
    world.deliver(delivery(&[event("SO-1", "NEW", 7), event("SO-1", "PU", 8)])).await;
    world.work(Queue::Updates).await;
    let parked_at = world.letter().at;
    world.pass(Duration::from_secs(300)).await;
    assert_eq!(world.letter().at, parked_at);
}

#[tokio::test]
async fn a_delivery_that_cannot_be_read_is_parked_whole() {
    let world = World::new().await;
    let mut broken = delivery(&[]);
    broken.body = b"{\"events\": [".to_vec();
    assert_eq!(world.deliver(broken).await.status, 200, "the sender has done its part");
    world.settle().await;
    assert_eq!(world.letter().reason, "unreadable");
}

#[tokio::test]
async fn events_of_a_carrier_whose_file_is_gone_are_parked() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    world.files.remove("swiftpost/carrier.yaml");
    world.reload().await;
    world.settle().await;
    assert_eq!(world.letter().reason, "misconfigured");
}

#[tokio::test]
async fn the_second_failed_attempt_is_a_problem() {
    let world = World::new().await;
    world
        .edit(
            "swiftpost/carrier.yaml",
            "DL: delivered",
            "DL: delivered\n      NH: {status: delivery_attempted, reason: not_home}",
        )
        .await;
    world.accepted("SO-1").await;
    tell(&world, "NH", 8).await;
    world.desk.poll().await.expect("a turn");
    assert!(world.mailer.take().is_empty());
    tell(&world, "NH", 12).await;
    world.desk.poll().await.expect("a turn");
    assert_eq!(world.mailer.take().len(), 1);
    assert_eq!(updates(&world).len(), 2);
}

#[tokio::test]
async fn two_workers_with_two_events_of_one_parcel_lose_none() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    world.deliver(delivery(&[event("SO-1", "OFD", 9)])).await;
    let messages = world.receive(Queue::Updates).await;
    let other = world.another().await;
    let (first, second) = tokio::join!(world.desk.translate(&messages[0]), other.translate(&messages[1]));
    assert_eq!((first, second), (Ok(Handled::Done), Ok(Handled::Done)));
    assert_eq!((world.parcel("SO-1").sequence, records(&world).len()), (2, 2));
    let mut sequences: Vec<u64> = records(&world).iter().map(|record| record.event.sequence).collect();
    sequences.sort_unstable();
    assert_eq!(json!(sequences), json!([1, 2]));
}

#[tokio::test]
async fn a_json_document_that_is_labelled_as_a_form_is_read_as_what_it_is() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    let mut labelled = delivery(&[event("SO-1", "PU", 8)]);
    labelled.headers[0].1 = "application/x-www-form-urlencoded".into();
    assert_eq!(world.deliver(labelled).await.status, 200);
    world.settle().await;
    assert_eq!(updates(&world), [("picked_up".to_owned(), 1)]);
}
