//! A carrier that grants one session: all processes share its token, and one at a time fetches it.

use crate::support::shapes::{order, taken};
use crate::support::{Memory, World, json_reply, status};
use crossdock_runtime::clock::Clock;
use crossdock_runtime::handler::Desk;
use crossdock_runtime::port::Queue;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const SESSION: &str = "session/swiftpost%2Fdefault/auth";

async fn world() -> (World, Arc<Desk<Memory>>) {
    let world = World::new().await;
    world.edit("swiftpost/carrier.yaml", "    token: $.access_token", "    one_session: true\n    token: $.access_token").await;
    let tokens =
        ["tok-1", "tok-2", "tok-3", "tok-4"].map(|token| json_reply(200, json!({"access_token": token, "expires_in": 3600})));
    world.wire.on("POST", "/oauth/token", tokens);
    let other = world.another().await;
    (world, other)
}

/// Works on one order at this desk.
async fn ship(world: &World, desk: &Desk<Memory>, id: &str) -> &'static str {
    world.enqueue(&order(id));
    for message in world.receive(Queue::Orders).await {
        desk.dispatch(&message).await.expect("the store is at hand");
    }
    world.state(id).await
}

fn sign_ins(world: &World) -> usize {
    world.wire.count("POST", "/oauth/token")
}

/// The credential of the last shipment.
fn credential(world: &World) -> String {
    let request = world.wire.requests("POST", "/shipments").pop().expect("a shipment");
    request.headers.into_iter().find(|(name, _)| name == "Authorization").expect("a credential").1
}

#[tokio::test]
async fn one_process_signs_in_and_the_others_have_its_token() {
    let (world, other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-1"), taken("SO-2")]);
    assert_eq!(ship(&world, &world.desk, "SO-1").await, "accepted");
    assert_eq!(ship(&world, &other, "SO-2").await, "accepted");
    assert_eq!((sign_ins(&world), credential(&world).as_str()), (1, "Bearer tok-1"));
    let started_anew = world.another().await;
    world.wire.on("POST", "/shipments", [taken("SO-3")]);
    assert_eq!(ship(&world, &started_anew, "SO-3").await, "accepted");
    assert_eq!(sign_ins(&world), 1);
}

#[tokio::test]
async fn a_carrier_that_grants_many_sessions_is_signed_in_to_by_each_process() {
    let world = World::new().await;
    let other = world.another().await;
    world.wire.on("POST", "/shipments", [taken("SO-1"), taken("SO-2")]);
    assert_eq!(ship(&world, &world.desk, "SO-1").await, "accepted");
    assert_eq!(ship(&world, &other, "SO-2").await, "accepted");
    assert_eq!(sign_ins(&world), 2);
    assert!(world.store.items("session/").is_empty(), "a token that nobody shares is kept nowhere");
}

#[tokio::test]
async fn the_shared_token_is_not_used_beyond_its_life_whatever_the_store_still_has() {
    let (world, other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-1"), taken("SO-2")]);
    assert_eq!(ship(&world, &world.desk, "SO-1").await, "accepted");
    world.clock.advance(Duration::from_secs(3_575));
    assert_eq!(world.store.items(SESSION).len(), 1, "it is still there");
    assert_eq!(ship(&world, &other, "SO-2").await, "accepted");
    assert_eq!((sign_ins(&world), credential(&world).as_str()), (2, "Bearer tok-2"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_all() {
    let (world, other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-1"), taken("SO-2")]);
    ship(&world, &world.desk, "SO-1").await;
    ship(&world, &other, "SO-2").await;
    world.wire.on("POST", "/shipments", [status(401), taken("SO-3")]);
    assert_eq!(ship(&world, &world.desk, "SO-3").await, "accepted");
    assert_eq!((sign_ins(&world), credential(&world).as_str()), (2, "Bearer tok-2"));
    world.wire.on("POST", "/shipments", [status(401), taken("SO-4")]);
    assert_eq!(ship(&world, &other, "SO-4").await, "accepted");
    assert_eq!((sign_ins(&world), credential(&world).as_str()), (2, "Bearer tok-2"), "it took the one that was there");
}

#[tokio::test]
async fn two_processes_do_not_sign_in_at_a_time() {
    let (world, other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-1"), taken("SO-2")]);
    let held = world.wire.hold("POST", "/oauth/token", json_reply(200, json!({"access_token": "tok-1", "expires_in": 3600})));
    world.enqueue(&order("SO-1"));
    let first = world.message(Queue::Orders).await;
    world.enqueue(&order("SO-2"));
    let second = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let signing_in = tokio::spawn(async move { desk.dispatch(&first).await });
    held.arrived().await;
    let waiting = tokio::spawn(async move { other.dispatch(&second).await });
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    held.let_go();
    signing_in.await.expect("no panic").expect("handled");
    waiting.await.expect("no panic").expect("handled");
    assert_eq!((sign_ins(&world), world.wire.count("POST", "/shipments")), (1, 2));
}

#[tokio::test]
async fn a_process_that_dies_while_it_signs_in_keeps_the_others_waiting_for_a_while_only() {
    let (world, other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-2")]);
    let held = world.wire.hold("POST", "/oauth/token", json_reply(200, json!({"access_token": "tok-1", "expires_in": 3600})));
    world.enqueue(&order("SO-1"));
    let first = world.message(Queue::Orders).await;
    let desk = Arc::clone(&world.desk);
    let signing_in = tokio::spawn(async move { desk.dispatch(&first).await });
    held.arrived().await;
    signing_in.abort();
    let before = world.desk.clock.seconds();
    assert_eq!(ship(&world, &other, "SO-2").await, "accepted");
    let waited = world.desk.clock.seconds() - before;
    assert!((10..30).contains(&waited), "{waited} s");
    assert_eq!(sign_ins(&world), 2);
}

#[tokio::test]
async fn refused_credentials_are_tried_by_one_process_and_not_by_the_next() {
    let (world, other) = world().await;
    world.wire.on("POST", "/oauth/token", [status(401)]);
    assert_eq!(ship(&world, &world.desk, "SO-1").await, "parked");
    assert_eq!(ship(&world, &other, "SO-2").await, "parked");
    assert_eq!(sign_ins(&world), 1, "many carriers lock an account that keeps trying");
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(ship(&world, &other, "SO-3").await, "parked");
    assert_eq!(sign_ins(&world), 2);
}

#[tokio::test]
async fn a_token_is_in_no_journal_and_no_ledger() {
    let (world, _other) = world().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    assert_eq!(ship(&world, &world.desk, "SO-1").await, "accepted");
    let with_token: Vec<String> =
        world.store.items("").into_iter().filter(|item| holds(&item.body)).map(|item| item.key).collect();
    assert_eq!(with_token, [SESSION]);
    assert!(world.store.journal().iter().all(|exchange| !holds(format!("{exchange:?}").as_bytes())));
}

fn holds(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("tok-1")
}
