//! Compares what the shipped carrier files send with exchanges that were recorded elsewhere.
//!
//! `compare RECORDED.json [--ignore NAME]...` reads a list of `{carrier, name, operation | track, order | numbers, account,
//! environment?, exchanges: [{request: {method, url, headers, body}, reply}]}`, makes the same requests, and prints a table.
//! Headers that the recording lacks are not compared, nor `Content-Type` without a body; `--ignore` leaves out body members
//! of a name, such as random ids. The exit code is the number of recordings that differ.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_engine::carrier::{AccountSettings, CallId, Carrier, Next, Progress, Reply, Token};
use crossdock_engine::case::{Failure, Mapping, parse, run};
use crossdock_engine::compile::compile;
use crossdock_engine::source::Sources;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        println!("usage: compare RECORDED.json [--ignore NAME]...");
        return ExitCode::from(2);
    };
    let ignored: Vec<String> = arguments.filter(|argument| argument != "--ignore").collect();
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let recordings: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut differing = 0;
    println!("{:<12} {:<44} {:>9} {:>6} {:>9}", "carrier", "recording", "exchanges", "equal", "differing");
    for recording in &recordings {
        let line = compare(recording, &ignored);
        differing += u8::from(!line.why.is_empty());
        let count = recording["exchanges"].as_array().map_or(0, Vec::len);
        println!(
            "{:<12} {:<44} {count:>9} {:>6} {:>9}",
            text_of(&recording["carrier"]),
            text_of(&recording["name"]),
            count - line.differing,
            line.differing
        );
        line.why.iter().for_each(|why| println!("{why}"));
    }
    println!("{} recordings, {differing} differing", recordings.len());
    ExitCode::from(differing)
}

struct Line {
    differing: usize,
    why: Vec<String>,
}

fn compare(recording: &Value, ignored: &[String]) -> Line {
    let carrier = match load(text_of(&recording["carrier"])) {
        Ok(carrier) => carrier,
        Err(why) => return Line { differing: recording["exchanges"].as_array().map_or(0, Vec::len), why: vec![why] },
    };
    let exchanges = match steps(&carrier, recording) {
        Ok(exchanges) => exchanges,
        Err(why) => return Line { differing: 1, why: vec![format!("    {why}")] },
    };
    let mut sources = Sources::default();
    let file = sources.add("recording", json!([case_of(recording, &exchanges)]).to_string());
    let (cases, diagnostics) = parse(&sources, file);
    assert!(diagnostics.is_empty(), "the recording makes no case: {diagnostics:?}");
    let replies = recording["exchanges"].as_array().cloned().unwrap_or_default();
    let read = |name: &str| replies.get(name.parse::<usize>().ok()?).map(|exchange| body_of(&exchange["reply"]));
    let mut failures: Vec<Failure> =
        cases.iter().flat_map(|case| run(&Mapping::of(&carrier), &sources, case, &read).failures).collect();
    failures.retain(|failure| !ignored.iter().any(|name| failure.what.split(['.', '[']).any(|step| step == name)));
    let mut places: Vec<_> = failures.iter().map(|failure| exchange_at(&failure.what)).collect();
    places.dedup();
    Line { differing: places.len().min(replies.len()), why: failures.iter().map(told).collect() }
}

/// Failures of one exchange follow each other, and begin with its request.
fn exchange_at(what: &str) -> &str {
    what.split('.').next().unwrap_or(what)
}

fn told(failure: &Failure) -> String {
    let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    let way = failure.way_back.first().map(|way| format!("   {} | {}", way.place, way.text)).unwrap_or_default();
    format!("    {}: recorded {}, ours {}{way}", failure.what, shown(&failure.expected), shown(&failure.found))
}

fn load(id: &str) -> Result<Carrier, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../carriers").join(id).join("carrier.yaml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("    no file for `{id}`: {error}"))?;
    let mut sources = Sources::default();
    let file = sources.add(format!("carriers/{id}/carrier.yaml"), text);
    compile(&sources, file).carrier.ok_or_else(|| format!("    the file of `{id}` has errors"))
}

/// Which exchange of the operation each recorded one is.
fn steps(carrier: &Carrier, recording: &Value) -> Result<Vec<CallId>, String> {
    let Some(operation) = recording["operation"].as_str() else { return Ok(Vec::new()) };
    let account = carrier.account(&settings(recording)).map_err(|wrong| wrong.join("; "))?;
    let order = recording["order"].to_string();
    let exchanges = recording["exchanges"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<Option<CallId>> = vec![None; exchanges.len()];
    let (mut progress, mut tokens): (Progress, BTreeMap<String, Token>) = Default::default();
    loop {
        let next =
            carrier.next(operation, order.as_bytes(), &account, &tokens, &progress, 0).map_err(|fault| fault.to_string())?;
        let calls = match next {
            Next::SignIn { auth, .. } => {
                tokens.insert(auth, Token { value: "token".into(), expires_at: None, session: Map::new(), one_session: false });
                continue;
            }
            Next::Calls(calls) => calls,
            Next::Done(_) => break,
        };
        for call in calls {
            let free = |at: &usize| found[*at].is_none();
            let same = |at: &usize| {
                let request = &exchanges[*at]["request"];
                text_of(&request["method"]) == call.request.method && bare(text_of(&request["url"])) == bare(&call.request.url)
            };
            let at = (0..exchanges.len()).filter(free).find(same).or_else(|| (0..exchanges.len()).find(free));
            let Some(at) = at else { return Ok(found.into_iter().flatten().collect()) };
            found[at] = Some(call.id.clone());
            if exchanges[at]["reply"].is_null() {
                return Ok(found.into_iter().flatten().collect());
            }
            let reply = reply_of(&exchanges[at]["reply"]);
            let answer = carrier.interpret(operation, order.as_bytes(), &account, &progress, &call.id, &reply);
            progress.record(call.id, answer);
        }
    }
    Ok(found.into_iter().flatten().collect())
}

fn settings(recording: &Value) -> AccountSettings {
    let account = &recording["account"];
    let secrets = account["secrets"].as_object().cloned().unwrap_or_default();
    AccountSettings {
        account: "default".into(),
        environment: recording["environment"].as_str().map(str::to_owned),
        config: account["config"].as_object().cloned().unwrap_or_default(),
        secrets: secrets.iter().map(|(name, value)| (name.clone(), text_of(value).to_owned())).collect(),
        servers: BTreeMap::new(),
    }
}

/// The recording as a test case: the engine's own runner compares.
fn case_of(recording: &Value, ids: &[CallId]) -> Value {
    let account = &recording["account"];
    let mut given = json!({"config": account["config"], "secrets": account["secrets"]});
    for key in ["environment", "numbers", "order"] {
        if !recording[key].is_null() {
            given[key] = recording[key].clone();
        }
    }
    let mut case = json!({"name": recording["name"], "source": "recorded", "given": given});
    let exchanges = recording["exchanges"].as_array().cloned().unwrap_or_default();
    let listed: Vec<Value> = exchanges.iter().enumerate().map(|(at, exchange)| exchange_of(at, exchange, ids.get(at))).collect();
    match recording["operation"].as_str() {
        Some(operation) => {
            case["operation"] = operation.into();
            case["exchanges"] = listed.into();
        }
        None => {
            case["track"] = true.into();
            case["expect"] = listed[0]["expect"].clone();
            case["reply"] = listed[0]["reply"].clone();
        }
    }
    case
}

fn exchange_of(at: usize, exchange: &Value, id: Option<&CallId>) -> Value {
    let request = &exchange["request"];
    let (url, body) = (text_of(&request["url"]), &request["body"]);
    let mut headers = request["headers"].as_object().cloned().unwrap_or_default();
    headers.retain(|name, _| !body.is_null() || !name.eq_ignore_ascii_case("content-type"));
    let mut expected = json!({"method": request["method"], "url": bare(url), "headers": {"includes": headers}});
    match body {
        Value::Null => {}
        Value::String(xml) if xml.trim_start().starts_with('<') => expected["xml"] = xml.as_str().into(),
        Value::String(text) => expected["text"] = text.as_str().into(),
        json => expected["json"] = json!({"equals": json}),
    }
    if url.contains('?') {
        expected["url"] = url.into();
    }
    let mut listed = json!({"expect": {"request": expected}});
    if !exchange["reply"].is_null() {
        listed["reply"] = json!({"status": exchange["reply"]["status"], "file": at.to_string()});
        if exchange["reply"]["headers"].is_object() {
            listed["reply"]["headers"] = exchange["reply"]["headers"].clone();
        }
    }
    if let Some(step) = id.and_then(|id| id.step.as_ref()) {
        listed["step"] = step.as_str().into();
    }
    if let Some(id) = id {
        listed["iteration"] = (id.iteration + 1).into();
        listed["undo"] = id.undo.into();
    }
    listed
}

fn reply_of(reply: &Value) -> Reply {
    let headers = reply["headers"].as_object().cloned().unwrap_or_default();
    Reply::Answered {
        status: reply["status"].as_u64().unwrap_or(200) as u16,
        headers: headers.iter().map(|(name, value)| (name.clone(), text_of(value).to_owned())).collect(),
        body: body_of(reply),
    }
}

fn body_of(reply: &Value) -> Vec<u8> {
    match (&reply["body_base64"], &reply["body"]) {
        (Value::String(packed), _) => STANDARD.decode(packed).unwrap_or_default(),
        (_, Value::String(text)) => text.clone().into_bytes(),
        (_, Value::Null) => Vec::new(),
        (_, json) => json.to_string().into_bytes(),
    }
}

fn bare(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
