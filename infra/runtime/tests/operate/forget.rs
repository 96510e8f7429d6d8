use super::house::{Bench, accepted, event, order};
use crossdock_runtime::handler::operate::{Failed, Forgotten};
use crossdock_runtime::port::Queue;

async fn accepted_order(bench: &Bench, order_id: &str) {
    bench.take(&order(order_id)).await;
    bench.answers(201, &accepted(order_id));
    bench.work(Queue::Orders).await;
}

#[tokio::test]
async fn nothing_of_a_person_stays_and_the_order_is_not_sent_again() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        accepted_order(&bench, "SO-1").await;
        accepted_order(&bench, "SO-10").await;
        for order_id in ["SO-1", "SO-10"] {
            bench.deliver("k3y-0f-tests", &event(&format!("e-{order_id}"), order_id, "DL")).await;
            bench.deliver("k3y-0f-tests", &event(&format!("u-{order_id}"), order_id, "XX")).await;
            bench.deliver("forged", &event(&format!("f-{order_id}"), order_id, "DL")).await;
        }
        bench.work(Queue::Updates).await;
        let operator = bench.desk.office().operator();
        let told = operator.forget("SO-1", false).await.expect("forgotten");
        let expected = Forgotten {
            operations: 1,
            orders: 1,
            parcels: 1,
            events: 1,
            letters: 1,
            quarantined: 1,
            exchanges: 3,
            documents: 1,
            mails: 0,
        };
        assert_eq!(told, expected);
        assert_eq!(operator.trace("SO-10", true).await.expect("a story").parcels.len(), 1, "the other order is whole");
        assert_eq!(operator.letters(&Default::default()).await.expect("letters").len(), 1);
        let kept = bench.kept().replace("T-SO-10", "");
        assert!(!kept.contains("T-SO-1"), "neither the call, nor what its event and its dead letter came with: {kept}");
        let story = operator.trace("SO-1", true).await.expect("a story");
        assert_eq!((story.operations[0].state, story.parcels.len()), ("accepted", 0));
        bench.asked();
        assert!(bench.desk.take_order(order("SO-1").to_string().as_bytes()).await.expect("known").known);
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), [""; 0]);
    }
}

#[tokio::test]
async fn an_order_under_way_is_forgotten_by_force_only() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        bench.take(&order("SO-1")).await;
        let operator = bench.desk.office().operator();
        let refused = operator.forget("SO-1", false).await;
        assert!(matches!(&refused, Err(Failed::NotNow { why, .. }) if why.contains("create_shipment is new")), "{refused:?}");
        let told = operator.forget("SO-1", true).await.expect("forgotten");
        assert_eq!((told.operations, told.orders), (1, 1));
        bench.work(Queue::Orders).await;
        assert_eq!(bench.asked(), [""; 0], "nothing is sent");
        assert!(!bench.kept().contains("Zoë"));
    }
}

#[tokio::test]
async fn a_parcel_on_its_way_keeps_its_order() {
    for atomic in [true, false] {
        let bench = Bench::over(atomic).await;
        accepted_order(&bench, "SO-1").await;
        let refused = bench.desk.office().operator().forget("SO-1", false).await;
        assert!(matches!(&refused, Err(Failed::NotNow { why, .. }) if why.contains("its parcel `T-SO-1`")), "{refused:?}");
    }
}
