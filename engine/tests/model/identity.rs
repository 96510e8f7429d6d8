//! The same thing, come again, has the same name; another one has another.

use crossdock_engine::model::identity::{self, EventIdentity};
use crossdock_engine::model::{Moment, TimeIs, order_key};
use std::collections::HashSet;

fn seen<'a>(number: &'a str, code: Option<&'a str>, text: Option<&'a str>, at: &'a Moment, time_is: TimeIs) -> String {
    let (carrier, account, number) = ("swiftpost", "default", Some(number));
    EventIdentity { carrier, account, carrier_event_id: None, number, code, text, occurred_at: at, time_is }.id()
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("a moment")
}

#[test]
fn an_instant_counts_however_it_is_written() {
    let (here, there) = (moment("2026-03-31T12:00:00+02:00"), moment("2026-03-31T10:00:00Z"));
    let id = seen("T1", Some("OFD"), Some("out"), &here, TimeIs::Instant);
    assert_eq!(id, seen("T1", Some("OFD"), Some("out"), &there, TimeIs::Instant));
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn every_part_distinguishes() {
    let (noon, later) = (moment("2026-03-31T12:00:00Z"), moment("2026-03-31T12:00:01Z"));
    let ids: HashSet<String> = [
        seen("T1", Some("A"), Some("B"), &noon, TimeIs::Instant),
        seen("T2", Some("A"), Some("B"), &noon, TimeIs::Instant),
        seen("T1", Some("AB"), Some(""), &noon, TimeIs::Instant),
        seen("T1", Some("AB"), None, &noon, TimeIs::Instant),
        seen("T1", None, Some("AB"), &noon, TimeIs::Instant),
        seen("T1", Some("A"), Some("B"), &later, TimeIs::Instant),
    ]
    .into();
    assert_eq!(ids.len(), 6);
}

#[test]
fn a_time_of_reception_does_not_count() {
    let (first, again) = (moment("2026-03-31T12:00:00Z"), moment("2026-03-31T12:05:00Z"));
    let id = seen("T1", Some("A"), None, &first, TimeIs::Received);
    assert_eq!(id, seen("T1", Some("A"), None, &again, TimeIs::Received));
}

#[test]
fn the_carriers_id_counts_alone_but_per_parcel() {
    let (first, again) = (moment("2026-03-31T12:00:00Z"), moment("2026-03-31T12:05:00Z"));
    let given = |number, code, at| {
        let (carrier, account, carrier_event_id) = ("swiftpost", "default", Some("ev-9"));
        let (text, time_is) = (None, TimeIs::Instant);
        EventIdentity { carrier, account, carrier_event_id, number, code, text, occurred_at: at, time_is }.id()
    };
    assert_eq!(given(Some("T1"), Some("A"), &first), given(Some("T1"), Some("B"), &again));
    assert_ne!(given(Some("T1"), Some("A"), &first), given(Some("T2"), Some("A"), &first));
}

#[test]
fn names_stay_what_they_are_across_versions() {
    assert_eq!(identity::notify_shop_id("e1"), "33f4e113ade1f30fd6f45ae25222cadf");
    assert_eq!(order_key("W 1", "create_shipment", "W:1"), "W%201:create_shipment:W%3A1");
}

#[test]
fn actions_of_one_cause_have_names_of_their_own() {
    let names: HashSet<String> = [
        identity::order_result_id("x"),
        identity::notify_shop_id("x"),
        identity::event_email_id("x", "default"),
        identity::event_email_id("x", "customs"),
        identity::refusal_email_id("x", "default"),
    ]
    .into();
    assert_eq!(names.len(), 5);
}

#[test]
fn no_two_orders_share_a_key() {
    let parts = ["a", "a:b", "b", "%3A", ":", "a%3Ab", "ä", ""];
    let mut keys = HashSet::new();
    for index in 0..parts.len().pow(3) {
        let [order, operation, id] = [1, 8, 64].map(|place| parts[index / place % 8]);
        let key = order_key(order, operation, id);
        assert!(key.is_ascii() && !key.contains(char::is_whitespace), "{key}");
        assert!(keys.insert(key), "{order} {operation} {id}");
    }
}
