//! Orders whose carrier answers later: it is asked again, or a delivery tells.

use crate::support::shapes::order;
use crate::support::{Held, World, json_reply, status};
use crossdock_engine::carrier::{Delivery, Reply};
use crossdock_runtime::handler::operate::{Filter, Happening};
use crossdock_runtime::handler::{Address, Handled, Settings, keys};
use crossdock_runtime::port::{ExchangeKind, Queue, Store};
use serde_json::{Value, json};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(30);

async fn world(atomic: bool) -> World {
    let world = World::with(atomic, Settings::default()).await;
    world.files.write("laterpost/carrier.yaml", include_str!("../support/files/laterpost.yaml"));
    world.reload().await;
    world
}

fn of(id: &str, operation: &str) -> Value {
    let mut order = order(id);
    order["carrier"] = "laterpost".into();
    order["operation"] = operation.into();
    order
}

fn state(state: &str) -> Reply {
    json_reply(200, json!({"state": state, "no": "N1", "code": "E7"}))
}

/// A shipment that the carrier has created and not confirmed.
async fn shipment(world: &World) {
    world.wire.on("POST", "/shipments", [json_reply(201, json!({"id": "S1"}))]);
    world.wire.on("GET", "/shipments/S1", [state("created")]);
    world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
    world.enqueue(&of("SO-1", "create_shipment"));
    world.settle().await;
    assert_eq!((world.state("SO-1").await, asked(world)), ("pending", 1));
    assert!(world.store.queued(Queue::Orders).is_empty(), "no message of it is kept");
}

/// A return that the carrier has put off.
async fn put_off_return(world: &World) {
    world.wire.on("POST", "/returns", [json_reply(202, json!({"id": "R1"}))]);
    world.enqueue(&of("SO-1", "create_return"));
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "pending");
}

/// How often the carrier was asked for its answer.
fn asked(world: &World) -> usize {
    world.wire.requests("GET", "/shipments/S1").iter().filter(|request| !request.url.ends_with("/label")).count()
}

/// Time passes, and the poller takes its turn.
async fn turn(world: &World, time: Duration) {
    world.clock.advance(time);
    world.desk.poll().await.expect("a turn");
    world.settle().await;
}

fn delivery(body: &Value) -> Delivery {
    let headers = vec![("x-key".into(), "s3cr3t-key".into()), ("content-type".into(), "application/json".into())];
    Delivery { method: "POST".into(), headers, body: body.to_string().into_bytes(), ..Delivery::default() }
}

async fn deliver(world: &World, body: &Value) {
    let at = Address { carrier: "laterpost", account: "default", webhook: "shipments" };
    assert_eq!(world.desk.receive(at, delivery(body)).await.status, 200);
}

fn results(world: &World) -> Vec<Value> {
    world.told("/orders/SO-1/result")
}

fn accepted() -> Value {
    json!({"outcome": "accepted", "tracking": ["N1"]})
}

#[tokio::test]
async fn the_carrier_is_asked_until_its_answer_is_final_and_the_steps_go_on() {
    for atomic in [true, false] {
        let world = world(atomic).await;
        shipment(&world).await;
        turn(&world, EVERY / 2).await;
        assert_eq!(asked(&world), 1, "not before its time");
        turn(&world, EVERY / 2).await;
        turn(&world, EVERY).await;
        assert_eq!((asked(&world), world.state("SO-1").await), (3, "pending"));
        world.wire.on("GET", "/shipments/S1", [state("confirmed")]);
        world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
        turn(&world, EVERY).await;
        assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
        assert_eq!(
            (results(&world), world.store.blobs().iter().filter(|blob| blob.order_id == "SO-1").count()),
            (vec![accepted()], 1)
        );
        for _ in 0..3 {
            turn(&world, Duration::from_secs(3600)).await;
        }
        assert_eq!((asked(&world), results(&world).len()), (4, 1));
        let kept = world.store.exchanges("SO-1").await.expect("a journal");
        assert_eq!(kept.iter().filter(|exchange| exchange.meaning == "confirmed 1: pending").count(), 3);
    }
}

#[tokio::test]
async fn asked_in_vain_it_is_asked_less_and_less_often_and_stays_pending() {
    let world = world(true).await;
    shipment(&world).await;
    world.wire.on("GET", "/shipments/S1", [status(503), Reply::Broken("time ran out".into()), status(500)]);
    for _ in 0..60 {
        turn(&world, EVERY).await;
    }
    let attempts = asked(&world) - 1;
    assert!((4..=12).contains(&attempts), "{attempts} times in half an hour");
    assert_eq!((world.state("SO-1").await, world.letters().len()), ("pending", 0));
    world.wire.on("GET", "/shipments/S1", [state("confirmed")]);
    world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
    for _ in 0..20 {
        turn(&world, EVERY).await;
    }
    assert_eq!(results(&world), [accepted()]);
}

#[tokio::test]
async fn what_a_carrier_asks_for_between_two_questions_is_honoured() {
    let world = world(true).await;
    shipment(&world).await;
    let throttled = Reply::Answered { status: 429, headers: vec![("Retry-After".into(), "300".into())], body: Vec::new() };
    world.wire.on("GET", "/shipments/S1", [throttled, state("created")]);
    turn(&world, EVERY).await;
    turn(&world, Duration::from_secs(290)).await;
    assert_eq!(asked(&world), 2);
    turn(&world, Duration::from_secs(15)).await;
    assert_eq!(asked(&world), 3);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_waited_for_no_longer_than_the_file_says() {
    for atomic in [true, false] {
        let world = world(atomic).await;
        shipment(&world).await;
        for _ in 0..118 {
            turn(&world, EVERY).await;
        }
        assert!(world.letters().is_empty());
        turn(&world, 3 * EVERY).await;
        let letter = world.letter();
        assert_eq!((letter.reason.as_str(), letter.order_id.as_deref()), ("age", Some("SO-1")));
        assert!(letter.cause.contains("has not for 36"), "{}", letter.cause);
        let before = asked(&world);
        let told = world.desk.office().redrive(&Filter::default(), |_| {}).await.expect("redriven");
        world.settle().await;
        assert_eq!((told.redriven, asked(&world), world.state("SO-1").await), (1, before + 1, "pending"));
        assert_eq!(world.wire.count("POST", "/shipments"), 1, "and nothing is created twice");
    }
}

#[tokio::test]
async fn without_a_limit_of_its_own_it_is_waited_for_as_long_as_any_order_is_tried() {
    let world = world(true).await;
    put_off_return(&world).await;
    turn(&world, Duration::from_secs(86_000)).await;
    assert!(world.letters().is_empty());
    turn(&world, Duration::from_secs(500)).await;
    assert_eq!(world.letter().reason, "age");
    deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
    world.settle().await;
    assert_eq!(results(&world), [accepted()], "the carrier has said it after all");
    assert!(world.letters().is_empty() && world.wire.count("POST", "/returns") == 1);
}

#[tokio::test]
async fn a_delivery_completes_an_order_once_however_often_it_comes() {
    for atomic in [true, false] {
        let world = world(atomic).await;
        put_off_return(&world).await;
        for _ in 0..3 {
            deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
        }
        world.settle().await;
        deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
        world.settle().await;
        assert_eq!((results(&world), world.state("SO-1").await), (vec![accepted()], "accepted"));
        assert!(world.store.queued(Queue::Updates).is_empty() && world.letters().is_empty());
        let story = world.desk.office().operator().trace("SO-1", false).await.expect("a story");
        let deliveries = story
            .lines
            .iter()
            .filter(|line| matches!(&line.what, Happening::Exchange(shown) if shown.exchange == ExchangeKind::Delivery));
        assert_eq!(deliveries.count(), 1, "the story has the delivery");
    }
}

#[tokio::test]
async fn a_delivery_refuses_an_order_with_the_carriers_code() {
    let world = world(true).await;
    put_off_return(&world).await;
    deliver(&world, &json!({"kind": "refused", "ref": "SO-1", "code": "E9"})).await;
    world.settle().await;
    assert_eq!(results(&world), [json!({"outcome": "refused", "code": "E9"})]);
}

#[tokio::test]
async fn a_refusal_in_the_end_undoes_what_was_created() {
    let world = world(true).await;
    shipment(&world).await;
    world.wire.on("GET", "/shipments/S1", [state("failed")]);
    world.wire.on("DELETE", "/shipments/S1", [status(204)]);
    turn(&world, EVERY).await;
    assert_eq!(results(&world), [json!({"outcome": "refused", "code": "E7"})]);
    assert_eq!(world.wire.count("DELETE", "/shipments/S1"), 1);
}

#[tokio::test]
async fn a_delivery_that_overtakes_the_carriers_reply_waits_for_it() {
    let world = world(true).await;
    deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
    assert_eq!(world.work(Queue::Updates).await, [Handled::Later]);
    put_off_return(&world).await;
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(results(&world), [accepted()]);
    let other = world;
    deliver(&other, &json!({"kind": "returned", "id": "R9", "no": "N9"})).await;
    other.pass(Duration::from_secs(4000)).await;
    assert_eq!(other.letter().reason, "uncorrelated", "of nobody's order");
}

/// The carrier is being asked: its reply is held back.
async fn being_asked(world: &World, answer: Reply) -> (Held, tokio::task::JoinHandle<()>) {
    let held = world.wire.hold("GET", "/shipments/S1", answer);
    world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
    world.clock.advance(EVERY);
    world.desk.poll().await.expect("a turn");
    let message = world.message(Queue::Orders).await;
    let desk = std::sync::Arc::clone(&world.desk);
    let working = tokio::spawn(async move {
        desk.dispatch(&message).await.expect("the store is at hand");
    });
    held.arrived().await;
    (held, working)
}

#[tokio::test]
async fn a_delivery_that_comes_while_the_carrier_is_asked_settles_it_once() {
    for (answer, atomic) in [("created", true), ("confirmed", true), ("created", false), ("confirmed", false)] {
        let world = world(atomic).await;
        shipment(&world).await;
        let (held, working) = being_asked(&world, state(answer)).await;
        deliver(&world, &json!({"kind": "confirmed", "id": "S1", "no": "N1"})).await;
        assert_eq!(world.work(Queue::Updates).await, [Handled::Later], "it waits for the reply");
        held.let_go();
        working.await.expect("a worker");
        world.pass(Duration::from_secs(20)).await;
        assert_eq!((results(&world), world.state("SO-1").await), (vec![accepted()], "accepted"), "{answer}");
        assert!(world.letters().is_empty() && world.store.queued(Queue::Updates).is_empty());
    }
}

#[tokio::test]
async fn a_worker_that_dies_while_the_carrier_is_asked_leaves_the_order_pending() {
    let world = world(true).await;
    shipment(&world).await;
    let (_, working) = being_asked(&world, state("created")).await;
    working.abort();
    world.wire.on("GET", "/shipments/S1", [state("confirmed")]);
    world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
    world.store.lose_messages(Queue::Orders);
    deliver(&world, &json!({"kind": "confirmed", "id": "S1", "no": "N1"})).await;
    for _ in 0..20 {
        turn(&world, EVERY).await;
    }
    assert_eq!((results(&world), world.wire.count("POST", "/shipments")), (vec![accepted()], 1));
}

#[tokio::test]
async fn two_pollers_and_two_workers_ask_once() {
    let world = world(true).await;
    shipment(&world).await;
    world.clock.advance(EVERY);
    let other = world.another().await;
    let (first, second) = tokio::join!(world.desk.poll(), other.poll());
    assert_eq!(first.expect("a turn").nudged + second.expect("a turn").nudged, 1);
    let message = world.message(Queue::Orders).await;
    let (first, second) = tokio::join!(world.desk.dispatch(&message), other.dispatch(&message));
    assert!(first.is_ok() || second.is_ok());
    assert_eq!(asked(&world), 2);
}

#[tokio::test]
async fn a_later_answer_that_nobody_reads_is_read_after_the_mend_or_told_by_a_delivery() {
    for by_delivery in [false, true] {
        let world = world(true).await;
        shipment(&world).await;
        world.wire.on("GET", "/shipments/S1", [state("sealed")]);
        world.wire.on("GET", "/label", [Reply::Answered { status: 200, headers: Vec::new(), body: b"^XA".to_vec() }]);
        turn(&world, EVERY).await;
        assert_eq!(world.letter().reason, "unreadable");
        if by_delivery {
            deliver(&world, &json!({"kind": "confirmed", "id": "S1", "no": "N1"})).await;
        } else {
            world
                .edit(
                    "laterpost/carrier.yaml",
                    "body.state == 'confirmed'",
                    "body.state == 'confirmed' or body.state == 'sealed'",
                )
                .await;
            let told = world.desk.office().redrive(&Filter::default(), |_| {}).await.expect("redriven");
            assert_eq!(told.redriven, 1, "{told:?}");
        }
        world.settle().await;
        assert_eq!((results(&world), asked(&world)), (vec![accepted()], 2), "nobody was asked again");
        assert!(world.letters().is_empty());
    }
}

#[tokio::test]
async fn events_of_an_order_wait_as_long_as_its_carrier_lets_it_wait() {
    let world = world(true).await;
    put_off_return(&world).await;
    let event = json!({"id": "R1", "code": "IT", "time": "2023-11-14T23:00:00Z"});
    deliver(&world, &json!({"kind": "news", "events": [event]})).await;
    for _ in 0..20 {
        turn(&world, Duration::from_secs(900)).await;
    }
    assert!(world.letters().is_empty() && world.told("/orders/SO-1/updates").is_empty());
    deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
    world.pass(Duration::from_secs(7200)).await;
    assert_eq!(world.told("/orders/SO-1/updates"), [json!({"status": "in_transit", "sequence": 1})]);
}

#[tokio::test]
async fn several_orders_under_one_reference_are_left_to_a_person() {
    let world = world(true).await;
    world.wire.on("POST", "/returns", [json_reply(202, json!({}))]);
    for id in ["SO-1", "SO-2"] {
        let mut order = of(id, "create_return");
        order["shipment"]["reference"] = "the same".into();
        world.enqueue(&order);
    }
    world.settle().await;
    deliver(&world, &json!({"kind": "returned", "ref": "the same", "no": "N1"})).await;
    world.settle().await;
    let letter = world.letter();
    assert!(letter.reason == "uncorrelated" && letter.cause.contains("several orders"), "{letter:?}");
    assert_eq!((world.state("SO-1").await, world.state("SO-2").await), ("pending", "pending"));
    assert_eq!(
        world.store.items("name/laterpost/default/later-our/").len(),
        4,
        "both are known by it, and by their parcels' references"
    );
    assert!(world.store.items(keys::PARCELS).is_empty());
}

#[tokio::test]
async fn of_an_order_that_was_forgotten_a_later_answer_leaves_nothing_behind() {
    let world = world(true).await;
    put_off_return(&world).await;
    deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
    world.desk.office().operator().forget("SO-1", true).await.expect("forgotten");
    world.settle().await;
    deliver(&world, &json!({"kind": "returned", "id": "R1", "no": "N1"})).await;
    world.settle().await;
    assert!(world.letters().is_empty() && results(&world).is_empty() && world.store.queued(Queue::Updates).is_empty());
    assert!(world.store.items("name/").is_empty());
    assert!(!world.store.journal().iter().any(|exchange| exchange.request.contains("N1")));
}
