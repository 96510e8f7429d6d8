//! Recorded exchanges against what the shipped carrier files send, and what they read.
//!
//! A recording is one thing that was asked of a carrier, with every request and reply. Two shapes of files are read:
//!
//! * a list of `{carrier, name, operation | track | auth, order | numbers, account: {config, secrets}, environment?,
//!   exchanges: [{request: {method, url, headers, body}, reply: {status, headers, body | body_base64}}], then?}`;
//! * recordings gathered elsewhere, `{carrier, fixtures, exchanges: [{case, calls: [{request: {method, url, headers, data},
//!   response}]}]}`: `fixtures` holds neutral shipments and what was read of the replies. How those become our orders, and with
//!   which account, says a [`setup`] of the carrier.

mod gathered;
mod own;
mod payload;
mod requests;
mod results;
pub mod setup;
mod table;
mod walk;

pub use table::table;

use crossdock_engine::carrier::{AccountSettings, Carrier};
use crossdock_engine::compile::compile;
use crossdock_engine::source::Sources;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was asked of a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An operation of this name.
    Operation(String),
    /// Tracking.
    Track,
    /// A sign-in of this name.
    Auth(String),
}

/// One request and what came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// `{method, url, headers, body}`: a body that is JSON, or the text of any other.
    pub request: Value,
    /// `{status, headers, body | body_base64}`; null when none was recorded.
    pub reply: Value,
}

/// What was made of the replies when they were recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Nothing is recorded.
    Nothing,
    /// As in a test case's `then`.
    Then(Value),
    /// A pair of details and messages, in the words of whoever recorded it.
    Gathered(Value),
}

/// A recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The carrier's id.
    pub carrier: String,
    /// Its name.
    pub name: String,
    /// What was asked.
    pub subject: Subject,
    /// The order, in canonical form; null when there is none.
    pub order: Value,
    /// The tracking numbers asked for.
    pub numbers: Vec<String>,
    /// `{config, secrets, tokens}`.
    pub account: Value,
    /// The environment; the file's first when none is named.
    pub environment: Option<String>,
    /// The exchanges, in order.
    pub exchanges: Vec<Exchange>,
    /// What was read of them.
    pub read: Read,
    /// Differences that are the recording's mistake: the beginning of what differs, and why.
    pub excused: Vec<(String, String)>,
    /// Why it is not compared at all.
    pub left_out: Option<String>,
}

/// What came of one recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The carrier's id.
    pub carrier: String,
    /// The recording's name.
    pub name: String,
    /// How many exchanges it has.
    pub exchanges: usize,
    /// How many of them differ.
    pub differing: usize,
    /// Whether what is read differs.
    pub read_differs: bool,
    /// Why, a line each.
    pub why: Vec<String>,
    /// What differs and is the recording's mistake.
    pub excused: Vec<String>,
    /// Why it was not compared.
    pub left_out: Option<String>,
}

/// The recordings of a file, or of all `*.json` files of a folder, in order of their names.
///
/// # Errors
/// A file that cannot be read, or is of neither shape.
pub fn recordings(path: &Path, setups: &Path) -> Result<Vec<Recording>, String> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        files.sort();
        return files.iter().map(|file| recordings(file, setups)).collect::<Result<Vec<_>, _>>().map(|all| all.concat());
    }
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| told(&error))?;
    match &file {
        Value::Array(list) => Ok(list.iter().map(own::recording).collect()),
        Value::Object(_) => gathered::recordings(&file, setups).map_err(|error| told(&error)),
        _ => Err(told(&"neither a list of recordings nor an object of gathered ones")),
    }
}

/// Compares one recording; `ignored` are names of body members that are left aside, such as random ids.
#[must_use]
pub fn compare(recording: &Recording, carriers: &Path, ignored: &[String]) -> Line {
    let mut line = Line {
        carrier: recording.carrier.clone(),
        name: recording.name.clone(),
        exchanges: recording.exchanges.len(),
        left_out: recording.left_out.clone(),
        ..Line::default()
    };
    if line.left_out.is_some() {
        return line;
    }
    let carrier = match load(carriers, &recording.carrier) {
        Ok(carrier) => carrier,
        Err(why) => {
            line.left_out = Some(why);
            return line;
        }
    };
    match walk::walk(&carrier, recording) {
        Ok(walked) => {
            let mut found = requests::differences(&carrier, recording, &walked);
            found.extend(results::differences(recording, &walked));
            line.take(found, recording, ignored);
        }
        Err(why) => {
            line.differing = line.exchanges;
            line.why.push(why);
        }
    }
    line
}

/// Something that is not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Differs {
    /// Which exchange, from 0; none for what is read.
    exchange: Option<usize>,
    /// `request.json.parcels[0].weight`, `read.events`.
    what: String,
    /// Both values, and where ours comes from.
    told: String,
}

impl Line {
    fn take(&mut self, found: Vec<Differs>, recording: &Recording, ignored: &[String]) {
        let named = |differs: &Differs, name: &str| differs.what.split(['.', '[']).any(|step| step == name);
        let mut exchanges = Vec::new();
        for differs in found.into_iter().filter(|differs| !ignored.iter().any(|name| named(differs, name))) {
            let words = format!("{}: {}", differs.what, differs.told);
            if let Some((_, why)) = recording.excused.iter().find(|(what, _)| differs.what.starts_with(what.as_str())) {
                self.excused.push(format!("{words}   the recording's mistake: {why}"));
                continue;
            }
            match differs.exchange {
                Some(at) => exchanges.push(at),
                None => self.read_differs = true,
            }
            self.why.push(words);
        }
        exchanges.sort_unstable();
        exchanges.dedup();
        self.differing = exchanges.len();
    }

    /// Whether everything is the same.
    #[must_use]
    pub fn same(&self) -> bool {
        self.why.is_empty() && self.left_out.is_none()
    }
}

fn load(carriers: &Path, id: &str) -> Result<Carrier, String> {
    let path = carriers.join(id).join("carrier.yaml");
    let text = std::fs::read_to_string(&path).map_err(|_| format!("there is no carrier file of `{id}`"))?;
    let mut sources = Sources::default();
    let file = sources.add(format!("carriers/{id}/carrier.yaml"), text);
    compile(&sources, file).carrier.ok_or_else(|| format!("the carrier file of `{id}` has errors: `crossdock validate {id}`"))
}

/// The settings of a recording's account.
pub(crate) fn settings(recording: &Recording) -> AccountSettings {
    let members = |name: &str| recording.account[name].as_object().cloned().unwrap_or_else(Map::new);
    AccountSettings {
        account: "default".into(),
        environment: recording.environment.clone(),
        config: members("config"),
        secrets: members("secrets").iter().map(|(name, value)| (name.clone(), text_of(value).to_owned())).collect(),
        servers: BTreeMap::new(),
    }
}

pub(crate) fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A URL without its query.
pub(crate) fn bare(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}
