//! Words for people: the logistics team by email, developers by a chat's webhook.

use std::future::Future;

/// An email to the logistics team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The topic's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text, in plain words.
    pub text: String,
    /// Its name: the same mail, sent again, has the same one.
    pub id: String,
}

/// What sends emails.
pub trait Mailer: Send + Sync + 'static {
    /// Sends one.
    fn send(&self, mail: &Mail) -> impl Future<Output = Result<(), String>> + Send;
}

/// Something that developers must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// More lines.
    pub text: String,
}

/// What tells developers.
pub trait Notifier: Send + Sync + 'static {
    /// Tells them.
    fn notify(&self, notice: &Notice) -> impl Future<Output = Result<(), String>> + Send;
}
