//! An account of the accounts file, held against its carrier's file.

use crate::carrier::{AccountSettings, Carrier, WrongSetting};
use crate::compile::DECLARATION;
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::AccountEntry;
use serde_json::Value;

/// What is wrong with an account's environment and settings, each where it stands. Secrets and servers stand elsewhere and
/// are not looked at.
#[must_use]
pub fn check_account(entry: &AccountEntry, carrier: &Carrier) -> Vec<Diagnostic> {
    let config = match entry.config.as_ref().map(Node::to_json) {
        None | Some(Value::Null) => serde_json::Map::new(),
        Some(Value::Object(config)) => config,
        Some(_) => {
            let span = entry.config.as_ref().map_or(entry.carrier.span, |node| node.span);
            return vec![Diagnostic::error(&DECLARATION, span, "`config` has the account's settings by their names")];
        }
    };
    let settings = AccountSettings {
        environment: entry.environment.as_ref().map(|name| name.value.clone()),
        config,
        ..AccountSettings::default()
    };
    let wrong = carrier.account_or_wrong(&settings).err().unwrap_or_default();
    let whose = &entry.carrier.value;
    wrong.iter().map(|wrong| Diagnostic::error(&DECLARATION, place(entry, wrong), format!("`{whose}`: {wrong}"))).collect()
}

fn place(entry: &AccountEntry, wrong: &WrongSetting) -> crate::source::Span {
    let config = entry.config.as_ref();
    let span = match wrong {
        WrongSetting::Environment(_) => entry.environment.as_ref().map(|name| name.span),
        WrongSetting::Unknown { name, .. } => config.and_then(|config| config.entry(name)).map(|entry| entry.key_span),
        WrongSetting::Value { name, .. } => config.and_then(|config| config.get(name)).map(|node| node.span),
        WrongSetting::Other(_) => None,
    };
    span.unwrap_or(entry.carrier.span)
}
