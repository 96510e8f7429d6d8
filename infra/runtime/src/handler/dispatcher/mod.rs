//! The dispatcher: an order's message in, one of accepted, refused, parked, or later, out.
//!
//! `arrive` finds the order and its entry, `work` carries it through the ledger's states by `send` and `write`, `reconcile`
//! settles what is in doubt, `related` looks at the order's other operations, `finish` writes what follows from the end, and
//! `names` what parcels are known by from then on.

mod arrive;
mod ending;
mod finish;
mod names;
mod reconcile;
mod related;
mod send;
mod work;
mod write;

pub(crate) use arrive::{nudge, put, read_entry, written};
pub(crate) use ending::refused;
pub(crate) use finish::{group_of, join, outgoing};
pub(crate) use names::{known_parcels, named_so};
pub(crate) use work::{ending_creates, outcome_name};

use super::{Desk, Handled, Ports, Trouble};
use crate::clock::millis;
use crate::ledger::{Plan, plan};
use crate::port::{Batch, Message, Store};
use arrive::Arrival;
use std::sync::Arc;
use tracing::Instrument;
use work::Work;

impl<P: Ports> Desk<P> {
    /// Works on an order's message until it waits or has ended.
    ///
    /// # Errors
    /// The store failed, or something changed underneath: the message comes again.
    pub async fn dispatch(&self, message: &Message) -> Result<Handled, Trouble> {
        let message = &self.opened(message).await;
        let held = match self.arrive(message).await? {
            Arrival::Order(held) => *held,
            Arrival::Settled(batch) => return self.settle(batch).await,
        };
        let until = match plan(&held.entry, self.now()) {
            Plan::Drop => return self.settle(Batch { acks: vec![message.receipt.clone()], ..Batch::default() }).await,
            Plan::Leave { until } => until,
            Plan::Emit => return self.emit_again(&held, message).await,
            Plan::Work(task) => match self.carrier_of(&held).await? {
                Ok(ready) => {
                    let (carrier, gate) = (held.entry.carrier.clone(), Arc::clone(&ready.gate));
                    // Another worker's order may have closed the gate since this message was received.
                    match self.closed_until(&carrier, &gate, ready.loaded.carrier.limits().timeout).await? {
                        Some(until) => millis(until),
                        None => {
                            let span = tracing::info_span!("order", trace = held.entry.trace());
                            let handled = Box::pin(Work::new(self, message, held, ready).run(task)).instrument(span).await;
                            self.tell_breaker(&carrier, &gate).await;
                            return handled;
                        }
                    }
                }
                Err(cause) => return self.park_unworkable(held, message, cause).await,
            },
        };
        self.later(&message.as_it_came(), until).await
    }

    pub(crate) async fn settle(&self, batch: Batch) -> Result<Handled, Trouble> {
        self.store.commit(batch).await?;
        Ok(Handled::Done)
    }
}

/// What an attempt came to, for the loop that works on an order.
enum Step {
    /// The message is dealt with.
    Handled(Handled),
    /// On to the next look at the order.
    GoOn,
}
