//! Fields of orders: which a mapping reads, and which an order gives.

use crate::carrier::Carrier;
use crate::document::Plan;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What an order's key is made of is read of every order, whatever the file says.
const OF_THE_KEY: [&str; 3] = ["order_id", "operation", "operation_id"];

/// The fields that a mapping reads, `shipment.parcels[].weight`.
pub(super) fn read(carrier: &Carrier) -> BTreeSet<String> {
    carrier.operations.iter().flat_map(|operation| wanted(&operation.input)).map(str::to_owned).collect()
}

/// Those of them that an order gives: neither missing nor null.
pub(crate) fn given(plan: &Plan, order: &[u8]) -> Vec<String> {
    let order: Json = serde_json::from_slice(order).unwrap_or_default();
    wanted(plan).filter(|place| has(&order, place)).map(str::to_owned).collect()
}

fn wanted(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.places().filter(|place| !OF_THE_KEY.contains(place))
}

/// Whether something stands at a place; `[]` stands for any element.
fn has(value: &Json, place: &str) -> bool {
    let (step, rest) = place.split_once('.').unwrap_or((place, ""));
    let name = step.trim_end_matches("[]");
    let depth = (step.len() - name.len()) / 2;
    let Some(member) = value.get(name).filter(|member| !member.is_null()) else { return false };
    elements(member, depth).into_iter().any(|element| rest.is_empty() || has(element, rest))
}

fn elements(value: &Json, depth: usize) -> Vec<&Json> {
    match (depth, value.as_array()) {
        (0, _) => vec![value],
        (_, Some(items)) => items.iter().flat_map(|item| elements(item, depth - 1)).collect(),
        (_, None) => Vec::new(),
    }
}
