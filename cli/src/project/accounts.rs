//! The accounts file: which accounts exist.

use super::json;
use crate::exit::Problem;
use crossdock_engine::diagnostic::Severity;
use crossdock_engine::source::{Node, Sources, parse};
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
    let bytes = std::fs::read(path).map_err(|error| Problem::failure(format!("cannot read `{}`: {error}", path.display())))?;
    let mut sources = Sources::default();
    let (file, not_utf8) = sources.add_bytes(path.display().to_string(), bytes);
    let (node, findings) = parse(&sources, file);
    let wrong = not_utf8.iter().chain(&findings).find(|finding| finding.severity == Severity::Error);
    if let Some(finding) = wrong {
        return Err(Problem::findings(format!("{}: {}", sources.position(finding.span), finding.message)));
    }
    let entries = node.as_ref().and_then(|node| node.get("accounts")).and_then(Node::as_list).unwrap_or_default();
    Ok(entries.iter().map(entry).collect())
}

fn entry(node: &Node) -> AccountEntry {
    let text = |key: &str| node.get(key).and_then(Node::as_scalar).map(|scalar| scalar.text.clone());
    let config = match node.get("config").map(json) {
        Some(Value::Object(config)) => config,
        _ => Map::new(),
    };
    AccountEntry {
        carrier: text("carrier").unwrap_or_default(),
        account: text("account").unwrap_or_else(|| "default".to_owned()),
        environment: text("environment"),
        config,
    }
}
