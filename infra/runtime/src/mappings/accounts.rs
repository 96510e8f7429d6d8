//! The accounts file: which accounts exist.

use super::loaded::{Problem, compiled};
use crossdock_engine::compile::compile_accounts;
use crossdock_engine::source::Node;
use crossdock_engine::syntax;
use serde_json::{Map, Value};

/// One entry of an accounts file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountEntry {
    /// The carrier's id.
    pub carrier: String,
    /// The account's name.
    pub account: String,
    /// The environment of the carrier file's `servers`.
    pub environment: Option<String>,
    /// The settings of the carrier file's `config`.
    pub config: Map<String, Value>,
}

/// The accounts of an accounts file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accounts {
    /// In the order of the file.
    pub entries: Vec<AccountEntry>,
}

impl Accounts {
    /// The account of that name, for this environment if one is named.
    #[must_use]
    pub fn find(&self, carrier: &str, account: &str, environment: Option<&str>) -> Option<&AccountEntry> {
        self.entries.iter().find(|entry| {
            entry.carrier == carrier
                && entry.account == account
                && (environment.is_none() || entry.environment.is_none() || entry.environment.as_deref() == environment)
        })
    }

    /// The names of a carrier's accounts.
    #[must_use]
    pub fn names(&self, carrier: &str) -> Vec<&str> {
        self.entries.iter().filter(|entry| entry.carrier == carrier).map(|entry| entry.account.as_str()).collect()
    }
}

/// Reads an accounts file.
///
/// # Errors
/// Its findings.
pub fn read_accounts(name: &str, bytes: Vec<u8>) -> Result<Accounts, Problem> {
    let file = compiled(name, bytes, compile_accounts)?;
    Ok(Accounts { entries: file.accounts.into_iter().map(entry).collect() })
}

fn entry(entry: syntax::AccountEntry) -> AccountEntry {
    let config = match entry.config.as_ref().map(Node::to_json) {
        Some(Value::Object(config)) => config,
        _ => Map::new(),
    };
    AccountEntry {
        carrier: entry.carrier.value,
        account: entry.account.map_or_else(|| "default".to_owned(), |name| name.value),
        environment: entry.environment.map(|name| name.value),
        config,
    }
}
