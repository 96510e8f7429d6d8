//! Silence is a fault too.

use crate::support::World;
use crate::support::shapes::{delivery, event};
use crossdock_runtime::port::Mail;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// A carrier that only calls, and is silent when it does not.
async fn world() -> World {
    let world = World::new().await;
    world.edit("swiftpost/carrier.yaml", "  poll: {every: 1h, give_up: 30d}\n", "").await;
    world
}

async fn turn(world: &World) -> Vec<Mail> {
    world.desk.poll().await.expect("a turn");
    world.settle().await;
    world.desk.poll().await.expect("a turn");
    world.mailer.take()
}

#[tokio::test]
async fn a_parcel_that_nobody_has_heard_of_is_told_once_until_it_is_heard_of() {
    let world = world().await;
    world.accepted("SO-1").await;
    world.clock.advance(4 * DAY);
    assert!(turn(&world).await.is_empty());
    world.clock.advance(DAY);
    let mails = turn(&world).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "SwiftPost: parcel SO-1-1 (00SO-1) of order SO-1 has not been heard of for too long");
    assert!(mails[0].text.contains("Since:            2023-11-14 22:13 UTC"), "{}", mails[0].text);
    world.clock.advance(10 * DAY);
    assert!(turn(&world).await.is_empty(), "once");
    world.deliver(delivery(&[event("SO-1", "IT", 23)])).await;
    world.settle().await;
    world.clock.advance(5 * DAY);
    let mails = turn(&world).await;
    assert!(mails.len() == 1 && mails[0].text.contains("it is on its way"), "a second silence is told anew: {mails:?}");
}

#[tokio::test]
async fn a_parcel_that_has_ended_is_not_silent() {
    let world = world().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "DL", 23)])).await;
    world.settle().await;
    world.clock.advance(20 * DAY);
    assert!(turn(&world).await.is_empty());
}

#[tokio::test]
async fn a_carrier_that_stops_calling_is_told_once_until_it_calls() {
    let world = world().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "PU", 22)])).await;
    world.settle().await;
    world.clock.advance(5 * HOUR);
    turn(&world).await;
    assert!(world.notifier.take().is_empty());
    world.clock.advance(2 * HOUR);
    turn(&world).await;
    let notices = world.notifier.take();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].title, "swiftpost has stopped calling");
    assert!(notices[0].text.contains("came at 2023-11-14 22:13 UTC"), "{}", notices[0].text);
    world.clock.advance(5 * HOUR);
    turn(&world).await;
    assert!(world.notifier.take().is_empty(), "once");
    world.deliver(delivery(&[event("SO-1", "IT", 23)])).await;
    world.settle().await;
    world.clock.advance(7 * HOUR);
    turn(&world).await;
    assert_eq!(world.notifier.take().len(), 1, "it had called, and has stopped again");
}

#[tokio::test]
async fn a_carrier_without_open_parcels_may_be_silent() {
    let world = world().await;
    world.accepted("SO-1").await;
    world.deliver(delivery(&[event("SO-1", "DL", 22)])).await;
    world.settle().await;
    world.clock.advance(2 * DAY);
    turn(&world).await;
    assert!(world.notifier.take().is_empty());
    world.accepted("SO-2").await;
    turn(&world).await;
    assert!(world.notifier.take().is_empty(), "a new parcel has had nothing to tell");
    world.clock.advance(7 * HOUR);
    turn(&world).await;
    assert_eq!(world.notifier.take().len(), 1);
}

#[tokio::test]
async fn a_notice_that_could_not_be_given_is_given_next_time() {
    let world = world().await;
    world.accepted("SO-1").await;
    world.clock.advance(7 * HOUR);
    world.notifier.fails(true);
    turn(&world).await;
    world.notifier.fails(false);
    turn(&world).await;
    assert!(world.notifier.take()[0].text.starts_with("It has never called."));
}
