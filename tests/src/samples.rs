//! The shipped carriers with a sample of each thing that they do, out of their own test cases.

use crossdock_engine::carrier::{Account, AccountSettings, CallId, Carrier, Delivery, Next, Progress, Reply, Request, Token};
use crossdock_engine::compile::compile;
use crossdock_engine::schema::as_json;
use crossdock_engine::source::{Sources, parse};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The moment at which everything happens, in seconds since 1970.
pub const NOW: i64 = 1_772_478_000;

/// A shipped carrier.
#[derive(Debug)]
pub struct Shipped {
    /// Its id.
    pub id: String,
    /// Its file.
    pub text: String,
    /// It, compiled.
    pub carrier: Carrier,
    /// The account of its first case.
    pub account: Account,
    /// The tokens of its sign-ins.
    pub tokens: BTreeMap<String, Token>,
    /// A canonical order.
    pub order: Vec<u8>,
    /// What the carrier answers to it.
    pub reply: Reply,
    /// A webhook that it calls, with a delivery of events.
    pub webhook: Option<(String, Delivery)>,
}

impl Shipped {
    /// The first request for an order.
    ///
    /// # Errors
    /// Why there is none.
    pub fn request(&self, order: &[u8]) -> Result<Request, String> {
        let next = self.carrier.next("create_shipment", order, &self.account, &self.tokens, &Progress::default(), NOW);
        match next.map_err(|fault| fault.to_string())? {
            Next::Calls(mut calls) => Ok(calls.swap_remove(0).request),
            other => Err(format!("a request was expected, not {other:?}")),
        }
    }

    /// The call that an order begins with.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn first_call(&self) -> CallId {
        let next = self.carrier.next("create_shipment", &self.order, &self.account, &self.tokens, &Progress::default(), NOW);
        match next.expect("a sample order that is taken") {
            Next::Calls(calls) => calls[0].id.clone(),
            other => panic!("a request was expected, not {other:?}"),
        }
    }
}

/// The shipped carriers, by id.
///
/// # Panics
/// One does not compile, or has no case of an order.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("carriers"))
        .expect("the carriers' folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.join("carrier.yaml").exists())
        .collect();
    folders.sort();
    folders.iter().map(|folder| load(folder)).collect()
}

/// The id of the shipped carrier that a mapping written by hand stands beside.
///
/// # Panics
/// `baselines.json` does not name one.
#[must_use]
pub fn baseline_of(shape: &str) -> String {
    let text = read(&root().join("tests/baselines.json"));
    let names: BTreeMap<String, String> = serde_json::from_str(&text).expect("baselines.json: texts by name");
    names[shape].clone()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' package stands in the workspace").to_path_buf()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn load(folder: &Path) -> Shipped {
    let text = read(&folder.join("carrier.yaml"));
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", text.as_str());
    let carrier = compile(&sources, file).carrier.unwrap_or_else(|| panic!("{} does not compile", folder.display()));
    let case = cases(folder)
        .into_iter()
        .filter(|case| case["operation"] == "create_shipment")
        .find(|case| case["given"]["order"].is_string() && case["given"]["with"].is_null())
        .unwrap_or_else(|| panic!("{}: no case of a whole order", folder.display()));
    let given = &case["given"];
    let settings = AccountSettings {
        account: "default".to_owned(),
        config: given["config"].as_object().cloned().unwrap_or_default(),
        secrets: texts(&given["secrets"]).into_iter().collect(),
        ..AccountSettings::default()
    };
    let account = carrier.account(&settings).expect("the account of a case");
    let token = |value| Token { value, expires_at: None, session: serde_json::Map::new(), one_session: false };
    let reply = if case["reply"].is_object() { &case["reply"] } else { &case["exchanges"][0]["reply"] };
    Shipped {
        id: folder.file_name().expect("a folder's name").to_string_lossy().into_owned(),
        tokens: texts(&given["tokens"]).into_iter().map(|(name, value)| (name, token(value))).collect(),
        order: body(folder, &given["order"]),
        reply: Reply::Answered {
            status: reply["status"].as_u64().unwrap_or(200) as u16,
            headers: texts(&reply["headers"]),
            body: reply_body(folder, reply),
        },
        webhook: webhook(folder),
        text,
        carrier,
        account,
    }
}

/// All cases of a carrier.
fn cases(folder: &Path) -> Vec<Value> {
    let entries = fs::read_dir(folder.join("cases")).expect("a folder of cases");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files.iter().flat_map(|file| cases_of(file)).collect()
}

fn cases_of(path: &Path) -> Vec<Value> {
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), read(path));
    let node = parse(&sources, file).0.unwrap_or_else(|| panic!("{}: no YAML", path.display()));
    as_json(&node).as_array().cloned().unwrap_or_default()
}

fn body(folder: &Path, file: &Value) -> Vec<u8> {
    read(&folder.join("cases").join(file.as_str().expect("a file of a case"))).into_bytes()
}

/// A reply's body: a file, or what stands in the case.
fn reply_body(folder: &Path, reply: &Value) -> Vec<u8> {
    match (reply["file"].as_str(), &reply["json"], &reply["text"]) {
        (Some(_), ..) => body(folder, &reply["file"]),
        (None, Value::Null, text) => text.as_str().unwrap_or_default().as_bytes().to_vec(),
        (None, json, _) => json.to_string().into_bytes(),
    }
}

fn webhook(folder: &Path) -> Option<(String, Delivery)> {
    let case = cases(folder).into_iter().find(|case| case["webhook"].is_string() && case["then"]["events"].is_array())?;
    let delivery = Delivery {
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: texts(&case["given"]["headers"]),
        body: body(folder, &case["given"]["file"]),
        source: None,
    };
    Some((case["webhook"].as_str()?.to_owned(), delivery))
}

fn texts(object: &Value) -> Vec<(String, String)> {
    let members = object.as_object().into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
