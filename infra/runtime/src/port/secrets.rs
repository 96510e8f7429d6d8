//! Where secrets come from.

use std::collections::BTreeMap;
use std::future::Future;

/// The secrets of accounts.
pub trait Secrets: Send + Sync + 'static {
    /// Those of these names that there are. `carrier` is `shop` for the shop itself.
    fn of(
        &self,
        carrier: &str,
        account: &str,
        names: &[String],
    ) -> impl Future<Output = Result<BTreeMap<String, String>, String>> + Send;

    /// Those that were in force before, all names together: while a key is being changed, a carrier may still sign with the old
    /// one. Empty where nobody keeps them.
    fn before(
        &self,
        carrier: &str,
        account: &str,
        names: &[String],
    ) -> impl Future<Output = Result<BTreeMap<String, String>, String>> + Send;

    /// A counterpart refuses those of an account: they are read anew when they are next asked for, unless that was done a moment
    /// ago. Nothing to do where nothing is remembered.
    fn doubt(&self, _carrier: &str, _account: &str) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

impl<T: Secrets> Secrets for std::sync::Arc<T> {
    async fn of(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        (**self).of(carrier, account, names).await
    }

    async fn before(&self, carrier: &str, account: &str, names: &[String]) -> Result<BTreeMap<String, String>, String> {
        (**self).before(carrier, account, names).await
    }

    async fn doubt(&self, carrier: &str, account: &str) {
        (**self).doubt(carrier, account).await;
    }
}
