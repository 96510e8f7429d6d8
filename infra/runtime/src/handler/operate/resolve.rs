//! A person settles what nobody can know: an order that the carrier may or may not have.

use super::super::dispatcher::{ending_creates, join, nudge, put, refused};
use super::super::office::Office;
use super::super::{Ports, keys};
use super::Failed;
use crate::ledger::{Entry, Input, ParkReason, Refused, Resolution, State, WaitReason, transition};
use crate::port::{Batch, Expect, Put, Store};
use crossdock_engine::model::{Order, OrderResult, ResultOutcome, ResultParcel};
use serde::Serialize;
use std::time::Duration;

/// What a person has found out or decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The carrier has it, under these tracking numbers: one for all parcels, or one each in the order's sequence.
    Accepted(Vec<String>),
    /// The carrier does not have it: it is sent again.
    Resend,
    /// It is not to be sent any more.
    Refused {
        /// The code that the shop is told; `by_hand` by default.
        code: Option<String>,
        /// The words that the shop is told.
        message: Option<String>,
    },
}

/// What a resolution came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// The shop's order.
    pub order_id: String,
    /// The operation.
    pub operation: String,
    /// The ledger's key of it.
    pub order_key: String,
    /// Where it stands now.
    pub state: &'static str,
    /// What to bear in mind.
    pub remarks: Vec<String>,
}

impl<P: Ports> Office<'_, P> {
    /// Settles an order's operation: what follows from it, to the shop and for later events, is in the same write.
    /// `operation_id` is needed where several operations of the order wait.
    ///
    /// # Errors
    /// There is no such order, nothing of it is to be settled so, or the store fails.
    pub async fn resolve(&self, order_id: &str, operation_id: Option<&str>, decision: Decision) -> Result<Resolved, Failed> {
        let (entry, version) = self.unsettled(order_id, operation_id).await?;
        let order = self.order_of(&entry).await?;
        let mut remarks = Vec::new();
        let resolution = match decision {
            Decision::Accepted(numbers) => Resolution::Accepted(Box::new(accepted(&entry, &order, numbers, &mut remarks)?)),
            Decision::Resend => Resolution::Resend,
            Decision::Refused { code, message } => {
                let code = code.unwrap_or_else(|| "by_hand".into());
                Resolution::Refused(Box::new(refused(&entry, Some(code), message)))
            }
        };
        let resends = resolution == Resolution::Resend;
        let mut resolved = transition(&entry, Input::Resolve(resolution), self.now()).map_err(|why| not_so(&entry, why))?;
        if resends {
            let seen = Entry { calls: resolved.calls.clone(), ..entry.clone() };
            self.steps_unchanged(&seen).await.map_err(|why| Failed::NotNow { why, help: None })?;
        }
        let correlates = self.mappings.carrier(&entry.carrier).map_or((true, true), |loaded| loaded.carrier.correlates());
        let mut batch = self.follow(&mut resolved, &order, correlates);
        batch.puts.push(put(&resolved, Expect::Version(version)));
        if let State::Parked { reason, .. } = &entry.state {
            let letter = keys::dead("orders", &entry.carrier, reason.name(), &entry.key);
            batch.puts.push(Put::delete(letter, Expect::Anything));
        }
        if resends {
            join(&mut batch, Batch { sends: vec![nudge(&resolved, Duration::ZERO)], ..Batch::default() });
        }
        self.store.commit(batch).await?;
        tracing::info!(order = resolved.key, state = resolved.state.name(), "an order was resolved");
        Ok(Resolved {
            order_id: resolved.order_id,
            operation: resolved.operation,
            order_key: resolved.key,
            state: resolved.state.name(),
            remarks,
        })
    }

    /// The one operation of the order that waits for a person.
    async fn unsettled(&self, order_id: &str, operation_id: Option<&str>) -> Result<(Entry, u64), Failed> {
        let mut entries = self.operator().entries(order_id).await?;
        if let Some(wanted) = operation_id {
            let known: Vec<String> = entries.iter().map(|(entry, _)| operation_id_of(&entry.key)).collect();
            entries.retain(|(entry, _)| operation_id_of(&entry.key) == wanted || entry.key == wanted);
            if entries.is_empty() {
                let what = format!("operation `{wanted}` of order `{order_id}`");
                return Err(Failed::Unknown { what, near: known });
            }
        }
        let states: Vec<String> =
            entries.iter().map(|(entry, _)| format!("{} is {}", entry.operation, entry.state.name())).collect();
        let mut waiting: Vec<_> = entries.into_iter().filter(|(entry, _)| waits_for_a_person(entry)).collect();
        match waiting.len() {
            1 => Ok(waiting.swap_remove(0)),
            0 => Err(Failed::NotNow {
                why: format!("nothing of order `{order_id}` is to be settled: {}", states.join(", ")),
                help: None,
            }),
            _ => {
                let ids: Vec<String> = waiting.iter().map(|(entry, _)| operation_id_of(&entry.key)).collect();
                let why = format!("several operations of order `{order_id}` wait for a person");
                Err(Failed::not_now(why, format!("name one: {}", ids.join(", "))))
            }
        }
    }

    async fn order_of(&self, entry: &Entry) -> Result<Order, Failed> {
        let item = self.store.get(&keys::order(&entry.key)).await?;
        item.and_then(|item| serde_json::from_slice(&item.body).ok())
            .ok_or_else(|| Failed::NotNow { why: "the order's data was removed".into(), help: None })
    }
}

fn waits_for_a_person(entry: &Entry) -> bool {
    matches!(entry.state, State::Parked { .. } | State::Ambiguous | State::Waiting { why: WaitReason::Settling, .. })
}

/// The shop's name of an operation, of the ledger's key.
pub(super) fn operation_id_of(key: &str) -> String {
    keys::decoded(key.rsplit(':').next().unwrap_or(key))
}

fn not_so(entry: &Entry, why: Refused) -> Failed {
    match why {
        Refused::NotNow if matches!(entry.state, State::Parked { reason: ParkReason::LeftBehind, .. }) => Failed::not_now(
            format!("something of order `{}` was left at the carrier: it cannot be sent again", entry.order_id),
            "clear it up with the carrier, then resolve it with `--accepted` or `--refused`",
        ),
        Refused::NotNow => Failed::not_now(
            format!("nothing of order `{}` is in doubt: there is nothing to send again", entry.order_id),
            "`crossdock dlq redrive` has it go on once its cause is mended",
        ),
        other => Failed::NotNow { why: other.to_string(), help: None },
    }
}

fn accepted(entry: &Entry, order: &Order, numbers: Vec<String>, remarks: &mut Vec<String>) -> Result<OrderResult, Failed> {
    let parcels = &order.shipment.parcels;
    let creates = ending_creates(&entry.operation);
    if creates && numbers.is_empty() {
        remarks.push("without a tracking number no event of it can be told".into());
    }
    if creates && numbers.len() > 1 && numbers.len() != parcels.len() {
        let why = format!("{} tracking numbers for {} parcels", numbers.len(), parcels.len());
        return Err(Failed::not_now(why, "give one for all of them, or one for each in the order's sequence"));
    }
    let numbered = |(at, parcel): (usize, &crossdock_engine::model::Parcel)| ResultParcel {
        refused: None,
        reference: parcel.reference.clone(),
        tracking_number: numbers.get(at).or(numbers.first()).cloned(),
        carrier_ref: None,
    };
    let parcels = if creates && !numbers.is_empty() { parcels.iter().enumerate().map(numbered).collect() } else { Vec::new() };
    Ok(OrderResult {
        operation: Some(entry.operation.clone()),
        parcels,
        tracking_numbers: numbers,
        ..OrderResult::new(ResultOutcome::Accepted)
    })
}
