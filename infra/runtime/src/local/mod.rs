//! The adapters of one machine: everything that `crossdock serve` needs, without any service beside it.

mod chat;
mod files;
mod mail;
mod secrets;
pub mod store;

pub use chat::LocalNotifier;
pub use files::DirectorySource;
pub use mail::{FileMailer, LocalMailer, SmtpMailer};
pub use secrets::{LocalSecrets, PREFIX, account_variable, read_secrets, variable};
pub use store::{Durability, OpenError, Options, Role, SqliteStore, Stats};
