//! A part by itself, for test cases.

use super::template::{Data, Medium};
use super::{File, request_scope, shop_scope};
use crate::body::Template;
use crate::diagnostic::Severity;
use crate::document::{Mode, Plan, PlanBuilder};
use crate::source::{FileId, Sources};
use crate::syntax::{CarrierFile, Cx, Decode, ShopFile};
use serde_json::{Value, json};

/// Compiles the use of a part with arguments, as it would stand in a body. `shop`: the arguments speak of `body`, the
/// shop's own order; else of `shipment` and `order`.
///
/// # Errors
/// What is wrong with the arguments.
pub(crate) fn part(
    sources: &Sources,
    file: FileId,
    name: &str,
    arguments: Option<&Value>,
    shop: bool,
) -> Result<(Plan, Template), String> {
    let mut sources = sources.clone();
    let mut usage = json!({"$part": name});
    for (name, value) in arguments.and_then(Value::as_object).into_iter().flatten() {
        usage[name] = value.clone();
    }
    // JSON is YAML: the use becomes a file of its own, so that findings have a place.
    let written = sources.add("the case's `args`", usage.to_string());
    let (Some(node), Some(usage)) = (crate::source::parse(&sources, file).0, crate::source::parse(&sources, written).0) else {
        return Err("the file cannot be read".into());
    };
    let mut cx = Cx::new(&sources);
    let syntax =
        if shop { ShopFile::decode(&node, &mut cx).map(|file| file.counterpart()) } else { CarrierFile::decode(&node, &mut cx) };
    let Some(syntax) = syntax else { return Err("the file cannot be read".into()) };
    let (world, ..) = super::account::declarations(&syntax, &mut Vec::new());
    let file = File { syntax: &syntax, world: &world, sources: &sources, shop };
    let (mode, mut lower) = if shop { (Mode::Reply, shop_scope(&file, "body")) } else { (Mode::Order, request_scope(&file)) };
    lower.plans[0] = PlanBuilder::new(mode);
    let template = Data::new(&file, &mut lower).written_as(Medium::Any).template(&usage);
    let wrong: Vec<&str> = lower
        .found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.as_str())
        .collect();
    if !wrong.is_empty() {
        return Err(wrong.join("; "));
    }
    Ok((std::mem::replace(&mut lower.plans[0], PlanBuilder::new(mode)).build(), template))
}
