//! What our file reads of the replies against what was read when they were gathered: a pair of details and messages.
//!
//! The words differ, the facts must not: tracking numbers, ids, documents, codes, texts, days of events, refusals.

use super::walk::Walked;
use super::{Differs, Read, Recording, Subject, text_of};
use serde_json::{Value, json};

/// Whatever the recording had there.
const ANY: &str = "<_ANY>";

pub(super) fn differences(recording: &Recording, walked: &Walked) -> Vec<Differs> {
    let Read::Gathered(pair) = &recording.read else { return Vec::new() };
    let ours = &walked.read;
    if ours.is_null() {
        return vec![differs("outcome", "a result", &"no end: the recorded replies do not suffice".into())];
    }
    let (details, messages) = (&pair[0], &pair[1]);
    let mut found = Vec::new();
    messages.as_array().into_iter().flatten().for_each(|message| said(message, ours, &mut found));
    match &recording.subject {
        Subject::Track => details.as_array().into_iter().flatten().for_each(|item| tracked(item, ours, &mut found)),
        _ if details.is_object() => done(details, ours, &mut found),
        _ => {}
    }
    if details.is_null() && ours["outcome"] == "accepted" {
        found.push(differs("outcome", "an error", &ours["outcome"]));
    }
    found
}

fn differs(what: &str, recorded: &str, ours: &Value) -> Differs {
    Differs { exchange: None, what: format!("read.{what}"), told: format!("recorded {recorded}, ours {ours}") }
}

/// A message of the carrier: its code, and its words.
fn said(message: &Value, ours: &Value, found: &mut Vec<Differs>) {
    let (code, words) = (plain(&message["code"]), squeezed(text_of(&message["message"])));
    let all: Vec<&Value> = ["errors", "warnings"].iter().flat_map(|name| ours[*name].as_array().into_iter().flatten()).collect();
    let fits = |ours: &&&Value| {
        let (own_code, own_words) = (text_of(&ours["code"]), squeezed(text_of(&ours["message"])));
        let words = words.is_empty() || own_words.contains(&words) || (!own_words.is_empty() && words.contains(&own_words));
        (code.is_empty() || own_code == code) && words
    };
    let unknown = ours["not_found"].as_array().is_some_and(|numbers| !numbers.is_empty());
    if !all.iter().any(|ours| fits(&ours)) && !unknown {
        found.push(differs("errors", &json!({"code": code, "message": message["message"]}).to_string(), &json!(all)));
    }
}

/// A shipment that was made, or something that was done.
fn done(details: &Value, ours: &Value, found: &mut Vec<Differs>) {
    let accepted = matches!(text_of(&ours["outcome"]), "accepted" | "pending");
    let succeeded = details["success"] == true || !details["tracking_number"].is_null();
    if succeeded && !accepted {
        let why = if ours["unreadable"].is_null() { &ours["outcome"] } else { &ours["unreadable"] };
        found.push(differs("outcome", "a success", why));
        return;
    }
    let ids = ids(ours);
    for name in ["tracking_number", "shipment_identifier"] {
        let wanted = plain(&details[name]);
        if !wanted.is_empty() && wanted != ANY && !ids.contains(&wanted) {
            found.push(differs(name, &wanted, &json!(ids)));
        }
    }
    for number in details["meta"]["tracking_numbers"].as_array().into_iter().flatten().map(plain) {
        if !ids.contains(&number) {
            found.push(differs("tracking_number", &number, &json!(ids)));
        }
    }
    let labelled = details["docs"].get("label").is_some_and(|label| !label.is_null());
    if labelled && ours["documents"].as_array().is_none_or(Vec::is_empty) {
        found.push(differs("documents", "a label", &Value::Null));
    }
}

/// Everything by which our result names a parcel or shipment.
fn ids(ours: &Value) -> Vec<String> {
    let parcels = ours["parcels"].as_array().into_iter().flatten();
    let of_parcels = parcels.flat_map(|parcel| [&parcel["tracking_number"], &parcel["carrier_ref"]]);
    let mut ids: Vec<String> = of_parcels.chain([&ours["carrier_ref"]]).map(plain).filter(|id| !id.is_empty()).collect();
    ids.dedup();
    ids
}

/// One number's events.
fn tracked(item: &Value, ours: &Value, found: &mut Vec<Differs>) {
    let number = plain(&item["tracking_number"]);
    let all: Vec<&Value> = ours["events"].as_array().into_iter().flatten().collect();
    let own: Vec<&Value> = all.iter().filter(|event| event["tracking_number"] == number.as_str()).copied().collect();
    // A recording may name the parcel by another of its numbers.
    let events = if own.is_empty() { all } else { own };
    for recorded in item["events"].as_array().into_iter().flatten() {
        if !events.iter().any(|ours| same_event(recorded, ours)) {
            let shown: Vec<Value> =
                events.iter().map(|event| json!([event["carrier_code"], event["carrier_text"], event["occurred_at"]])).collect();
            let told = json!([recorded["code"], recorded["description"], recorded["date"], recorded["time"]]).to_string();
            found.push(differs("events", &told, &json!({"events": shown, "unmapped": ours["unmapped"]})));
        }
    }
    let delivered = events.iter().any(|event| event["status"] == "delivered");
    if item["delivered"] == true && !delivered {
        found.push(differs(
            "events.status",
            "delivered",
            &json!(events.iter().map(|event| &event["status"]).collect::<Vec<_>>()),
        ));
    }
}

/// Code or words, and the day within what zones make of it.
fn same_event(recorded: &Value, ours: &Value) -> bool {
    let (code, words) = (plain(&recorded["code"]), squeezed(text_of(&recorded["description"])));
    let (own_code, own_words) = (text_of(&ours["carrier_code"]), squeezed(text_of(&ours["carrier_text"])));
    let named = (!code.is_empty() && own_code.ends_with(&code))
        || (!words.is_empty() && (own_words.contains(&words) || squeezed(own_code) == words));
    named && same_day(text_of(&recorded["date"]), text_of(&ours["occurred_at"]))
}

fn same_day(recorded: &str, ours: &str) -> bool {
    let day = |text: &str| text.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
    match (day(recorded), day(ours)) {
        (Some(recorded), Some(ours)) => recorded.until(ours).is_ok_and(|span| span.get_days().abs() <= 1),
        _ => true,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
