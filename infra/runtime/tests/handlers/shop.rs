//! The actor and the shop: told at least once, under the action's own name.

use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_runtime::handler::{Handled, keys};
use crossdock_runtime::port::{ExchangeKind, Queue, Store};
use serde_json::{Value, json};
use std::time::Duration;

fn result(id: &str) -> Value {
    json!({"action_id": id, "order_id": "SO-1", "order_result": {"outcome": "accepted", "tracking_numbers": ["001"]}})
}

fn update(id: &str, status: &str) -> Value {
    let event = json!({"event_id": "e1", "carrier": "swiftpost", "account": "default", "order_id": "SO-1", "status": status,
        "occurred_at": "2023-11-14T08:00:00Z", "time_is": "instant", "sequence": 4});
    json!({"action_id": id, "order_id": "SO-1", "notify_shop": {"event": event}})
}

#[tokio::test]
async fn the_shop_is_told_with_sequence_and_the_actions_name_as_key() {
    let world = World::new().await;
    world.enqueue_action(&update("a-7", "delivered"));
    world.settle().await;
    let request = world.wire.requests("POST", "/orders/SO-1/updates").remove(0);
    assert!(request.headers.contains(&("Idempotency-Key".into(), "a-7".into())));
    assert_eq!(world.told("/updates"), [json!({"status": "delivered", "sequence": 4})]);
    let journal = world.store.exchanges("SO-1").await.expect("a journal");
    assert_eq!((journal[0].kind, journal[0].meaning.as_str()), (ExchangeKind::Shop, "update_order: accepted"));
    assert!(!format!("{journal:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn a_shop_that_is_down_is_told_later_under_the_same_name() {
    let world = World::new().await;
    world.wire.on(
        "POST",
        "shop.example",
        [
            status(503),
            Reply::Broken("time ran out".into()),
            Reply::NotConnected("connection refused".into()),
            status(500),
            status(204),
        ],
    );
    world.enqueue_action(&result("a-1"));
    assert_eq!(world.work(Queue::Actions).await, [Handled::Later]);
    world.pass(Duration::from_secs(600)).await;
    let keys: Vec<String> = world
        .wire
        .requests("POST", "/orders/SO-1/result")
        .into_iter()
        .flat_map(|request| request.headers.into_iter().filter(|(name, _)| name == "Idempotency-Key").map(|(_, value)| value))
        .collect();
    assert_eq!(keys, ["a-1"; 5]);
    assert!(world.store.queued(Queue::Actions).is_empty() && world.letters().is_empty());
    assert_eq!(world.store.exchanges("SO-1").await.expect("a journal").len(), 5, "every attempt is in the journal");
}

#[tokio::test]
async fn a_shop_that_stays_down_is_given_up_after_its_own_time() {
    let world = World::new().await;
    world.wire.on("POST", "shop.example", [status(503)]);
    world.enqueue_action(&result("a-1"));
    world.pass(Duration::from_secs(2 * 86_400)).await;
    assert!(world.letters().is_empty(), "its file says three days");
    world.pass(Duration::from_secs(2 * 86_400)).await;
    let letter = world.letter();
    assert_eq!((letter.queue, letter.reason.as_str(), letter.carrier.as_str()), (Queue::Actions, "age", "shop"));
    assert_eq!((letter.id.as_str(), letter.order_id.as_deref()), ("a-1", Some("SO-1")));
}

#[tokio::test]
async fn a_shop_that_breaks_down_is_not_stormed() {
    let world = World::new().await;
    world.wire.on("POST", "shop.example", [status(500)]);
    for number in 0..30 {
        world.enqueue_action(&result(&format!("a-{number}")));
    }
    world.work(Queue::Actions).await;
    assert_eq!(world.wire.count("POST", "shop.example"), 5, "after five failures the breaker is open");
    world.wire.on("POST", "shop.example", [status(204)]);
    world.pass(Duration::from_secs(120)).await;
    assert!(world.store.queued(Queue::Actions).is_empty());
}

#[tokio::test]
async fn what_the_shop_refuses_waits_for_a_person_with_its_code() {
    let world = World::new().await;
    world.wire.on("POST", "shop.example", [json_reply(422, json!({"error": "E17", "detail": "Zoë Müller is unknown"}))]);
    world.enqueue_action(&result("a-1"));
    world.settle().await;
    let letter = world.letter();
    assert_eq!(letter.reason, "rejected");
    assert!(letter.cause.contains("E17") && !letter.cause.contains("Zoë"), "{}", letter.cause);
    let exchange = world.store.exchange(&letter.exchange.expect("the exchange")).await.expect("a journal").expect("kept");
    assert!(exchange.reply.contains("E17"));
}

#[tokio::test]
async fn what_the_shop_does_not_know_nobody_reads_or_may_not_see_waits_for_a_person() {
    for (reply, reason) in
        [(status(404), "rejected"), (status(299), "unexpected"), (status(401), "misconfigured"), (status(403), "misconfigured")]
    {
        let world = World::new().await;
        world.wire.on("POST", "shop.example", [reply]);
        world.enqueue_action(&result("a-1"));
        world.settle().await;
        assert_eq!(world.letter().reason, reason);
    }
}

#[tokio::test]
async fn what_cannot_be_rendered_for_the_shop_waits_for_a_person() {
    let world = World::new().await;
    world.edit("shop.yaml", "code: \"${{ action.order_result.code }}\"", "code!: \"${{ action.order_result.code }}\"").await;
    world.enqueue_action(&result("a-1"));
    world.settle().await;
    assert_eq!((world.letter().reason.as_str(), world.wire.count("POST", "shop.example")), ("mapping", 0));
}

#[tokio::test]
async fn without_a_shop_or_its_operation_the_journal_keeps_what_it_would_be_told() {
    let world = World::new().await;
    let text = world.files.text("shop.yaml");
    let at = text.find("  update_order:").expect("the operation");
    world.files.write("shop.yaml", &text[..at]);
    world.reload().await;
    assert!(world.desk.mappings.release().problems.is_empty());
    world.enqueue_action(&update("a-1", "delivered"));
    world.settle().await;
    world.files.remove("shop.yaml");
    world.reload().await;
    world.enqueue_action(&result("a-2"));
    world.settle().await;
    let journal = world.store.exchanges("SO-1").await.expect("a journal");
    let meanings: Vec<&str> = journal.iter().map(|exchange| exchange.meaning.as_str()).collect();
    assert_eq!(meanings, ["no shop", "no shop"]);
    assert!(journal[0].request.contains("\"a-1\"") && world.wire.count("POST", "shop.example") == 0);
    assert!(world.letters().is_empty() && world.store.queued(Queue::Actions).is_empty());
}

#[tokio::test]
async fn a_lapsed_token_of_the_shop_is_renewed_once() {
    let world = World::new().await;
    let oauth2 = "auth:\n  oauth2:\n    grant: client_credentials\n    request: {path: /token}\n    \
        client: {send: basic, id: a, secret: \"${{ secret.shop_token }}\"}\n    token: $.access_token\n    expires_in: {from: $.expires_in, default: 3600}\n";
    world.edit("shop.yaml", "auth:\n  bearer: {token: \"${{ secret.shop_token }}\"}\n", oauth2).await;
    world.wire.on("POST", "/api/token", [json_reply(200, json!({"access_token": "t"}))]);
    world.wire.on("POST", "/orders/", [status(401), status(204)]);
    world.enqueue_action(&result("a-1"));
    world.settle().await;
    assert_eq!((world.wire.count("POST", "/api/token"), world.wire.count("POST", "/orders/")), (2, 2));
    world.wire.on("POST", "/orders/", [status(401)]);
    world.enqueue_action(&result("a-2"));
    world.settle().await;
    assert_eq!(world.letter().reason, "misconfigured");
}

#[tokio::test]
async fn status_unknown_is_neither_the_shops_nor_the_teams_business() {
    let world = World::new().await;
    world.enqueue_action(&update("a-1", "unknown"));
    let event = update("a-2", "unknown")["notify_shop"]["event"].clone();
    world.enqueue_action(&json!({"action_id": "a-2", "email_logistics": {"topic": "default", "event": event}}));
    world.settle().await;
    let reasons: Vec<String> = world.letters().into_iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons, ["unmapped", "unmapped"]);
    assert!(world.wire.count("POST", "shop.example") == 0 && world.store.items(keys::MAIL).is_empty());
}

#[tokio::test]
async fn a_message_that_is_no_action_waits_for_a_person() {
    let world = World::new().await;
    world.store.produce(Queue::Actions, "shop", b"{}".to_vec());
    world.settle().await;
    assert_eq!(world.letter().reason, "unreadable");
}

#[tokio::test]
async fn an_action_whose_end_was_not_written_comes_again() {
    let world = World::new().await;
    world.enqueue_action(&result("a-1"));
    let message = world.message(Queue::Actions).await;
    world.store.breaks_after(0, crossdock_runtime::port::CommitError::Busy);
    assert!(world.handle(&message).await.is_err());
    world.store.mended();
    world.store.lose_receivers();
    world.settle().await;
    assert_eq!(world.told("/orders/SO-1/result").len(), 2, "at least once");
    assert!(world.store.queued(Queue::Actions).is_empty());
}
