//! The accounts file: which accounts exist, and whether they are what their carriers' files ask for.

use super::{load, shared};
use crate::exit::Problem;
use crossdock_engine::check::check_account;
use crossdock_engine::compile::{DECLARATION, compile_accounts};
use crossdock_engine::diagnostic::Diagnostic;
use crossdock_engine::source::Node;
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

/// The id under which the shop stands among the accounts.
const SHOP: &str = "shop";

/// Findings about accounts that only their carriers' files can tell: those that stand in folders beside the accounts file.
pub(super) fn held_against_carriers(accounts: &syntax::AccountsFile, file: &Path) -> Vec<Diagnostic> {
    let dir = file.parent().unwrap_or(Path::new("."));
    let known: Vec<String> = super::carriers(dir).unwrap_or_default().into_keys().collect();
    // An accounts file all alone, as of a deployment whose carriers' files stand elsewhere, has nothing to be held against.
    if known.is_empty() {
        return Vec::new();
    }
    let of = |entry: &syntax::AccountEntry| {
        let id = &entry.carrier;
        if id.value == SHOP {
            return Vec::new();
        }
        if !known.contains(&id.value) {
            let known = known.iter().map(String::as_str);
            let words = format!("there is no file `{}/carrier.yaml` beside this one", id.value);
            return vec![Diagnostic::error(&DECLARATION, id.span, words).among(&id.value, known)];
        }
        let carrier = load(&dir.join(&id.value).join(super::FILE)).ok().and_then(|loaded| loaded.compiled.carrier);
        carrier.map(|carrier| check_account(entry, &carrier)).unwrap_or_default()
    };
    accounts.accounts.iter().flat_map(of).collect()
}
