//! How an operation ended: the results of its exchanges put together.

use super::plan::Step;
use super::response::PLACE;
use super::walk::{Walk, passes, succeeded};
use super::{Answer, CallId, CarrierMessage, Done, Next, Outcome};
use crate::syntax::{Extract, OnFailure};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

/// Of an order no more than the references of its parcels.
#[derive(Default, Deserialize)]
pub(super) struct Ours {
    #[serde(default)]
    shipment: OurShipment,
}

#[derive(Default, Deserialize)]
struct OurShipment {
    #[serde(default)]
    parcels: Vec<OurParcel>,
}

#[derive(Default, Deserialize)]
struct OurParcel {
    #[serde(default)]
    reference: Json,
}

impl Ours {
    /// The references of an order's parcels, in order; null for a parcel without.
    pub(super) fn of(order: &str) -> Vec<Json> {
        let order: Self = serde_json::from_str(order).unwrap_or_default();
        order.shipment.parcels.into_iter().map(|parcel| parcel.reference).collect()
    }
}

impl Walk<'_> {
    /// The end, for now or for good.
    pub(super) fn done(&self, outcome: Outcome, decided: Option<&Answer>, left_behind: Vec<String>) -> Next {
        let named = self.operation.steps.iter().any(|step| step.name.is_some());
        let ours = Ours::of(self.order);
        let mut extracted = Map::new();
        let mut warnings: Vec<CarrierMessage> = Vec::new();
        for step in &self.operation.steps {
            let mut prices = Prices::default();
            for (id, answer) in self.answers(step) {
                warnings.extend(answer.warnings.iter().cloned());
                let parcel = ours.get(id.iteration as usize).filter(|_| step.of_parcels);
                if succeeded(answer) {
                    let mut found = answer.extracted.clone();
                    parcel.iter().for_each(|parcel| name_own(&mut found, parcel));
                    found.get("price").into_iter().for_each(|price| prices.add(price));
                    shift(&mut found, count(&extracted));
                    merge(&mut extracted, &found, named);
                } else if step.on_failure == OnFailure::Continue && !passes(answer.outcome) {
                    warnings.extend(answer.errors.iter().cloned());
                    refused(&mut extracted, step, parcel, answer);
                }
            }
            prices.settle(&mut extracted);
        }
        self.name_parcels(&mut extracted, &ours);
        if outcome == Outcome::Accepted {
            warnings.extend(self.miscounted(&extracted, &ours));
        }
        name_documents(&mut extracted);
        warnings.extend(super::papers::merged(&mut extracted));
        Next::Done(Box::new(Done {
            outcome,
            errors: decided.map(|answer| answer.errors.clone()).unwrap_or_default(),
            warnings,
            retry_after: decided.and_then(|answer| answer.retry_after),
            pending: None,
            extracted,
            left_behind,
            unreadable: decided.and_then(|answer| answer.unreadable.clone()),
        }))
    }

    /// The answers of a step, in the order of its iterations.
    fn answers(&self, step: &Step) -> Vec<&(CallId, Answer)> {
        let own = self.progress.answers.iter().filter(|(id, _)| id.step == step.name && !id.undo);
        let mut answers: Vec<_> = own.collect();
        answers.sort_by_key(|(id, _)| id.iteration);
        answers
    }

    /// What the shop is told when the carrier took the order and named fewer or more parcels than it has.
    fn miscounted(&self, extracted: &Map<String, Json>, ours: &[Json]) -> Option<CarrierMessage> {
        let mut readings =
            self.operation.steps.iter().map(|step| &step.extract).filter(|extract| extract.parcels.is_some()).peekable();
        if ours.is_empty() || readings.peek().is_none() || readings.any(|extract| extract.parcels_optional) {
            return None;
        }
        let named = extracted.get("parcels").and_then(Json::as_array).map_or(0, Vec::len);
        let words = format!("the order has {} parcels, and the carrier named {named}", ours.len());
        (named != ours.len()).then_some(CarrierMessage { code: None, message: Some(words) })
    }

    /// Whether the carrier takes all parcels of an order as one: a reply that is read as one parcel, once for the order.
    fn one_for_all(&self) -> bool {
        let mut readings = self.operation.steps.iter().filter_map(|step| Some((step, step.extract.parcels.as_ref()?)));
        match (readings.next(), readings.next()) {
            (Some((step, parcels)), None) => step.for_each.is_none() && parcels.lists.iter().all(|list| list.hops.is_empty()),
            _ => false,
        }
    }

    /// Parcels without a reference of ours are ours by position.
    fn name_parcels(&self, extracted: &mut Map<String, Json>, ours: &[Json]) {
        let Some(Json::Array(parcels)) = extracted.get_mut("parcels") else { return };
        if parcels.iter().all(|parcel| parcel.get("reference").is_some()) {
            return;
        }
        if let ([one], true) = (parcels.as_slice(), self.one_for_all()) {
            *parcels = vec![one.clone(); ours.len().max(1)];
        }
        if ours.len() != parcels.len() {
            return;
        }
        for (parcel, reference) in parcels.iter_mut().zip(ours) {
            name(parcel, "reference", reference);
        }
    }
}

/// How many parcels have been read.
fn count(extracted: &Map<String, Json>) -> u64 {
    extracted.get("parcels").and_then(Json::as_array).map_or(0, |parcels| parcels.len() as u64)
}

/// Documents of a step tell their parcels by place among that step's: before them stand those of the steps before.
fn shift(found: &mut Map<String, Json>, before: u64) {
    for document in found.get_mut("documents").and_then(Json::as_array_mut).into_iter().flatten() {
        if let Some(place) = document.get(PLACE).and_then(Json::as_u64) {
            document[PLACE] = (place + before).into();
        }
    }
}

/// Documents that were read from the entries of parcels are those parcels' own.
fn name_documents(extracted: &mut Map<String, Json>) {
    let references: Vec<Json> = extracted.get("parcels").and_then(Json::as_array).map_or_else(Vec::new, |parcels| {
        parcels.iter().map(|parcel| parcel.get("reference").cloned().unwrap_or_default()).collect()
    });
    for document in extracted.get_mut("documents").and_then(Json::as_array_mut).into_iter().flatten() {
        let place = document.as_object_mut().and_then(|members| members.shift_remove(PLACE)).and_then(|place| place.as_u64());
        if let Some(reference) = place.and_then(|place| references.get(usize::try_from(place).ok()?)) {
            name(document, "parcel_reference", reference);
        }
    }
}

/// What an iteration for one of our parcels yields is that parcel's.
fn name_own(extracted: &mut Map<String, Json>, reference: &Json) {
    if let Some(Json::Array(parcels)) = extracted.get_mut("parcels")
        && let [one] = parcels.as_mut_slice()
    {
        name(one, "reference", reference);
    }
    for document in extracted.get_mut("documents").and_then(Json::as_array_mut).into_iter().flatten() {
        name(document, "parcel_reference", reference);
    }
}

fn name(thing: &mut Json, key: &str, reference: &Json) {
    if let (Some(thing), true) = (thing.as_object_mut(), reference.is_string()) {
        thing.entry(key).or_insert_with(|| reference.clone());
    }
}

/// A parcel that the carrier did not take while it took others.
fn refused(extracted: &mut Map<String, Json>, step: &Step, reference: Option<&Json>, answer: &Answer) {
    if step.extract.parcels.is_none() || step.for_each.is_none() {
        return;
    }
    let mut parcel = json!({"refused": answer.errors.first().cloned().unwrap_or_default()});
    if let Some(reference) = reference {
        name(&mut parcel, "reference", reference);
    }
    if let Some(parcels) = extracted.entry("parcels").or_insert_with(|| Json::Array(Vec::new())).as_array_mut() {
        parcels.push(parcel);
    }
}

/// Lists are joined in order, single results are the first one's; fields of the file's own stay with their step.
fn merge(into: &mut Map<String, Json>, from: &Map<String, Json>, named: bool) {
    for (name, value) in from {
        match (name.as_str(), into.get_mut(name)) {
            ("parcels" | "documents", Some(Json::Array(list))) => list.extend(value.as_array().cloned().unwrap_or_default()),
            (known, None) if !named || known == "parcels" || known == "documents" || Extract::KNOWN.contains(&known) => {
                into.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
}

/// The prices of a step's iterations: together they are the step's.
#[derive(Default)]
struct Prices {
    sum: Option<(Decimal, Json)>,
    several: bool,
    /// Two currencies, or something that is no number: there is no sum.
    none: bool,
}

impl Prices {
    fn add(&mut self, price: &Json) {
        let amount = price.get("amount").and_then(Json::as_str).and_then(|text| text.parse::<Decimal>().ok());
        let currency = price.get("currency").cloned().unwrap_or_default();
        let (Some(amount), known) = (amount, self.sum.take()) else { return self.none = true };
        self.sum = match known {
            None => Some((amount, currency)),
            Some((sum, same)) if same == currency => {
                self.several = true;
                sum.checked_add(amount).map(|sum| (sum, same))
            }
            Some(_) => None,
        };
        self.none |= self.sum.is_none();
    }

    fn settle(self, extracted: &mut Map<String, Json>) {
        if self.none {
            extracted.remove("price");
        } else if let (Some((sum, currency)), true) = (self.sum, self.several) {
            extracted.insert("price".into(), json!({"amount": sum.to_string(), "currency": currency}));
        }
    }
}
