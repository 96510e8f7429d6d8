//! Secrets from Secrets Manager: one secret per account, a JSON object of names and values.

use crate::error::words;
use aws_sdk_secretsmanager::Client;
use crossdock_runtime::port::Secrets;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Secrets are read again after this time: each reading is paid for.
const HOLDS: Duration = Duration::from_secs(300);

/// A secret that a counterpart refuses is read again, but not before this time: what is refused again and again is no reason
/// to ask again and again.
const DOUBTED_HOLDS: Duration = Duration::from_secs(10);

/// A secret that is not there is looked for again after this time.
const ABSENT_HOLDS: Duration = Duration::from_secs(30);

/// The version of a secret that is in force, and the one before: Secrets Manager keeps both.
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

type Values = BTreeMap<String, String>;

/// The secrets of a deployment: `<prefix>/<carrier>/<account>`. An account without one has those of `default`.
#[derive(Debug)]
pub struct AwsSecrets {
    client: Client,
    prefix: String,
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

/// One secret. Holding its gate is the right to read it: others wait and have the answer too.
#[derive(Default)]
struct Slot {
    gate: tokio::sync::Mutex<Option<(Instant, Option<Values>)>>,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl AwsSecrets {
    /// The secrets whose names begin so.
    #[must_use]
    pub fn new(client: Client, prefix: &str) -> Self {
        Self { client, prefix: prefix.trim_end_matches('/').to_owned(), slots: Mutex::default() }
    }

    /// The values of one secret, by the rest of its name; none where there is no such secret.
    ///
    /// # Errors
    /// It cannot be read, or is no JSON object of texts. Values are never repeated.
    pub async fn values(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, String> {
        self.stage(name, CURRENT).await
    }

    async fn stage(&self, name: &str, stage: &str) -> Result<Option<Values>, String> {
        let slot = self.slot(name, stage);
        let mut held = slot.gate.lock().await;
        if let Some((at, values)) = held.as_ref() {
            let holds = if values.is_some() { HOLDS } else { ABSENT_HOLDS };
            if at.elapsed() < holds {
                return Ok(values.clone());
            }
        }
        let values = self.read(name, stage).await?;
        *held = Some((Instant::now(), values.clone()));
        Ok(values)
    }

    fn slot(&self, name: &str, stage: &str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(format!("{stage} {name}")).or_default())
    }

    /// Those of an account, and of `default` where it has none of its own.
    async fn all(&self, carrier: &str, account: &str, stage: &str) -> Result<Values, String> {
        let mut values = self.stage(&format!("{carrier}/default"), stage).await?.unwrap_or_default();
        if account != "default" {
            values.extend(self.stage(&format!("{carrier}/{account}"), stage).await?.unwrap_or_default());
        }
        Ok(values)
    }

    async fn read(&self, name: &str, stage: &str) -> Result<Option<Values>, String> {
        let id = format!("{}/{name}", self.prefix);
        let answer = match self.client.get_secret_value().secret_id(&id).version_stage(stage).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {
                return Ok(None);
            }
            Err(error) => return Err(format!("secret `{id}`: {}", words(&error))),
        };
        let text = answer.secret_string().unwrap_or_default();
        serde_json::from_str(text).map(Some).map_err(|_| format!("secret `{id}` is no JSON object of names and texts"))
    }
}

impl Secrets for AwsSecrets {
    async fn of(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut values = self.all(carrier, account, CURRENT).await?;
        values.retain(|name, _| names.contains(name));
        Ok(values)
    }

    async fn before(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        let before = self.all(carrier, account, PREVIOUS).await?;
        if before.is_empty() {
            return Ok(before);
        }
        let mut values = self.all(carrier, account, CURRENT).await?;
        values.extend(before);
        values.retain(|name, _| names.contains(name));
        Ok(values)
    }

    async fn doubt(&self, carrier: &str, account: &str) {
        for name in BTreeSet::from(["default", account]) {
            for stage in [CURRENT, PREVIOUS] {
                let slot = self.slot(&format!("{carrier}/{name}"), stage);
                let mut held = slot.gate.lock().await;
                if held.as_ref().is_some_and(|(at, _)| at.elapsed() >= DOUBTED_HOLDS) {
                    *held = None;
                }
            }
        }
    }
}
