use super::house::{Bench, accepted, event, order};
use crossdock_runtime::handler::operate::{Filter, Redriven};
use crossdock_runtime::port::Queue;
use serde_json::json;

/// An order whose reply no rule reads.
async fn unreadable(bench: &Bench, order_id: &str) {
    bench.take(&order(order_id)).await;
    bench.answers(202, &accepted(order_id));
    bench.work(Queue::Orders).await;
}

async fn redrive(bench: &Bench, filter: Filter) -> Redriven {
    bench.desk.office().redrive(&filter, |_| {}).await.expect("redriven")
}

#[tokio::test]
async fn an_unreadable_reply_is_read_again_and_nobody_is_called() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        unreadable(&bench, "SO-1").await;
        assert_eq!(bench.asked(), ["POST /shipments"]);
        bench.mend("{when: {status: 202}, outcome: unexpected}", "{when: {status: 202}, outcome: accepted}").await;
        let told = redrive(&bench, Filter { reason: Some("unreadable".into()), ..Filter::default() }).await;
        assert_eq!(told, Redriven { redriven: 1, ..Redriven::default() });
        assert_eq!(bench.work(Queue::Orders).await, 1);
        assert_eq!(bench.asked(), [""; 0], "nobody was called");
        let actions = bench.actions().await;
        assert_eq!(actions[0]["order_result"]["tracking_numbers"], json!(["T-SO-1"]));
        assert_eq!(bench.desk.office().operator().letters(&Filter::default()).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn a_redrive_before_the_mend_parks_it_again_and_calls_nobody() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        unreadable(&bench, "SO-1").await;
        bench.asked();
        assert_eq!(redrive(&bench, Filter::default()).await.redriven, 1);
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), [""; 0]);
        assert_eq!(bench.desk.office().operator().count_letters(&Filter::default()).await, Ok(1));
    }
}

#[tokio::test]
async fn what_may_be_at_the_carrier_is_never_redriven() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(500, &json!({}));
        bench.work(Queue::Orders).await;
        let told = redrive(&bench, Filter::default()).await;
        assert_eq!((told.redriven, told.left.len()), (0, 1));
        assert!(told.left[0].why.starts_with("only resolve"), "{}", told.left[0].why);
        assert_eq!(told.left[0].first, ["SO-1"]);
        assert_eq!(bench.work(Queue::Orders).await, 0);
        assert_eq!(bench.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_request_that_could_not_be_made_is_made_anew() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        let mut bad = order("SO-1");
        bad["shipment"]["service"] = json!(null);
        bench.take(&bad).await;
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), [""; 0]);
        bench.mend("service: \"${{ shipment.service }}\"", "service: \"${{ shipment.service | default('std') }}\"").await;
        assert_eq!(redrive(&bench, Filter { reason: Some("mapping".into()), ..Filter::default() }).await.redriven, 1);
        bench.answers(201, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), ["POST /shipments"]);
    }
}

/// An order whose first step was carried out, and whose second one's reply no rule reads.
async fn half_done(bench: &Bench) {
    let mut steps = order("SO-1");
    steps["operation"] = json!("create_steps");
    bench.take(&steps).await;
    bench.answers(200, &json!({"rate": "R9"}));
    bench.answers(202, &json!({"parcels": [{"no": "T-9"}]}));
    bench.work(Queue::Orders).await;
    assert_eq!(bench.asked(), ["POST /rates", "POST /buy"]);
}

#[tokio::test]
async fn in_the_middle_of_steps_it_resumes_with_the_mended_file() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        half_done(&bench).await;
        bench.mend("{when: {status: 202}, outcome: unexpected}", "{when: {status: 202}, outcome: accepted}").await;
        assert_eq!(redrive(&bench, Filter::default()).await.redriven, 1);
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), [""; 0]);
        assert_eq!(bench.actions().await[0]["order_result"]["tracking_numbers"], json!(["T-9"]));
    }
}

#[tokio::test]
async fn in_the_middle_of_steps_that_have_changed_it_stays_parked() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        half_done(&bench).await;
        bench.mend("path: /rates", "path: /v2/rates").await;
        let told = redrive(&bench, Filter::default()).await;
        assert_eq!(told.redriven, 0);
        assert_eq!(told.left[0].why, "step `rate` was carried out and has changed in the file since");
        assert_eq!(bench.desk.office().operator().count_letters(&Filter::default()).await, Ok(1));
    }
}

#[tokio::test]
async fn an_unmapped_status_is_told_once_the_vocabulary_has_it() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(201, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        assert_eq!(bench.deliver("k3y-0f-tests", &event("e1", "SO-1", "XX")).await, 200);
        bench.work(Queue::Updates).await;
        bench.actions().await;
        bench.mend("PU: picked_up,", "PU: picked_up, XX: out_for_delivery,").await;
        let told = redrive(&bench, Filter { queue: Some(Queue::Updates), ..Filter::default() }).await;
        assert_eq!(told.redriven, 1);
        bench.work(Queue::Updates).await;
        let actions = bench.actions().await;
        assert_eq!(actions[0]["notify_shop"]["event"]["status"], "out_for_delivery");
    }
}

#[tokio::test]
async fn thousands_go_in_few_writes_and_only_once() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        for at in 0..1000 {
            unreadable(&bench, &format!("SO-{at}")).await;
        }
        let before = bench.desk.store.commits();
        let mut seen = Vec::new();
        let told = bench.desk.office().redrive(&Filter::default(), |told| seen.push(told.seen())).await.expect("redriven");
        assert_eq!(told.redriven, 1000);
        assert_eq!(seen.last(), Some(&1000));
        assert!(bench.desk.store.commits() - before <= 30, "{} writes", bench.desk.store.commits() - before);
        assert_eq!(redrive(&bench, Filter::default()).await, Redriven::default(), "a second time there is nothing to do");
    }
}

#[tokio::test]
async fn a_letter_that_somebody_else_redrives_meanwhile_spoils_no_other() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        for at in 0..60 {
            unreadable(&bench, &format!("SO-{at}")).await;
        }
        let letters = bench.desk.office().operator().letters(&Filter::default()).await.expect("letters");
        let last = letters[59].key();
        let quicker = |_: &Redriven| bench.desk.store.remove(&last);
        let told = bench.desk.office().redrive(&Filter::default(), quicker).await.expect("redriven");
        assert_eq!((told.redriven, told.settled), (59, 1));
    }
}

#[tokio::test]
async fn filters_take_what_they_say() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        unreadable(&bench, "SO-1").await;
        bench.advance(60);
        unreadable(&bench, "SO-2").await;
        let operator = bench.desk.office().operator();
        let newest = operator.letters(&Filter { since: Some(operator.now), ..Filter::default() }).await.expect("letters");
        assert_eq!(newest.iter().map(|letter| letter.order_id.as_deref()).collect::<Vec<_>>(), [Some("SO-2")]);
        for (filter, count) in [
            (Filter { carrier: Some("swiftpost".into()), ..Filter::default() }, 2),
            (Filter { carrier: Some("swift".into()), ..Filter::default() }, 0),
            (Filter { queue: Some(Queue::Actions), ..Filter::default() }, 0),
            (Filter { order_id: Some("SO-1".into()), ..Filter::default() }, 1),
            (Filter { limit: Some(1), ..Filter::default() }, 1),
        ] {
            assert_eq!(operator.count_letters(&filter).await, Ok(count), "{filter:?}");
        }
    }
}

#[tokio::test]
async fn another_order_under_a_known_name_is_not_redriven_but_can_be_discarded() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(201, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        let mut other = order("SO-1");
        other["shipment"]["service"] = json!("express");
        bench.desk.store.produce(Queue::Orders, "swiftpost", other.to_string().into_bytes());
        bench.work(Queue::Orders).await;
        let told = redrive(&bench, Filter::default()).await;
        assert!(told.left[0].why.contains("under the same name"), "{:?}", told.left);
        let operator = bench.desk.office().operator();
        assert_eq!(operator.discard("SO-1").await.map(|letter| letter.reason), Ok("conflict".into()));
        assert_eq!(operator.letters(&Filter::default()).await, Ok(vec![]));
    }
}
