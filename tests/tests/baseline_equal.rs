//! The engine and the mappings written by hand make the same: else the benches would compare different things.

use crossdock_engine::carrier::{Delivery, Request};
use crossdock_tests::baseline::{LocalDelivery, OnDemand, Refused, Said};
use crossdock_tests::deliveries::delivery;
use crossdock_tests::orders::{Kind, order};
use crossdock_tests::samples::{NOW, Shipped, baseline_of, shipped};

const ROUNDS: u64 = 1000;

fn of_shape(shape: &str) -> Shipped {
    let id = baseline_of(shape);
    shipped().into_iter().find(|shipped| shipped.id == id).expect("baselines.json names a shipped carrier")
}

fn same_requests(shipped: &Shipped, kind: Kind, mut by_hand: impl FnMut(&[u8]) -> Result<Request, Refused>) {
    let mut taken = 0;
    for seed in 0..ROUNDS {
        let order = order(seed, kind);
        match (shipped.request(&order), by_hand(&order)) {
            (Ok(engine), Ok(baseline)) => {
                let text = |request: &Request| String::from_utf8(request.body.clone()).expect("JSON is UTF-8");
                assert_eq!(text(&engine), text(&baseline), "order {seed}");
                assert_eq!(engine, baseline, "order {seed}");
                taken += 1;
            }
            (Err(_), Err(_)) => {}
            (engine, baseline) => panic!("order {seed}: {engine:?}\nbut by hand {baseline:?}"),
        }
    }
    assert!((ROUNDS / 2..ROUNDS).contains(&taken), "{taken} orders were taken: some are, some break a rule");
}

#[test]
fn local_deliveries_are_asked_for_in_the_same_bytes() {
    let shipped = of_shape("local_delivery");
    let mapping = LocalDelivery::beside(&shipped);
    same_requests(&shipped, Kind::LocalDelivery, |order| mapping.create_shipment(order, Vec::new()));
}

#[test]
fn couriers_are_asked_for_in_the_same_bytes() {
    let shipped = of_shape("on_demand");
    let (mapping, token) = OnDemand::beside(&shipped);
    same_requests(&shipped, Kind::OnDemand, |order| mapping.create_shipment(order, &token, Vec::new()));
}

#[test]
fn deliveries_say_the_same() {
    let shipped = of_shape("on_demand");
    let (mapping, _) = OnDemand::beside(&shipped);
    let (name, sample) = shipped.webhook.as_ref().expect("a carrier with a webhook");
    let (mut events, mut ignored, mut unknown) = (0, 0, 0);
    for seed in 0..ROUNDS {
        let body = delivery(seed);
        let delivery = Delivery { body, ..sample.clone() };
        let engine = shipped.carrier.translate(name, &delivery, &shipped.account, NOW).expect("a body that can be read");
        match mapping.translate(&delivery.body, NOW).expect("a body that can be read") {
            Said::Event(event) => {
                assert_eq!(engine.events.len(), 1, "delivery {seed}: {engine:?}");
                assert_eq!(engine.events[0].event, *event, "delivery {seed}");
                events += 1;
            }
            Said::Ignored => {
                assert!(engine.ignored, "delivery {seed}");
                ignored += 1;
            }
            Said::Unknown => {
                assert!(engine.events.is_empty() && engine.unmapped.len() == 1, "delivery {seed}: {engine:?}");
                unknown += 1;
            }
        }
    }
    assert!(events > 400 && ignored > 100 && unknown > 30, "{events} events, {ignored} ignored, {unknown} unknown");
}
