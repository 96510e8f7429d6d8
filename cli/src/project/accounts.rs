//! The accounts file: which accounts exist.

use super::{json, shared};
use crate::exit::Problem;
use crossdock_engine::compile::compile_accounts;
use crossdock_engine::syntax;
use serde_json::{Map, Value};
use std::path::Path;

/// One entry of an accounts file.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountEntry {
    pub(crate) carrier: String,
    pub(crate) account: String,
    pub(crate) environment: Option<String>,
    pub(crate) config: Map<String, Value>,
}

/// The accounts of an accounts file.
pub(crate) fn read_accounts(path: &Path) -> Result<Vec<AccountEntry>, Problem> {
    let file = shared::read(path, compile_accounts)?;
    Ok(file.accounts.into_iter().map(entry).collect())
}

fn entry(entry: syntax::AccountEntry) -> AccountEntry {
    let config = match entry.config.as_ref().map(json) {
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
