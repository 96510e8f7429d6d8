//! What happens to orders: delivered, told, waited for, mended.

use crate::cloud::{Cloud, until};
use crate::common::order;
use crate::policies::Used;
use crate::world::{World, tracking};
use crate::{mappings, set_up};
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

    an_event_that_overtakes_its_order_waits_for_it(&world, &cloud).await;
    one_trace_leads_from_the_order_to_the_shop(&world, &cloud).await;
    the_story_can_be_told_and_forgotten(&cloud).await;
    developers_are_written_to_when_the_chat_is_down(&world, &cloud).await;
    used.add(&cloud);
}

async fn an_event_that_overtakes_its_order_waits_for_it(world: &World, cloud: &Cloud) {
    assert_eq!(event(cloud, "e3", "EARLY-1", "PU").await, 200);
    tokio::time::sleep(Duration::from_secs(1)).await;
    cloud.send(&[order("EARLY-1", "swiftpost")]).await;
    until("the shop is told of what came early", cloud, SOON, async || !world.statuses("EARLY-1").is_empty()).await;
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn one_trace_leads_from_the_order_to_the_shop(world: &World, cloud: &Cloud) {
    cloud.send_traced(&order("TRACED-1", "swiftpost"), &format!("00-{TRACE}-00f067aa0ba902b7-01")).await;
    accepted(world, cloud, &["TRACED-1"]).await;
    let traces = world.look(|books| books.traces.get("TRACED-1").cloned().unwrap_or_default());
    assert!(traces.len() == 1 && traces.iter().all(|trace| trace.starts_with(&format!("00-{TRACE}-"))), "{traces:?}");
    let mut story = Value::Null;
    let theirs = |story: &Value| {
        let lines = story["lines"].as_array().cloned().unwrap_or_default();
        let exchanges = lines.into_iter().filter(|line| line["kind"] == "exchange");
        exchanges.map(|line| line["trace"].clone()).collect::<Vec<Value>>()
    };
    until("the journal has the call and what the shop was told", cloud, SOON, async || {
        story = cloud.operate(&["trace", "TRACED-1"]);
        theirs(&story).len() == 2
    })
    .await;
    assert_eq!(theirs(&story), [TRACE, TRACE], "{story}");
    assert_eq!(story["operations"][0]["trace"], TRACE, "{story}");
}

async fn developers_are_written_to_when_the_chat_is_down(world: &World, cloud: &Cloud) {
    world.break_chat(true);
    cloud.send(&[json!({"order_id": 7, "carrier": "swiftpost"})]).await;
    until("parked", cloud, SOON, async || letters(cloud) == ["invalid"]).await;
    let mut mail = Vec::new();
    until("the developers are written to", cloud, SOON, async || {
        cloud.tick("notifier");
        mail.extend(cloud.heard("developers").await);
        mail.iter().any(|mail| mail.contains("invalid"))
    })
    .await;
}

async fn the_story_can_be_told_and_forgotten(cloud: &Cloud) {
    let story = cloud.operate(&["trace", "SO-1"]).to_string();
    assert!(story.contains("/shipments") || story.contains("accepted"), "{story}");
    let status = cloud.operate(&["status"]);
    assert_eq!(status["queues"].as_array().map(Vec::len), Some(3), "{status}");
    assert_eq!(cloud.operate(&["quarantine", "list"]).as_array().map(Vec::len), Some(1));
    cloud.operate(&["quarantine", "retry"]);
    assert_eq!(cloud.operate(&["quarantine", "list"]).as_array().map(Vec::len), Some(1), "what is forged stays so");
    assert_eq!(cloud.operate(&["trace", "SO-"]), Value::Null, "names that nearly fit are not it");
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
