//! What shows who sent a delivery must be something that nobody else knows, and must cover what is read.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Auth, Signature, Template, Verify, Webhook};

crate::codes! {
    /// ## What
    /// A webhook's sender is verified by a value that reads no secret of the account; or a request is signed by a hash of what
    /// everybody knows.
    /// ## Why
    /// Whoever has seen one delivery, or reads this file, can make others: the check compares a delivery with itself, or with a
    /// text that stands here.
    /// ## Example
    /// ```yaml
    /// verify: {body: {path: $.sign, value: "${{ body.data | md5 }}"}}
    /// ```
    /// ## Mend
    /// ```yaml
    /// verify: {body: {path: $.sign, value: "${{ (body.data ~ secret.key) | md5 }}"}}
    /// ```
    /// A carrier that offers no secret is verified by `ip`, or by `none` with the reason.
    NO_PROOF = "E645", "no-proof";
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
        proves(scene, &webhook.verify, found);
        let node = scene.node.get("webhooks").and_then(|all| all.get(&name.value));
        node.into_iter().for_each(|node| covers(scene, webhook, node, found));
    }
    for auth in scene.file.auth.iter().chain(scene.file.auths.iter().map(|(_, auth)| auth)) {
        if let Auth::Signature(signature) = auth {
            hashed(scene, signature, found);
        }
    }
}

/// Adds a finding for each value that is no secret. Of several checks that must all hold one is enough.
fn proves(scene: &Scene<'_>, verify: &Verify, found: &mut Vec<Diagnostic>) {
    match verify {
        Verify::Header(check) | Verify::Query(check) => check.value.0.iter().for_each(|value| value_of(scene, value, found)),
        Verify::Body(check) => check.value.0.iter().for_each(|value| value_of(scene, value, found)),
        Verify::Basic(check) => value_of(scene, &check.password, found),
        Verify::Hmac(hmac) => hmac.key.0.iter().for_each(|key| value_of(scene, key, found)),
        Verify::Any(list) => list.0.iter().for_each(|kind| proves(scene, kind, found)),
        Verify::All(list) => {
            let mut all = Vec::new();
            let mut one = false;
            for kind in &list.0 {
                let known = all.len();
                proves(scene, kind, &mut all);
                one |= all.len() == known;
            }
            if !one {
                found.append(&mut all);
            }
        }
        Verify::Rsa(_) | Verify::Ip(_) | Verify::None(_) => {}
    }
}

fn value_of(scene: &Scene<'_>, value: &Template, found: &mut Vec<Diagnostic>) {
    if secret(scene, &value.0) {
        return;
    }
    let text = value.0.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let words = match text.contains("${{") {
        false => "this value stands in the file: everybody who reads it can send deliveries",
        true if ["body", "headers", "query"].iter().any(|name| walk::has_word(text, name)) => {
            "the delivery is compared with itself: no secret of the account is read"
        }
        true => "no secret of the account is read here: nothing shows who sent the delivery",
    };
    let finding = Diagnostic::error(&NO_PROOF, value.0.span, words);
    found.push(finding.help("declare it in `secrets:`, and read it: `${{ secret.webhook_key }}`"));
}

/// A plain hash proves something by the secret that is hashed: in a piece of its own, or in the request.
fn hashed(scene: &Scene<'_>, signature: &Signature, found: &mut Vec<Diagnostic>) {
    let Some(hash) = &signature.hash else { return };
    let in_request = |text: &str| text == "$body" || text.contains("request.");
    let pieces = || signature.signed.iter();
    let requests = pieces().filter_map(|piece| piece.0.as_scalar()).any(|scalar| in_request(&scalar.text));
    let sent =
        ["operations", "track", "defaults", "parts"].iter().filter_map(|key| scene.node.get(key)).any(|node| secret(scene, node));
    // What a login gave is known to nobody else, either.
    let given = |text: &str| walk::has_word(text, "token") || text.contains("session.");
    let logged_in = pieces().filter_map(|piece| piece.0.as_scalar()).any(|scalar| given(&scalar.text));
    if pieces().any(|piece| secret(scene, &piece.0)) || logged_in || requests && sent {
        return;
    }
    let finding =
        Diagnostic::error(&NO_PROOF, hash.span, "a plain hash of what everybody knows: no secret is part of what is signed");
    found.push(finding.help("add it to `signed`, where the carrier's manual says: `${{ secret.key }}`; or sign by `hmac`"));
}

/// Whether a secret is read, or may be.
fn secret(scene: &Scene<'_>, node: &Node) -> bool {
    let mut found = walk::mentions(node, "secret.") || walk::mentions(node, "secret[");
    walk::visit(node, &mut |node, _| {
        found |= node.get("$secret").is_some() || node.get("$part").is_some_and(|part| part_has(scene, part))
    });
    found
}

/// Whether a part reads a secret; one that is given by an argument is no other's business.
fn part_has(scene: &Scene<'_>, name: &Node) -> bool {
    let Some(name) = name.as_scalar() else { return true };
    let part = walk::section(scene.node, "parts").iter().find(|part| part.key.text == name.text);
    part.is_none_or(|part| {
        let mut found = walk::mentions(&part.value, "secret.");
        walk::visit(&part.value, &mut |node, _| found |= node.get("$secret").is_some() || node.get("$part").is_some());
        found
    })
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
