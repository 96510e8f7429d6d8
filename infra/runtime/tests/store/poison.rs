//! A message that makes the process crash is counted across restarts.

use crate::support::{Place, bodies, receive, send_all};
use crossdock_runtime::port::Store;
use std::time::Duration;

#[tokio::test]
async fn what_was_there_at_the_start_is_counted_before_it_is_handed_out() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "bad"), ("a", "good")]).await;
    assert_eq!(receive(&store, 1).await[0].receives, 1);
    drop(store); // As in a crash, the message is not acknowledged.
    for crashes in 1..=3 {
        let store = place.serve();
        let received = receive(&store, 1).await;
        assert_eq!((bodies(&received), received[0].receives), (vec!["bad".into()], crashes));
    }
    let store = place.serve();
    let received = receive(&store, 2).await;
    let counts: Vec<u32> = received.iter().map(|message| message.receives).collect();
    assert_eq!((bodies(&received), counts), (vec!["bad".into(), "good".into()], vec![4, 1]));
}

#[tokio::test]
async fn within_a_process_it_is_counted_once_durably_and_then_in_memory() {
    let place = Place::new();
    let store = place.serve();
    send_all(&store, &[("a", "1")]).await;
    drop(store);
    let store = place.serve();
    for receives in 1..=4 {
        let received = receive(&store, 1).await;
        assert_eq!(received[0].receives, receives);
        store.defer(&received[0], Duration::ZERO).await.expect("deferred");
    }
    assert_eq!(store.stats().rows, 1, "one durable count");
    drop(store);
    assert_eq!(receive(&place.serve(), 1).await[0].receives, 2, "deferrals in memory do not make a message poisonous");
}
