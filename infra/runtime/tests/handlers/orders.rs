//! Orders: accepted, refused, waiting, parked by each reason.

use crate::support::shapes::{number, order, taken};
use crate::support::{World, json_reply, status};
use crossdock_engine::carrier::Reply;
use crossdock_engine::model::Effect;
use crossdock_runtime::handler::{Handled, Rejected, Settings};
use crossdock_runtime::ledger::{State, WaitReason};
use crossdock_runtime::port::{CommitError, ExchangeKind, Queue, Store};
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn an_order_is_accepted_and_the_shop_is_told_once() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    assert_eq!((world.wire.count("POST", "/oauth/token"), world.wire.count("POST", "/shipments")), (1, 1));
    assert_eq!(world.told("/orders/SO-1/result"), [json!({"outcome": "accepted", "tracking": ["00SO-1"]})]);
    let told = world.wire.requests("POST", "/orders/SO-1/result");
    assert!(told[0].headers.iter().any(|(name, value)| name == "Idempotency-Key" && value.len() == 32));
    assert_eq!(world.parcel("SO-1").number, number("SO-1"));
    assert!(world.store.queued(Queue::Orders).is_empty() && world.store.queued(Queue::Actions).is_empty());
}

#[tokio::test]
async fn the_journal_holds_the_exchanges_and_no_secret() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    let journal = world.store.exchanges("SO-1").await.expect("a journal");
    let kinds: Vec<ExchangeKind> = journal.iter().map(|exchange| exchange.kind).collect();
    assert_eq!(kinds, [ExchangeKind::Call, ExchangeKind::Shop]);
    assert_eq!(journal[1].meaning, "order_result: accepted");
    let all: String = world.store.journal().iter().map(|exchange| format!("{}{}", exchange.request, exchange.reply)).collect();
    assert!(all.contains("Bearer ***") && !all.contains("s3cr3t") && !all.contains("tok-1"), "{all}");
}

#[tokio::test]
async fn an_order_that_the_carrier_refuses_is_refused_and_the_team_is_written_to() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [json_reply(400, json!({"errors": [{"code": "ZIP", "text": "no such place"}]}))]);
    world.enqueue(&order("SO-1"));
    world.work(Queue::Orders).await;
    assert_eq!(world.state("SO-1").await, "refused");
    let effects: Vec<Effect> = world.actions().into_iter().map(|action| action.effect).collect();
    let [Effect::OrderResult(result), Effect::EmailLogistics(email)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((result.code.as_deref(), result.message.as_deref()), (Some("ZIP"), Some("no such place")));
    assert_eq!(email.topic, "default");
}

#[tokio::test]
async fn what_the_file_does_not_admit_is_refused_and_nothing_is_sent() {
    let world = World::new().await;
    let mut big = order("SO-1");
    big["shipment"]["parcels"] = json!([{"weight": 1}, {"weight": 2}, {"weight": 3}]);
    world.enqueue(&big);
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "refused");
    assert_eq!(world.wire.count("POST", "/shipments"), 0);
    assert_eq!(world.told("/orders/SO-1/result")[0]["code"], "requires");
}

#[tokio::test]
async fn an_order_that_arrives_by_http_is_durable_known_or_in_conflict() {
    let world = World::new().await;
    let message = order("SO-1").to_string();
    let taken = world.desk.take_order(message.as_bytes()).await.expect("taken");
    assert!(!taken.known && world.state("SO-1").await == "new");
    assert!(world.desk.take_order(message.as_bytes()).await.expect("taken").known);
    let mut other = order("SO-1");
    other["shipment"]["parcels"][0]["weight"] = 7.into();
    let refused = world.desk.take_order(other.to_string().as_bytes()).await;
    assert_eq!(refused, Err(Rejected::Conflict(taken.order_key)));
    let Err(Rejected::Invalid(errors)) = world.desk.take_order(b"{}").await else { panic!("not an order") };
    assert!(errors.len() > 2, "everything that is wrong: {errors:?}");
    assert_eq!(world.store.queued(Queue::Orders).len(), 1);
}

#[tokio::test]
async fn a_store_that_is_busy_is_said_to_be_busy() {
    let world = World::new().await;
    world.store.breaks_after(0, CommitError::Busy);
    assert_eq!(world.desk.take_order(order("SO-1").to_string().as_bytes()).await, Err(Rejected::Busy));
}

#[tokio::test]
async fn the_same_order_again_calls_nobody() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.wire.count("POST", "/shipments"), 1);
    assert_eq!(world.told("/orders/SO-1/result").len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_content_is_a_conflict_and_the_first_one_stays() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    let mut other = order("SO-1");
    other["shipment"]["parcels"][0]["weight"] = 7.into();
    world.enqueue(&other);
    world.settle().await;
    let letter = world.letter();
    assert_eq!((letter.reason.as_str(), letter.order_id.as_deref()), ("conflict", Some("SO-1")));
    assert!(letter.body.is_some(), "the message is kept whole");
    assert_eq!((world.state("SO-1").await, world.wire.count("POST", "/shipments")), ("accepted", 1));
}

#[tokio::test]
async fn what_is_no_order_is_parked_as_it_came() {
    let world = World::new().await;
    world.store.produce(Queue::Orders, "swiftpost", b"{\"order_id\": 7}".to_vec());
    world.settle().await;
    let letter = world.letter();
    assert_eq!(letter.reason, "invalid");
    assert_eq!(letter.body.expect("the message").bytes().expect("bytes"), b"{\"order_id\": 7}");
}

/// The reason that an order is parked with, and its cause.
async fn parked(world: &World, id: &str) -> (&'static str, String) {
    let State::Parked { reason, cause, .. } = world.entry(id).await.state else { panic!("{} is {}", id, world.state(id).await) };
    let letter = world.letter();
    assert_eq!((letter.reason.as_str(), letter.order_id.as_deref()), (reason.name(), Some(id)));
    assert!(world.actions().is_empty(), "a parked order is nobody's news but the developers'");
    (reason.name(), cause)
}

#[tokio::test]
async fn a_request_that_cannot_be_rendered_is_parked() {
    let world = World::new().await;
    let mut order = order("SO-1");
    order["shipment"]["recipient"]["address"]["postal_code"] = Value::Null;
    world.enqueue(&order);
    world.settle().await;
    let (reason, cause) = parked(&world, "SO-1").await;
    assert_eq!(reason, "mapping");
    assert!(cause.contains("carrier.yaml:") && cause.contains("`zip`"), "{cause}");
}

#[tokio::test]
async fn a_carrier_that_does_not_exist_is_parked_with_the_nearest_name() {
    let world = World::new().await;
    let mut order = order("SO-1");
    order["carrier"] = "swiftpots".into();
    world.enqueue(&order);
    world.settle().await;
    let (reason, cause) = parked(&world, "SO-1").await;
    assert!(reason == "misconfigured" && cause.contains("did you mean `swiftpost`?"), "{cause}");
}

#[tokio::test]
async fn an_order_without_a_carrier_is_parked_once_and_its_letter_is_not_written_again() {
    for atomic in [true, false] {
        let world = World::with(atomic, Settings::default()).await;
        let mut order = order("SO-1");
        order["carrier"] = "nobody".into();
        world.enqueue(&order);
        world.settle().await;
        let entry = world.entry("SO-1").await;
        assert!(matches!(entry.state, State::Parked { emitted: true, .. }), "{:?}", entry.state);
        world.clock.advance(Duration::from_secs(3600));
        assert_eq!(world.desk.poll().await.expect("a turn").nudged, 0);
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_parked() {
    let world = World::new().await;
    world.wire.refuses("POST", "/shipments", "the address is no URL");
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(parked(&world, "SO-1").await.0, "misconfigured");
}

#[tokio::test]
async fn a_refused_account_is_parked_without_a_storm() {
    let world = World::new().await;
    world.wire.on("POST", "/oauth/token", [json_reply(401, json!({"error": "invalid_client"}))]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(parked(&world, "SO-1").await.0, "misconfigured");
    assert_eq!((world.wire.count("POST", "/oauth/token"), world.wire.count("POST", "/shipments")), (1, 0));
}

#[tokio::test]
async fn a_reply_that_no_rule_reads_is_parked_with_the_reply() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [json_reply(200, json!({"hello": "world"}))]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(parked(&world, "SO-1").await.0, "unreadable");
    let exchange = world.letter().exchange.expect("the exchange");
    let exchange = world.store.exchange(&exchange).await.expect("a journal").expect("kept");
    assert!(exchange.reply.contains("hello"));
}

#[tokio::test]
async fn an_order_that_nobody_took_for_a_day_is_parked() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [Reply::NotConnected("connection refused".into())]);
    world.enqueue(&order("SO-1"));
    world.pass(HOUR).await;
    assert_eq!(world.state("SO-1").await, "waiting");
    world.pass(24 * HOUR).await;
    let (reason, cause) = parked(&world, "SO-1").await;
    assert!(reason == "age" && cause.contains("86400 s"), "{cause}");
}

#[tokio::test]
async fn an_order_that_crashes_its_workers_is_parked() {
    let world = World::new().await;
    world.edit("swiftpost/carrier.yaml", "    request:\n      method: POST", IDEMPOTENT).await;
    world.enqueue(&order("SO-1"));
    for _ in 0..3 {
        let held = world.wire.hold("POST", "/shipments", taken("SO-1"));
        let (desk, message) = (std::sync::Arc::clone(&world.desk), world.message(Queue::Orders).await);
        let worker = tokio::spawn(async move { desk.dispatch(&message).await });
        held.arrived().await;
        worker.abort();
        world.clock.advance(Duration::from_secs(60));
        world.store.lose_receivers();
    }
    world.settle().await;
    assert_eq!(parked(&world, "SO-1").await.0, "claims");
    assert_eq!(world.wire.count("POST", "/shipments"), 3);
}

/// The creation, recognised by the carrier when it is repeated.
const IDEMPOTENT: &str = "    idempotency: {header: Idempotency-Key, value: \"${{ order.key }}\", window: 24h}
    request:
      method: POST";

#[tokio::test]
async fn a_throttled_order_waits_as_long_as_the_carrier_asks() {
    let world = World::new().await;
    let throttled = Reply::Answered { status: 429, headers: vec![("Retry-After".into(), "120".into())], body: Vec::new() };
    world.wire.on("POST", "/shipments", [throttled, taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    assert_eq!(world.work(Queue::Orders).await, [Handled::Later]);
    assert!(matches!(world.entry("SO-1").await.state, State::Waiting { why: WaitReason::Throttled, .. }));
    world.pass(Duration::from_secs(110)).await;
    assert_eq!(world.wire.count("POST", "/shipments"), 1, "not before its time");
    world.pass(Duration::from_secs(20)).await;
    assert_eq!((world.wire.count("POST", "/shipments"), world.state("SO-1").await), (2, "accepted"));
}

#[tokio::test]
async fn the_waits_grow() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [Reply::NotConnected("connection refused".into())]);
    world.enqueue(&order("SO-1"));
    let mut waits = Vec::new();
    for _ in 0..4 {
        world.work(Queue::Orders).await;
        let State::Waiting { until, .. } = world.entry("SO-1").await.state else { panic!("it waits") };
        let now = i64::try_from(crossdock_runtime::clock::Clock::now(&*world.clock).as_millis()).expect("a time");
        waits.push(until - now);
        world.clock.advance(Duration::from_millis(u64::try_from(until - now).expect("a wait") + 1));
    }
    let bounds = [(1_000, 2_000), (2_000, 4_000), (4_000, 8_000), (8_000, 16_000)];
    for (wait, (least, most)) in waits.iter().zip(bounds) {
        assert!((least..=most).contains(wait), "{waits:?}");
    }
}

#[tokio::test]
async fn a_carrier_that_breaks_down_is_left_alone_and_probed() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [Reply::NotConnected("connection refused".into())]);
    for number in 0..30 {
        world.enqueue(&order(&format!("SO-{number}")));
    }
    world.work(Queue::Orders).await;
    assert_eq!(world.wire.count("POST", "/shipments"), 5, "after five failures the breaker is open");
    world.wire.on("POST", "/shipments", [json_reply(201, json!({"shipmentNo": 7, "parcels": [{"no": "007"}]}))]);
    world.pass(Duration::from_secs(60)).await;
    for number in 0..30 {
        assert_eq!(world.state(&format!("SO-{number}")).await, "accepted");
    }
}

#[tokio::test]
async fn a_token_that_has_lapsed_is_renewed_once() {
    let world = World::new().await;
    let token = |token: &str| json_reply(200, json!({"access_token": token}));
    world.wire.on("POST", "/oauth/token", [token("old"), token("new")]);
    world.wire.on("POST", "/shipments", [status(401), taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(world.state("SO-1").await, "accepted");
    let tokens: Vec<String> = world
        .wire
        .requests("POST", "/shipments")
        .into_iter()
        .filter_map(|request| request.headers.into_iter().find(|(name, _)| name == "Authorization").map(|(_, value)| value))
        .collect();
    assert_eq!(tokens, ["Bearer old", "Bearer new"]);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_a_fault_of_the_account() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [status(401)]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    assert_eq!(parked(&world, "SO-1").await.0, "misconfigured");
    assert_eq!((world.wire.count("POST", "/shipments"), world.wire.count("POST", "/oauth/token")), (2, 2));
}

#[tokio::test]
async fn a_redelivery_emits_again_and_calls_nobody() {
    // A store that is not atomic: the end is durable, what follows may not be.
    let world = World::with(false, Settings::default()).await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.enqueue(&order("SO-1"));
    unnoted(&world).await;
    let first = world.actions();
    assert_eq!(first.len(), 1);
    let again = json!({"order_key": world.entry("SO-1").await.key}).to_string().into_bytes();
    world.store.produce(Queue::Orders, "swiftpost", again);
    world.work(Queue::Orders).await;
    let actions = world.actions();
    assert!(actions.iter().all(|action| action.action_id == first[0].action_id), "one identity");
    assert!(matches!(world.entry("SO-1").await.state, State::Accepted { emitted: true, .. }));
    assert_eq!(world.wire.count("POST", "/shipments"), 1);
}

/// Works on the one order until its end is written, but not that it was emitted.
async fn unnoted(world: &World) {
    // The file of the carrier, the intent, the end; then the store is gone.
    world.store.breaks_after(3, CommitError::Failed("disk full".into()));
    world.work(Queue::Orders).await;
    world.store.mended();
    assert!(matches!(world.entry("SO-1").await.state, State::Accepted { emitted: false, .. }));
}

#[tokio::test]
async fn a_store_that_is_not_atomic_notes_what_was_emitted() {
    let world = World::with(false, Settings::default()).await;
    world.accepted("SO-1").await;
    assert!(matches!(world.entry("SO-1").await.state, State::Accepted { emitted: true, .. }));
    world.clock.advance(HOUR / 2);
    assert_eq!(world.desk.poll().await.expect("a turn").nudged, 0);
    world.settle().await;
    assert_eq!(world.told("/orders/SO-1/result").len(), 1);
}

#[tokio::test]
async fn documents_are_kept_once_and_handed_on_by_reference() {
    let world = World::with(true, Settings { public_url: "https://dock.example".into(), ..Settings::default() }).await;
    let body = json!({"shipmentNo": 7, "parcels": [{"ref": "SO-1-1", "no": "001"}], "label": "JVBERi0xLjQ="});
    world.wire.on("POST", "/shipments", [json_reply(201, body)]);
    world.enqueue(&order("SO-1"));
    world.settle().await;
    let documents: Vec<_> = world.store.blobs().into_iter().filter(|blob| blob.order_id == "SO-1").collect();
    assert_eq!(documents.len(), 1);
    assert_eq!((documents[0].bytes.as_slice(), documents[0].media.as_str()), (&b"%PDF-1.4"[..], "application/pdf"));
    let entry = world.entry("SO-1").await;
    let (result, _) = entry.result().expect("a result");
    let url = result.documents[0].url.as_deref();
    assert_eq!(url, Some(format!("https://dock.example/documents/{}", documents[0].id).as_str()));
}

#[tokio::test]
async fn a_paused_carrier_is_not_called_until_it_is_resumed() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.desk.gates.pause(&["swiftpost".into()]);
    world.enqueue(&order("SO-1"));
    world.pass(Duration::from_secs(30)).await;
    assert_eq!(world.wire.count("POST", "/shipments"), 0);
    world.desk.gates.pause(&[]);
    world.pass(Duration::from_secs(5)).await;
    assert_eq!(world.state("SO-1").await, "accepted");
}
