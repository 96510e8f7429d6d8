//! A delivery that gives the answer of an order which the carrier answers later.
//!
//! The answer goes into the order's entry, through the ledger's transition function, and the dispatcher goes on from there as from
//! any reply: so a delivery that comes twice, or after the poller has had the same answer, changes nothing.

use super::super::dispatcher::{named_so, nudge, put, read_entry};
use super::super::report::Report;
use super::super::{Desk, Ports, Trouble, keys};
use super::{Fate, RACES, Taken};
use crate::ledger::{Entry, Input, Refused, State, transition};
use crate::port::{Batch, CommitError, Expect, Put, Store};
use crossdock_engine::carrier::{Asked, Completion};
use std::time::Duration;

/// Orders of one name that are looked at.
const NAMESAKES: usize = 20;

/// An order that was found by a name, with its version.
type Named = (Entry, u64);

impl<P: Ports> Desk<P> {
    /// Takes the answers of one report.
    pub(super) async fn take_completions(
        &self,
        report: Report<'_>,
        account: &str,
        completions: &[Completion],
    ) -> Result<Taken, Trouble> {
        let mut taken = Taken::default();
        for completion in completions {
            taken.count(&self.take_completion(report, account, completion).await?);
        }
        Ok(taken)
    }

    async fn take_completion(&self, report: Report<'_>, account: &str, completion: &Completion) -> Result<Fate, Trouble> {
        for _ in 0..RACES {
            let of_operation = |entry: &Entry| entry.operation == completion.operation;
            let found = self.put_off_orders(report.carrier, account, &completion.names, of_operation).await?;
            let input =
                || Input::Completed { completion: Box::new(completion.clone()), exchange: report.exchange.map(str::to_owned) };
            let tried: Vec<_> = found.iter().map(|(entry, _)| transition(entry, input(), self.now())).collect();
            if tried.iter().filter(|tried| tried.is_ok()).count() > 1 {
                return self.park_namesakes(report, completion).await;
            }
            let Some((known, done)) = found.iter().zip(&tried).find_map(|(known, tried)| Some((known, tried.as_ref().ok()?)))
            else {
                if found.is_empty() && self.was_removed(report.carrier, account, &completion.names).await? {
                    return Ok(Fate::Forgotten);
                }
                return Ok(not_taken(tried.into_iter().filter_map(Result::err)));
            };
            match self.store.commit(completed(known, done)).await {
                Ok(()) => {
                    let labels = [("carrier", done.carrier.clone())];
                    metrics::counter!("crossdock_completions_total", &labels).increment(1);
                    tracing::info!(order = done.order_id, carrier = done.carrier, "a delivery tells what became of an order");
                    return Ok(Fate::Completed);
                }
                // Somebody else has written the entry: look again.
                Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(Trouble::Changed)
    }

    /// The orders that these names may mean: by the first name that any stands under.
    async fn put_off_orders(
        &self,
        carrier: &str,
        account: &str,
        names: &Asked,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<Named>, Trouble> {
        for prefix in named_so(carrier, account, names) {
            let mut found = Vec::new();
            for item in self.store.list(&prefix, None, NAMESAKES).await? {
                let entry = self.store.get(&String::from_utf8_lossy(&item.body)).await?;
                found.extend(read_entry(entry).filter(|(entry, _)| wanted(entry)));
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// Whether the carrier is still to answer for an order that these names mean.
    pub(super) async fn is_put_off(&self, carrier: &str, account: &str, names: &Asked) -> Result<bool, Trouble> {
        let under_way = |entry: &Entry| !entry.is_terminal() && !matches!(entry.state, State::Parked { .. });
        Ok(!self.put_off_orders(carrier, account, names, under_way).await?.is_empty())
    }

    /// Whether the data of an order that the carrier's own names mean was removed.
    async fn was_removed(&self, carrier: &str, account: &str, names: &Asked) -> Result<bool, Trouble> {
        for prefix in named_so(carrier, account, &Asked { reference: None, ..names.clone() }) {
            if self.was_forgotten(&prefix).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Several orders wait under the name that the delivery has: a person must tell which is meant.
    async fn park_namesakes(&self, report: Report<'_>, completion: &Completion) -> Result<Fate, Trouble> {
        let cause = format!("several orders wait for an answer to `{}` under the name that it has", completion.operation);
        let which = format!("completion/{}", completion.names.name());
        self.park_once(report.letter("uncorrelated", cause, &which, self.now())).await?;
        Ok(Fate::Known)
    }
}

/// The write of an answer: whoever gets the message goes on from it.
fn completed((known, version): &Named, done: &Entry) -> Batch {
    let mut batch = Batch { puts: vec![put(done, Expect::Version(*version))], ..Batch::default() };
    if let State::Parked { reason, .. } = &known.state {
        let letter = keys::dead("orders", &known.carrier, reason.name(), &known.key);
        batch.puts.push(Put::delete(letter, Expect::Anything));
    }
    batch.sends.push(nudge(done, Duration::ZERO));
    batch
}

/// What becomes of an answer that no order takes now.
fn not_taken(why: impl Iterator<Item = Refused>) -> Fate {
    let why: Vec<Refused> = why.collect();
    if why.contains(&Refused::Held) {
        return Fate::Ahead;
    }
    // It has been told, by an earlier delivery or to the poller.
    let known = |why: &Refused| matches!(why, Refused::Ended | Refused::NotIntended);
    if !why.is_empty() && why.iter().all(known) { Fate::Known } else { Fate::Early }
}
