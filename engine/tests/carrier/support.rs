//! An invented carrier, its orders, and the verbs with the usual arguments filled in.

use crossdock_engine::carrier::{
    Account, AccountSettings, Answer, Call, CallId, Carrier, Done, Fault, Next, Outcome, Progress, Reply, Request, Token,
};
use crossdock_engine::compile::compile;
use crossdock_engine::diagnostic::Severity;
use crossdock_engine::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// 2026-04-01T12:00:00Z.
pub(crate) const NOW: i64 = 1_775_044_800;

/// What every file begins with.
const HEAD: &str = r#"format: carrier/v1
carrier: {id: swiftpost, name: SwiftPost, docs: "https://developer.swiftpost.example"}
"#;

const SERVERS: &str = r#"servers: {production: {api: "https://api.swiftpost.example/v2"}}
"#;

/// A whole file around some sections of it.
pub(crate) fn file(sections: &str) -> String {
    let servers = if sections.contains("servers:") { "" } else { SERVERS };
    format!("{HEAD}{servers}{sections}")
}

/// A file whose only operation sends one request, written as the YAML under `request:`.
pub(crate) fn file_of_request(sections: &str, request: &str) -> String {
    file(&format!(
        "{sections}\noperations:\n  create_shipment:\n    requires: [{{that: shipment.parcels, message: no parcels}}]\n    request:\n{}",
        indented(request, 6)
    ))
}

/// Every line of `text`, so many blanks further in.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let text = text.trim_matches('\n');
    let own = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min();
    let cut = own.unwrap_or(0);
    text.lines().map(|line| format!("{}{}\n", " ".repeat(by), line.get(cut..).unwrap_or(""))).collect()
}

/// The findings of a file, as `code message`.
pub(crate) fn findings(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add("carrier.yaml", text);
    compile(&sources, id)
        .diagnostics
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{} {}", finding.code.id, finding.message))
        .collect()
}

#[track_caller]
pub(crate) fn refused_file(text: &str, wanted: &str) {
    let found = findings(text);
    assert!(found.iter().any(|finding| finding.contains(wanted)), "no finding says `{wanted}`: {found:#?}\n{text}");
}

#[track_caller]
pub(crate) fn carrier(text: &str) -> Carrier {
    let mut sources = Sources::default();
    let id = sources.add("carrier.yaml", text);
    let compiled = compile(&sources, id);
    match compiled.carrier {
        Some(carrier) => carrier,
        None => panic!("{:#?}\n{text}", findings(text)),
    }
}

/// An account with every secret set to `<name>-value`.
#[track_caller]
pub(crate) fn account(carrier: &Carrier) -> Account {
    account_with(carrier, json!({}))
}

/// The same with settings.
#[track_caller]
pub(crate) fn account_with(carrier: &Carrier, config: Value) -> Account {
    try_account(carrier, config).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

pub(crate) fn try_account(carrier: &Carrier, config: Value) -> Result<Account, Vec<String>> {
    carrier.account(&AccountSettings {
        account: "default".into(),
        config: config.as_object().cloned().unwrap_or_default(),
        secrets: carrier.secrets().iter().map(|name| (name.clone(), format!("{name}-value"))).collect(),
        ..AccountSettings::default()
    })
}

/// A small order, with `patch` laid over it: objects are merged, null takes a member away.
pub(crate) fn order(patch: Value) -> Vec<u8> {
    let mut order = json!({
        "order_id": "O-1", "operation_id": "O-1-create", "carrier": "swiftpost",
        "shipment": {
            "reference": "R-1",
            "sender": {"name": "Ana Frei", "address": {"lines": ["Am Kai 3"], "city": "Bremen", "postal_code": "28195", "country": "DE"}},
            "recipient": {"name": "Ines Ruiz", "address": {"lines": ["Calle Sol 4"], "city": "Madrid", "postal_code": "01067", "country": "ES"}},
            "parcels": [{"reference": "R-1/1", "weight": 1250}],
        },
    });
    lay(&mut order, patch);
    serde_json::to_vec(&order).unwrap()
}

fn lay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                match value {
                    Value::Null => drop(under.remove(&name)),
                    value => lay(under.entry(name).or_insert(Value::Null), value),
                }
            }
        }
        (under, over) => *under = over,
    }
}

pub(crate) fn next(carrier: &Carrier, account: &Account, order: &[u8], progress: &Progress) -> Result<Next, Fault> {
    carrier.next("create_shipment", order, account, &tokens(), progress, NOW)
}

/// A token for `auth` that is valid.
pub(crate) fn tokens() -> BTreeMap<String, Token> {
    let token = Token { value: "tok-1".into(), expires_at: Some(NOW + 60), session: serde_json::Map::new(), one_session: false };
    BTreeMap::from([("auth".to_owned(), token)])
}

/// The first request of an operation.
pub(crate) fn try_request(carrier: &Carrier, order: &[u8]) -> Result<Request, String> {
    let account = account(carrier);
    match next(carrier, &account, order, &Progress::default()) {
        Ok(Next::Calls(mut calls)) => Ok(calls.remove(0).request),
        Ok(other) => panic!("no request comes first, but {other:?}"),
        Err(fault) => Err(fault.to_string()),
    }
}

#[track_caller]
pub(crate) fn request(text: &str, order: &[u8]) -> Request {
    try_request(&carrier(text), order).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// A request's header, whatever the case of its name.
pub(crate) fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

pub(crate) fn json_body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&request.body)))
}

/// A reply with a JSON body, byte for byte as given.
pub(crate) fn replied(status: u16, body: &str) -> Reply {
    Reply::Answered { status, headers: vec![("Content-Type".into(), "application/json".into())], body: body.as_bytes().to_vec() }
}

/// The answer of a single-request operation to a reply.
#[track_caller]
pub(crate) fn answer(text: &str, reply: &Reply) -> Answer {
    let carrier = carrier(text);
    answer_of(&carrier, reply)
}

pub(crate) fn answer_of(carrier: &Carrier, reply: &Reply) -> Answer {
    let account = account(carrier);
    let call = CallId { step: None, iteration: 0, undo: false };
    // Parcels without a name: a reply may call them what it likes.
    let order = order(json!({"shipment": {"parcels": [{"weight": 1250}]}}));
    carrier.interpret("create_shipment", &order, &account, &Progress::default(), &call, reply)
}

/// An operation that is run against replies by call, such as `book:1` or `book:1:undo`.
pub(crate) struct Run {
    carrier: Carrier,
    account: Account,
    order: Vec<u8>,
    pub(crate) progress: Progress,
    /// Every call that was made, by its name, with its request.
    pub(crate) sent: Vec<(String, Request)>,
}

impl Run {
    #[track_caller]
    pub(crate) fn new(text: &str, order: Vec<u8>) -> Self {
        let carrier = carrier(text);
        let account = account(&carrier);
        Self { carrier, account, order, progress: Progress::default(), sent: Vec::new() }
    }

    #[track_caller]
    pub(crate) fn next(&self) -> Next {
        next(&self.carrier, &self.account, &self.order, &self.progress).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// The calls that are due.
    #[track_caller]
    pub(crate) fn calls(&self) -> Vec<Call> {
        match self.next() {
            Next::Calls(calls) => calls,
            other => panic!("calls are due, not {other:?}"),
        }
    }

    /// The names of the calls that are due.
    #[track_caller]
    pub(crate) fn due(&self) -> Vec<String> {
        self.calls().iter().map(|call| name_of(&call.id)).collect()
    }

    /// Records the answer to a call, through a serialised progress as a caller would keep it.
    #[track_caller]
    pub(crate) fn record(&mut self, call: &Call, reply: &Reply) -> Outcome {
        self.sent.push((name_of(&call.id), call.request.clone()));
        let answer = self.carrier.interpret("create_shipment", &self.order, &self.account, &self.progress, &call.id, reply);
        let outcome = answer.outcome;
        self.progress.record(call.id.clone(), answer);
        let kept = serde_json::to_string(&self.progress).unwrap();
        self.progress = serde_json::from_str(&kept).unwrap();
        outcome
    }

    /// Makes what is pending due again; says whether something is.
    pub(crate) fn ask_again(&mut self) -> bool {
        self.carrier.ask_again("create_shipment", &mut self.progress).unwrap()
    }

    /// Goes on until the operation has ended.
    #[track_caller]
    pub(crate) fn ended(&mut self, reply: impl Fn(&str) -> Reply) -> Done {
        for _ in 0..50 {
            match self.next() {
                Next::Calls(calls) => {
                    for call in calls {
                        self.record(&call, &reply(&name_of(&call.id)));
                    }
                }
                Next::Done(done) => return *done,
                Next::SignIn { .. } => panic!("no sign-in is due"),
            }
        }
        panic!("the operation does not end: {:?}", self.sent.iter().map(|(name, _)| name).collect::<Vec<_>>())
    }

    /// The names of the calls that were made, in order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.sent.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// `step:iteration`, and `:undo`.
fn name_of(id: &CallId) -> String {
    let undo = if id.undo { ":undo" } else { "" };
    format!("{}:{}{undo}", id.step.as_deref().unwrap_or("-"), id.iteration)
}
