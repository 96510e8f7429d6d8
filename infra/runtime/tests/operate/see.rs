use super::house::{Bench, accepted, event, order};
use crossdock_runtime::handler::operate::{Advice, Failed, Happening};
use crossdock_runtime::port::Queue;
use serde_json::json;

#[tokio::test]
async fn a_status_shows_queues_letters_pauses_and_quarantine() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(202, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        bench.take(&order("SO-2")).await;
        assert_eq!(bench.deliver("forged", &event("e1", "SO-1", "DL")).await, 401);
        let operator = bench.desk.office().operator();
        assert_eq!(operator.pause("swiftpost").await, Ok(true));
        assert_eq!(operator.pause("swiftpost").await, Ok(false), "a second time nothing changes");
        let status = operator.status().await.expect("a status");
        assert_eq!(status.queues[0].groups["swiftpost"].ready, 1);
        assert_eq!((status.queues[0].total.ready, status.queues[1].total.ready), (1, 0));
        assert_eq!((status.dead[0].count, status.dead[0].advice), (1, Advice::ReadAgain));
        assert_eq!((status.carriers[0].carrier.as_str(), status.carriers[0].paused), ("swiftpost", true));
        assert_eq!((status.quarantine[0].webhook.as_str(), status.quarantine[0].count), ("tracking", 1));
        assert_eq!((status.open["new"], status.open_cut), (1, false));
        assert_eq!(operator.resume("swiftpost").await, Ok(true));
        assert!(!operator.status().await.expect("a status").carriers[0].paused);
    }
}

#[tokio::test]
async fn a_trace_tells_the_story_in_order_without_persons() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.advance(1);
        bench.answers(201, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        bench.advance(60);
        bench.deliver("k3y-0f-tests", &event("e1", "SO-1", "DL")).await;
        bench.work(Queue::Updates).await;
        let operator = bench.desk.office().operator();
        let story = operator.trace("SO-1", false).await.expect("a story");
        let kinds: Vec<String> =
            story.lines.iter().map(|line| serde_json::to_value(line).expect("JSON")["kind"].to_string()).collect();
        let expected = ["\"taken\"", "\"exchange\"", "\"noted\"", "\"exchange\"", "\"event\""];
        assert_eq!(kinds, expected);
        let Happening::Exchange(exchange) = &story.lines[1].what else { panic!("an exchange") };
        assert_eq!((exchange.status, exchange.meaning.as_str()), (Some(201), "accepted"));
        assert_eq!(story.operations[0].state, "accepted");
        assert_eq!(story.parcels[0].status.map(|status| status.to_string()).as_deref(), Some("delivered"));
        let text = serde_json::to_string(&story).expect("JSON");
        assert!(!text.contains("Example") && !text.contains("Dresden"), "{text}");
        let full = serde_json::to_string(&operator.trace("SO-1", true).await.expect("a story")).expect("JSON");
        assert!(full.contains("Zoë Example") && !full.contains("k3y-0f-tests"), "{full}");
    }
}

#[tokio::test]
async fn a_letter_is_found_by_its_name_and_by_its_order() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(202, &json!({"word": "secret of Zoë Example"}));
        bench.work(Queue::Orders).await;
        let operator = bench.desk.office().operator();
        for id in ["SO-1", "SO-1:create_shipment:1", "SO-1:cr"] {
            let shown = operator.show_letter(id, false).await.expect("a letter");
            assert_eq!(shown.exchange.and_then(|exchange| exchange.status), Some(202));
            assert_eq!(shown.operation.map(|operation| operation.state), Some("parked"));
        }
        let brief = serde_json::to_string(&operator.show_letter("SO-1", false).await.expect("a letter")).expect("JSON");
        assert!(!brief.contains("Zoë"), "{brief}");
        let full = serde_json::to_string(&operator.show_letter("SO-1", true).await.expect("a letter")).expect("JSON");
        assert!(full.contains("secret of Zoë Example"), "{full}");
        assert!(matches!(operator.show_letter("SO-9", false).await, Err(Failed::Unknown { .. })));
        assert!(matches!(operator.discard("SO-1").await, Err(Failed::NotNow { .. })), "an order of ours is not thrown away");
    }
}

#[tokio::test]
async fn quarantined_deliveries_are_verified_again_after_the_mend() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        bench.answers(201, &accepted("SO-1"));
        bench.work(Queue::Orders).await;
        bench.actions().await;
        bench.deliver("k3y-0f-tests2", &event("e1", "SO-1", "DL")).await;
        let office = bench.desk.office();
        let listed = office.operator().quarantined(Some("swiftpost")).await.expect("a list");
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].delivery.headers, [], "an outline only");
        let shown = office.operator().show_quarantined(&listed[0].id).await.expect("a delivery");
        assert_eq!(shown.delivery.headers[0].0, "x-key");
        let at = crossdock_runtime::handler::Address { carrier: "swiftpost", account: "default", webhook: "tracking" };
        assert_eq!(office.verify_again(at, &bench.desk.wire).await, Ok((0, 1)));
        bench.mend("value: \"${{ secret.key }}\"", "value: \"${{ secret.key }}2\"").await;
        assert_eq!(office.verify_again(at, &bench.desk.wire).await, Ok((1, 0)));
        bench.work(Queue::Updates).await;
        assert_eq!(bench.actions().await[0]["notify_shop"]["event"]["status"], "delivered");
        assert_eq!(office.operator().quarantined(None).await, Ok(vec![]));
    }
}
