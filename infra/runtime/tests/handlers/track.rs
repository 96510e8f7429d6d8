//! Parcels that carriers are asked for.

use crate::support::shapes::number;
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_engine::model::Status;
use crossdock_runtime::handler::operate::Filter;
use crossdock_runtime::handler::{Polled, keys};
use crossdock_runtime::port::{ExchangeKind, Queue, Store};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn tracked(id: &str, events: &[(&str, u32)]) -> Value {
    let event = |(code, hour): &(&str, u32)| json!({"code": code, "text": "t", "time": format!("2023-11-15T{hour:02}:00:00Z")});
    json!({"no": number(id), "events": events.iter().map(event).collect::<Vec<_>>()})
}

fn shipments(items: &[Value]) -> Reply {
    json_reply(200, json!({"shipments": items}))
}

/// A turn of the poller, and the work that follows.
async fn turn(world: &World) -> Polled {
    let polled = world.desk.poll().await.expect("a turn");
    world.settle().await;
    polled
}

async fn world_with(ids: &[&str]) -> World {
    let world = World::new().await;
    for id in ids {
        world.accepted(id).await;
    }
    world
}

#[tokio::test]
async fn open_parcels_are_asked_for_in_batches_at_their_interval() {
    let world = world_with(&["SO-1", "SO-2", "SO-3"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("IT", 8)])]), shipments(&[tracked("SO-3", &[("OFD", 9)])])]);
    assert_eq!(turn(&world).await.asked, 0, "not before an hour has passed");
    world.clock.advance(HOUR);
    let polled = turn(&world).await;
    assert_eq!((polled.asked, polled.events.advanced), (3, 2));
    let urls: Vec<String> = world.wire.requests("GET", "/track/").into_iter().map(|request| request.url).collect();
    assert!(urls.len() == 2 && urls[0].ends_with("/track/00SO-1,00SO-2"), "{urls:?}");
    assert_eq!(world.told("/orders/SO-3/updates")[0]["status"], "out_for_delivery");
    assert_eq!(turn(&world).await.asked, 0, "they were asked for");
    let journal = world.store.journal();
    let meaning = journal.iter().find(|exchange| exchange.kind == ExchangeKind::Track).map(|exchange| exchange.meaning.as_str());
    assert_eq!(meaning, Some("accepted, 1 events, 1 not found"));
    world.clock.advance(HOUR);
    assert_eq!(turn(&world).await.asked, 3);
}

#[tokio::test]
async fn whole_histories_each_time_are_told_once() {
    let world = world_with(&["SO-1"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("PU", 7), ("IT", 8)])])]);
    for _ in 0..3 {
        world.clock.advance(HOUR);
        turn(&world).await;
    }
    assert_eq!((world.wire.count("GET", "/track/"), world.told("/orders/SO-1/updates").len()), (3, 2));
}

#[tokio::test]
async fn a_parcel_that_has_ended_or_is_too_old_is_not_asked_for() {
    let world = world_with(&["SO-1", "SO-2"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("DL", 8)]), tracked("SO-2", &[])])]);
    world.clock.advance(HOUR);
    assert_eq!(turn(&world).await.asked, 2);
    assert_eq!(world.parcel("SO-1").stands().expect("a state").0, Status::Delivered);
    world.clock.advance(HOUR);
    assert_eq!(turn(&world).await.asked, 1);
    world.clock.advance(30 * 24 * HOUR);
    for _ in 0..3 {
        assert_eq!(turn(&world).await.asked, 0);
    }
    let open = world.store.due(keys::PARCELS, i64::MAX, 10).await.expect("an index");
    assert!(open.is_empty(), "nothing is open any more");
}

#[tokio::test]
async fn a_carrier_that_is_down_is_asked_later_and_keeps_no_other_from_its_turn() {
    let world = world_with(&["SO-1", "SO-2", "SO-3"]).await;
    let other =
        world.files.text("swiftpost/carrier.yaml").replace("id: swiftpost", "id: slowpost").replace("api.swift", "api.slow");
    world.files.write("slowpost/carrier.yaml", other);
    world.reload().await;
    let mut order = crate::support::shapes::order("SO-4");
    order["carrier"] = "slowpost".into();
    world.wire.on("POST", "/shipments", [crate::support::shapes::taken("SO-4")]);
    world.enqueue(&order);
    world.settle().await;
    world.wire.on("GET", "api.swiftpost.example/v2/track/", [status(500)]);
    world.wire.on("GET", "api.slowpost.example/v2/track/", [shipments(&[tracked("SO-4", &[("IT", 8)])])]);
    world.clock.advance(HOUR);
    let polled = turn(&world).await;
    assert_eq!((world.wire.count("GET", "api.swiftpost"), polled.events.advanced), (1, 1), "one question shows that it is down");
    assert_eq!(turn(&world).await.asked, 0);
    world.clock.advance(Duration::from_secs(301));
    turn(&world).await;
    assert_eq!(world.wire.count("GET", "api.swiftpost"), 2);
    assert!(world.letters().is_empty());
}

#[tokio::test]
async fn a_throttled_question_is_put_again_when_the_carrier_permits() {
    let world = world_with(&["SO-1"]).await;
    let throttled = Reply::Answered { status: 429, headers: vec![("Retry-After".into(), "60".into())], body: Vec::new() };
    world.wire.on("GET", "/track/", [throttled, shipments(&[tracked("SO-1", &[("IT", 8)])])]);
    world.clock.advance(HOUR);
    turn(&world).await;
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(turn(&world).await.asked, 0);
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(turn(&world).await.events.advanced, 1);
}

#[tokio::test]
async fn a_lapsed_token_is_renewed_and_a_refused_account_is_told_once() {
    let world = world_with(&["SO-1", "SO-2", "SO-3"]).await;
    world.wire.on("GET", "/track/", [status(401), shipments(&[])]);
    world.clock.advance(HOUR);
    assert_eq!(turn(&world).await.asked, 3);
    assert_eq!(world.wire.count("POST", "/oauth/token"), 2);
    world.wire.on("GET", "/track/", [status(403)]);
    for _ in 0..3 {
        world.clock.advance(HOUR);
        turn(&world).await;
    }
    let letter = world.letter();
    assert_eq!((letter.queue, letter.reason.as_str(), letter.carrier.as_str()), (Queue::Updates, "misconfigured", "swiftpost"));
}

#[tokio::test]
async fn an_unmapped_event_is_parked_once_and_read_again_after_the_mend_without_a_call() {
    let world = world_with(&["SO-1"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("NEW", 7), ("IT", 8)])])]);
    for _ in 0..3 {
        world.clock.advance(HOUR);
        turn(&world).await;
    }
    assert_eq!(world.told("/orders/SO-1/updates").len(), 1, "the other event is not kept waiting");
    let letter = world.letter();
    assert!(letter.reason == "unmapped" && letter.cause.contains("`NEW`"), "{letter:?}");
    world.edit("swiftpost/carrier.yaml", "PU: picked_up", "PU: picked_up\n      NEW: out_for_delivery").await;
    redrive(&world).await;
    let asked = world.wire.count("GET", "/track/");
    world.settle().await;
    assert_eq!(
        (world.told("/orders/SO-1/updates").len(), world.wire.count("GET", "/track/")),
        (1, asked),
        "it came too late to move it"
    );
    assert!(world.letters().is_empty());
    let events = world.store.items(&keys::events_of(&keys::parcel("swiftpost", "default", &number("SO-1"))));
    assert_eq!(events.len(), 2, "and it is kept");
}

#[tokio::test]
async fn a_reply_that_nobody_reads_is_parked_and_read_again_after_the_mend_without_a_call() {
    let world = world_with(&["SO-1"]).await;
    world.edit("swiftpost/carrier.yaml", "  lists:\n    - {when: {status: 2xx}, outcome: accepted}",
        "  lists:\n    - {when: {status: 2xx, has: $.ok}, outcome: accepted}\n    - {when: {status: 2xx}, outcome: unexpected}").await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("IT", 8)])])]);
    world.clock.advance(HOUR);
    turn(&world).await;
    assert_eq!(world.letter().reason, "unreadable");
    world.edit("swiftpost/carrier.yaml", "has: $.ok", "has: $.shipments").await;
    redrive(&world).await;
    world.settle().await;
    assert_eq!((world.told("/orders/SO-1/updates").len(), world.wire.count("GET", "/track/")), (1, 1));
}

#[tokio::test]
async fn a_parcel_that_is_told_of_twice_is_parked() {
    let world = world_with(&["SO-1"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("IT", 8)]), tracked("SO-1", &[("DL", 9)])])]);
    for _ in 0..2 {
        world.clock.advance(HOUR);
        turn(&world).await;
    }
    assert_eq!(world.letter().reason, "repeated");
    assert!(world.told("/orders/SO-1/updates").is_empty());
}

#[tokio::test]
async fn two_pollers_do_not_put_the_same_question() {
    let world = world_with(&["SO-1", "SO-2"]).await;
    world.wire.on("GET", "/track/", [shipments(&[tracked("SO-1", &[("IT", 8)])])]);
    world.clock.advance(HOUR);
    let other = world.another().await;
    let (first, second) = tokio::join!(world.desk.poll(), other.poll());
    assert_eq!(first.expect("a turn").asked + second.expect("a turn").asked, 2);
    assert_eq!(world.wire.count("GET", "/track/"), 1);
}

async fn redrive(world: &World) {
    let told = world.desk.office().redrive(&Filter::default(), |_| {}).await.expect("the store is at hand");
    assert_eq!(told.redriven, 1);
}

/// A carrier that gives its shipments an id, and is asked by this.
async fn asked_by(which: &str, item: &str) -> World {
    let world = World::new().await;
    world.edit("swiftpost/carrier.yaml", "extract: &extract\n", "extract: &extract\n      carrier_ref: $.shipmentNo\n").await;
    world.write("swiftpost/carrier.yaml", "tracking.numbers", &format!("tracking.{which}"));
    world.edit("swiftpost/carrier.yaml", "  item:\n    tracking_number: $.no\n", &format!("  item:\n    {item}\n")).await;
    world
}

#[tokio::test]
async fn a_carrier_is_asked_by_its_own_id_or_by_our_reference() {
    for (which, item, name) in [("carrier_refs", "carrier_ref: $.id", "7"), ("references", "reference: $.id", "SO-1")] {
        let world = asked_by(which, item).await;
        world.accepted("SO-1").await;
        let told = json!({"id": name, "events": [{"code": "IT", "time": "2023-11-15T08:00:00Z"}]});
        world.wire.on("GET", "/track/", [shipments(&[told])]);
        world.clock.advance(HOUR);
        assert_eq!(turn(&world).await.events.advanced, 1, "{which}");
        assert!(world.wire.requests("GET", "/track/")[0].url.ends_with(&format!("/track/{name}")));
        assert_eq!(world.told("/orders/SO-1/updates")[0]["status"], "in_transit");
    }
}

#[tokio::test]
async fn a_parcel_without_the_name_that_the_carrier_is_asked_by_keeps_no_other_from_being_asked_for() {
    let world = asked_by("carrier_refs", "carrier_ref: $.id").await;
    world.accepted("SO-1").await;
    let nameless = json!({"parcels": [{"ref": "SO-2-1", "no": "00SO-2"}]});
    world.edit("swiftpost/carrier.yaml", "has: $.shipmentNo", "has: $.parcels").await;
    world.wire.on("POST", "/shipments", [json_reply(201, nameless)]);
    world.enqueue(&crate::support::shapes::order("SO-2"));
    world.settle().await;
    assert_eq!(world.state("SO-2").await, "accepted");
    world.wire.on("GET", "/track/", [shipments(&[])]);
    world.clock.advance(HOUR);
    assert_eq!(turn(&world).await.asked, 1);
    assert!(world.letters().is_empty(), "{:?}", world.letters());
}

#[tokio::test]
async fn an_unmapped_event_of_a_parcel_that_is_asked_for_by_id_is_read_again_without_a_call() {
    let world = asked_by("carrier_refs", "carrier_ref: $.id").await;
    world.accepted("SO-1").await;
    let told = json!({"id": "7", "events": [{"code": "NEW", "time": "2023-11-15T08:00:00Z"}]});
    world.wire.on("GET", "/track/", [shipments(&[told])]);
    world.clock.advance(HOUR);
    turn(&world).await;
    assert_eq!(world.letter().reason, "unmapped");
    world.edit("swiftpost/carrier.yaml", "PU: picked_up", "PU: picked_up\n      NEW: out_for_delivery").await;
    redrive(&world).await;
    world.settle().await;
    assert_eq!((world.told("/orders/SO-1/updates").len(), world.wire.count("GET", "/track/")), (1, 1));
}
