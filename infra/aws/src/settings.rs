//! The names of a deployment: what a function is told by its environment, and a person's command by the stack's outputs.

use crate::releases::Location;
use crossdock_runtime::port::Queue;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Kept where nothing else is said.
const RETENTION: Duration = Duration::from_secs(90 * 86_400);

/// What a deployment's parts are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The ledger's table.
    pub table: String,
    /// The bucket of journal and documents.
    pub bucket: String,
    /// The queues' URLs. A function knows those that it needs.
    pub queues: BTreeMap<Queue, String>,
    /// The URLs of the queues of what crashed.
    pub dead: BTreeMap<Queue, String>,
    /// Where the releases of mapping files are.
    pub mappings: Location,
    /// What every secret's name begins with: `<prefix>/<carrier>/<account>`.
    pub secrets: String,
    /// The environment of accounts that name none.
    pub environment: Option<String>,
    /// Where deliveries and documents are reached, without a slash at its end.
    pub public_url: String,
    /// The topic of emails to the logistics team.
    pub logistics: Option<String>,
    /// The topic of what developers are told, should the chat fail.
    pub developers: Option<String>,
    /// Servers that stand in for a carrier's, in stages: URL by server name, by carrier.
    pub stand_ins: BTreeMap<String, BTreeMap<String, String>>,
    /// The wait before the second try, the longest wait, and how long a worker is trusted beyond a request's own timeout:
    /// those of the product, where nothing is said.
    pub patience: [Option<Duration>; 3],
    /// For how long what has ended is kept.
    pub retention: Duration,
}

/// A name that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingMissing(pub String);

impl fmt::Display for SettingMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingMissing {}

impl Names {
    /// The names that a function's environment tells.
    ///
    /// # Errors
    /// A variable is missing or of another form.
    pub fn from_environment() -> Result<Self, SettingMissing> {
        Self::read(|name| std::env::var(format!("CROSSDOCK_{name}")).ok())
    }

    /// The names that something tells: `TABLE`, `BUCKET`, `MAPPINGS` and so on.
    ///
    /// # Errors
    /// One is missing or of another form.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingMissing> {
        let maybe = |name: &str| get(name).filter(|value| !value.is_empty());
        let need = |name: &str| maybe(name).ok_or_else(|| SettingMissing(format!("`CROSSDOCK_{name}` is not set")));
        let named = |kind: &str, queue: Queue| Some((queue, maybe(&format!("{kind}_{}", queue.name().to_uppercase()))?));
        let wrong = |name: &str, why: String| SettingMissing(format!("`CROSSDOCK_{name}`: {why}"));
        let days = |text: String| text.parse::<u64>().map_err(|_| wrong("RETENTION_DAYS", "expected a number of days".into()));
        let seconds = |name: &str| match maybe(name) {
            Some(text) => {
                let seconds = text.parse::<u64>().map_err(|_| wrong(name, "expected a number of seconds".into()));
                seconds.map(|seconds| Some(Duration::from_secs(seconds)))
            }
            None => Ok(None),
        };
        Ok(Self {
            patience: [seconds("FIRST_WAIT")?, seconds("LONGEST_WAIT")?, seconds("GRACE")?],
            table: need("TABLE")?,
            bucket: need("BUCKET")?,
            queues: Queue::ALL.into_iter().filter_map(|queue| named("QUEUE", queue)).collect(),
            dead: Queue::ALL.into_iter().filter_map(|queue| named("DEAD", queue)).collect(),
            mappings: need("MAPPINGS")?.parse().map_err(|why| wrong("MAPPINGS", why))?,
            secrets: maybe("SECRETS").unwrap_or_else(|| "crossdock".into()),
            environment: maybe("ENVIRONMENT"),
            public_url: maybe("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned()).unwrap_or_default(),
            logistics: maybe("LOGISTICS_TOPIC"),
            developers: maybe("DEVELOPERS_TOPIC"),
            stand_ins: match maybe("STAND_INS") {
                Some(text) => serde_json::from_str(&text).map_err(|error| wrong("STAND_INS", error.to_string()))?,
                None => BTreeMap::new(),
            },
            retention: match maybe("RETENTION_DAYS") {
                Some(text) => Duration::from_secs(days(text)? * 86_400),
                None => RETENTION,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_knows_what_it_is_told_and_says_what_is_missing() {
        let told = |name: &str| match name {
            "TABLE" => Some("ledger".to_owned()),
            "BUCKET" => Some("journal".into()),
            "MAPPINGS" => Some("s3://mappings/live".into()),
            "QUEUE_ACTIONS" => Some("https://sqs/actions".into()),
            "RETENTION_DAYS" => Some("30".into()),
            _ => None,
        };
        let names = Names::read(told).expect("names");
        assert_eq!(names.queues.keys().copied().collect::<Vec<_>>(), [Queue::Actions]);
        assert_eq!((names.retention.as_secs(), names.secrets.as_str()), (30 * 86_400, "crossdock"));
        let missing = Names::read(|name| told(name).filter(|_| name != "TABLE")).expect_err("no table");
        assert_eq!(missing.to_string(), "`CROSSDOCK_TABLE` is not set");
        let wrong = Names::read(|name| if name == "MAPPINGS" { Some("bucket".into()) } else { told(name) });
        assert!(wrong.expect_err("no location").to_string().contains("s3://"));
    }
}
