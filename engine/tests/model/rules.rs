//! What leads to what: the shop's rules, then the shipped ones.

use crate::event;
use crossdock_engine::model::rules::{ActionRules, Attempts, Decision, Do, Facts, ReasonPattern, Rule};
use crossdock_engine::model::{Reason, Status};

const FIRST: Facts<'static> = Facts { attempt: 1, first_of_status: true, asked_cancel: false, country: None };

/// The decisions in short: `shop`, or the topic of an email.
fn decide(rules: &ActionRules, status: &str, reason: Option<Reason>, facts: &Facts<'_>) -> Vec<String> {
    let event = crossdock_engine::model::Event { reason, ..event(status) };
    let short = |decision| match decision {
        Decision::NotifyShop => "shop".to_owned(),
        Decision::EmailLogistics { topic } => topic,
    };
    rules.decide(&event, facts).into_iter().map(short).collect()
}

fn email(topic: &str) -> Vec<Do> {
    vec![Do::EmailLogistics { topic: Some(topic.to_owned()) }]
}

#[test]
fn the_shipped_rules_say_who_is_told() {
    let table = [
        ("created", ""),
        ("accepted", ""),
        ("at_pickup", ""),
        ("picked_up", "shop"),
        ("in_transit", "shop"),
        ("customs", ""),
        ("delayed", "shop"),
        ("on_hold", "default"),
        ("exception", "default"),
        ("out_for_delivery", "shop"),
        ("arriving", ""),
        ("delivery_attempted", "shop"),
        ("ready_for_pickup", "shop"),
        ("returning", "shop default"),
        ("delivered", "shop"),
        ("delivery_failed", "shop default"),
        ("returned", "shop default"),
        ("cancelled", "shop default"),
        ("lost", "shop default"),
        ("unknown", ""),
    ];
    assert_eq!(table.len(), Status::all().len());
    for (status, told) in table {
        assert_eq!(decide(&ActionRules::default(), status, None, &FIRST).join(" "), told, "{status}");
    }
}

#[test]
fn the_shipped_rules_count_and_remember() {
    let rules = ActionRules::default();
    let none: [&str; 0] = [];
    assert_eq!(decide(&rules, "in_transit", None, &Facts { first_of_status: false, ..FIRST }), none);
    assert_eq!(decide(&rules, "out_for_delivery", None, &Facts { first_of_status: false, ..FIRST }), ["shop"]);
    assert_eq!(decide(&rules, "delivery_attempted", None, &Facts { attempt: 2, ..FIRST }), ["shop", "default"]);
    assert_eq!(decide(&rules, "cancelled", None, &Facts { asked_cancel: true, ..FIRST }), none);
}

#[test]
fn the_first_match_wins_and_the_shops_rules_come_first() {
    let customs = Rule {
        reasons: vec![ReasonPattern::parse("customs_*").expect("a pattern")],
        ..Rule::on(&[Status::OnHold], email("customs"))
    };
    let quiet = Rule::on(&[Status::Delivered], vec![]);
    let rules = ActionRules { rules: vec![customs, quiet], ..ActionRules::default() };
    assert_eq!(decide(&rules, "on_hold", Some(Reason::CustomsDocuments), &FIRST), ["customs"]);
    assert_eq!(decide(&rules, "on_hold", Some(Reason::Inspection), &FIRST), ["default"]);
    assert_eq!(decide(&rules, "on_hold", None, &FIRST), ["default"]);
    assert!(decide(&rules, "delivered", None, &FIRST).is_empty());
}

#[test]
fn topics_are_chosen_by_carrier_and_country() {
    let of = |carriers: &[&str], countries: &[&str], topic| Rule {
        carriers: carriers.iter().map(|name| (*name).to_owned()).collect(),
        countries: countries.iter().map(|name| (*name).to_owned()).collect(),
        ..Rule::on(&[Status::Lost], email(topic))
    };
    let rules = vec![of(&["otherpost"], &[], "other"), of(&[], &["CH", "NO"], "abroad"), of(&["swiftpost"], &[], "swift")];
    let rules = ActionRules { rules, ..ActionRules::default() };
    assert_eq!(decide(&rules, "lost", None, &Facts { country: Some("NO"), ..FIRST }), ["abroad"]);
    assert_eq!(decide(&rules, "lost", None, &Facts { country: Some("FR"), ..FIRST }), ["swift"]);
    assert_eq!(decide(&rules, "lost", None, &FIRST), ["swift"]);
}

#[test]
fn a_rule_for_everything_leaves_unknown_to_the_developers() {
    let rules = ActionRules { rules: vec![Rule::on(&[], vec![Do::NotifyShop, Do::NotifyShop])], ..ActionRules::default() };
    assert_eq!(decide(&rules, "created", None, &FIRST), ["shop"]);
    assert!(decide(&rules, "unknown", None, &FIRST).is_empty());
}

#[test]
fn refusals_go_to_logistics() {
    assert_eq!(ActionRules::default().on_refusal(), Decision::EmailLogistics { topic: "default".to_owned() });
}

#[test]
fn ranges_of_attempts_include_both_ends() {
    let holds = |text: &str| -> Vec<u32> {
        let attempts = Attempts::parse(text).expect(text);
        (1..=5).filter(|attempt| attempts.contains(*attempt)).collect()
    };
    assert_eq!(holds("2"), [2]);
    assert_eq!(holds("2.."), [2, 3, 4, 5]);
    assert_eq!(holds("..3"), [1, 2, 3]);
    assert_eq!(holds("2..3"), [2, 3]);
    for text in ["", "..", "0", "0..2", "3..2", "..0", "two", "2...", "-1", "+2", "2..3..4", "99999999999"] {
        assert!(Attempts::parse(text).is_err(), "{text}");
    }
}

#[test]
fn reason_patterns_mean_what_exists() {
    let names = |text: &str| -> Vec<&str> {
        ReasonPattern::parse(text).expect(text).reasons().iter().map(|reason| reason.name()).collect()
    };
    assert_eq!(names("not_home"), ["not_home"]);
    assert_eq!(names("customs_*"), ["customs_delay", "customs_documents"]);
    assert_eq!(names("cancelled_by_*"), ["cancelled_by_sender", "cancelled_by_recipient"]);
    assert_eq!(names("*_address"), ["wrong_address"]);
    assert_eq!(names("*").len(), Reason::all().len());
    assert!(ReasonPattern::parse("custom_*").is_err() && ReasonPattern::parse("").is_err());
}
