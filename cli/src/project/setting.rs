//! An account for looking at a carrier: what is not given is made up, and told.

use super::load;
use crate::account::{Accounts, DEFAULT_ENVIRONMENT};
use crate::exit::Problem;
use crossdock_engine::carrier::{Account, AccountSettings, Carrier};
use crossdock_engine::diagnostic::summary;
use crossdock_engine::syntax::CarrierFile;
use std::path::{Path, PathBuf};

/// A carrier to look at.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) id: String,
    pub(crate) file: PathBuf,
    pub(crate) carrier: Carrier,
    pub(crate) syntax: CarrierFile,
}

/// Loads the carrier that an argument means.
pub(crate) fn look(dir: &Path, carrier: &str) -> Result<Look, Problem> {
    let (id, file) = super::locate(dir, carrier)?;
    let compiled = load(&file)?.compiled;
    match (compiled.carrier, compiled.syntax) {
        (Some(carrier), Some(syntax)) => Ok(Look { id, file, carrier, syntax }),
        _ => Err(Problem::findings(format!("`{}`: {}", file.display(), summary(&compiled.diagnostics)))
            .help(format!("`crossdock validate {}` shows them", file.display()))),
    }
}

impl Look {
    /// An account with all that is needed, for calls over the network.
    pub(crate) fn account(&self, accounts: &Accounts, account: &str) -> Result<Account, Problem> {
        let settings = accounts.settings(&self.id, account, &self.carrier).map_err(wrong)?;
        self.carrier.account(&settings).map_err(wrong)
    }

    /// An account for looking only: settings that nobody gave are the file's examples, secrets a word in their place.
    /// Also what was made up.
    pub(crate) fn account_to_look(&self, accounts: &Accounts, account: &str) -> Result<(Account, Vec<String>), Problem> {
        let (mut settings, missing) = accounts.lenient(&self.id, account, &self.carrier);
        let mut made_up: Vec<String> = missing.iter().map(|name| format!("secret `{name}` is not set")).collect();
        for name in missing {
            settings.secrets.insert(name.clone(), format!("<{name}>"));
        }
        self.examples(&mut settings, &mut made_up);
        if !self.carrier.environments().any(|name| Some(name) == settings.environment.as_deref()) {
            // Only the default gives way to what the file has.
            if let Some(other) = settings.environment.take().filter(|name| name != DEFAULT_ENVIRONMENT) {
                let known: Vec<&str> = self.carrier.environments().collect();
                return Err(
                    Problem::usage(format!("there is no environment `{other}`")).help(format!("available: {}", known.join(", ")))
                );
            }
        }
        Ok((self.carrier.account(&settings).map_err(wrong)?, made_up))
    }

    fn examples(&self, settings: &mut AccountSettings, made_up: &mut Vec<String>) {
        for (name, field) in &self.syntax.config {
            let needed = field.default.is_none() && !field.optional.as_ref().is_some_and(|optional| optional.value);
            if let (Some(example), true, false) = (&field.example, needed, settings.config.contains_key(&name.value)) {
                made_up.push(format!("setting `{}` is not given: the file's example stands for it", name.value));
                settings.config.insert(name.value.clone(), example.to_json());
            }
        }
    }
}

fn wrong(words: Vec<String>) -> Problem {
    let remedy = "accounts come from `accounts.yaml`; `--config key=value` gives a setting, `--environment` chooses the servers";
    Problem::usage(words.join("; ")).help(remedy)
}
