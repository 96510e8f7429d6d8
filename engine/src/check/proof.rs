//! What shows who sent a delivery must be something that nobody else knows.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::Node;
use crate::syntax::{Auth, Signature, Template, Verify};

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
}

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for (_, webhook) in &scene.file.webhooks {
        proves(scene, &webhook.verify, found);
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
