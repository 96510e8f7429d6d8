//! Orders over HTTP: taken once they are durable, refused with everything that is wrong.

use super::order::{Arrived, NotTaken, Reference};
use super::{Desk, Office, Ports, Trouble, keys};
use crate::ledger::Entry;
use crate::port::{Batch, CommitError, Expect, Outgoing, Put, Queue, Store};
use crate::trace;
use crossdock_engine::schema::SchemaError;
use std::time::Duration;

/// An order that is safe with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The shop's name of the order.
    pub order_id: String,
    /// The ledger's key of the operation.
    pub order_key: String,
    /// It was here already, word for word.
    pub known: bool,
}

/// An order that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejected {
    /// It is not as orders must be: everything that is wrong.
    Invalid(Vec<SchemaError>),
    /// The shop's `intake:` fails on it or does not want it, or is misconfigured.
    Unmappable(String),
    /// The same key came before with another content.
    Conflict(String),
    /// Nothing is wrong with it, but with another one that came along.
    NotTaken,
    /// We have too much to do: later.
    Busy,
    /// The store failed: later.
    Failed(String),
}

impl<P: Ports> Desk<P> {
    /// Takes an order: see [`Office::take_order`].
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn take_order(&self, message: &[u8]) -> Result<Taken, Rejected> {
        self.office().take_order(message, &trace::new()).await
    }

    /// Takes several orders: see [`Office::take_orders`].
    pub async fn take_orders(&self, messages: &[&[u8]], trace: &str) -> Vec<Result<Taken, Rejected>> {
        self.office().take_orders(messages, trace).await
    }
}

impl<P: Ports> Office<'_, P> {
    /// Takes an order, canonical or in the shop's own form, as a part of this trace. When this returns, it is durable.
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn take_order(&self, message: &[u8], trace: &str) -> Result<Taken, Rejected> {
        self.take_arrived(self.readable(message).await?, trace).await
    }

    /// Takes several orders: all of them are read before any is taken, and one that cannot be read keeps all from being
    /// taken. An answer for each, in their order; those that could have been taken then say [`Rejected::NotTaken`].
    pub async fn take_orders(&self, messages: &[&[u8]], trace: &str) -> Vec<Result<Taken, Rejected>> {
        let mut read = Vec::with_capacity(messages.len());
        for message in messages {
            read.push(self.readable(message).await);
        }
        if read.iter().any(Result::is_err) {
            return read.into_iter().map(|read| Err(read.err().unwrap_or(Rejected::NotTaken))).collect();
        }
        futures_util::future::join_all(read.into_iter().flatten().map(|arrived| self.take_arrived(arrived, trace))).await
    }

    async fn readable(&self, message: &[u8]) -> Result<Arrived, Rejected> {
        match self.read_order(message).await.map_err(failed)? {
            Ok(arrived) => Ok(arrived),
            Err(NotTaken::Invalid(errors)) => Err(Rejected::Invalid(errors)),
            Err(other) => Err(Rejected::Unmappable(other.told().1)),
        }
    }

    async fn take_arrived(&self, arrived: Arrived, trace: &str) -> Result<Taken, Rejected> {
        let now = self.now();
        let key = arrived.order.key();
        let entry = Entry::new(key.clone(), &arrived.order, arrived.digest.clone(), now).traced(trace.to_owned());
        let reference = Reference { order_key: key.clone() };
        let batch = Batch {
            puts: vec![
                Put::new(keys::entry(&key), Expect::Absent, serde_json::to_vec(&entry).unwrap_or_default()).due(entry.due()),
                Put::new(keys::order(&key), Expect::Anything, arrived.canonical),
            ],
            sends: vec![Outgoing {
                queue: Queue::Orders,
                group: arrived.order.carrier.clone(),
                body: trace::wrapped(trace, &serde_json::to_vec(&reference).unwrap_or_default()),
                delay: Duration::ZERO,
                sent_at: None,
            }],
            ..Batch::default()
        };
        let taken = Taken { order_id: arrived.order.order_id, order_key: key, known: false };
        crate::faults::before("taken");
        match self.store.commit(batch).await {
            Ok(()) => {
                crate::faults::after("taken");
                metrics::counter!("crossdock_orders_taken_total", "carrier" => entry.carrier).increment(1);
                Ok(taken)
            }
            Err(CommitError::Conflict(_)) => self.known(taken, &arrived.digest).await,
            Err(CommitError::Busy) => Err(Rejected::Busy),
            Err(CommitError::Failed(why)) => Err(Rejected::Failed(why)),
        }
    }

    /// The key is known: the same order again, or another one under its name.
    async fn known(&self, taken: Taken, digest: &str) -> Result<Taken, Rejected> {
        let item = self.store.get(&keys::entry(&taken.order_key)).await.map_err(|error| Rejected::Failed(error.to_string()))?;
        let known = item.and_then(|item| serde_json::from_slice::<Entry>(&item.body).ok());
        match known {
            Some(entry) if entry.digest == digest => Ok(Taken { known: true, ..taken }),
            Some(_) => Err(Rejected::Conflict(taken.order_key)),
            None => Err(Rejected::Failed("the order's entry cannot be read".into())),
        }
    }
}

fn failed(trouble: Trouble) -> Rejected {
    Rejected::Failed(trouble.to_string())
}
