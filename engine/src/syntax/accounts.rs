//! Which accounts exist, as written.

use super::Sp;
use crate::source::Node;

record! {
    /// One account with a carrier.
    pub struct AccountEntry {
        /// The carrier's id, or `shop`.
        carrier: Sp<String>,
        /// The account's name; `default` when not given.
        account: Option<Sp<String>>,
        /// One of the carrier's environments; its first when not given.
        environment: Option<Sp<String>>,
        /// Values of the carrier's `config`.
        config: Option<Node>,
        /// Where secrets come from: `env`, or a reference. Never a secret itself.
        secrets: Option<Node>,
    }
}

record! {
    /// Which accounts exist.
    pub struct AccountsFile {
        /// `accounts/v1`.
        format: Sp<String>,
        /// The accounts.
        accounts: Vec<AccountEntry>,
    }
}
