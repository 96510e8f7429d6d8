//! Emails: one per problem, a digest when there are many, none lost and none written twice.

use crate::support::World;
use crossdock_runtime::handler::{Settings, keys};
use crossdock_runtime::port::{ExchangeKind, Mail, Queue, Store};
use serde_json::{Value, json};
use std::time::Duration;

fn held(number: usize, topic: &str) -> Value {
    let order = format!("SO-{number}");
    let event = json!({"event_id": format!("e{number}"), "carrier": "swiftpost", "account": "default", "order_id": order,
        "tracking_number": format!("00{number}"), "status": "on_hold", "reason": "wrong_address", "carrier_code": "HLD",
        "carrier_text": "ADDRESS INCOMPLETE", "occurred_at": "2023-11-14T08:00:00Z", "time_is": "instant", "sequence": 4,
        "location": {"text": "Depot 5, Hauptstraße 5", "city": "Leipzig", "country": "DE"}, "signed_by": "Zoë Müller"});
    json!({"action_id": format!("a{number}"), "order_id": order, "email_logistics": {"topic": topic, "event": event}})
}

fn refused() -> Value {
    let refusal = json!({"carrier": "swiftpost", "account": "default", "operation": "create_shipment", "reference": "SO-1",
        "code": "ZIP", "message": "no such\r\nplace"});
    json!({"action_id": "r1", "order_id": "SO-1", "email_logistics": {"topic": "default", "refusal": refusal}})
}

/// Writes so many emails, and lets the poller have a turn.
async fn write(world: &World, numbers: std::ops::Range<usize>) -> Vec<Mail> {
    for number in numbers {
        world.enqueue_action(&held(number, "default"));
    }
    world.settle().await;
    flush(world).await
}

async fn flush(world: &World) -> Vec<Mail> {
    world.desk.poll().await.expect("a turn");
    world.mailer.take()
}

fn few() -> Settings {
    Settings { mails_per_hour: 3, ..Settings::default() }
}

#[tokio::test]
async fn a_problem_is_told_in_plain_words() {
    let world = World::new().await;
    world.enqueue_action(&held(1, "addresses"));
    world.settle().await;
    let mail = flush(&world).await.remove(0);
    assert_eq!((mail.to.as_str(), mail.id.as_str()), ("addresses@shop.example", "a1"));
    assert_eq!(mail.subject, "SwiftPost: parcel 001 of order SO-1 is held until someone does something");
    assert_eq!(
        mail.text,
        "Parcel 001 of order SO-1 is held until someone does something.\n\n\
         Why:              The address is wrong.\n\
         The carrier says: \"ADDRESS INCOMPLETE\" (code HLD)\n\
         Since:            2023-11-14 08:00:00 UTC\n\
         Where:            Leipzig, DE\n\
         Carrier:          SwiftPost (account default)\n\
         Order:            SO-1\n"
    );
    assert!(!mail.text.contains("Zoë") && !mail.text.contains("Hauptstraße"), "no names and no streets");
}

#[tokio::test]
async fn a_refusal_is_told_and_its_words_stay_in_their_line() {
    let world = World::new().await;
    world.enqueue_action(&refused());
    world.settle().await;
    let mail = flush(&world).await.remove(0);
    assert_eq!(mail.subject, "SwiftPost: order SO-1 (create shipment) is refused by the carrier");
    assert!(mail.text.contains("The carrier says: \"no such place\" (code ZIP)\n"), "{}", mail.text);
    assert!(mail.text.contains("Since:            2023-11-14 22:13 UTC\n"), "{}", mail.text);
}

#[tokio::test]
async fn topics_without_an_address_fall_back_and_without_any_the_journal_keeps_it() {
    let world = World::new().await;
    world.enqueue_action(&held(1, "customs"));
    world.settle().await;
    assert_eq!(flush(&world).await[0].to, "logistics@shop.example");
    world.files.write("actions.yaml", "format: actions/v1\nrules: []\n");
    world.reload().await;
    world.enqueue_action(&held(2, "customs"));
    world.settle().await;
    assert!(flush(&world).await.is_empty() && world.store.queued(Queue::Actions).is_empty());
    let journal = world.store.exchanges("SO-2").await.expect("a journal");
    assert_eq!((journal[0].kind, journal[0].meaning.as_str()), (ExchangeKind::Email, "no address"));
}

#[tokio::test]
async fn an_action_that_comes_again_is_not_written_again() {
    let world = World::new().await;
    for _ in 0..2 {
        world.enqueue_action(&held(1, "default"));
    }
    world.settle().await;
    assert_eq!(flush(&world).await.len(), 1);
    world.enqueue_action(&held(1, "default"));
    world.settle().await;
    assert!(flush(&world).await.is_empty(), "it was sent");
    let item = world.store.items(keys::MAIL).remove(0);
    assert!(!String::from_utf8_lossy(&item.body).contains("ADDRESS"), "what was sent is remembered by name alone");
    world.clock.advance(Duration::from_secs(8 * 86_400));
    flush(&world).await;
    assert!(world.store.items(keys::MAIL).is_empty(), "and not for ever");
}

#[tokio::test]
async fn many_problems_come_as_a_digest_that_names_them_all() {
    let world = World::with(true, few()).await;
    let mails = write(&world, 0..5).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.starts_with("5 problems; 5 times SwiftPost: is held"), "{}", mails[0].subject);
    for number in 0..5 {
        assert!(mails[0].text.contains(&format!("parcel 00{number} of order SO-{number}, since")), "{}", mails[0].text);
    }
    let journal = world.store.exchanges("SO-3").await.expect("a journal");
    assert!(journal[0].meaning.starts_with("sent in digest-default-"), "each order's story tells it");
}

#[tokio::test]
async fn within_the_hour_more_come_as_a_digest_each_quarter() {
    let world = World::with(true, few()).await;
    assert_eq!(write(&world, 0..3).await.len(), 3);
    let first = write(&world, 3..4).await;
    assert_eq!((first.len(), first[0].id.as_str()), (1, "a3"), "a digest of one is the mail itself");
    assert!(write(&world, 4..6).await.is_empty(), "the window is open");
    world.clock.advance(Duration::from_secs(901));
    let second = flush(&world).await;
    assert!(second.len() == 1 && second[0].subject.starts_with("2 problems"), "{second:?}");
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(write(&world, 6..8).await.len(), 2, "an hour later each is a mail again");
}

#[tokio::test]
async fn one_topic_does_not_silence_another() {
    let world = World::with(true, few()).await;
    write(&world, 0..5).await;
    world.enqueue_action(&held(9, "addresses"));
    world.settle().await;
    let mails = flush(&world).await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "addresses@shop.example"));
}

#[tokio::test]
async fn a_mail_server_that_is_down_loses_nothing_and_developers_are_told_once() {
    let world = World::with(true, few()).await;
    world.mailer.fails(true);
    assert!(write(&world, 0..5).await.is_empty());
    world.clock.advance(Duration::from_secs(700));
    flush(&world).await;
    assert_eq!(world.desk.notify().await, Ok(1));
    assert_eq!(world.notifier.take()[0].title, "emails to `default` are not sent");
    assert_eq!(world.desk.notify().await, Ok(0));
    write(&world, 5..7).await;
    world.mailer.fails(false);
    let mails = flush(&world).await;
    assert!(mails.len() == 1 && mails[0].subject.starts_with("5 problems"), "the digest that was begun: {mails:?}");
    world.clock.advance(Duration::from_secs(901));
    assert_eq!(flush(&world).await.len(), 2, "and those that came later");
}

#[tokio::test]
async fn a_digest_whose_sending_was_not_noted_is_sent_again_under_its_name() {
    let world = World::with(true, few()).await;
    for number in 0..5 {
        world.enqueue_action(&held(number, "default"));
    }
    world.settle().await;
    // The topic is taken up and the digest settled; then the store is gone.
    world.store.breaks_after(2, crossdock_runtime::port::CommitError::Failed("disk full".into()));
    assert!(world.desk.poll().await.is_err());
    let first = world.mailer.take();
    world.store.mended();
    assert!(flush(&world).await.is_empty(), "the flush that died is waited for");
    world.clock.advance(Duration::from_secs(301));
    let second = flush(&world).await;
    assert_eq!(first, second, "the same digest under the same name");
    assert!(flush(&world).await.is_empty());
}

#[tokio::test]
async fn two_pollers_do_not_send_the_same_mail() {
    let world = World::new().await;
    for number in 0..4 {
        world.enqueue_action(&held(number, "default"));
    }
    world.settle().await;
    let other = world.another().await;
    let (first, second) = tokio::join!(world.desk.poll(), other.poll());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(world.mailer.take().len(), 4);
}
