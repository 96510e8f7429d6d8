//! What all orders of one carrier and account share: the compiled file, the checked settings, the limits.

use crate::account::Accounts;
use crate::project::{OrderJob, Project};
use crossdock_engine::carrier::{Account, Carrier};
use crossdock_engine::model::Order;
use crossdock_runtime::limits::{Limiter, Rate};
use std::collections::HashMap;
use std::sync::Arc;

const CONCURRENCY: usize = 16;

/// A carrier with an account, ready to be sent to.
pub(super) struct Lane {
    carrier: Arc<Carrier>,
    account: Account,
    scope: String,
    limiter: Limiter,
}

impl Lane {
    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(super) fn job<'a>(&'a self, operation: &'a str, order: &'a [u8]) -> OrderJob<'a> {
        OrderJob { carrier: &self.carrier, operation, order, account: &self.account, scope: &self.scope }
    }
}

/// The lanes of a run, opened when their first order comes; one that cannot be opened says why to each order.
pub(super) struct Lanes {
    project: Project,
    accounts: Accounts,
    open: HashMap<(String, String), Result<Arc<Lane>, Vec<String>>>,
    limiters: HashMap<String, Limiter>,
}

impl Lanes {
    pub(super) fn new(project: Project, accounts: Accounts) -> Self {
        Self { project, accounts, open: HashMap::new(), limiters: HashMap::new() }
    }

    /// The lane of an order, if its carrier has the operation.
    pub(super) fn lane(&mut self, order: &Order) -> Result<Arc<Lane>, Vec<String>> {
        let name = (order.carrier.clone(), order.account.clone());
        let lane = match self.open.get(&name) {
            Some(lane) => lane.clone(),
            None => {
                let lane = self.open(&order.carrier, &order.account);
                self.open.entry(name).or_insert(lane).clone()
            }
        }?;
        let operations: Vec<&str> = lane.carrier.operations().collect();
        if operations.contains(&order.operation.as_str()) {
            return Ok(lane);
        }
        Err(vec![format!("carrier `{}` has no such operation; available: {}", order.carrier, operations.join(", "))])
    }

    fn open(&mut self, carrier_id: &str, account: &str) -> Result<Arc<Lane>, Vec<String>> {
        let carrier = self.project.carrier(carrier_id).map_err(|problem| vec![problem.to_string()])?;
        let settings = self.accounts.settings(carrier_id, account, &carrier)?;
        let scope = format!("{carrier_id}/{}/{account}", settings.environment.as_deref().unwrap_or_default());
        let account = carrier.account(&settings)?;
        let limiter = self.limiters.entry(carrier_id.to_owned()).or_insert_with(|| limiter(&carrier));
        Ok(Arc::new(Lane { limiter: limiter.clone(), carrier, account, scope }))
    }
}

/// The gate that a carrier's `limits` ask for.
pub(crate) fn limiter(carrier: &Carrier) -> Limiter {
    let limits = carrier.limits();
    let concurrency = limits.concurrency.map_or(CONCURRENCY, |count| count as usize);
    Limiter::new(concurrency, limits.rate.map(|(count, per)| Rate { count, per }))
}
