//! A carrier that is down: what one process finds out all know, and one order of all of them probes whether it is back.

use crate::support::shapes::{order, taken};
use crate::support::{Held, Memory, World};
use crossdock_engine::carrier::Reply;
use crossdock_runtime::handler::{Desk, Handled, Trouble};
use crossdock_runtime::port::{Message, Queue};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const BREAKER: &str = "breaker/swiftpost";

fn down() -> Reply {
    Reply::NotConnected("nobody answers".into())
}

/// The message of a new order.
async fn message(world: &World, id: &str) -> Message {
    world.enqueue(&order(id));
    let named = |message: &Message| String::from_utf8_lossy(&message.body).contains(&format!("\"{id}\""));
    world.receive(Queue::Orders).await.into_iter().find(named).expect("the order's message")
}

async fn dispatch(world: &World, desk: &Desk<Memory>, id: &str) -> Handled {
    let message = message(world, id).await;
    desk.dispatch(&message).await.expect("the store is at hand")
}

fn calls(world: &World) -> usize {
    world.wire.count("POST", "/shipments")
}

/// Two processes; one of them has found the carrier down, and the other knows.
async fn broken_down() -> (World, Arc<Desk<Memory>>) {
    let world = World::new().await;
    let other = world.another().await;
    world.wire.on("POST", "/shipments", [down()]);
    for n in 0..5 {
        assert_eq!(dispatch(&world, &world.desk, &format!("DOWN-{n}")).await, Handled::Later);
    }
    assert_eq!((calls(&world), world.store.items(BREAKER).len()), (5, 1));
    other.look_at_breakers().await.expect("the store is at hand");
    (world, other)
}

#[tokio::test]
async fn a_process_that_has_called_nobody_knows_that_the_carrier_is_down() {
    let (world, other) = broken_down().await;
    assert_eq!(dispatch(&world, &other, "SO-1").await, Handled::Later);
    assert_eq!(calls(&world), 5);
}

/// The pause is over, and an order of the first process is at the carrier's.
async fn probe(world: &World) -> (Held, JoinHandle<Result<Handled, Trouble>>) {
    world.clock.advance(Duration::from_secs(1));
    let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
    let message = message(world, "SO-1").await;
    let desk = Arc::clone(&world.desk);
    let probing = tokio::spawn(async move { desk.dispatch(&message).await });
    held.arrived().await;
    (held, probing)
}

#[tokio::test]
async fn one_order_of_all_probes_and_all_go_on_when_the_carrier_is_back() {
    let (world, other) = broken_down().await;
    let (held, probing) = probe(&world).await;
    assert_eq!(dispatch(&world, &other, "SO-2").await, Handled::Later);
    assert_eq!(calls(&world), 6, "no second probe beside the first one");
    held.let_go();
    assert_eq!(probing.await.expect("no panic"), Ok(Handled::Done));
    assert!(world.store.items(BREAKER).is_empty());
    world.wire.on("POST", "/shipments", [taken("SO-3")]);
    other.look_at_breakers().await.expect("the store is at hand");
    assert_eq!(dispatch(&world, &other, "SO-3").await, Handled::Done);
}

#[tokio::test]
async fn a_probe_in_vain_has_all_wait_for_longer() {
    let (world, other) = broken_down().await;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(dispatch(&world, &world.desk, "SO-1").await, Handled::Later);
    assert_eq!(calls(&world), 6);
    // More than the first pause, less than the second.
    world.clock.advance(Duration::from_millis(1_100));
    assert_eq!(dispatch(&world, &other, "SO-2").await, Handled::Later);
    assert_eq!(calls(&world), 6);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(dispatch(&world, &other, "SO-3").await, Handled::Later);
    assert_eq!(calls(&world), 7, "the other one's turn to probe");
}

#[tokio::test]
async fn a_process_that_dies_while_it_probes_keeps_the_others_waiting_for_a_while_only() {
    let (world, other) = broken_down().await;
    let (_held, probing) = probe(&world).await;
    probing.abort();
    assert_eq!(dispatch(&world, &other, "SO-2").await, Handled::Later);
    world.clock.advance(Duration::from_secs(16));
    world.wire.on("POST", "/shipments", [taken("SO-3")]);
    assert_eq!(dispatch(&world, &other, "SO-3").await, Handled::Done);
    assert!(world.store.items(BREAKER).is_empty());
}

#[tokio::test]
async fn a_process_that_starts_anew_knows_it_too() {
    let (world, _other) = broken_down().await;
    let anew = world.another().await;
    anew.look_at_breakers().await.expect("the store is at hand");
    assert_eq!(dispatch(&world, &anew, "SO-1").await, Handled::Later);
    assert_eq!(calls(&world), 5);
}
