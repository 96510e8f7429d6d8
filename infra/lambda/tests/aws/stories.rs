//! What happens to orders: delivered, told, waited for, mended.

use crate::cloud::{Cloud, until};
use crate::policies::Used;
use crate::world::{World, tracking};
use crate::{mappings, order, set_up};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

async fn event(cloud: &Cloud, id: &str, order: &str, code: &str) -> u16 {
    let body = json!({"id": id, "no": tracking(order), "code": code, "time": "2026-05-04T08:00:00Z"}).to_string();
    let headers = [("x-key", "k"), ("content-type", "application/json")];
    cloud.deliver("webhooks/swiftpost/default/events", &headers, body.as_bytes()).await
}

async fn accepted(world: &World, cloud: &Cloud, orders: &[&str]) {
    until("accepted", cloud, SOON, async || {
        orders.iter().all(|order| world.outcomes(order).iter().any(|told| told.starts_with("accepted")))
    })
    .await;
}

pub(crate) async fn an_order_becomes_a_parcel_and_its_events_reach_the_shop_and_the_mail(used: &mut Used) {
    let (world, cloud, _turn) = set_up().await;
    cloud.send(&[order("SO-1", "swiftpost"), order("REFUSED-1", "swiftpost")]).await;
    accepted(&world, &cloud, &["SO-1"]).await;
    until("refused", &cloud, SOON, async || !world.outcomes("REFUSED-1").is_empty()).await;
    assert_eq!(world.outcomes("SO-1"), BTreeSet::from([format!("accepted [\"{}\"]", tracking("SO-1"))]));
    assert_eq!(world.outcomes("REFUSED-1"), BTreeSet::from(["refused null".to_owned()]));

    // Each delivery twice, and the order once more: duplicates on purpose.
    for _ in 0..2 {
        assert_eq!(event(&cloud, "e1", "SO-1", "PU").await, 200);
        assert_eq!(event(&cloud, "e2", "SO-1", "EX").await, 200);
        cloud.send(&[order("SO-1", "swiftpost")]).await;
    }
    let headers = [("x-key", "wrong"), ("content-type", "application/json")];
    assert_eq!(cloud.deliver("webhooks/swiftpost/default/events", &headers, b"{}").await, 401);
    assert_eq!(cloud.deliver("webhooks/nobody/default/events", &headers, b"{}").await, 404);
    until("the shop is told", &cloud, SOON, async || !world.statuses("SO-1").is_empty()).await;

    let mut mail = Vec::new();
    until("the logistics team is told", &cloud, SOON, async || {
        cloud.tick("poller");
        mail.extend(cloud.heard("logistics").await);
        mail.iter().any(|mail| mail.contains("SO-1"))
    })
    .await;
    until("all is still", &cloud, SOON, async || {
        cloud.waiting("QueueOrders").await + cloud.waiting("QueueUpdates").await + cloud.waiting("QueueActions").await == 0
    })
    .await;
    assert_eq!(world.statuses("SO-1"), ["picked_up"], "once, although it came twice");
    assert_eq!(world.look(|books| books.shipped.get("SO-1").copied()), Some(1), "once, although it was sent three times");

    the_story_can_be_told_and_forgotten(&cloud).await;
    used.add(&cloud);
}

async fn the_story_can_be_told_and_forgotten(cloud: &Cloud) {
    let story = cloud.operate(&["trace", "SO-1"]).to_string();
    assert!(story.contains("/shipments") || story.contains("accepted"), "{story}");
    let status = cloud.operate(&["status"]);
    assert_eq!(status["queues"].as_array().map(Vec::len), Some(3), "{status}");
    assert_eq!(cloud.operate(&["quarantine", "list"]).as_array().map(Vec::len), Some(1));
    let told = cloud.operate(&["forget", "SO-1", "--force"]);
    assert!(told["removed"]["exchanges"].as_u64() >= Some(1), "{told}");
    let again = cloud.operate(&["trace", "SO-1", "--full"]).to_string();
    assert!(!again.contains("Zoë"), "{again}");
}

pub(crate) async fn a_carrier_breaks_down_and_comes_back_and_a_poisoned_reply_is_mended(used: &mut Used) {
    let (world, cloud, _turn) = set_up().await;
    world.break_down(true);
    let names: Vec<String> = (0..12).map(|n| format!("SO-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    cloud.send(&names.iter().map(|name| order(name, "swiftpost")).collect::<Vec<_>>()).await;
    until("the carrier is asked", &cloud, SOON, async || world.look(|books| books.calls.len() >= 4)).await;
    world.break_down(false);
    accepted(&world, &cloud, &names).await;
    assert!(world.look(|books| books.shipped.values().all(|times| *times == 1)), "each once");

    // A reply that the file does not know: parked, told, mended, read again.
    cloud.send(&[order("DRIFT-1", "silent")]).await;
    until("parked", &cloud, SOON, async || letters(&cloud) == ["unreadable"]).await;
    cloud.tick("notifier");
    until("the chat is told", &cloud, SOON, async || world.look(|books| !books.chat.is_empty())).await;
    let told = world.look(|books| books.chat.join("\n"));
    assert!(told.contains("silent") && told.contains("crossdock dlq"), "{told}");
    mappings::write(&cloud.mappings(), true);
    cloud.publish();
    let redriven = cloud.operate(&["dlq", "redrive", "--carrier", "silent", "--reason", "unreadable"]);
    assert_eq!(redriven["redriven"], json!(1), "{redriven}");
    accepted(&world, &cloud, &["DRIFT-1"]).await;
    assert_eq!(world.look(|books| books.calls.get("DRIFT-1").copied()), Some(1), "a redrive calls nobody");
    assert!(letters(&cloud).is_empty());
    used.add(&cloud);
}

fn letters(cloud: &Cloud) -> Vec<String> {
    let letters = cloud.operate(&["dlq", "list"]);
    let letters = letters.as_array().cloned().unwrap_or_default();
    letters.iter().filter_map(|letter| letter["reason"].as_str().map(str::to_owned)).collect()
}

pub(crate) async fn a_release_is_put_into_force_under_load_and_back_and_no_order_fails(used: &mut Used) {
    let (world, cloud, _turn) = set_up().await;
    let names: Vec<String> = (0..60).map(|n| format!("SO-{n}")).collect();
    for (round, some) in names.chunks(10).enumerate() {
        cloud.send(&some.iter().map(|name| order(name, "swiftpost")).collect::<Vec<_>>()).await;
        mappings::touch(&cloud.mappings(), &format!("round {round}"));
        cloud.publish();
    }
    let location = cloud.output("Mappings");
    let releases = |args: &[&str]| {
        let output = cloud.cli("publisher", &[args, &[&location, "--format", "json"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let known = releases(&["releases"]);
    assert_eq!(known.as_array().map(Vec::len), Some(7), "{known}");
    let before = known.as_array().into_iter().flatten().find(|release| release["state"] == "before").cloned();
    let back = releases(&["rollback"]);
    assert_eq!(Some(&back["release"]), before.as_ref().map(|release| &release["release"]));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    accepted(&world, &cloud, &names).await;
    assert!(letters(&cloud).is_empty());
    assert_eq!(world.look(|books| books.shipped.values().copied().max()), Some(1), "each once");
    used.add(&cloud);
}
