//! Secrets that are changed while the process runs: what a counterpart refuses is looked at again, once for many.

use crate::support::shapes::{order, taken};
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Request;
use crossdock_runtime::port::Queue;
use serde_json::json;
use std::time::Duration;

/// A carrier that is signed in to by a fixed token.
async fn fixed() -> World {
    let world = World::new().await;
    let text = world.files.text("swiftpost/carrier.yaml");
    let (head, rest) = text.split_once("auth:\n").expect("a sign-in");
    let (_, tail) = rest.split_once("limits:").expect("limits");
    let head = head.replace("client_id, client_secret,", "client_id,");
    world.files.write(
        "swiftpost/carrier.yaml",
        format!("{head}auth: {{bearer: {{token: \"${{{{ secret.client_id }}}}\"}}}}\nlimits:{tail}"),
    );
    world.reload().await;
    world
}

fn credentials(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(credential).collect()
}

fn credential(request: &Request) -> &str {
    request.headers.iter().find(|(name, _)| name == "Authorization").map_or("", |(_, value)| value)
}

#[tokio::test]
async fn a_sign_in_is_tried_again_with_the_secrets_that_there_are_by_now() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    world.wire.on("POST", "/shipments", [status(401), taken("SO-2")]);
    let token = json_reply(200, json!({"access_token": "tok-2", "expires_in": 3600}));
    world.wire.on("POST", "/oauth/token", [status(401), token]);
    world.enqueue(&order("SO-2"));
    world.settle().await;
    assert_eq!(world.state("SO-2").await, "accepted");
    let sign_ins = world.wire.requests("POST", "/oauth/token");
    let seen = credentials(&sign_ins);
    assert_eq!(seen.len(), 3, "at first, refused, and with the new secret");
    assert!(seen[0] == seen[1] && seen[1] != seen[2], "{seen:?}");
    assert_eq!(world.secrets.readings(), 2);
}

#[tokio::test]
async fn many_orders_that_are_refused_at_once_lead_to_one_sign_in_in_vain() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    let ids = ["SO-2", "SO-3", "SO-4", "SO-5"];
    world.wire.on("POST", "/shipments", [401; 4].map(status).into_iter().chain(ids.map(taken)));
    let token = json_reply(200, json!({"access_token": "tok-2", "expires_in": 3600}));
    world.wire.on("POST", "/oauth/token", [status(401), token]);
    for id in ids {
        world.enqueue(&order(id));
    }
    let messages = world.receive(Queue::Orders).await;
    let handled = futures_util::future::join_all(messages.iter().map(|message| world.desk.dispatch(message))).await;
    assert!(handled.iter().all(Result::is_ok), "{handled:?}");
    assert_eq!(world.wire.count("POST", "/oauth/token"), 3, "at first, refused, and with the new secret");
    assert_eq!((world.wire.count("POST", "/shipments"), world.secrets.readings()), (1 + 4 + 4, 2));
}

#[tokio::test]
async fn a_fixed_credential_that_is_refused_is_looked_at_again_and_the_order_sent_again() {
    let world = fixed().await;
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    world.wire.on("POST", "/shipments", [status(401), taken("SO-2")]);
    world.enqueue(&order("SO-2"));
    world.settle().await;
    assert_eq!(world.state("SO-2").await, "accepted");
    let seen = world.wire.requests("POST", "/shipments");
    assert_eq!(credentials(&seen), ["Bearer s3cr3t-client_id", "Bearer s3cr3t-client_id", "Bearer n3w-client_id"]);
}

#[tokio::test]
async fn secrets_that_have_not_changed_are_refused_once_and_a_person_is_told() {
    let world = fixed().await;
    world.wire.on("POST", "/shipments", [status(401)]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "parked");
    assert_eq!(world.wire.count("POST", "/shipments"), 1);
    assert_eq!(world.letter().reason, "misconfigured");
}

#[tokio::test]
async fn new_secrets_that_are_refused_too_are_not_tried_for_ever() {
    let world = fixed().await;
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    world.wire.on("POST", "/shipments", [status(401)]);
    world.enqueue(&order("SO-2"));
    world.settle().await;
    assert_eq!((world.state("SO-2").await, world.wire.count("POST", "/shipments")), ("parked", 3));
}

#[tokio::test]
async fn the_shop_and_its_new_token_are_no_other_case() {
    let world = World::new().await;
    let text = world.files.text("shop.yaml");
    assert!(text.contains("secret"), "the shop is called with a secret");
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    world.wire.on("POST", "/shipments", [taken("SO-2")]);
    world.wire.on("POST", "shop.example", [status(401), status(204)]);
    world.enqueue(&order("SO-2"));
    world.settle().await;
    let told = world.wire.requests("POST", "/orders/SO-2/result");
    let seen = credentials(&told);
    assert!(seen.len() == 2 && seen[0] != seen[1], "{seen:?}");
    assert!(world.letters().is_empty() && world.store.queued(Queue::Actions).is_empty());
}

#[tokio::test]
async fn a_question_for_parcels_is_put_again_with_the_new_secrets() {
    let world = fixed().await;
    world.accepted("SO-1").await;
    world.secrets.change("n3w");
    let told = json!({"shipments": [{"no": "00SO-1", "events": []}]});
    world.wire.on("GET", "/track/", [status(401), json_reply(200, told)]);
    world.clock.advance(Duration::from_secs(3_700));
    let polled = world.desk.poll().await.expect("the store is at hand");
    assert!(world.letters().is_empty(), "{polled:?}");
    let asked = world.wire.requests("GET", "/track/");
    assert_eq!(credentials(&asked), ["Bearer s3cr3t-client_id", "Bearer n3w-client_id"]);
}
