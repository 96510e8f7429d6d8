//! The credentials and settings of one account, checked against what the carrier's file declares.

use super::AccountSettings;
use super::plan::Carrier;
use crate::value::Value;
use std::fmt;

/// An account, ready to make requests with.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) name: String,
    /// The environment's name.
    pub(crate) environment: String,
    pub(crate) servers: Vec<(String, String)>,
    pub(crate) config: Vec<Value<'static>>,
    pub(crate) secrets: Vec<(String, Option<String>)>,
    pub(crate) local: bool,
    /// Notes what is come by, while cases are counted.
    pub(crate) touched: Option<std::sync::Arc<crate::coverage::Touched>>,
}

impl Account {
    /// The account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether both have the same secrets: what was refused with the one is worth another try with the other only if not.
    #[must_use]
    pub fn has_secrets_of(&self, other: &Self) -> bool {
        self.secrets == other.secrets
    }

    pub(crate) fn base(&self, server: &str) -> Option<&str> {
        self.servers.iter().find(|(name, _)| name == server).map(|(_, base)| base.as_str())
    }
}

/// What is wrong with an account's settings, in words.
#[derive(Debug)]
pub(crate) enum WrongSetting {
    /// The environment.
    Environment(String),
    /// A setting that the file does not know.
    Unknown { name: String, words: String },
    /// The value of a setting.
    Value { name: String, words: String },
    /// What stands in no one place of the settings.
    Other(String),
}

impl fmt::Display for WrongSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Environment(words) | Self::Unknown { words, .. } | Self::Value { words, .. } | Self::Other(words)) = self;
        f.write_str(words)
    }
}

impl Carrier {
    /// Checks an account's settings. Secrets may be left out: a request that needs one says so.
    ///
    /// # Errors
    /// Everything that is wrong: unknown environments, servers, settings and secrets, missing and mistyped settings.
    pub fn account(&self, settings: &AccountSettings) -> Result<Account, Vec<String>> {
        self.account_or_wrong(settings).map_err(|wrong| wrong.iter().map(WrongSetting::to_string).collect())
    }

    pub(crate) fn account_or_wrong(&self, settings: &AccountSettings) -> Result<Account, Vec<WrongSetting>> {
        let mut wrong = Vec::new();
        let (environment, servers) = self.servers(settings, &mut wrong);
        let config = self.settings(settings, &mut wrong);
        let mut secrets: Vec<(String, Option<String>)> = self.secrets.iter().map(|name| (name.clone(), None)).collect();
        for (name, value) in &settings.secrets {
            match self.secrets.iter().position(|known| known == name) {
                Some(at) => secrets[at].1 = Some(value.clone()),
                None => wrong.push(WrongSetting::Other(unknown("secret", name, self.secrets.iter().map(String::as_str)))),
            }
        }
        let local = !settings.servers.is_empty();
        if wrong.is_empty() {
            Ok(Account { name: settings.account.clone(), environment, servers, config, secrets, local, touched: None })
        } else {
            Err(wrong)
        }
    }

    fn servers(&self, settings: &AccountSettings, wrong: &mut Vec<WrongSetting>) -> (String, Vec<(String, String)>) {
        let named = settings.environment.as_deref();
        let found = match named {
            Some(name) => self.environments.iter().find(|(known, _)| known == name),
            None => self.environments.first(),
        };
        let Some((environment, servers)) = found else {
            let known = self.environments.iter().map(|(name, _)| name.as_str());
            wrong.push(WrongSetting::Environment(unknown("environment", named.unwrap_or_default(), known)));
            return (String::new(), Vec::new());
        };
        let mut servers = servers.clone();
        for (name, url) in &settings.servers {
            match servers.iter_mut().find(|(known, _)| known == name) {
                Some((_, base)) => *base = url.trim_end_matches('/').to_owned(),
                None => {
                    let known: Vec<String> = servers.iter().map(|(name, _)| name.clone()).collect();
                    wrong.push(WrongSetting::Other(unknown("server", name, known.iter().map(String::as_str))));
                }
            }
        }
        (environment.clone(), servers)
    }

    fn settings(&self, settings: &AccountSettings, wrong: &mut Vec<WrongSetting>) -> Vec<Value<'static>> {
        for name in settings.config.keys() {
            if !self.config.iter().any(|setting| setting.name == *name) {
                let words = unknown("setting", name, self.config.iter().map(|setting| setting.name.as_str()));
                wrong.push(WrongSetting::Unknown { name: name.clone(), words });
            }
        }
        let mut values = Vec::new();
        for setting in &self.config {
            let given = settings.config.get(&setting.name).filter(|value| !value.is_null());
            let value = match (given, &setting.default) {
                (Some(json), _) => Value::from_json(json).into_owned(),
                (None, Some(default)) => default.clone(),
                (None, None) => {
                    if !setting.optional {
                        wrong.push(WrongSetting::Other(format!("the setting `{}` is missing", setting.name)));
                    }
                    Value::Null
                }
            };
            if let (false, Err(words)) = (value.is_null(), setting.constraint.admits(&value)) {
                let words = format!("the setting `{}` must be {words}", setting.name);
                wrong.push(WrongSetting::Value { name: setting.name.clone(), words });
            }
            values.push(value);
        }
        values
    }
}

/// "there is no ... `x`; available: ...".
pub(crate) fn unknown<'k>(what: &str, name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.collect();
    let near = crate::diagnostic::nearest(name, &known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match list.is_empty() {
        true => format!("there is no {what} `{name}`: the file declares none"),
        false => format!("there is no {what} `{name}`{near}; available: {list}"),
    }
}
