//! A person's data, removed while messages and emails are on their way.

use crate::support::World;
use crate::support::shapes::{delivery, event, number, order};
use crossdock_runtime::handler::{Settings, keys};
use crossdock_runtime::port::Queue;
use std::time::Duration;

/// Everything that is kept or on its way, as text.
fn kept(world: &World) -> String {
    let items = world.store.items("").into_iter().map(|item| item.key + &String::from_utf8_lossy(&item.body));
    let journal = world.store.journal().into_iter().map(|exchange| exchange.request + &exchange.reply);
    let queued = Queue::ALL.into_iter().flat_map(|queue| world.store.queued(queue));
    let queued = queued.map(|body| String::from_utf8_lossy(&body).into_owned());
    items.chain(journal).chain(queued).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_on_its_way_reaches_nobody_and_leaves_nothing_behind() {
    for atomic in [true, false] {
        let world = World::with(atomic, Settings::default()).await;
        world.accepted("SO-1").await;
        world.accepted("SO-10").await;
        for id in ["SO-1", "SO-10"] {
            world.deliver(delivery(&[event(id, "HLD", 8)])).await;
        }
        world.work(Queue::Updates).await;
        world.work(Queue::Actions).await;
        assert_eq!(world.store.items(keys::MAIL).len(), 2, "two emails wait");
        world.deliver(delivery(&[event("SO-1", "OFD", 9)])).await;
        world.work(Queue::Updates).await;
        assert_eq!(world.store.queued(Queue::Actions).len(), 1, "an update waits for the shop");
        world.deliver(delivery(&[event("SO-1", "DL", 10)])).await;
        let told = world.desk.office().operator().forget("SO-1", true).await.expect("forgotten");
        assert_eq!((told.mails, told.parcels, told.events), (1, 1, 2));
        let before = world.told("/orders/SO-1/").len();
        world.settle().await;
        world.desk.poll().await.expect("a turn");
        world.settle().await;
        let mails = world.mailer.take();
        assert!(mails.len() == 1 && mails[0].text.contains(&number("SO-10")), "{mails:?}");
        assert_eq!((world.told("/orders/SO-1/").len(), world.letters()), (before, vec![]));
        let kept = kept(&world).replace(&number("SO-10"), "");
        assert!(!kept.contains(&number("SO-1")), "{kept}");
    }
}

#[tokio::test]
async fn what_comes_later_under_the_same_order_is_told() {
    let world = World::new().await;
    world.accepted("SO-1").await;
    world.desk.office().operator().forget("SO-1", true).await.expect("forgotten");
    world.clock.advance(Duration::from_secs(1));
    world.deliver(delivery(&[event("SO-1", "PU", 8)])).await;
    world.settle().await;
    assert!(world.letters().is_empty() && world.store.queued(Queue::Updates).is_empty(), "nobody's parcel any more");
    let mut again = order("SO-1");
    again["operation_id"] = "2".into();
    world.enqueue(&again);
    world.settle().await;
    world.deliver(delivery(&[event("SO-1", "OFD", 9)])).await;
    world.settle().await;
    assert_eq!((world.told("/orders/SO-1/result").len(), world.told("/orders/SO-1/updates").len()), (2, 1));
}
