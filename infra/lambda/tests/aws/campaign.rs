//! The campaign: functions are killed in the middle of their work, again and again. Every order ends in exactly one way, and no
//! carrier is asked twice for a shipment by accident.

use crate::cloud::{Cloud, until};
use crate::common::order;
use crate::policies::Used;
use crate::set_up;
use crate::world::{World, tracking};
use rustix::process::{Signal, kill_process};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const ORDERS: u32 = 500;

/// Between two kills.
const EVERY: Duration = Duration::from_millis(1_500);

/// All of it.
const PATIENCE: Duration = Duration::from_secs(420);

pub(crate) async fn killed_functions_lose_no_order_and_ship_none_twice(used: &mut Used) {
    let (world, cloud, _turn) = set_up().await;
    let names: Vec<String> = (0..ORDERS).map(|n| format!("K-{n}")).collect();
    let orders: Vec<Value> = names.iter().map(|name| order(name, "swiftpost")).collect();
    let mut killed = 0;
    for some in orders.chunks(50) {
        cloud.send(some).await;
        tokio::time::sleep(EVERY).await;
        killed += kill_all(&cloud);
    }
    assert!(killed >= 10, "{killed} processes were killed");
    let mut parked = BTreeMap::new();
    until("every order has ended or waits for a person", &cloud, PATIENCE, async || {
        // What fell asleep is woken by the poller, and what was received by the dead comes again.
        cloud.tick("poller");
        parked = self::parked(&cloud);
        names.iter().all(|name| !world.outcomes(name).is_empty() || parked.contains_key(name))
    })
    .await;
    books(&world, &names, &parked);
    // A person looks at the carrier's books for each order in doubt, and says what is so.
    for (name, reason) in &parked {
        assert_eq!(reason, "ambiguous", "{name}: only what is in doubt may wait for a person");
        match world.look(|books| books.shipped.contains_key(name)) {
            true => cloud.operate(&["resolve", name, "--accepted", &tracking(name)]),
            false => cloud.operate(&["resolve", name, "--resend"]),
        };
    }
    until("what was settled has ended", &cloud, PATIENCE, async || {
        cloud.tick("poller");
        names.iter().all(|name| !world.outcomes(name).is_empty())
    })
    .await;
    books(&world, &names, &BTreeMap::new());
    used.add(&cloud);
}

/// Kills whatever runs now; how many.
fn kill_all(cloud: &Cloud) -> usize {
    let processes = cloud.bootstraps();
    processes.into_iter().filter(|process| kill_process(*process, Signal::KILL).is_ok()).count()
}

fn parked(cloud: &Cloud) -> BTreeMap<String, String> {
    let letters = cloud.operate(&["dlq", "list", "--queue", "orders", "--limit", "100000"]);
    let text = |letter: &Value, name: &str| letter[name].as_str().unwrap_or_default().to_owned();
    letters.as_array().into_iter().flatten().map(|letter| (text(letter, "order_id"), text(letter, "reason"))).collect()
}

fn books(world: &World, names: &[String], parked: &BTreeMap<String, String>) {
    let twice = world.look(|books| books.shipped.iter().filter(|(_, times)| **times > 1).count());
    assert_eq!(twice, 0, "shipped twice");
    for name in names {
        let told = world.look(|books| books.results.get(name).cloned()).unwrap_or_default();
        match (told.len(), parked.get(name)) {
            (1, None) => {
                let outcome = told.values().next().cloned().unwrap_or_default();
                assert_eq!(outcome, format!("accepted [\"{}\"]", tracking(name)));
                assert_eq!(world.look(|books| books.shipped.get(name).copied()), Some(1), "{name}");
            }
            (0, Some(_)) => {}
            (told, parked) => panic!("{name}: told {told} ends, parked {parked:?}"),
        }
    }
}
