//! The adapters of one machine.

use super::Config;
use super::config::Mail;
use crate::exit::Problem;
use crossdock_runtime::clock::SystemClock;
use crossdock_runtime::handler::{Desk, Ports};
use crossdock_runtime::http::HttpClient;
use crossdock_runtime::local::{DirectorySource, LocalMailer, LocalNotifier, LocalSecrets, Options, Role, SqliteStore};
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
