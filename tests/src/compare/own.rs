//! Recordings in our own shape.

use super::{Exchange, Read, Recording, Subject, text_of};
use serde_json::Value;

/// A recording as it is written.
pub(super) fn recording(value: &Value) -> Recording {
    let subject = match (value["operation"].as_str(), value["auth"].as_str()) {
        (Some(operation), _) => Subject::Operation(operation.to_owned()),
        (None, Some(auth)) => Subject::Auth(auth.to_owned()),
        (None, None) => Subject::Track,
    };
    let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    Recording {
        carrier: text_of(&value["carrier"]).to_owned(),
        name: text_of(&value["name"]).to_owned(),
        subject,
        order: value["order"].clone(),
        numbers: list("numbers").iter().map(|number| text_of(number).to_owned()).collect(),
        account: value["account"].clone(),
        environment: value["environment"].as_str().map(str::to_owned),
        exchanges: list("exchanges").iter().map(exchange).collect(),
        read: if value["then"].is_null() { Read::Nothing } else { Read::Then(value["then"].clone()) },
        excused: Vec::new(),
        left_out: None,
    }
}

fn exchange(value: &Value) -> Exchange {
    Exchange { request: value["request"].clone(), reply: value["reply"].clone() }
}
