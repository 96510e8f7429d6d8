//! Rendered against recorded requests: the recording becomes a test case, and the engine's own runner compares.

use super::walk::{Walked, body_of};
use super::{Differs, Read, Recording, Subject, bare, text_of};
use crossdock_engine::carrier::{CallId, Carrier};
use crossdock_engine::case::{Failure, Mapping, parse, run};
use crossdock_engine::source::Sources;
use serde_json::{Value, json};

/// Whatever the recording had there.
const ANY: &str = "<_ANY>";

pub(super) fn differences(carrier: &Carrier, recording: &Recording, walked: &Walked) -> Vec<Differs> {
    let mut found = Vec::new();
    for (at, call) in walked.calls.iter().enumerate() {
        if call.is_none() {
            let request = &recording.exchanges[at].request;
            let asked = format!("{} {}", text_of(&request["method"]), text_of(&request["url"]));
            let ended = walked.answers.last().map_or_else(String::new, |answer| {
                let why = answer.unreadable.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
                format!(", ours ends with {}{why}", json!(answer.outcome))
            });
            found.push(Differs { exchange: Some(at), what: "request".into(), told: format!("recorded {asked}{ended}") });
        }
    }
    match &recording.subject {
        Subject::Track => {
            for at in (0..recording.exchanges.len()).filter(|at| walked.calls[*at].is_some()) {
                found.extend(compared(carrier, recording, at, track_case(recording, at, walked)));
            }
        }
        Subject::Auth(name) => found.extend(compared(carrier, recording, 0, auth_case(recording, name))),
        Subject::Operation(name) => {
            for at in (0..recording.exchanges.len()).filter(|at| walked.calls[*at].is_some()) {
                found.extend(compared(carrier, recording, at, operation_case(recording, name, at, walked)));
            }
        }
    }
    found
}

/// The differences of one exchange.
fn compared(carrier: &Carrier, recording: &Recording, at: usize, case: Value) -> Vec<Differs> {
    let mut sources = Sources::default();
    let file = sources.add("recording", json!([case]).to_string());
    let (cases, diagnostics) = parse(&sources, file);
    assert!(diagnostics.is_empty(), "{}: the recording makes no case: {diagnostics:?}", recording.name);
    let read = |name: &str| recording.exchanges.get(name.parse::<usize>().ok()?).map(|exchange| body_of(&exchange.reply));
    let failures = cases.iter().flat_map(|case| run(&Mapping::of(carrier), &sources, case, &read).failures);
    failures.filter(|failure| failure.expected != Some(ANY.into())).map(|failure| differs(&failure, at)).collect()
}

fn differs(failure: &Failure, at: usize) -> Differs {
    let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    let way = failure.way_back.first().map(|way| format!("   {} | {}", way.place, way.text)).unwrap_or_default();
    let exchange = (!failure.what.starts_with("then")).then_some(at);
    let told = match (&failure.expected, &failure.found) {
        (None, None) => format!("our file{way}"),
        _ => format!("recorded {}, ours {}{way}", shown(&failure.expected), shown(&failure.found)),
    };
    Differs { exchange, what: failure.what.clone(), told }
}

fn given(recording: &Recording) -> Value {
    let mut given = json!({"secrets": {}});
    for name in ["config", "secrets", "tokens"] {
        if recording.account[name].is_object() {
            given[name] = recording.account[name].clone();
        }
    }
    if let Some(environment) = &recording.environment {
        given["environment"] = environment.as_str().into();
    }
    given
}

fn head(recording: &Recording) -> Value {
    json!({"name": recording.name, "source": "recorded", "given": given(recording)})
}

fn track_case(recording: &Recording, at: usize, walked: &Walked) -> Value {
    let mut case = head(recording);
    case["track"] = true.into();
    // A number may be any of a shipment's names.
    let named = |number: &String| json!({"tracking_number": number, "carrier_ref": number, "reference": number});
    case["given"]["numbers"] = walked.numbers[at].iter().map(named).collect();
    let listed = exchange(recording, at);
    case["expect"] = listed["expect"].clone();
    if !listed["reply"].is_null() {
        case["reply"] = listed["reply"].clone();
    }
    then(recording, at, &mut case);
    case
}

fn auth_case(recording: &Recording, name: &str) -> Value {
    let mut case = head(recording);
    case["auth"] = name.into();
    let listed = exchange(recording, 0);
    case["expect"] = listed["expect"].clone();
    if !listed["reply"].is_null() {
        case["reply"] = listed["reply"].clone();
    }
    then(recording, 0, &mut case);
    case
}

/// All exchanges up to one, and the expectation of that one alone: what is wrong with it is told once.
fn operation_case(recording: &Recording, name: &str, wanted: usize, walked: &Walked) -> Value {
    let mut case = head(recording);
    case["operation"] = name.into();
    case["given"]["order"] = recording.order.clone();
    let mut order: Vec<usize> = (0..recording.exchanges.len()).filter(|at| walked.calls[*at].is_some()).collect();
    order.sort_by_key(|at| *at == wanted);
    let last = order.len() == recording.exchanges.len() && wanted + 1 == recording.exchanges.len();
    let listed = order.iter().map(|at| {
        let mut listed = exchange(recording, *at);
        if *at != wanted {
            listed.as_object_mut().and_then(|members| members.remove("expect"));
        }
        place(&mut listed, walked.calls[*at].as_ref());
        listed
    });
    case["exchanges"] = listed.collect();
    if last {
        then(recording, wanted, &mut case);
    }
    case
}

fn place(listed: &mut Value, id: Option<&CallId>) {
    let Some(id) = id else { return };
    if let Some(step) = &id.step {
        listed["step"] = step.as_str().into();
    }
    listed["iteration"] = (id.iteration + 1).into();
    listed["undo"] = id.undo.into();
}

/// A result in our own words is compared with the last exchange.
fn then(recording: &Recording, at: usize, case: &mut Value) {
    if let (Read::Then(then), true) = (&recording.read, at + 1 == recording.exchanges.len()) {
        case["then"] = then.clone();
    }
}

/// Headers that the recording lacks are not compared, nor `Content-Type` without a body.
fn exchange(recording: &Recording, at: usize) -> Value {
    let exchange = &recording.exchanges[at];
    let request = &exchange.request;
    let (url, body) = (text_of(&request["url"]), &request["body"]);
    let mut headers = request["headers"].as_object().cloned().unwrap_or_default();
    headers.retain(|name, value| (!body.is_null() || !name.eq_ignore_ascii_case("content-type")) && value.is_string());
    let mut expected = json!({"method": request["method"], "url": bare(url), "headers": {"includes": headers}});
    let form = headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("content-type") && text_of(value).starts_with("application/x-www-form-urlencoded")
    });
    match body {
        Value::Null => {}
        Value::String(xml) if xml.trim_start().starts_with('<') => expected["xml"] = xml.as_str().into(),
        Value::String(text) if form => expected["form"] = json!({"equals": pairs(text)}),
        Value::String(text) => expected["text"] = text.as_str().into(),
        json => expected["json"] = json!({"equals": json}),
    }
    if let Some((_, query)) = url.split_once('?') {
        expected["query"] = json!({"equals": pairs(query)});
    }
    let mut listed = json!({"expect": {"request": expected}});
    if !exchange.reply.is_null() {
        listed["reply"] = json!({"status": exchange.reply["status"], "file": at.to_string()});
        if exchange.reply["headers"].is_object() {
            listed["reply"]["headers"] = exchange.reply["headers"].clone();
        }
    }
    listed
}

/// Parameters as an object; a repeated one is a list.
fn pairs(text: &str) -> Value {
    let mut found = json!({});
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let value = Value::from(decoded(value));
        match &mut found[decoded(name)] {
            Value::Array(values) => values.push(value),
            slot @ Value::Null => *slot = value,
            slot => *slot = json!([slot.take(), value]),
        }
    }
    found
}
