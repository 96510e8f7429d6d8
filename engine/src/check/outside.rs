//! What is read of a delivery must be part of what is signed.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Verify, Webhook};

crate::codes! {
    /// ## What
    /// A delivery is signed in part, and what is read of it stands elsewhere.
    /// ## Why
    /// Whoever has seen one delivery can write other events beside the part that is signed: the signature still holds.
    /// ## Example
    /// ```yaml
    /// verify:
    ///   hmac: {key: "${{ secret.key }}", signed: [$.data, "${{ body.time }}"], signature: {value: "${{ body.sign }}"}}
    /// events: $.other[*]
    /// ```
    /// ## Mend
    /// Read what is signed: `events: $.data.events[*]`, or sign what is read.
    OUTSIDE = "E649", "outside-the-signature";
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (name, webhook) in &scene.file.webhooks {
        let node = scene.node.get("webhooks").and_then(|all| all.get(&name.value));
        node.into_iter().for_each(|node| covers(scene, webhook, node, found));
    }
}

/// Of a delivery that is signed in part, all that is read must be signed.
fn covers(scene: &Scene<'_>, webhook: &Webhook, node: &Node, found: &mut Vec<Diagnostic>) {
    let signed = match &webhook.verify {
        Verify::Hmac(hmac) => &hmac.signed,
        Verify::Rsa(rsa) => &rsa.signed,
        _ => return,
    };
    let pieces: Vec<&str> = signed.iter().filter_map(|piece| piece.0.as_scalar()).map(|scalar| scalar.text.as_str()).collect();
    let members: Vec<Vec<String>> = pieces.iter().flat_map(|piece| members(piece)).collect();
    // The whole body, or something that cannot be followed.
    if members.is_empty() || members.iter().any(Vec::is_empty) || pieces.len() != signed.len() {
        return;
    }
    let covered = |path: &[String]| members.iter().any(|member| member.iter().zip(path).all(|(one, other)| one == other));
    let outside = |node: &&Node| {
        let path = node.as_scalar().map_or_else(Vec::new, |scalar| names(scalar.text.trim_start_matches('$')));
        !path.is_empty() && !covered(&path)
    };
    for read in lists(node) {
        // One of several places that is signed will do: what stands elsewhere may only tell which it is.
        let Some(node) = read.first().filter(|_| read.iter().all(outside)) else { continue };
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let words =
            format!("`{}` is not part of what is signed: anybody who has seen one delivery could write another there", text);
        let finding = Diagnostic::warning(&OUTSIDE, scene.sources.locate(node, 0..text.len()), words);
        let inside: Vec<String> = members.iter().map(|member| format!("`$.{}`", member.join("."))).collect();
        found.push(finding.help(format!("what is signed is {}", inside.join(", "))));
        return;
    }
}

/// The places that a webhook's events are read from, each with its alternatives: the lists; where the delivery is the event
/// itself, what names its parcel and its status. What is calculated cannot be followed.
fn lists(webhook: &Node) -> Vec<Vec<&Node>> {
    if let Some(events) = webhook.get("events") {
        let all = events.as_list().unwrap_or(std::slice::from_ref(events));
        return all.iter().filter(|node| is_path(node)).map(|node| vec![node]).collect();
    }
    let event = webhook.get("event");
    let names = ["tracking_number", "carrier_ref", "reference"].iter().filter_map(|name| event.and_then(|event| event.get(name)));
    let code = event.and_then(|event| event.get("status")).and_then(|status| status.get("code"));
    names.chain(code).map(alternatives).filter(|read| read.iter().all(|node| is_path(node))).collect()
}

fn alternatives(source: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    let from = source.get("from").unwrap_or(source);
    walk::visit(from, &mut |node, _| {
        if node.as_scalar().is_some() {
            found.push(node);
        }
    });
    found
}

fn is_path(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| scalar.text.starts_with("$.") || scalar.text.starts_with("$["))
}

/// The members of the body that one piece signs; empty names for the body as a whole.
fn members(piece: &str) -> Vec<Vec<String>> {
    if piece == "$body" {
        return vec![Vec::new()];
    }
    if piece.starts_with("$.") || piece.starts_with("$[") {
        return vec![names(&piece[1..])];
    }
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let starts = piece.match_indices("body").map(|(at, _)| at);
    let whole = starts.filter(|at| {
        !piece[..*at].chars().next_back().is_some_and(|letter| part(letter) || letter == '.')
            && !piece[at + 4..].starts_with(part)
    });
    whole.map(|at| names(&piece[at + 4..])).collect()
}

/// The names that a path begins with, up to its first list.
fn names(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = path;
    while let Some(after) = rest.strip_prefix('.') {
        let name = after.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next().unwrap_or_default();
        if name.is_empty() {
            break;
        }
        found.push(name.to_owned());
        rest = &after[name.len()..];
    }
    found
}
