//! `crossdock serve` from outside: the real binary, real HTTP, a carrier and a shop whose moods the test sets.

#[path = "../local/mod.rs"]
mod local;
mod setup;
mod world;

use serde_json::Value;
use setup::{Scene, order};
use world::{call, until};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn orders_come_one_as_an_array_or_in_lines_and_the_shop_is_told() {
    let scene = Scene::new("").await;
    let _served = scene.start().await;
    let (status, body) = scene.order(&order("A-1", "quick")).await;
    assert_eq!((status, &json(&body)["orders"][0]["order_key"]), (202, &Value::from("A-1:create_shipment:1")), "{body}");
    let (status, _) = scene.order(&format!("[{}, {}]", order("A-2", "quick"), order("A-3", "quick"))).await;
    assert_eq!(status, 202);
    let (status, _) = scene.order(&format!("{}\n{}\n", order("A-4", "quick"), order("A-5", "quick"))).await;
    assert_eq!(status, 202);
    for id in ["A-1", "A-2", "A-3", "A-4", "A-5"] {
        scene.told(id, 1).await;
        assert_eq!(scene.world.told(id), [serde_json::json!({"outcome": "accepted"})]);
    }
    let (status, body) = scene.order(&order("A-1", "quick")).await;
    assert_eq!((status, &json(&body)["orders"][0]["known"]), (202, &Value::from(true)), "the same again");
    let (status, _) = scene.order(&order("A-1", "slow")).await;
    assert_eq!(status, 409, "the same name, another content");
    assert_eq!(scene.world.shipped().iter().filter(|reference| *reference == "A-1").count(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_told_whole_and_nothing_of_it_is_taken() {
    let scene = Scene::new("intake: {largest: 4000}\n").await;
    let _served = scene.start().await;
    let wrong =
        order("B-2", "quick").replace("\"name\": \"Harbour Books\", ", "").replace("\"weight\": 500", "\"weight\": \"x\"");
    let (status, body) = scene.order(&format!("[{}, {wrong}]", order("B-1", "quick"))).await;
    let body = json(&body);
    let paths: Vec<&str> =
        body["orders"][0]["errors"].as_array().expect("errors").iter().filter_map(|error| error["path"].as_str()).collect();
    assert_eq!((status, &body["orders"][0]["order"]), (400, &Value::from(1)));
    assert!(paths.contains(&"/shipment/sender/name") && paths.contains(&"/shipment/parcels/0/weight"), "{paths:?}");
    let (status, body) = scene.order("{\"order_id\": Jane}").await;
    assert!(status == 400 && body.contains("line 1, column 14") && !body.contains("Jane"), "{body}");
    assert_eq!(scene.order(&" ".repeat(5000)).await.0, 413);
    let (status, body) = scene.order(&order("B-3", "quick")).await;
    assert_eq!(status, 202, "{body}");
    scene.told("B-3", 1).await;
    assert_eq!(scene.world.shipped(), ["B-3"], "B-1 came along with a wrong one");
}

#[tokio::test]
async fn with_a_token_strangers_are_turned_away() {
    let mut scene = Scene::new("").await;
    scene.place = scene.place.with_token("t0ken");
    let _served = scene.start().await;
    let url = format!("{}/orders", scene.place.address);
    let body = order("C-1", "quick");
    assert_eq!(scene.order(&body).await.0, 401);
    assert_eq!(call("POST", &url, &[("authorization", "Bearer guess")], &body).await.0, 401);
    assert_eq!(call("GET", &format!("{}/metrics", scene.place.address), &[], "").await.0, 401);
    assert_eq!(call("POST", &url, &[("authorization", "Bearer t0ken")], &body).await.0, 202);
    let (status, metrics) =
        call("GET", &format!("{}/metrics", scene.place.address), &[("authorization", "Bearer t0ken")], "").await;
    assert!(status == 200 && metrics.contains("crossdock_orders_taken_total{carrier=\"quick\"} 1"), "{metrics}");
}

#[tokio::test]
async fn webhooks_are_verified_shaken_hands_with_and_followed() {
    let scene = Scene::new("").await;
    let _served = scene.start().await;
    let hook = format!("{}/webhooks/quick/default/events", scene.place.address);
    assert_eq!(call("GET", &format!("{hook}?challenge=c-17"), &[], "").await, (200, "c-17".into()));
    assert_eq!(call("POST", &hook, &[("x-key", "guess")], "{}").await.0, 401);
    assert_eq!(call("POST", &hook.replace("events", "nothing"), &[("x-key", "k")], "{}").await.0, 404);
    // Before its order: it waits for it.
    assert_eq!(scene.deliver("quick", "D-1", "PU").await, 200);
    scene.order(&order("D-1", "quick")).await;
    scene.told("D-1", 2).await;
    assert_eq!(scene.deliver("quick", "D-1", "PU").await, 200, "a repetition is welcome, and changes nothing");
    assert_eq!(scene.deliver("quick", "D-1", "DL").await, 200);
    scene.told("D-1", 3).await;
    let statuses: Vec<Value> = scene.world.told("D-1").iter().filter_map(|told| told.get("status").cloned()).collect();
    let story = || String::from_utf8_lossy(&scene.place.output(&["trace", "D-1"]).stdout).into_owned();
    assert_eq!(statuses, ["picked_up", "delivered"], "{}", story());
}

/// A status never seen parks; the YAML is mended while the process runs; one redrive; the shop is told.
#[tokio::test]
async fn a_status_never_seen_is_mended_while_it_runs() {
    let scene = Scene::new("").await;
    let _served = scene.start().await;
    scene.order(&order("E-1", "quick")).await;
    scene.told("E-1", 1).await;
    assert_eq!(scene.deliver("quick", "E-1", "OFD").await, 200);
    let parked = async || scene.place.run(&["dlq", "list", "--format", "json"]).as_array().map_or(0, Vec::len);
    until("it is parked", async || parked().await == 1).await;
    let letters = scene.place.run(&["dlq", "list", "--format", "json"]);
    let letter = &letters[0];
    assert_eq!((letter["queue"].as_str(), letter["reason"].as_str()), (Some("updates"), Some("unmapped")), "{letter}");
    assert!(letter["cause"].as_str().is_some_and(|cause| cause.contains("OFD") && cause.contains("carrier.yaml:")), "{letter}");

    scene.carrier("quick", |text| text.replace("PU: picked_up,", "PU: picked_up, OFD: out_for_delivery,"));
    until("the mended file is in force", async || {
        // Nothing is left to redrive once it has been read.
        scene.place.output(&["dlq", "redrive", "--carrier", "quick", "--reason", "unmapped", "--format", "json"]);
        scene.world.told("E-1").len() == 2
    })
    .await;
    assert_eq!(scene.world.told("E-1")[1], serde_json::json!({"status": "out_for_delivery"}));
    until("nothing is parked any more", async || parked().await == 0).await;
}

#[tokio::test]
async fn a_broken_file_never_replaces_a_working_one() {
    let scene = Scene::new("").await;
    let _served = scene.start().await;
    scene.carrier("quick", |text| text.replace("outcome: accepted", "outcome: acepted"));
    let health = format!("{}/health", scene.place.address);
    until("the problem is told", async || {
        json(&call("GET", &health, &[], "").await.1)["problems"].to_string().contains("quick/carrier.yaml")
    })
    .await;
    assert_eq!(scene.order(&order("F-1", "quick")).await.0, 202);
    scene.told("F-1", 1).await;
    scene.carrier("quick", |text| text);
    until("all is well again", async || json(&call("GET", &health, &[], "").await.1)["problems"] == serde_json::json!([])).await;
}

#[tokio::test]
async fn a_carrier_that_hangs_holds_up_no_other_and_loses_nothing() {
    let scene = Scene::new("").await;
    let _served = scene.start().await;
    scene.world.hang(true);
    let lines = |carrier: &str| (0..60).map(|at| order(&format!("G-{carrier}-{at}"), carrier)).collect::<Vec<_>>().join("\n");
    assert_eq!(scene.order(&lines("slow")).await.0, 202);
    until("it hangs", async || scene.world.under_way() > 0).await;
    assert_eq!(scene.order(&lines("quick")).await.0, 202);
    for at in 0..60 {
        scene.told(&format!("G-quick-{at}"), 1).await;
    }
    assert_eq!(scene.world.told("G-slow-0"), Vec::<Value>::new(), "it still hangs");
    scene.world.hang(false);
    for at in 0..60 {
        scene.told(&format!("G-slow-{at}"), 1).await;
    }
    assert!(scene.world.peak() <= 4, "its own limit holds while it hangs and when it heals: {}", scene.world.peak());
    let mut shipped = scene.world.shipped();
    shipped.sort();
    shipped.dedup();
    assert_eq!(shipped.len(), 120);
}

#[tokio::test]
async fn beyond_what_it_can_carry_it_says_so_and_loses_nothing() {
    let scene = Scene::new("workers: {orders: 1}\nintake: {backlog: 5}\n").await;
    let _served = scene.start().await;
    scene.world.hang(true);
    let mut taken = Vec::new();
    let mut put_off = 0;
    for at in 0..60 {
        match scene.order(&order(&format!("H-{at}"), "slow")).await.0 {
            202 => taken.push(format!("H-{at}")),
            429 => put_off += 1,
            other => panic!("order {at}: {other}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(put_off > 0 && taken.len() >= 6, "{put_off} put off, {} taken", taken.len());
    scene.world.hang(false);
    for id in &taken {
        scene.told(id, 1).await;
    }
    until("it takes orders again", async || scene.order(&order("H-last", "quick")).await.0 == 202).await;
}

#[tokio::test]
async fn it_stops_when_asked_and_goes_on_where_it_was() {
    let scene = Scene::new("patience: {stop: 10s}\n").await;
    let served = scene.start().await;
    scene.world.hang(true);
    let lines = (0..10).map(|at| order(&format!("I-{at}"), "slow")).collect::<Vec<_>>().join("\n");
    assert_eq!(scene.order(&lines).await.0, 202);
    until("it has begun", async || scene.world.under_way() == 4).await;
    let stopping = tokio::task::spawn_blocking(move || served.stop());
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    scene.world.hang(false);
    assert_eq!(stopping.await.expect("it stops"), Some(0));
    let before = scene.world.shipped().len();
    assert!((4..10).contains(&before), "what was under way ended, nothing new was begun: {before}");
    let _served = scene.start().await;
    for at in 0..10 {
        scene.told(&format!("I-{at}"), 1).await;
    }
    assert_eq!(scene.world.shipped().len(), 10);
}

#[test]
fn a_place_that_others_can_reach_needs_a_token_and_a_data_directory_one_process() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = local::Place::new(dir.path(), local::free_port(), "", &[]);
    let output = place.output(&["serve", "--config", "crossdock.yaml", "--listen", "0.0.0.0:0"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && words.contains("CROSSDOCK_TOKEN"), "{words}");
    std::fs::write(dir.path().join("crossdock.yaml"), "format: process/v1\nlisten: here\nworker: {}\n").expect("a file");
    let output = place.output(&["serve", "--config", "crossdock.yaml"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && words.contains("crossdock.yaml:"), "{words}");
}

/// What README says of running it: its order is taken, found again by its name, and sent on after the mend. Without secrets
/// nobody is called.
#[tokio::test]
async fn the_order_of_the_readme_is_taken_and_found_again() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("README.md");
    let said = |words: &str| {
        let rest = readme.lines().find_map(|line| line.strip_prefix(words)).unwrap_or_else(|| panic!("README has no `{words}`"));
        rest.split_whitespace().next().expect("a word").to_owned()
    };
    let dir = tempfile::tempdir().expect("a directory");
    let place = local::Place::new(dir.path(), local::free_port(), "", &[]);
    std::os::unix::fs::symlink(root.join("carriers"), dir.path().join("mappings")).expect("a link");
    let _served = place.start(None);
    let address = &place.address;
    until("the process serves", async || call("GET", &format!("{address}/health"), &[], "").await.0 == 200).await;
    let sample = std::fs::read_to_string(root.join(said("curl -d @"))).expect("the sample");
    let (status, body) = call("POST", &format!("{address}/orders"), &[], &sample).await;
    let order = said("crossdock trace ");
    assert_eq!((status, &json(&body)["orders"][0]["order_id"]), (202, &Value::from(order.as_str())), "{body}");
    let reason = said("crossdock dlq redrive --reason ");
    until("the order is parked", async || place.run(&["dlq", "list", "--format", "json"])[0]["reason"] == reason.as_str()).await;
    assert!(place.output(&["trace", &order]).status.success());
    assert!(place.output(&["dlq", "redrive", "--reason", &reason]).status.success());
}
