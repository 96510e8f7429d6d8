use super::house::{Bench, accepted, event, order};
use crossdock_runtime::handler::operate::{Decision, Failed, Filter};
use crossdock_runtime::port::Queue;
use serde_json::json;

/// An order of which nobody knows whether the carrier has it.
async fn in_doubt(atomic: bool, order_id: &str) -> Bench {
    let bench = Bench::over(atomic).await;
    bench.take(&order(order_id)).await;
    bench.answers(500, &json!({}));
    bench.work(Queue::Orders).await;
    assert_eq!(bench.asked().len(), 1);
    bench
}

async fn letters(bench: &Bench) -> usize {
    bench.desk.office().operator().count_letters(&Filter::default()).await.expect("a count")
}

#[tokio::test]
async fn accepted_by_hand_the_shop_is_told_and_events_find_the_parcel() {
    for atomic in [true, false] {
        let bench = in_doubt(atomic, "SO-1").await;
        assert_eq!(letters(&bench).await, 1);
        let resolved =
            bench.desk.office().resolve("SO-1", None, Decision::Accepted(vec!["T-SO-1".into()])).await.expect("resolved");
        assert_eq!((resolved.state, resolved.remarks.len()), ("accepted", 0));
        let actions = bench.actions().await;
        assert_eq!(actions[0]["order_result"]["tracking_numbers"], json!(["T-SO-1"]));
        assert_eq!(actions[0]["order_result"]["operation_id"], "1");
        assert_eq!(letters(&bench).await, 0);
        bench.deliver("k3y-0f-tests", &event("e1", "SO-1", "DL")).await;
        bench.work(Queue::Updates).await;
        assert_eq!(bench.actions().await[0]["notify_shop"]["event"]["parcel_reference"], "SO-1-1");
    }
}

#[tokio::test]
async fn resend_sends_it_once() {
    for atomic in [true, false] {
        let bench = in_doubt(atomic, "SO-1").await;
        bench.desk.office().resolve("SO-1", Some("1"), Decision::Resend).await.expect("resolved");
        bench.answers(201, &accepted("SO-1"));
        assert_eq!(bench.work(Queue::Orders).await, 1);
        assert_eq!(bench.asked(), ["POST /shipments"]);
        assert_eq!(bench.actions().await[0]["order_result"]["outcome"], "accepted");
        let again = bench.desk.office().resolve("SO-1", None, Decision::Resend).await;
        assert!(matches!(again, Err(Failed::NotNow { .. })), "{again:?}");
    }
}

#[tokio::test]
async fn refused_by_hand_shop_and_logistics_are_told() {
    for atomic in [true, false] {
        let bench = in_doubt(atomic, "SO-1").await;
        let decision = Decision::Refused { code: None, message: Some("too late".into()) };
        bench.desk.office().resolve("SO-1", None, decision).await.expect("resolved");
        let actions = bench.actions().await;
        assert_eq!(actions[0]["order_result"]["code"], "by_hand");
        assert_eq!(actions[0]["order_result"]["message"], "too late");
        assert!(actions[1]["email_logistics"].is_object());
        assert_eq!(letters(&bench).await, 0);
    }
}

#[tokio::test]
async fn nothing_is_resolved_that_does_not_wait_for_a_person() {
    for atomic in [true, false] {
        let bench = in_doubt(atomic, "SO-1").await;
        let office = bench.desk.office();
        let unknown = office.resolve("SO-2", None, Decision::Resend).await;
        assert_eq!(unknown, Err(Failed::Unknown { what: "order `SO-2`".into(), near: vec!["SO-1".into()] }));
        let operation = office.resolve("SO-1", Some("7"), Decision::Resend).await;
        let what = "operation `7` of order `SO-1`".into();
        assert_eq!(operation, Err(Failed::Unknown { what, near: vec!["1".into()] }));
        let numbers = vec!["A".into(), "B".into()];
        let many = office.resolve("SO-1", None, Decision::Accepted(numbers)).await;
        assert!(many.is_err_and(|failed| failed.to_string() == "2 tracking numbers for 1 parcels"));
        assert_eq!(letters(&bench).await, 1, "nothing has changed");
    }
}
