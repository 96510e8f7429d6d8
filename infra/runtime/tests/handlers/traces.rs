//! One trace from the order, or from the delivery, to what the shop is told.

use crate::support::shapes::{delivery, event, order, taken};
use crate::support::{World, json_reply, status};
use crossdock_runtime::handler::operate::Filter;
use crossdock_runtime::port::Queue;
use crossdock_runtime::trace;
use serde_json::json;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const OTHER: &str = "0af7651916cd43dd8448eb211c80319c";

/// The traces that the shop was told under, at this path.
fn told(world: &World, path: &str) -> Vec<String> {
    let of = |headers: &[(String, String)]| {
        let found: Vec<&str> = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("traceparent"))
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(found.len(), 1, "one header: {found:?}");
        trace::of_header(found[0]).expect("a header of Trace Context")
    };
    world.wire.requests("POST", path).iter().map(|request| of(&request.headers)).collect()
}

/// The traces of all that the journal has.
fn journal(world: &World) -> Vec<String> {
    world.store.journal().into_iter().map(|exchange| exchange.trace).collect()
}

#[tokio::test]
async fn an_order_that_names_its_trace_keeps_it_until_the_shop_is_told() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    let answers = world.desk.take_orders(&[order("SO-1").to_string().as_bytes()], TRACE).await;
    assert!(answers[0].is_ok(), "{answers:?}");
    world.settle().await;
    assert_eq!(world.entry("SO-1").await.trace(), TRACE);
    assert_eq!(told(&world, "/orders/SO-1/result"), [TRACE]);
    assert_eq!(journal(&world), [TRACE, TRACE], "the call, and what the shop was told");
    let carrier = world.wire.requests("POST", "/shipments");
    assert!(carrier[0].headers.iter().all(|(name, _)| name != "traceparent"), "it is no business of the carrier");
}

#[tokio::test]
async fn an_order_without_one_gets_one_of_its_own() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.accepted("SO-2").await;
    let (first, second) = (told(&world, "/orders/SO-1/result"), told(&world, "/orders/SO-2/result"));
    assert_eq!(first[0], world.entry("SO-1").await.trace());
    assert_ne!(first, second);
}

#[tokio::test]
async fn the_same_order_again_changes_no_trace() {
    let world = World::new().await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    let body = order("SO-1").to_string();
    world.store.produce(Queue::Orders, "swiftpost", trace::wrapped(TRACE, body.as_bytes()));
    world.store.produce(Queue::Orders, "swiftpost", trace::wrapped(OTHER, body.as_bytes()));
    world.settle().await;
    assert_eq!((world.entry("SO-1").await.trace(), world.wire.count("POST", "/shipments")), (TRACE, 1));
    assert!(world.letters().is_empty(), "what is around an order is no part of it");
}

#[tokio::test]
async fn a_delivery_has_a_trace_of_its_own_that_the_shop_is_told_under() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    let mut sent = delivery(&[event("SO-1", "PU", 8)]);
    sent.headers.push(("TraceParent".into(), format!("00-{OTHER}-00f067aa0ba902b7-00")));
    assert_eq!(world.deliver(sent).await.status, 200);
    world.settle().await;
    assert_eq!(told(&world, "/orders/SO-1/updates"), [OTHER]);
    assert_eq!(journal(&world)[2..], [OTHER, OTHER], "the delivery, and what the shop was told");
    world.deliver(delivery(&[event("SO-1", "DL", 9)])).await;
    world.settle().await;
    let told = told(&world, "/orders/SO-1/updates");
    assert!(told.len() == 2 && told[1] != OTHER && told[1] != world.entry("SO-1").await.trace(), "{told:?}");
}

#[tokio::test]
async fn a_store_that_writes_in_parts_emits_under_the_same_trace() {
    let world = World::with(false, crossdock_runtime::handler::Settings::default()).await;
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.store.produce(Queue::Orders, "swiftpost", trace::wrapped(TRACE, order("SO-1").to_string().as_bytes()));
    world.settle().await;
    assert_eq!(told(&world, "/orders/SO-1/result"), [TRACE]);
}

#[tokio::test]
async fn what_the_shop_refused_is_told_again_under_the_same_trace() {
    let world = World::new().await;
    world.wire.on("POST", "shop.example", [json_reply(422, json!({"error": "closed"}))]);
    world.wire.on("POST", "/shipments", [taken("SO-1")]);
    world.store.produce(Queue::Orders, "swiftpost", trace::wrapped(TRACE, order("SO-1").to_string().as_bytes()));
    world.settle().await;
    let letter = world.letter();
    assert_eq!((letter.reason.as_str(), letter.trace.as_deref()), ("rejected", Some(TRACE)));
    world.wire.on("POST", "shop.example", [status(204)]);
    let told_so = world.desk.office().redrive(&Filter::default(), |_| {}).await;
    assert!(told_so.is_ok(), "{told_so:?}");
    world.settle().await;
    assert_eq!(told(&world, "/orders/SO-1/result"), [TRACE, TRACE]);
}
