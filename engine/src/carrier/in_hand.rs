//! What an accepted reply must leave in hand: a number for each parcel, and no parcel that is not the order's.

use super::plan::{Extract, ParcelPlan};
use super::reader::ReadFault;
use super::result::Ours;
use super::{Answer, Outcome};
use crate::expr::Env;
use serde_json::{Map, Value as Json, json};

/// The parcels of a reply; none when the file does not read them.
///
/// # Errors
/// A value cannot be read; or the reply is accepted and leaves nothing in hand, which the file does not say it may.
pub(super) fn parcels<'e>(extract: &'e Extract, outcome: Outcome, env: &mut Env<'e>) -> Result<Option<Vec<Json>>, ReadFault> {
    let Some(entries) = &extract.parcels else { return Ok(None) };
    let strict = outcome == Outcome::Accepted && !extract.parcels_optional;
    let lacking = |message: String| ReadFault { message, span: extract.parcels_span };
    let mut list = Vec::new();
    entries.visit(env, |env, plan| {
        let found = parcel(plan, env)?;
        if let Some(number) =
            wanted(plan).filter(|number| strict && !found.contains_key(*number) && !found.contains_key("refused"))
        {
            return Err(lacking(format!(
                "the reply is accepted, and a parcel has no `{number}` and no `error`: if that may be, say `optional: true`"
            )));
        }
        list.push(found.into());
        Ok(())
    })?;
    if strict && list.is_empty() {
        return Err(lacking("the reply is accepted, and has no parcel: if that may be, say `optional: true`".into()));
    }
    Ok(Some(list))
}

/// By what a parcel is known from now on.
fn wanted(plan: &ParcelPlan) -> Option<&'static str> {
    match (&plan.tracking_number, &plan.carrier_ref) {
        (Some(_), _) => Some("tracking_number"),
        (None, Some(_)) => Some("carrier_ref"),
        (None, None) => None,
    }
}

fn parcel<'e>(plan: &'e ParcelPlan, env: &Env<'e>) -> Result<Map<String, Json>, ReadFault> {
    let mut found = Map::new();
    let fields = [("reference", &plan.reference), ("tracking_number", &plan.tracking_number), ("carrier_ref", &plan.carrier_ref)];
    for (name, reader) in fields {
        if let Some(text) = reader.as_ref().map(|reader| reader.text(env)).transpose()?.flatten() {
            found.insert(name.into(), text.into());
        }
    }
    if let Some(refused) = plan.refused.as_ref().map(|error| error.read(env)).transpose()?.flatten() {
        found.insert("refused".into(), json!(refused));
    }
    Ok(found)
}

/// Whether an answer speaks of a parcel that the order does not have. An order whose parcels are not all named cannot tell.
pub(super) fn of_another(answer: &Answer, order: &str) -> bool {
    let Some(parcels) = answer.extracted.get("parcels").and_then(Json::as_array) else { return false };
    let references: Vec<&Json> = parcels.iter().filter_map(|parcel| parcel.get("reference")).collect();
    if references.is_empty() {
        return false;
    }
    let ours = Ours::of(order);
    !ours.is_empty() && ours.iter().all(Json::is_string) && references.iter().any(|reference| !ours.contains(reference))
}
