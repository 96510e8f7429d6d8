//! The seam to the engine's face: loading a mapping directory, and the verbs with their arguments bound.
//!
//! Everything that the command line asks of a loaded directory goes through this file.

#![expect(dead_code, reason = "the callers of some verbs are joined together with the verbs")]

use crate::exit::Problem;
use crossdock_engine::carrier::{AccountSettings, Answer, CallId, Delivery, Next, Progress, Reply, Token};
use crossdock_engine::model::Event;
use crossdock_runtime::drive::{Fault, Job};
use crossdock_runtime::limits::Rate;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

fn not_available<T>() -> Result<T, Problem> {
    Err(Problem::failure("not available yet: the engine's carrier verbs are not joined"))
}

/// A mapping directory, compiled.
pub(crate) struct Project;

impl Project {
    /// Reads and compiles the directory. Findings that are errors make it a problem: `validate` shows them.
    pub(crate) fn open(_dir: &Path) -> Result<Self, Problem> {
        not_available()
    }

    /// The compiled carrier of this id.
    pub(crate) fn carrier(&self, _id: &str) -> Result<Arc<Carrier>, Problem> {
        not_available()
    }
}

/// A compiled carrier.
pub(crate) struct Carrier;

/// An account of a carrier, its settings checked.
pub(crate) struct Account;

/// What a webhook delivery came to.
pub(crate) struct Translation {
    /// Canonical events.
    pub(crate) events: Vec<Event>,
    /// The file says to ignore this delivery.
    pub(crate) ignored: bool,
    /// Codes that no vocabulary has.
    pub(crate) unmapped: Vec<String>,
}

impl Carrier {
    pub(crate) fn compile(_text: &str) -> Result<Self, Problem> {
        not_available()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        Vec::new()
    }

    pub(crate) fn concurrency(&self) -> Option<usize> {
        None
    }

    pub(crate) fn rate(&self) -> Option<Rate> {
        None
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    pub(crate) fn account(&self, _settings: AccountSettings) -> Result<Account, Vec<String>> {
        Err(vec!["not available yet".into()])
    }

    pub(crate) fn verify(&self, _webhook: &str, _delivery: &Delivery, _account: &Account, _at: i64) -> Result<(), String> {
        Err("not available yet".into())
    }

    pub(crate) fn translate(&self, _webhook: &str, _delivery: &Delivery, _account: &Account, _at: i64) -> Translation {
        Translation { events: Vec::new(), ignored: false, unmapped: Vec::new() }
    }
}

/// The accounts of an accounts file.
pub(crate) fn read_accounts(_path: &Path) -> Result<Vec<AccountEntry>, Problem> {
    not_available()
}

/// One entry of an accounts file.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountEntry {
    pub(crate) carrier: String,
    pub(crate) account: String,
    pub(crate) environment: Option<String>,
    pub(crate) config: serde_json::Map<String, serde_json::Value>,
}

/// One operation on one order, for the driver.
pub(crate) struct OrderJob<'a> {
    pub(crate) carrier: &'a Carrier,
    pub(crate) operation: &'a str,
    pub(crate) order: &'a [u8],
    pub(crate) account: &'a Account,
    pub(crate) scope: &'a str,
}

impl Job for OrderJob<'_> {
    fn scope(&self) -> &str {
        self.scope
    }

    fn next(&self, _tokens: &BTreeMap<String, Token>, _progress: &Progress, _now: i64) -> Result<Next, Fault> {
        let _ = (self.carrier, self.operation, self.order, self.account);
        Err(Fault::Mapping("not available yet".into()))
    }

    fn interpret(&self, _progress: &Progress, _call: &CallId, _reply: &Reply) -> Answer {
        unreachable!("nothing is sent before the verbs are joined")
    }

    fn read_token(&self, _auth: &str, _reply: &Reply, _now: i64) -> Result<Token, Box<Answer>> {
        unreachable!("nothing is sent before the verbs are joined")
    }
}
