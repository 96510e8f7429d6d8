//! Codes of two parts: joined by the event, read by a code, a rule or a pattern.

use crate::support::{NOW, account, carrier, file, refused_file};
use crossdock_engine::carrier::Delivery;

fn hook(vocabulary: &str) -> String {
    file(&format!(
        "webhooks:\n  tracking:\n    verify: {{none: the carrier signs nothing}}\n    events: $.events[*]\n    event:\n      tracking_number: $.no\n      status: {{code: {{from: [$.code, $.sub], join: /}}, text: $.text, vocabulary: v}}\nvocabularies:\n  v: {vocabulary}\n"
    ))
}

/// Status, reason and code of the event with these parts; `-` for one that waits for a person.
#[track_caller]
fn reading(vocabulary: &str, code: &str, sub: &str, text: &str) -> String {
    let carrier = carrier(&hook(vocabulary));
    let body = serde_json::json!({"events": [{"no": "A", "code": code, "sub": sub, "text": text}]}).to_string();
    let delivery = Delivery { method: "POST".into(), body: body.into_bytes(), ..Delivery::default() };
    let found = carrier.translate("tracking", &delivery, &account(&carrier), NOW).unwrap();
    match found.events.first() {
        Some(found) => {
            let event = &found.event;
            let reason = event.reason.map_or("", |reason| reason.name());
            format!("{} {reason} {}", event.status.name(), event.carrier_code.as_deref().unwrap_or_default())
        }
        None => {
            found.unmapped.first().map_or("history".to_owned(), |parked| format!("- {}", parked.code.as_deref().unwrap_or("?")))
        }
    }
}

const TWO: &str = r#"{rules: [{code: "DL/*", text: "(?i)neighbour", status: delivered, reason: to_neighbour}], codes: {DL: delivered, "DL/*": delivered, EX/A1: {status: delivery_attempted, reason: not_home}, "EX/B*": on_hold, "EX/*": exception, "*/LOG": history}, unknown: park}"#;

#[test]
fn two_codes_are_one_key() {
    assert_eq!(reading(TWO, "EX", "A1", ""), "delivery_attempted not_home EX/A1");
    assert_eq!(reading(TWO, "DL", "", ""), "delivered  DL");
    assert_eq!(reading(TWO, "DL", "07", "with the Neighbour"), "delivered to_neighbour DL/07");
}

#[test]
fn a_star_reads_what_no_code_reads() {
    assert_eq!(reading(TWO, "EX", "B7", ""), "on_hold  EX/B7");
    assert_eq!(reading(TWO, "EX", "Z9", ""), "exception  EX/Z9");
    assert_eq!(reading(TWO, "EX", "LOG", ""), "exception  EX/LOG", "the first that fits");
    assert_eq!(reading(TWO, "XX", "LOG", ""), "history");
    assert_eq!(reading(TWO, "EX", "", ""), "- EX", "a code without a second part is another code");
    assert_eq!(reading(TWO, "XX", "A1", ""), "- XX/A1");
    let folded = r#"{match: ignore_case, codes: {"ex/*": exception}, unknown: park}"#;
    assert_eq!(reading(folded, "Ex", "q", ""), "exception  Ex/q");
    let literal = r#"{codes: {EX.1: exception, "a*c*e": picked_up}, unknown: park}"#;
    assert_eq!(reading(literal, "EXx1", "", ""), "- EXx1", "only the star is no letter");
    assert_eq!(reading(literal, "abcde", "", ""), "picked_up  abcde");
    assert_eq!(reading(literal, "abcd", "", ""), "- abcd");
}

#[test]
fn events_of_one_code_and_two_second_codes_are_two() {
    let carrier = carrier(&hook(TWO));
    let body = br#"{"events": [{"no": "A", "code": "EX", "sub": "1"}, {"no": "A", "code": "EX", "sub": "2"}]}"#.to_vec();
    let delivery = Delivery { method: "POST".into(), body, ..Delivery::default() };
    let found = carrier.translate("tracking", &delivery, &account(&carrier), NOW).unwrap();
    assert_ne!(found.events[0].event.event_id, found.events[1].event.event_id);
}

#[test]
fn a_pattern_that_reads_all_or_nothing_is_a_finding() {
    refused_file(&hook(r#"{codes: {"*": exception}, unknown: park}"#), "would read every code");
    refused_file(&hook(r#"{codes: {"EX/*": exception, "EX/B*": on_hold}, unknown: park}"#), "`EX/B*` is never reached");
    refused_file(&hook(r#"{codes: {"EX/*": exception, "EX/* ": on_hold, "EX/*": lost}, unknown: park}"#), "");
    assert_eq!(reading(r#"{codes: {"EX/B*": on_hold, "EX/*": exception}, unknown: park}"#, "EX", "B", ""), "on_hold  EX/B");
}
