//! What lives as long as the process, and what is looked after between events: mapping files, paused carriers.

use crate::program::Program;
use crossdock_aws::{Aws, AwsSecrets, Crashed, Names, Reach};
use crossdock_runtime::handler::{CarrierRecord, Desk, keys};
use crossdock_runtime::port::Store;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// A copy of the mapping files that is older is looked at again.
const FRESH: Duration = Duration::from_secs(30);

/// So long work waits for that look; then it goes on with the copy at hand.
const BUDGET: Duration = Duration::from_millis(300);

/// Which carriers are paused is asked again after this time.
const PAUSED: Duration = Duration::from_secs(10);

/// Which carriers are down is asked again after this time.
const BROKEN: Duration = Duration::from_secs(1);

/// What is to be written waits so long for more of it.
const LINGER: Duration = Duration::from_millis(10);

/// Messages of one batch that are worked on at once.
const AT_ONCE: usize = 64;

/// The process.
pub(crate) struct App {
    pub(crate) program: Program,
    pub(crate) desk: Desk<Aws>,
    pub(crate) crashed: Crashed,
    pub(crate) at_once: usize,
    secrets: AwsSecrets,
    fresh: Duration,
    looked: Mutex<Looked>,
}

#[derive(Default)]
struct Looked {
    files: Option<Instant>,
    paused: Option<Instant>,
    broken: Option<Instant>,
    /// A look that took longer than its budget goes on.
    under_way: Option<JoinHandle<Result<bool, String>>>,
}

impl App {
    /// Set up by the environment.
    pub(crate) fn new(program: Program) -> Result<Self, String> {
        let reach = Reach::from_environment()?;
        let names = Names::from_environment().map_err(|missing| missing.to_string())?;
        let linger = number("LINGER_MS").map_or(LINGER, Duration::from_millis);
        Ok(Self {
            program,
            desk: Aws::desk(&reach, &names, program.mode(linger), program.needs_all())?,
            crashed: Crashed::new(&reach, &names),
            at_once: number("AT_ONCE").and_then(|count| usize::try_from(count).ok()).unwrap_or(AT_ONCE).max(1),
            secrets: AwsSecrets::new(reach.secrets(), &names.secrets),
            fresh: number("FRESH_MS").map_or(FRESH, Duration::from_millis),
            looked: Mutex::default(),
        })
    }

    /// The token that whoever fetches a document has: `token` of the secret `documents`.
    pub(crate) async fn token(&self) -> Result<Option<String>, String> {
        let values = self.secrets.values("documents").await?;
        Ok(values.and_then(|values| values.get("token").cloned()).filter(|token| !token.is_empty()))
    }

    /// Before an event is worked on: the mapping files are fresh, or as good as can be had in time.
    ///
    /// # Errors
    /// There are none at all.
    pub(crate) async fn look(self: &Arc<Self>) -> Result<(), String> {
        let never = self.looked().files.is_none();
        if never {
            self.desk.mappings.refresh().await?;
            self.looked().files = Some(Instant::now());
            self.report();
        } else if self.looked().files.is_some_and(|at| at.elapsed() >= self.fresh) {
            self.look_again().await;
        }
        if matches!(self.program, Program::Dispatcher | Program::Actor | Program::Poller) {
            tokio::join!(self.look_for_paused(), self.look_for_broken());
        }
        Ok(())
    }

    async fn look_again(self: &Arc<Self>) {
        let under_way = self.looked().under_way.take();
        let mut look = under_way.unwrap_or_else(|| {
            let app = Arc::clone(self);
            tokio::spawn(async move { app.desk.mappings.refresh().await })
        });
        match tokio::time::timeout(BUDGET, &mut look).await {
            Ok(Ok(Ok(changed))) => {
                self.looked().files = Some(Instant::now());
                if changed {
                    self.report();
                }
            }
            Ok(Ok(Err(why))) => {
                tracing::error!(why, "the mapping files cannot be read: the last good ones stay in force");
                // Not with every event: the next look is due after half the time.
                self.looked().files = Some(Instant::now() - self.fresh / 2);
            }
            Ok(Err(_)) => tracing::error!("the look at the mapping files broke off"),
            Err(_) => self.looked().under_way = Some(look),
        }
    }

    fn report(&self) {
        let release = self.desk.mappings.release();
        let id = &release.id[..12.min(release.id.len())];
        tracing::info!(release = id, carriers = release.carriers.len(), "mapping files loaded");
        for problem in &release.problems {
            tracing::error!(file = problem.file, %problem, "a file does not load: the last good one stays in force");
        }
    }

    async fn look_for_paused(&self) {
        let due = self.looked().paused.is_none_or(|at| at.elapsed() >= PAUSED);
        if !due {
            return;
        }
        let Ok(items) = self.desk.store.list(keys::CARRIERS, None, 10_000).await else { return };
        let paused = items.into_iter().filter_map(|item| {
            let record: CarrierRecord = serde_json::from_slice(&item.body).ok()?;
            record.paused.then(|| keys::carrier_of(&item.key)).flatten()
        });
        self.desk.gates.pause(&paused.collect::<Vec<_>>());
        self.looked().paused = Some(Instant::now());
    }

    async fn look_for_broken(&self) {
        let due = self.looked().broken.is_none_or(|at| at.elapsed() >= BROKEN);
        if due && self.desk.look_at_breakers().await.is_ok() {
            self.looked().broken = Some(Instant::now());
        }
    }

    fn looked(&self) -> std::sync::MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(format!("CROSSDOCK_{name}")).ok()?.parse().ok()
}
