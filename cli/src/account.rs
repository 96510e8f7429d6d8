//! Accounts on the command line: which environment, settings and secrets a carrier is called with.

use crate::exit::Problem;
use crate::project::{self, AccountEntry};
use crossdock_engine::carrier::{AccountSettings, Carrier};
use crossdock_runtime::http::is_local_url;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment that is taken unless another is named.
pub(crate) const DEFAULT_ENVIRONMENT: &str = "sandbox";

const PREFIX: &str = "CROSSDOCK_SECRET_";

/// Options of every command that needs an account.
#[derive(Debug, clap::Args)]
pub(crate) struct AccountArgs {
    /// The environment of the carrier file's `servers` to call.
    #[arg(long, default_value = DEFAULT_ENVIRONMENT, value_name = "NAME")]
    pub(crate) environment: String,
    /// The accounts file; by default `accounts.yaml` in the mapping directory, where there is one.
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// A setting of the account, over what the accounts file says: `key=text`, or `key:=json` for numbers and booleans.
    #[arg(long = "config", value_name = "KEY=VALUE", value_parser = setting)]
    config: Vec<(String, Value)>,
    /// A file of lines `CROSSDOCK_SECRET_<CARRIER>_<NAME>=value`, tried before the environment.
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// A server on this machine that stands in for one of the carrier file's: `api=http://127.0.0.1:8080`.
    #[arg(long = "server", value_name = "NAME=URL", value_parser = server)]
    servers: Vec<(String, String)>,
}

/// Where account settings come from.
#[derive(Debug)]
pub(crate) struct Accounts {
    environment: String,
    entries: Vec<AccountEntry>,
    config: Map<String, Value>,
    secrets: BTreeMap<String, String>,
    servers: BTreeMap<String, String>,
}

impl AccountArgs {
    /// Reads the files named.
    pub(crate) fn accounts(&self, dir: &Path) -> Result<Accounts, Problem> {
        let shipped = dir.join("accounts.yaml");
        let path = self.accounts.clone().or_else(|| shipped.is_file().then_some(shipped));
        let entries = path.map_or_else(|| Ok(Vec::new()), |path| project::read_accounts(&path))?;
        let secrets = self.secrets.as_deref().map_or_else(|| Ok(BTreeMap::new()), read_secrets)?;
        Ok(Accounts {
            environment: self.environment.clone(),
            entries,
            config: self.config.iter().cloned().collect(),
            secrets,
            servers: self.servers.iter().cloned().collect(),
        })
    }
}

impl Accounts {
    /// The environment that is called.
    pub(crate) fn environment(&self) -> &str {
        &self.environment
    }

    /// The settings of one account of a carrier; which secrets are not there, otherwise.
    pub(crate) fn settings(&self, id: &str, account: &str, carrier: &Carrier) -> Result<AccountSettings, Vec<String>> {
        let (settings, missing) = self.lenient(id, account, carrier);
        let told = |name: &String| format!("secret `{name}` is not set: give it as `{}`", variable(id, name));
        if missing.is_empty() { Ok(settings) } else { Err(missing.iter().map(told).collect()) }
    }

    /// The settings of one account of a carrier, and the names of the secrets that are not there although it needs them.
    pub(crate) fn lenient(&self, id: &str, account: &str, carrier: &Carrier) -> (AccountSettings, Vec<String>) {
        let fits = |entry: &&AccountEntry| {
            entry.carrier == id
                && entry.account == account
                && entry.environment.as_ref().is_none_or(|environment| *environment == self.environment)
        };
        let mut config = self.entries.iter().find(fits).map(|entry| entry.config.clone()).unwrap_or_default();
        config.extend(self.config.clone());
        let (secrets, mut missing) = self.secrets(id, carrier.secrets());
        missing.retain(|name| carrier.needs_secret(name));
        let settings = AccountSettings {
            account: account.to_owned(),
            environment: Some(self.environment.clone()),
            config,
            secrets,
            servers: self.servers.clone(),
        };
        (settings, missing)
    }

    fn secrets(&self, carrier: &str, names: &[String]) -> (BTreeMap<String, String>, Vec<String>) {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for name in names {
            let variable = variable(carrier, name);
            match self.secrets.get(&variable).cloned().or_else(|| std::env::var(&variable).ok()) {
                Some(value) => _ = found.insert(name.clone(), value),
                None => missing.push(name.clone()),
            }
        }
        (found, missing)
    }
}

/// The environment variable of a secret.
pub(crate) fn variable(carrier: &str, name: &str) -> String {
    let upper = |text: &str| text.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("{PREFIX}{}_{}", upper(carrier), upper(name))
}

fn read_secrets(path: &Path) -> Result<BTreeMap<String, String>, Problem> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Problem::failure(format!("cannot read `{}`: {error}", path.display())))?;
    let mut secrets = BTreeMap::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    {
        let wrong = || {
            Problem::usage(format!("`{}` line {} is not of the form `{PREFIX}<CARRIER>_<NAME>=value`", path.display(), at + 1))
        };
        let (name, value) = line.split_once('=').filter(|(name, _)| name.trim().starts_with(PREFIX)).ok_or_else(wrong)?;
        secrets.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(secrets)
}

/// `key:=json` or `key=text`: whichever sign comes first.
fn setting(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("expected `key=text` or `key:=json`")?;
    match key.strip_suffix(':') {
        Some(key) => Ok((key.to_owned(), serde_json::from_str(value).map_err(|_| "expected JSON after `:=`")?)),
        None => Ok((key.to_owned(), Value::String(value.to_owned()))),
    }
}

fn server(text: &str) -> Result<(String, String), String> {
    let (name, url) = text.split_once('=').ok_or("expected `name=url`")?;
    if !is_local_url(url) {
        return Err("only a server on this machine can stand in, such as `http://127.0.0.1:8080`".into());
    }
    Ok((name.to_owned(), url.trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_keeps_its_text_unless_it_says_json() {
        assert_eq!(setting("account_no=00123450"), Ok(("account_no".into(), Value::String("00123450".into()))));
        assert_eq!(setting("url=a:=b"), Ok(("url".into(), Value::String("a:=b".into()))));
        assert_eq!(setting("express:=true"), Ok(("express".into(), Value::Bool(true))));
        assert!(setting("express:=yes").is_err());
        assert!(setting("express").is_err());
    }

    #[test]
    fn only_local_servers_stand_in() {
        assert_eq!(server("api=http://127.0.0.1:8080/"), Ok(("api".into(), "http://127.0.0.1:8080".into())));
        assert!(server("api=https://api.swiftpost.example").is_err());
    }

    #[test]
    fn a_secret_has_one_variable() {
        assert_eq!(variable("swift-post", "client_id"), "CROSSDOCK_SECRET_SWIFT_POST_CLIENT_ID");
    }
}
