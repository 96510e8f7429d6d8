//! Recordings gathered elsewhere: what each of them is, is told from its name, or from its first request.

use super::{Exchange, Read, Recording, Subject, payload, setup, text_of};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// All recordings of a file.
///
/// # Errors
/// A setup that cannot be read.
pub(super) fn recordings(file: &Value, setups: &Path) -> Result<Vec<Recording>, String> {
    let carrier = text_of(&file["carrier"]);
    let setup = setup::read(setups, carrier)?;
    let cases = file["exchanges"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(cases.iter().map(|case| Gathered { file, setup: &setup, cases, case }.recording(carrier)).collect())
}

struct Gathered<'g> {
    file: &'g Value,
    setup: &'g Value,
    cases: &'g [Value],
    case: &'g Value,
}

impl Gathered<'_> {
    fn recording(&self, carrier: &str) -> Recording {
        let subject = self.subject();
        let own = self.own_of(subject.as_ref());
        let result = self.result(subject.as_ref());
        let mut recording = Recording {
            carrier: carrier.to_owned(),
            name: self.name().to_owned(),
            order: Value::Null,
            numbers: Vec::new(),
            account: self.setup["account"].clone(),
            environment: own["environment"].as_str().or(self.setup["environment"].as_str()).map(str::to_owned),
            exchanges: calls(self.case).iter().map(|call| exchange(call, &own["status"])).collect(),
            read: result.map_or(Read::Nothing, Read::Gathered),
            excused: excused(&self.setup["excused"]).chain(excused(&own["excused"])).collect(),
            left_out: own["left_out"].as_str().map(str::to_owned),
            subject: subject.clone().unwrap_or(Subject::Track),
        };
        match (&subject, self.payload(subject.as_ref())) {
            (None, _) => _ = recording.left_out.get_or_insert("what it asks for cannot be told: say its `subject`".into()),
            (Some(Subject::Operation(operation)), Some((name, payload))) => {
                recording.order = self.order(carrier, operation, &name, &payload);
            }
            (Some(Subject::Operation(_)), None) => {
                _ = recording.left_out.get_or_insert("it has no payload: say its `payload`".into());
            }
            (Some(Subject::Track), payload) => {
                recording.numbers = payload.map(|(_, payload)| numbers(&payload)).unwrap_or_default();
            }
            (Some(Subject::Auth(_)), _) => {}
        }
        recording
    }

    fn name(&self) -> &str {
        text_of(&self.case["case"])
    }

    /// What the setup says of this case.
    fn own(&self) -> Value {
        self.setup["cases"][self.name()].clone()
    }

    /// And of those of its name that ask for the same: `test_parse_error of track`.
    fn own_of(&self, subject: Option<&Subject>) -> Value {
        let word = match subject {
            Some(Subject::Operation(name)) => name,
            Some(Subject::Track) => "track",
            Some(Subject::Auth(_)) => "auth",
            None => "",
        };
        let mut own = self.own();
        setup::merge(&mut own, &self.setup["cases"][format!("{} of {word}", self.name())]);
        own
    }

    fn subject(&self) -> Option<Subject> {
        let own = self.own();
        if let Some(auth) = own["subject"]["auth"].as_str() {
            return Some(Subject::Auth(auth.to_owned()));
        }
        match own["subject"].as_str() {
            Some("track") => return Some(Subject::Track),
            Some(operation) => return Some(Subject::Operation(operation.to_owned())),
            None => {}
        }
        by_name(self.name()).or_else(|| {
            // A reply that is an error is named after the error: the request tells what it answers.
            let same = |other: &&Value| by_name(text_of(&other["case"])).is_some() && first(other) == first(self.case);
            self.cases.iter().find(same).and_then(|other| by_name(text_of(&other["case"])))
        })
    }

    /// The fixtures of what a subject is about.
    fn fixtures(&self, subject: Option<&Subject>) -> Vec<(&String, &Value)> {
        let group = match subject {
            Some(Subject::Track) => "tracking",
            Some(Subject::Auth(_)) => "authentication",
            Some(Subject::Operation(name)) if name.contains("return") && !self.file["fixtures"]["return_shipment"].is_null() => {
                "return_shipment"
            }
            _ => "shipment",
        };
        self.file["fixtures"][group].as_object().into_iter().flatten().collect()
    }

    fn named(&self, name: &Value) -> Option<(String, Value)> {
        let name = name.as_str()?;
        let groups = self.file["fixtures"].as_object()?;
        groups.values().find_map(|group| Some((name.to_owned(), group.get(name)?.clone())))
    }

    /// The neutral payload that the requests were made of.
    fn payload(&self, subject: Option<&Subject>) -> Option<(String, Value)> {
        if let Some(named) = self.named(&self.own_of(subject)["payload"]) {
            return Some(named);
        }
        let cancels = matches!(subject, Some(Subject::Operation(name)) if name.contains("cancel"));
        let mut fitting = self.fixtures(subject).into_iter().filter(|(name, value)| {
            let words = name.to_lowercase();
            let payload = words.contains("payload") || (words.ends_with("data") && value.get("shipper").is_some());
            let identified = value.get("shipment_identifier").is_some();
            payload && (identified == cancels)
        });
        fitting.next().map(|(name, value)| (name.clone(), value.clone()))
    }

    fn order(&self, carrier: &str, operation: &str, name: &str, neutral: &Value) -> Value {
        let mut order = payload::order(carrier, operation, neutral);
        setup::merge(&mut order, &self.setup["order"]);
        setup::merge(&mut order, &self.setup["orders"][name]);
        setup::merge(&mut order, &self.own_of(self.subject().as_ref())["order"]);
        order
    }

    /// What was read of the replies: the fixture whose name has the words of the case's.
    fn result(&self, subject: Option<&Subject>) -> Option<Value> {
        if let Some((_, value)) = self.named(&self.own_of(subject)["result"]) {
            return Some(value);
        }
        let wanted = words(self.name());
        let mut fitting = self.fixtures(subject).into_iter().filter(|(name, _)| name.to_lowercase().starts_with("parsed"));
        fitting.find(|(name, _)| words(name) == wanted).map(|(_, value)| value.clone())
    }
}

fn by_name(name: &str) -> Option<Subject> {
    let has = |word: &str| name.contains(word);
    match () {
        () if has("track") => Some(Subject::Track),
        () if has("authenticat") && !has("error") => Some(Subject::Auth("auth".into())),
        () if has("cancel") => Some(Subject::Operation("cancel_shipment".into())),
        () if has("return") => Some(Subject::Operation("create_return".into())),
        () if has("shipment") => Some(Subject::Operation("create_shipment".into())),
        () => None,
    }
}

/// The words of a name, `test_parse_error_response` or `ParsedErrorResponse`, without those that all have.
fn words(name: &str) -> BTreeSet<String> {
    let mut spaced = String::new();
    let mut lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && lower {
            spaced.push('_');
        }
        lower = letter.is_ascii_lowercase();
        spaced.push(letter.to_ascii_lowercase());
    }
    let common = ["test", "parse", "parsed", "response", "parsing", ""];
    spaced.split('_').filter(|word| !common.contains(word)).map(str::to_owned).collect()
}

fn calls(case: &Value) -> &[Value] {
    case["calls"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What tells one request from another.
fn first(case: &Value) -> Option<(&str, &str, &str)> {
    let request = &calls(case).first()?["request"];
    Some((text_of(&request["method"]), text_of(&request["url"]), text_of(&request["data"])))
}

fn numbers(payload: &Value) -> Vec<String> {
    let list = payload.get("tracking_numbers").unwrap_or(payload);
    list.as_array().into_iter().flatten().map(|number| text_of(number).to_owned()).collect()
}

fn exchange(call: &Value, status: &Value) -> Exchange {
    let request = &call["request"];
    let data = request["data"].as_str().map_or(Value::Null, body);
    let method = request["method"].as_str().unwrap_or("GET");
    let reply = match &call["response"] {
        Value::Null => Value::Null,
        Value::String(text) => {
            json!({"status": status.as_u64().unwrap_or(200), "headers": media(text), "body": text})
        }
        other => {
            json!({"status": status.as_u64().unwrap_or(200), "headers": {"Content-Type": "application/json"}, "body": other})
        }
    };
    Exchange { request: json!({"method": method, "url": request["url"], "headers": request["headers"], "body": data}), reply }
}

/// A body that is JSON, or the text of any other.
fn body(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
        _ => text.into(),
    }
}

/// What a reply's body looks like, where no header says so.
fn media(text: &str) -> Value {
    let mut headers = Map::new();
    let start = text.trim_start();
    let kind = match start.bytes().next() {
        Some(b'<') => Some("application/xml"),
        Some(b'{' | b'[') => Some("application/json"),
        _ => None,
    };
    headers.extend(kind.map(|kind| ("Content-Type".to_owned(), kind.into())));
    headers.into()
}

fn excused(value: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    value.as_object().into_iter().flatten().map(|(what, why)| (what.clone(), text_of(why).to_owned()))
}
