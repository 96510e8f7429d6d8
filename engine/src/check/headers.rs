//! Headers and parameters that could not be sent, or that would break the request.

use super::{Scene, walk};
use crate::diagnostic::Diagnostic;
use crate::source::{Entry, Node, Span};

crate::codes! {
    /// ## What
    /// A header has a name that none can have, belongs to the connection and not to the file, or a header or query parameter has a
    /// value that cannot stand there.
    /// ## Why
    /// `Host` would lead past the hosts that the file names; a wrong `Content-Length` cuts the body. A name with a blank, a value
    /// with a line break, an object as a value fail for every order.
    /// ## Example
    /// ```yaml
    /// headers: {Content-Length: "5", "X Trace": a}
    /// query: {filter: {from: a}}
    /// ```
    /// ## Mend
    /// Leave out what the connection itself says. A name has letters, digits and `-`; a value is a text, or JSON as a text:
    /// `{$json: {from: a}}`.
    HEADER = "E647", "header";
}

/// What the connection says by itself (RFC 9110, section 7.6.1; RFC 9112).
const OWN: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "proxy-connection",
    "expect",
];

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    for key in ["defaults", "operations", "track", "auth", "auths", "webhooks", "actions", "shop"] {
        let Some(node) = scene.node.get(key) else { continue };
        walk::visit(node, &mut |node, path| within(key, node, path, found));
    }
}

fn within(top: &str, node: &Node, path: &[&str], found: &mut Vec<Diagnostic>) {
    let (last, above) = (path.last().copied().unwrap_or_default(), path.len().checked_sub(2).map(|at| path[at]));
    let of_request = above == Some("request") || above.is_none() && top == "defaults";
    match last {
        "headers" if of_request => entries(node).iter().for_each(|entry| {
            name(&entry.key.text, entry.key_span, found);
            value(&entry.value, "a header", found);
        }),
        "query" if of_request => entries(node).iter().for_each(|entry| value(&entry.value, "a query parameter", found)),
        "header" if above == Some("idempotency") || above == Some("send") => {
            node.as_scalar().into_iter().for_each(|scalar| name(&scalar.text, node.span, found));
        }
        _ => {}
    }
}

/// The entries that are names; a mapping of the format's words has none.
fn entries(node: &Node) -> &[Entry] {
    let entries = node.as_map().unwrap_or(&[]);
    if entries.iter().any(|entry| matches!(entry.key.text.as_str(), "$for" | "$if" | "$match" | "$merge" | "$part")) {
        return &[];
    }
    entries
}

fn name(written: &str, span: Span, found: &mut Vec<Diagnostic>) {
    if written.starts_with('$') || written.contains("${{") {
        return;
    }
    let name = written.strip_suffix('!').unwrap_or(written);
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    if name.is_empty() || !name.chars().all(token) {
        let finding = Diagnostic::error(&HEADER, span, format!("`{name}` is no name of a header: no request could be sent"));
        found.push(finding.help("a name has letters, digits and `-` (RFC 9110, section 5.1)"));
    } else if OWN.contains(&name.to_ascii_lowercase().as_str()) {
        let finding = Diagnostic::error(&HEADER, span, format!("`{name}` is said by the connection itself"));
        found.push(finding.help("remove it: the host is that of `servers`, the length that of the body"));
    }
}

fn value(node: &Node, what: &str, found: &mut Vec<Diagnostic>) {
    let items = node.as_list().unwrap_or(std::slice::from_ref(node));
    for item in items {
        let plain = |entries: &[Entry]| !entries.iter().any(|entry| entry.key.text.starts_with('$'));
        if item.as_map().is_some_and(plain) {
            let finding = Diagnostic::error(&HEADER, item.span, format!("{what} is a text: an object cannot stand there"));
            found.push(finding.help("JSON as a text is `{$json: {...}}`"));
        }
        if what == "a header" && item.as_scalar().is_some_and(|scalar| scalar.text.contains(['\n', '\r'])) {
            let finding = Diagnostic::error(&HEADER, item.span, "a line break cannot stand in a header");
            found.push(finding.help("write the value on one line"));
        }
    }
}
