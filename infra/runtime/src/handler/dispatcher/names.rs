//! What an operation's parcels are known by: to events, to whoever asks the carrier for them, and to a later answer.

use super::super::records::ParcelRecord;
use super::super::{Office, Ports, keys};
use super::work::ending_creates;
use crate::ledger::{CallState, Entry};
use crate::port::{Batch, Expect, Put};
use crossdock_engine::carrier::Asked;
use crossdock_engine::model::{Order, OrderResult, ResultParcel};
use serde_json::{Map, Value};

/// A name that the carrier has given.
const THEIRS: &str = "ref";
/// A name that the shop has given.
const OURS: &str = "our";

impl<P: Ports> Office<'_, P> {
    /// What later events will know the parcels by.
    pub(super) fn parcels(&self, entry: &Entry, order: &Order, result: &OrderResult, correlates: (bool, bool)) -> Batch {
        let mut batch = Batch::default();
        if !ending_creates(&entry.operation) {
            return batch;
        }
        for known in known_parcels(entry, order, Some(result)) {
            let key = keys::parcel(&entry.carrier, &entry.account, &known.number);
            if batch.puts.iter().any(|put| put.key == key) {
                continue;
            }
            let record = ParcelRecord {
                carrier: entry.carrier.clone(),
                account: entry.account.clone(),
                number: known.number,
                asked_by: known.asked_by,
                order_key: entry.key.clone(),
                order_id: entry.order_id.clone(),
                references: known.reference.into_iter().collect(),
                country: Some(order.shipment.recipient.address.country.to_string()),
                accepted_at: self.now(),
                state: None,
                sequence: 0,
                attempts: 0,
                statuses: Vec::new(),
                asked_cancel: false,
                heard_at: None,
                asked_at: None,
                silence_told: false,
            };
            let due = self.parcel_due(&record);
            let body = serde_json::to_vec(&record).unwrap_or_default();
            batch.puts.push(Put::new(key.clone(), Expect::Anything, body).due(due));
            for (kind, value) in known.names {
                if (kind == THEIRS && correlates.0) || (kind == OURS && correlates.1) {
                    let named = keys::name(&entry.carrier, &entry.account, kind, &value);
                    batch.puts.push(Put::new(named, Expect::Anything, key.clone().into_bytes()));
                }
            }
        }
        batch
    }
}

/// What the carrier may name an order by when it answers later: its own names, and ours. The entry remembers which there are.
pub(super) fn name_put_off(entry: &mut Entry, order: &Order) -> Vec<Put> {
    let mut puts = Vec::new();
    for (kind, name) in put_off_names(entry, order) {
        let key = keys::put_off(&entry.carrier, &entry.account, kind, &name, &entry.key);
        if !entry.names.contains(&key) {
            puts.push(Put::new(key.clone(), Expect::Anything, keys::entry(&entry.key).into_bytes()));
            entry.names.push(key);
        }
    }
    puts
}

fn put_off_names(entry: &Entry, order: &Order) -> Vec<(&'static str, String)> {
    let ours = order.shipment.parcels.iter().filter_map(|parcel| parcel.reference.clone());
    let mut names: Vec<_> = ours.chain([order.shipment.reference.clone()]).map(|name| (OURS, name)).collect();
    for call in entry.calls.iter().filter(|call| !call.id.undo) {
        let answered = match &call.state {
            CallState::Answered { answer, .. } => Some(&**answer),
            _ => call.later(),
        };
        let Some(answer) = answered else { continue };
        let parcels = answer.extracted.get("parcels").and_then(Value::as_array);
        let objects = parcels.into_iter().flatten().filter_map(Value::as_object).chain([&answer.extracted]);
        names.extend(objects.flat_map(theirs).map(|name| (THEIRS, name)));
    }
    names.retain(|(_, name)| !name.is_empty());
    names
}

/// The carrier's names of something that was extracted.
fn theirs(extracted: &Map<String, Value>) -> Vec<String> {
    let name = |key: &str| extracted.get(key).and_then(Value::as_str).map(str::to_owned);
    ["carrier_ref", "tracking_number"].into_iter().filter_map(name).collect()
}

/// The keys under which orders stand that a later answer, or an early event, may mean; those by the carrier's own names first.
pub(crate) fn named_so(carrier: &str, account: &str, names: &Asked) -> Vec<String> {
    let theirs = [&names.carrier_ref, &names.tracking_number].into_iter().flatten().map(|name| (THEIRS, name));
    let ours = names.reference.iter().map(|name| (OURS, name));
    theirs.chain(ours).map(|(kind, name)| keys::put_off_under(carrier, account, kind, name)).collect()
}

/// The carrier's own name of the shipment, as its replies gave it.
pub(crate) fn carrier_ref(entry: &Entry) -> Option<String> {
    entry.calls.iter().find_map(|call| match &call.state {
        CallState::Answered { answer, .. } if !call.id.undo => {
            answer.extracted.get("carrier_ref").and_then(Value::as_str).map(str::to_owned)
        }
        _ => None,
    })
}

/// A parcel of an operation that creates, with all its names.
pub(crate) struct KnownParcel {
    /// The tracking number, or the carrier's own name of it.
    pub(crate) number: String,
    /// The shop's reference.
    pub(crate) reference: Option<String>,
    /// Its other names, by kind: as of [`keys::name`].
    pub(crate) names: Vec<(&'static str, String)>,
    /// What the carrier can be asked for it by.
    pub(crate) asked_by: Asked,
}

/// The parcels that an operation has made, as far as the carrier has named them.
pub(crate) fn known_parcels(entry: &Entry, order: &Order, result: Option<&OrderResult>) -> Vec<KnownParcel> {
    let shipment_ref = carrier_ref(entry);
    let known = |parcel: ResultParcel| {
        let number = parcel.tracking_number.clone().or_else(|| parcel.carrier_ref.clone())?;
        let asked_by = Asked {
            tracking_number: parcel.tracking_number.clone(),
            carrier_ref: parcel.carrier_ref.clone().or_else(|| shipment_ref.clone()),
            reference: Some(order.shipment.reference.clone()),
        };
        let all = [
            (THEIRS, parcel.carrier_ref.clone()),
            (THEIRS, shipment_ref.clone()),
            (OURS, parcel.reference.clone()),
            (OURS, Some(order.shipment.reference.clone())),
        ];
        let others =
            all.into_iter().filter_map(|(kind, value)| value.filter(|value| *value != number).map(|value| (kind, value)));
        Some(KnownParcel { names: others.collect(), reference: parcel.reference, number, asked_by })
    };
    numbered(order, result, shipment_ref.as_deref()).into_iter().filter_map(known).collect()
}

/// The parcels with what the carrier calls them: those of the result, or the order's own under the shipment's numbers.
fn numbered(order: &Order, result: Option<&OrderResult>, carrier_ref: Option<&str>) -> Vec<ResultParcel> {
    if let Some(result) = result.filter(|result| !result.parcels.is_empty()) {
        return result.parcels.clone();
    }
    let number = result.and_then(|result| result.tracking_numbers.first().cloned());
    let parcel = |reference: Option<String>| ResultParcel {
        reference,
        tracking_number: number.clone(),
        carrier_ref: carrier_ref.map(str::to_owned),
        refused: None,
    };
    order.shipment.parcels.iter().map(|known| parcel(known.reference.clone())).collect()
}
