//! All adapters of one deployment.

use crate::mail::{SlackNotifier, TopicMailer};
use crate::reach::Reach;
use crate::releases::ReleaseFiles;
use crate::secrets::AwsSecrets;
use crate::settings::Names;
use crate::store::{AwsStore, Mode};
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::handler::{Desk, Ports, Settings};
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use std::sync::Arc;

/// The adapters of AWS.
#[derive(Debug)]
pub struct Aws;

impl Ports for Aws {
    type Store = AwsStore;
    type Wire = HttpClient;
    type Clock = SystemClock;
    type Files = ReleaseFiles;
    type Secrets = Arc<AwsSecrets>;
    type Mailer = TopicMailer;
    type Notifier = SlackNotifier;
}

impl Aws {
    /// A desk over a deployment. `whole` loads every carrier's file with its release; else each when it is first met.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn desk(reach: &Reach, names: &Names, mode: Mode, whole: bool) -> Result<Desk<Self>, String> {
        let http = HttpClient::new()?;
        let secrets = Arc::new(AwsSecrets::new(reach.secrets(), &names.secrets));
        let files = ReleaseFiles::new(reach.s3(), names.mappings.clone());
        let defaults = AccountDefaults { environment: names.environment.clone(), stand_ins: names.stand_ins.clone() };
        let mappings = Mappings::new(files, Arc::clone(&secrets), defaults);
        let mappings = if whole { mappings } else { mappings.as_they_are_met() };
        let topics = |topic: &Option<String>| TopicMailer::new(reach.sns(), topic.clone());
        let notifier = SlackNotifier::new(http.clone(), secrets, topics(&names.developers));
        let usual = Settings::default();
        let [first, longest, grace] = names.patience;
        let settings = Settings {
            public_url: names.public_url.clone(),
            first_wait: first.unwrap_or(usual.first_wait),
            longest_wait: longest.unwrap_or(usual.longest_wait),
            grace: grace.unwrap_or(usual.grace),
            ..usual
        };
        let store = AwsStore::new(reach, names, mode);
        Ok(Desk::new(store, http, Arc::new(SystemClock), mappings, topics(&names.logistics), notifier, settings))
    }
}
