//! What the driver needs to know of an operation: the engine's verbs with carrier, operation, order and account bound.

use crossdock_engine::carrier::{Answer, CallId, Next, Progress, Reply, Token};
use std::collections::BTreeMap;

/// Why nothing can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `requires` or the options are not met: the order is refused with these words.
    NotMet(String),
    /// The request cannot be rendered: a person must mend the file or the order.
    Mapping(String),
    /// The account lacks something: a person must mend it.
    Misconfigured(String),
}

/// One operation on one order.
pub trait Job: Sync {
    /// Whose tokens are used: carrier, environment and account in one text.
    fn scope(&self) -> &str;

    /// What comes next.
    ///
    /// # Errors
    /// When nothing can be sent for this order.
    fn next(&self, tokens: &BTreeMap<String, Token>, progress: &Progress, now: i64) -> Result<Next, Fault>;

    /// What a reply means.
    fn interpret(&self, progress: &Progress, call: &CallId, reply: &Reply) -> Answer;

    /// The token in the reply to a sign-in.
    ///
    /// # Errors
    /// What the reply means when it holds no token.
    fn read_token(&self, auth: &str, reply: &Reply, now: i64) -> Result<Token, Box<Answer>>;
}
