//! The mapping files in force, compiled: reloaded while running, the last good one kept.
//!
//! A carrier's release is the digest of its file. An order keeps the release that it was first sent with until it ends, so
//! compiled releases stay at hand; one that this process has never seen is read from the store by its digest.

mod accounts;
mod loaded;

pub use accounts::{AccountEntry, Accounts, read_accounts};
pub use loaded::{Loaded, Problem, compile_carrier};

use crate::clock::Clock;
use crate::port::{Batch, Blob, FileSource, Manifest, Secrets, Store};
use crossdock_engine::carrier::{Account, AccountSettings, Carrier, Shop};
use crossdock_engine::model::rules::ActionRules;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// The name under which the shop's own account and secrets are known.
pub const SHOP: &str = "shop";

/// An account is made again after this time: its secrets may have changed.
const ACCOUNT_HOLDS: Duration = Duration::from_secs(30);

/// What every handler reads mappings from.
#[derive(Debug)]
pub struct Mappings<F, X> {
    files: F,
    secrets: X,
    settings: AccountDefaults,
    /// Carriers' files are read when they are first met, not with their release.
    when_met: bool,
    /// Carriers that somebody asked for before they were met.
    wanted: Mutex<BTreeSet<String>>,
    current: RwLock<Arc<Release>>,
    compiled: Mutex<HashMap<String, Arc<Loaded>>>,
    kept: Mutex<HashSet<String>>,
    accounts: Mutex<HashMap<(String, String), Made>>,
}

/// What holds for all accounts of this deployment.
#[derive(Debug, Clone, Default)]
pub struct AccountDefaults {
    /// The environment of accounts that name none; the carrier file's first, if none.
    pub environment: Option<String>,
    /// Servers on this machine that stand in for a carrier's: URL by server name, by carrier.
    pub stand_ins: BTreeMap<String, BTreeMap<String, String>>,
}

/// One generation of the files that all carriers share, and which file each carrier has.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// The release's digest.
    pub id: String,
    /// The digest of each carrier's file in force: the last good one.
    pub carriers: BTreeMap<String, String>,
    /// The shop; none without a file.
    pub shop: Option<Arc<Shop>>,
    /// What events lead to.
    pub rules: Arc<ActionRules>,
    /// Which accounts exist.
    pub accounts: Accounts,
    /// What did not load: the last good one is in force instead.
    pub problems: Vec<Problem>,
    files: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Made {
    account: Arc<Account>,
    release: String,
    at: Duration,
}

/// Why there is no carrier or account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The name, the account, its settings or secrets are wrong: a person must mend it.
    Misconfigured(String),
    /// The files or secrets cannot be reached now.
    Unavailable(String),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Misconfigured(words) | Self::Unavailable(words)) = self;
        f.write_str(words)
    }
}

impl<F: FileSource, X: Secrets> Mappings<F, X> {
    /// Nothing is loaded yet: see [`Mappings::refresh`].
    pub fn new(files: F, secrets: X, settings: AccountDefaults) -> Self {
        Self {
            files,
            secrets,
            settings,
            when_met: false,
            wanted: Mutex::default(),
            current: RwLock::default(),
            compiled: Mutex::default(),
            kept: Mutex::default(),
            accounts: Mutex::default(),
        }
    }

    /// The same, with carriers' files read when they are first met: see [`Mappings::meet`].
    #[must_use]
    pub fn as_they_are_met(mut self) -> Self {
        self.when_met = true;
        self
    }

    /// Loads the file of a carrier, should that not have been done: to be called before anything of it is worked on. A
    /// carrier that the release does not have is nobody to meet.
    ///
    /// # Errors
    /// The file cannot be reached.
    pub async fn meet(&self, id: &str) -> Result<(), String> {
        let release = self.release();
        let Some(digest) = release.carriers.get(id).filter(|digest| self.compiled(digest).is_none()) else { return Ok(()) };
        let name = format!("{id}/carrier.yaml");
        let bytes = self.files.read(&name, digest).await?;
        match compile_carrier(&name, digest, bytes) {
            Ok(loaded) => drop(self.remember(loaded)),
            // Nothing of it was ever in force here, so there is no last good one.
            Err(problem) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                if current.id == release.id {
                    let current = Arc::make_mut(&mut current);
                    current.carriers.remove(id);
                    current.problems.push(problem);
                }
            }
        }
        Ok(())
    }

    /// Loads the files of carriers that were asked for and had not been met. Whether there were any: then it is worth asking
    /// again.
    ///
    /// # Errors
    /// A file cannot be reached.
    pub async fn meet_wanted(&self) -> Result<bool, String> {
        let wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        for id in &wanted {
            self.meet(id).await?;
        }
        Ok(!wanted.is_empty())
    }

    /// The release in force.
    #[must_use]
    pub fn release(&self) -> Arc<Release> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads what has changed. What does not load leaves the last good one in force and is listed among the problems.
    ///
    /// # Errors
    /// The files cannot be reached at all.
    pub async fn refresh(&self) -> Result<bool, String> {
        let manifest = self.files.manifest().await?;
        let before = self.release();
        if manifest.release == before.id {
            return Ok(false);
        }
        let release = self.load(manifest, &before).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(release);
        Ok(true)
    }

    async fn load(&self, manifest: Manifest, before: &Release) -> Result<Release, String> {
        let mut release = Release {
            id: manifest.release.clone(),
            shop: before.shop.clone(),
            rules: Arc::clone(&before.rules),
            accounts: before.accounts.clone(),
            files: manifest.files.clone(),
            ..Release::default()
        };
        for (name, digest) in &manifest.files {
            if self.is_to_be_met(name, before) {
                let id = name.trim_end_matches("/carrier.yaml");
                release.carriers.insert(id.to_owned(), digest.clone());
                continue;
            }
            let bytes = match self.fresh(name, digest, before) {
                true => Some(self.files.read(name, digest).await?),
                false => None,
            };
            self.take(name, digest, bytes, before, &mut release);
        }
        if !manifest.files.contains_key("shop.yaml") {
            release.shop = None;
        }
        Ok(release)
    }

    /// Whether it is the file of a carrier that nobody has met here: one that was met has a good one in force.
    fn is_to_be_met(&self, name: &str, before: &Release) -> bool {
        let Some(id) = name.strip_suffix("/carrier.yaml").filter(|_| self.when_met) else { return false };
        before.carriers.get(id).is_none_or(|digest| self.compiled(digest).is_none())
    }

    /// Whether the file is another than in the release before.
    fn fresh(&self, name: &str, digest: &str, before: &Release) -> bool {
        before.files.get(name).map(String::as_str) != Some(digest)
            && !(name.ends_with("/carrier.yaml") && self.compiled(digest).is_some())
    }

    fn take(&self, name: &str, digest: &str, bytes: Option<Vec<u8>>, before: &Release, release: &mut Release) {
        if let Some(id) = name.strip_suffix("/carrier.yaml") {
            return self.take_carrier(id, name, digest, bytes, before, release);
        }
        let Some(bytes) = bytes else {
            release.problems.extend(before.problems.iter().find(|problem| problem.file == name).cloned());
            return;
        };
        let problem = match name {
            "shop.yaml" => loaded::shop(name, bytes).map(|shop| release.shop = Some(Arc::new(shop))),
            "actions.yaml" => loaded::actions(name, bytes).map(|rules| release.rules = Arc::new(rules)),
            "accounts.yaml" => read_accounts(name, bytes).map(|accounts| release.accounts = accounts),
            _ => Ok(()),
        };
        release.problems.extend(problem.err());
    }

    fn take_carrier(&self, id: &str, name: &str, digest: &str, bytes: Option<Vec<u8>>, before: &Release, release: &mut Release) {
        let last_good = before.carriers.get(id);
        let taken = match (self.compiled(digest), bytes) {
            (Some(_), _) => Some(digest.to_owned()),
            (None, Some(bytes)) => match compile_carrier(name, digest, bytes) {
                Ok(loaded) => {
                    self.remember(loaded);
                    Some(digest.to_owned())
                }
                Err(problem) => {
                    release.problems.push(problem);
                    last_good.cloned()
                }
            },
            (None, None) => {
                release.problems.extend(before.problems.iter().find(|problem| problem.file == name).cloned());
                last_good.cloned()
            }
        };
        if let Some(digest) = taken {
            release.carriers.insert(id.to_owned(), digest);
        }
    }

    /// The carrier of that name, by the release in force.
    ///
    /// # Errors
    /// There is none.
    pub fn carrier(&self, id: &str) -> Result<Arc<Loaded>, Missing> {
        let release = self.release();
        let digest = release.carriers.get(id).ok_or_else(|| {
            let known: Vec<&str> = release.carriers.keys().map(String::as_str).collect();
            let near = crossdock_engine::diagnostic::nearest(id, &known);
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            Missing::Misconfigured(format!("there is no carrier `{id}`{near}; available: {}", known.join(", ")))
        })?;
        self.compiled(digest).ok_or_else(|| {
            self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
            Missing::Unavailable(format!("the file of `{id}` is not loaded"))
        })
    }

    /// A carrier as it was in an earlier release; none when nobody has kept it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn pinned<S: Store>(&self, id: &str, digest: &str, store: &S) -> Result<Option<Arc<Loaded>>, Missing> {
        if let Some(loaded) = self.compiled(digest) {
            return Ok(Some(loaded));
        }
        let blob = store.blob(&blob_id(digest)).await.map_err(|error| Missing::Unavailable(error.to_string()))?;
        let Some(blob) = blob else { return Ok(None) };
        match compile_carrier(&format!("{id}/carrier.yaml"), digest, blob.bytes) {
            Ok(loaded) => Ok(Some(self.remember(loaded))),
            Err(problem) => Err(Missing::Misconfigured(problem.to_string())),
        }
    }

    /// Keeps a carrier's file in the store, once, before an order relies on it.
    ///
    /// # Errors
    /// The store does not take it.
    pub async fn keep<S: Store>(&self, loaded: &Loaded, store: &S) -> Result<(), crate::port::CommitError> {
        if self.kept().contains(&loaded.digest) {
            return Ok(());
        }
        let blob = Blob {
            id: blob_id(&loaded.digest),
            media: "application/yaml".into(),
            order_id: String::new(),
            bytes: loaded.bytes.clone(),
        };
        store.commit(Batch { blobs: vec![blob], ..Batch::default() }).await?;
        self.kept().insert(loaded.digest.clone());
        Ok(())
    }

    /// An account of a carrier, with its secrets.
    ///
    /// # Errors
    /// It does not exist, its settings are wrong, or its secrets cannot be had.
    pub async fn account<C: Clock>(&self, loaded: &Loaded, account: &str, clock: &C) -> Result<Arc<Account>, Missing> {
        self.account_of(&loaded.carrier, loaded.carrier.id(), &loaded.digest, account, clock).await
    }

    /// The account with the secrets that were in force before; none where nobody keeps them.
    ///
    /// # Errors
    /// See [`Mappings::account`].
    pub async fn account_before(&self, loaded: &Loaded, account: &str) -> Result<Option<Account>, Missing> {
        let (carrier, release) = (&loaded.carrier, self.release());
        let secrets = self.secrets.before(carrier.id(), account, carrier.secrets()).await.map_err(Missing::Unavailable)?;
        if secrets.is_empty() {
            return Ok(None);
        }
        let settings = self.account_settings(&release, carrier.id(), account, secrets)?;
        carrier.account(&settings).map(Some).map_err(|wrong| Missing::Misconfigured(wrong.join("; ")))
    }

    /// The account with its secrets read again, after its counterpart refused them; none where they are the same. `id` is
    /// [`SHOP`] for the shop.
    ///
    /// # Errors
    /// See [`Mappings::account`].
    pub async fn account_again(&self, carrier: &Carrier, id: &str, refused: &Account) -> Result<Option<Arc<Account>>, Missing> {
        self.secrets.doubt(id, refused.name()).await;
        self.account_besides(carrier, id, refused).await
    }

    /// The account with other secrets than these; none where they are the same.
    ///
    /// # Errors
    /// See [`Mappings::account`].
    pub async fn account_besides(&self, carrier: &Carrier, id: &str, refused: &Account) -> Result<Option<Arc<Account>>, Missing> {
        let account = refused.name();
        let secrets = self.secrets.of(id, account, carrier.secrets()).await.map_err(Missing::Unavailable)?;
        let settings = self.account_settings(&self.release(), id, account, secrets)?;
        let again = carrier.account(&settings).map_err(|wrong| Missing::Misconfigured(wrong.join("; ")))?;
        if again.has_secrets_of(refused) {
            return Ok(None);
        }
        let ours = |(of, name): &(String, String)| name == account && of.split_once('/').is_some_and(|(of, _)| of == id);
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).retain(|whose, _| !ours(whose));
        Ok(Some(Arc::new(again)))
    }

    /// The shop's account.
    ///
    /// # Errors
    /// See [`Mappings::account`].
    pub async fn shop_account<C: Clock>(&self, shop: &Shop, clock: &C) -> Result<Arc<Account>, Missing> {
        let release = self.release();
        let digest = release.files.get("shop.yaml").cloned().unwrap_or_default();
        self.account_of(shop.counterpart(), SHOP, &digest, "default", clock).await
    }

    async fn account_of<C: Clock>(
        &self,
        carrier: &Carrier,
        id: &str,
        digest: &str,
        account: &str,
        clock: &C,
    ) -> Result<Arc<Account>, Missing> {
        let release = self.release();
        let whose = (format!("{id}/{digest}"), account.to_owned());
        if let Some(made) = self.made(&whose, &release.id, clock.now()) {
            return Ok(made);
        }
        let secrets = self.secrets.of(id, account, carrier.secrets()).await.map_err(Missing::Unavailable)?;
        let settings = self.account_settings(&release, id, account, secrets)?;
        let wrong = |wrong: Vec<String>| Missing::Misconfigured(format!("account `{account}` of `{id}`: {}", wrong.join("; ")));
        let made = Arc::new(carrier.account(&settings).map_err(wrong)?);
        let kept = Made { account: Arc::clone(&made), release: release.id.clone(), at: clock.now() };
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).insert(whose, kept);
        Ok(made)
    }

    /// Forgets the accounts that were made: their secrets are read again when they are next needed.
    pub fn forget_accounts(&self) {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn account_settings(
        &self,
        release: &Release,
        id: &str,
        account: &str,
        secrets: BTreeMap<String, String>,
    ) -> Result<AccountSettings, Missing> {
        let environment = self.settings.environment.as_deref();
        let entry = release.accounts.find(id, account, environment);
        if entry.is_none() && account != "default" {
            let known = release.accounts.names(id).join(", ");
            return Err(Missing::Misconfigured(format!("`{id}` has no account `{account}`; available: {known}")));
        }
        Ok(AccountSettings {
            account: account.to_owned(),
            environment: entry.and_then(|entry| entry.environment.clone()).or_else(|| self.settings.environment.clone()),
            config: entry.map(|entry| entry.config.clone()).unwrap_or_default(),
            secrets,
            servers: self.settings.stand_ins.get(id).cloned().unwrap_or_default(),
        })
    }

    fn made(&self, whose: &(String, String), release: &str, now: Duration) -> Option<Arc<Account>> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let made = accounts.get(whose)?;
        (made.release == release && now < made.at + ACCOUNT_HOLDS).then(|| Arc::clone(&made.account))
    }

    fn compiled(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn remember(&self, loaded: Loaded) -> Arc<Loaded> {
        let loaded = Arc::new(loaded);
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(compiled.entry(loaded.digest.clone()).or_insert(loaded))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn blob_id(digest: &str) -> String {
    format!("mapping-{digest}")
}
