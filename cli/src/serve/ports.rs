//! The adapters of one machine.

use super::Config;
use super::config::Mail;
use crate::exit::Problem;
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::handler::{Desk, Ports};
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::local::{
    DirectorySource, FileMailer, LocalMailer, LocalNotifier, LocalSecrets, Options, Role, SmtpMailer, SqliteStore,
};
use crossdock_runtime::mappings::{AccountDefaults, Mappings};
use std::sync::Arc;

/// One machine's adapters.
#[derive(Debug)]
pub(crate) struct Local;

impl Ports for Local {
    type Store = SqliteStore;
    type Wire = HttpClient;
    type Clock = SystemClock;
    type Files = DirectorySource;
    type Secrets = LocalSecrets;
    type Mailer = LocalMailer;
    type Notifier = LocalNotifier;
}

/// A desk over the adapters of this machine.
pub(super) fn desk(config: &Config) -> Result<Desk<Local>, Problem> {
    let options = Options { durability: config.durability, ..Options::default() };
    let store =
        SqliteStore::open_with(&config.data, Role::Serve, &options).map_err(|error| Problem::failure(error.to_string()))?;
    let client = HttpClient::new().map_err(Problem::failure)?;
    let for_developers = config.mail.as_ref().and_then(|mail| mail.developers.clone());
    let developers = match for_developers {
        Some(to) => Some((Arc::new(mailer(config)?), to)),
        None => None,
    };
    let notifier = LocalNotifier::new(client.clone(), config.slack.clone(), developers);
    let clock = Arc::new(SystemClock);
    Ok(Desk::new(store, client, clock, mappings(config), mailer(config)?, notifier, config.settings.clone()))
}

/// The mapping files of this machine; nothing is loaded yet.
pub(crate) fn mappings(config: &Config) -> Mappings<DirectorySource, LocalSecrets> {
    let defaults = AccountDefaults { environment: config.environment.clone(), stand_ins: config.stand_ins.clone() };
    let files = DirectorySource::new(&config.mappings);
    Mappings::new(files, LocalSecrets::new(config.secrets.clone()), defaults)
}

fn mailer(config: &Config) -> Result<LocalMailer, Problem> {
    let made = match &config.mail {
        Some(Mail { server, from, user, password, .. }) => {
            SmtpMailer::new(server, from, user.clone(), password.clone()).map(LocalMailer::Smtp)
        }
        None => FileMailer::new(config.data.join("mail"), "crossdock@localhost").map(LocalMailer::Files),
    };
    made.map_err(|why| Problem::usage(format!("`mail:` {why}")))
}
