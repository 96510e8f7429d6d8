//! Secrets from the environment, or from a file of the same names.

use crate::port::Secrets;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What every variable of a secret begins with.
pub const PREFIX: &str = "CROSSDOCK_SECRET_";

/// Secrets of this machine: a file, if one is named, is tried before the environment, and read anew each time.
#[derive(Debug, Clone, Default)]
pub struct LocalSecrets {
    file: Option<PathBuf>,
}

impl LocalSecrets {
    /// Secrets from the environment, and from this file first.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }
}

impl Secrets for LocalSecrets {
    async fn of(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        let lines = self.file.as_deref().map_or_else(|| Ok(BTreeMap::new()), read_secrets)?;
        let look = |variable: &str| lines.get(variable).cloned().or_else(|| std::env::var(variable).ok());
        let find = |name: &String| {
            let own = (account != "default").then(|| look(&account_variable(carrier, account, name))).flatten();
            own.or_else(|| look(&variable(carrier, name))).map(|value| (name.clone(), value))
        };
        Ok(names.iter().filter_map(find).collect())
    }

    /// A machine's secrets are changed where they are: nobody keeps the ones before.
    async fn before(&self, _: &str, _: &str, _: &[String]) -> Result<BTreeMap<String, String>, String> {
        Ok(BTreeMap::new())
    }
}

/// The environment variable of a secret of a carrier's default account, and of the others' where they have none of their own.
#[must_use]
pub fn variable(carrier: &str, name: &str) -> String {
    format!("{PREFIX}{}_{}", upper(carrier), upper(name))
}

/// The environment variable of a secret of one account.
#[must_use]
pub fn account_variable(carrier: &str, account: &str, name: &str) -> String {
    format!("{PREFIX}{}_{}_{}", upper(carrier), upper(account), upper(name))
}

fn upper(text: &str) -> String {
    text.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// A file of lines `CROSSDOCK_SECRET_<CARRIER>_<NAME>=value`; empty lines and those that begin with `#` are passed over.
///
/// # Errors
/// It cannot be read, or a line is of another form. Values are never repeated.
pub fn read_secrets(path: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let mut secrets = BTreeMap::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    for (at, line) in lines {
        let named = line.split_once('=').filter(|(name, _)| name.trim().starts_with(PREFIX));
        let (name, value) = named
            .ok_or_else(|| format!("`{}` line {} is not of the form `{PREFIX}<CARRIER>_<NAME>=value`", path.display(), at + 1))?;
        secrets.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_variable() {
        assert_eq!(variable("swift-post", "client_id"), "CROSSDOCK_SECRET_SWIFT_POST_CLIENT_ID");
        assert_eq!(account_variable("swift-post", "es", "key"), "CROSSDOCK_SECRET_SWIFT_POST_ES_KEY");
    }

    #[tokio::test]
    async fn an_account_has_its_own_secrets_or_the_carriers() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secrets");
        let lines = "# a comment\nCROSSDOCK_SECRET_SWIFTPOST_KEY=k=1\nCROSSDOCK_SECRET_SWIFTPOST_ES_KEY=k2\n";
        std::fs::write(&path, lines).expect("a file");
        let secrets = LocalSecrets::new(Some(path.clone()));
        let names = ["key".to_owned(), "other".to_owned()];
        let of = async |account: &str| secrets.of("swiftpost", account, &names).await.expect("secrets");
        assert_eq!(of("default").await, BTreeMap::from([("key".into(), "k=1".into())]));
        assert_eq!(of("es").await, BTreeMap::from([("key".into(), "k2".into())]));
        assert_eq!(of("fr").await, of("default").await);
        std::fs::write(&path, "KEY=secret-value\n").expect("a file");
        let words = secrets.of("swiftpost", "default", &names).await.expect_err("another form");
        assert!(words.contains("line 1") && !words.contains("secret-value"), "{words}");
    }
}
