//! The order that the shop's own becomes must be one of the canonical model.

use crate::diagnostic::Diagnostic;
use crate::model::Shape;
use crate::source::{Entry, Node};
use crate::syntax::{Named, Part, UNKNOWN_KEY};

/// Checks the keys of a template that makes a record of the model.
pub fn check_record(node: &Node, shape: &Shape, parts: &Named<Part>, found: &mut Vec<Diagnostic>) {
    value(node, shape, &Parts { all: parts, depth: 0 }, found);
}

/// The file's parts, and how many of them are being looked into.
struct Parts<'f> {
    all: &'f Named<Part>,
    depth: usize,
}

fn value(node: &Node, shape: &Shape, parts: &Parts<'_>, found: &mut Vec<Diagnostic>) {
    if let (Some(items), Shape::List(item)) = (node.as_list(), shape) {
        items.iter().for_each(|node| value(node, item, parts, found));
    }
    let Some(entries) = node.as_map() else { return };
    if structure(node, entries, shape, parts, found) {
        return;
    }
    for entry in entries.iter().filter(|entry| !entry.key.text.starts_with('$')) {
        member(entry, shape, parts, found);
    }
}

/// Whether the mapping is made of the format's words; their insides are looked at.
fn structure(node: &Node, entries: &[Entry], shape: &Shape, parts: &Parts<'_>, found: &mut Vec<Diagnostic>) -> bool {
    let item = match shape {
        Shape::List(item) => item,
        other => other,
    };
    if let Some(named) = node.get("$part").and_then(Node::as_scalar) {
        let part = parts.all.iter().find(|(name, _)| name.value == named.text);
        if let Some((_, part)) = part.filter(|_| parts.depth < 8) {
            value(&part.value.0, shape, &Parts { all: parts.all, depth: parts.depth + 1 }, found);
        }
        return true;
    }
    if let Some(each) = node.get("$do") {
        value(each, item, parts, found);
        return true;
    }
    if node.get("$match").is_some() {
        let arms = node.get("$match").and_then(Node::as_list).unwrap_or(&[]).iter().filter_map(|arm| arm.get("$then"));
        let named = entries.iter().filter(|entry| entry.key.text != "$match").map(|entry| &entry.value);
        arms.chain(named).for_each(|arm| value(arm, shape, parts, found));
        return true;
    }
    let wanted = ["$then", "$else", "$merge"];
    for entry in entries.iter().filter(|entry| wanted.contains(&entry.key.text.as_str())) {
        match entry.value.as_list().filter(|_| entry.key.text == "$merge") {
            Some(items) => items.iter().for_each(|node| value(node, shape, parts, found)),
            None => value(&entry.value, shape, parts, found),
        }
    }
    entries.iter().any(|entry| matches!(entry.key.text.as_str(), "$then" | "$merge" | "$json" | "$xml" | "$secret"))
}

fn member(entry: &Entry, shape: &Shape, parts: &Parts<'_>, found: &mut Vec<Diagnostic>) {
    let Shape::Record(fields) = shape else { return };
    let name = entry.key.text.strip_suffix('!').unwrap_or(&entry.key.text);
    match shape.field(name).filter(|_| name != "key") {
        Some(field) => value(&entry.value, &field.shape, parts, found),
        None => {
            let known = fields.iter().map(|field| field.name.as_str()).filter(|known| *known != "key");
            let words = format!("an order has no `{name}` here");
            let mut finding = Diagnostic::error(&UNKNOWN_KEY, entry.key_span, words).among(name, known);
            if let (Some(patch), true) = (&mut finding.suggestion, entry.key.text.ends_with('!')) {
                patch.replacement.push('!');
            }
            found.push(finding);
        }
    }
}
