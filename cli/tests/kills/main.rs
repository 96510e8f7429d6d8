//! The campaign: the real process is killed again and again under load, at every transition of the ledger, between the
//! carrier's commit and our reading of its reply, and at random. The carriers recognise no repetition. In the end their books
//! and the shop's must agree: no order shipped twice, none nowhere; what nobody can know is parked, and can be resolved.

#![expect(clippy::print_stdout, reason = "the campaign says what it did")]

mod fakes;
mod load;
#[path = "../local/mod.rs"]
mod local;
mod mappings;

use fakes::{Mood, World, mood, number_of, tracking};
use load::Load;
use local::Place;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const ORDERS: u32 = 10_000;

/// Where the process dies by itself, and how often it passes there before, at most.
const PLACES: [(&str, u32); 21] = [
    ("before/taken", 40),
    ("after/taken", 40),
    ("before/sending", 60),
    ("after/sending", 60),
    ("heard", 60),
    ("before/accepted", 60),
    ("after/accepted", 60),
    ("before/refused", 8),
    ("after/refused", 8),
    ("before/waiting", 6),
    ("after/waiting", 6),
    ("before/ambiguous", 2),
    ("after/ambiguous", 2),
    ("before/reconciling", 2),
    ("after/reconciling", 2),
    ("before/parked", 3),
    ("after/parked", 3),
    ("before/event", 40),
    ("after/event", 40),
    ("before/told", 60),
    ("after/told", 60),
];

/// How often each place is visited.
const TIMES: u32 = 3;

/// After this time a process that has not died by itself is killed.
const PATIENCE: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_dies_no_order_is_shipped_twice_and_none_is_nowhere() {
    let dir = tempfile::tempdir().expect("a directory");
    let port = local::free_port();
    let world = World::new(format!("http://127.0.0.1:{port}"));
    let counterparts = world.serve().await;
    let place = Place::new(dir.path(), port, &config(&counterparts), &["SHOP_SHOP_TOKEN", "SILENT_KEY", "ASKED_KEY"]);
    mappings::write(&dir.path().join("mappings"), false);
    let load = Load::start(&world, &place.address, ORDERS);

    let (by_place, between, late) = campaign(&place, &world).await;
    println!("killed at places: {by_place:?}; between commit and reply: {between}; by the clock: {late}");
    let kills = by_place.values().sum::<u32>() + between + late;
    assert!(kills >= 50, "{kills} kills");
    assert!(between >= TIMES, "between the carrier's commit and the reply: {between}");
    let missed: Vec<_> = PLACES.iter().filter(|(name, _)| by_place.get(name).is_none_or(|count| *count < TIMES)).collect();
    assert!(missed.is_empty(), "not hit {TIMES} times: {missed:?}");

    let served = place.start(None);
    load.finish().await;
    quiet(&place, &world, false).await;
    let parked = books(&place, &world);
    println!("{kills} kills, {ORDERS} orders; parked: {:?}", counts(&parked));
    settle(&place, &world, &dir.path().join("mappings"), &parked).await;
    served.kill();
}

/// Kills at every place, as often as it takes; then between commit and reply.
async fn campaign(place: &Place, world: &World) -> (BTreeMap<&'static str, u32>, u32, u32) {
    let mut by_place = BTreeMap::new();
    let mut late = 0;
    for round in 0..TIMES * 2 {
        for (at, (name, most)) in PLACES.iter().enumerate() {
            if by_place.get(name).is_some_and(|count| *count >= TIMES) {
                continue;
            }
            let passes = 1 + (round * 31 + at as u32 * 17) % most;
            let mut served = place.start(Some(&format!("{name}:{passes}")));
            if served.died_within(PATIENCE).await {
                *by_place.entry(*name).or_default() += 1;
            } else {
                late += 1;
                served.kill();
            }
        }
    }
    let mut between = 0;
    for round in 0..TIMES * 2 {
        world.set_trap(1 + round * 7 % 30);
        let served = place.start(None);
        if tokio::time::timeout(PATIENCE, world.sprung()).await.is_ok() {
            between += 1;
        }
        served.kill();
    }
    (by_place, between, late)
}

fn config(counterparts: &str) -> String {
    format!(
        "patience: {{first_wait: 1s, longest_wait: 2s, grace: 1s, stop: 5s}}
stand_ins:
  silent: {{api: \"{counterparts}/silent\"}}
  asked: {{api: \"{counterparts}/asked\"}}
  shop: {{api: \"{counterparts}/shop\"}}
"
    )
}

/// Waits until nothing is under way: all queues are empty and all deliveries are made. Unless `all`, deliveries may wait for
/// orders that are parked.
async fn quiet(place: &Place, world: &World, all: bool) {
    let until = Instant::now() + Duration::from_secs(400);
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let status = place.run(&["status", "--format", "json"]);
        let waits = load::messages(&status, all);
        if waits == 0 && world.undelivered() == 0 {
            return;
        }
        assert!(Instant::now() < until, "still under way: {waits} messages, {} deliveries", world.undelivered());
    }
}

/// What is parked: the reason by order number.
type Parked = BTreeMap<u32, String>;

fn parked(place: &Place) -> Parked {
    let letters = place.run(&["dlq", "list", "--queue", "orders", "--limit", "100000", "--format", "json"]);
    let letters = letters.as_array().cloned().unwrap_or_default();
    let read = |letter: &Value| {
        let order = letter["order_id"].as_str().expect("a parked order has a name");
        (number_of(order), letter["reason"].as_str().unwrap_or_default().to_owned())
    };
    letters.iter().map(read).collect()
}

/// The books of the carriers and the shop, and what waits for a person.
fn books(place: &Place, world: &World) -> Parked {
    let parked = parked(place);
    world.look(|journal| {
        let twice: Vec<_> = journal.shipped.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "shipped twice: {twice:?}");
        let mut nowhere = BTreeSet::new();
        for number in 0..ORDERS {
            let told = journal.results.get(&format!("K-{number}"));
            let shipped = journal.shipped.contains_key(&number);
            match (told, parked.get(&number)) {
                (Some(told), None) => {
                    assert_eq!(told.len(), 1, "order {number}: one end, one identity: {told:?}");
                    let accepted = told.values().all(|outcome| *outcome == format!("accepted [\"{}\"]", tracking(number)));
                    let refused = told.values().all(|outcome| outcome == "refused null");
                    assert!((accepted && shipped) || (refused && !shipped), "order {number}: {told:?}, shipped: {shipped}");
                    assert_eq!(refused, mood(number) == Mood::Refuse, "order {number}");
                }
                (None, Some(_)) => {}
                (Some(_), Some(reason)) => panic!("order {number} has ended and is parked: {reason}"),
                (None, None) => _ = nowhere.insert(number),
            }
        }
        assert!(nowhere.is_empty(), "nowhere: {nowhere:?}");
    });
    parked
}

fn counts(parked: &Parked) -> BTreeMap<&str, u32> {
    let mut counts = BTreeMap::new();
    for reason in parked.values() {
        *counts.entry(reason.as_str()).or_default() += 1;
    }
    counts
}

/// A person looks at the carriers' books for each order in doubt, and says what is so.
fn resolve(place: &Place, world: &World, parked: &Parked) {
    for number in parked.iter().filter(|(_, reason)| *reason == "ambiguous").map(|(number, _)| *number) {
        let (order, number_at_carrier) = (format!("K-{number}"), tracking(number));
        match world.look(|journal| journal.shipped.contains_key(&number)) {
            true => place.run(&["resolve", &order, "--accepted", &number_at_carrier, "--format", "json"]),
            false => place.run(&["resolve", &order, "--resend", "--format", "json"]),
        };
    }
}

/// A person mends the file, settles what is in doubt by looking at the carrier, and has the unreadable replies read again.
async fn settle(place: &Place, world: &World, mappings: &std::path::Path, parked: &Parked) {
    let calls = world.look(|journal| journal.calls.clone());
    assert!(parked.values().any(|reason| reason == "ambiguous"), "some are in doubt");
    assert!(parked.values().any(|reason| reason == "unreadable"), "some replies are unreadable");
    // First of all, so that what is sent again is not unreadable once more.
    mappings::write(mappings, true);
    tokio::time::sleep(Duration::from_secs(3)).await;
    resolve(place, world, parked);
    place.run(&["dlq", "redrive", "--queue", "orders", "--reason", "unreadable", "--format", "json"]);
    quiet(place, world, false).await;
    // What is sent again can meet a carrier that dawdles or fails at the first call: in doubt once more, but no longer.
    resolve(place, world, &self::parked(place));
    quiet(place, world, true).await;
    let left = self::books(place, world);
    assert!(left.is_empty(), "still parked: {left:?}");
    world.look(|journal| {
        for (number, _) in parked.iter().filter(|(_, reason)| *reason == "unreadable") {
            assert_eq!(journal.calls.get(number), calls.get(number), "a redrive of what is unreadable calls nobody");
        }
        let is_accepted = |told: &BTreeMap<String, String>| told.values().any(|outcome| outcome.starts_with("accepted"));
        let accepted: BTreeSet<_> =
            journal.results.iter().filter(|(_, told)| is_accepted(told)).map(|(order, _)| order).collect();
        let told: BTreeMap<_, _> = journal.updates.iter().map(|(order, updates)| (order, updates.len())).collect();
        let untold: Vec<_> = accepted.iter().filter(|order| told.get(*order) != Some(&1)).collect();
        assert!(untold.is_empty(), "every parcel's delivery is told once, but not of {untold:?}");
        assert_eq!(told.len(), accepted.len(), "nothing is told of what was not accepted");
        println!("{} deliveries told; {} messages to the shop came twice, under the same key", told.len(), journal.repeated);
    });
}
