//! The places of a carrier file at which a name of the format, or a reference, stands.

use crossdock_engine::expr::{Piece, split_text};
use crossdock_engine::source::{Entry, Node, Sources, Span};
use std::ops::Range;

/// A name in the file.
pub(crate) struct Site {
    pub(crate) span: Span,
    pub(crate) what: &'static str,
}

/// Below these keys everything belongs to the carrier, except words that begin with `$`.
const PAYLOADS: &[&str] =
    &["json", "xml", "soap", "form", "multipart", "headers", "query", "values", "servers", "value", "metadata", "claims"];
/// Below these keys stand names of the file's own.
const NAMED: &[&str] = &[
    "config",
    "options",
    "lookups",
    "parts",
    "replies",
    "operations",
    "steps",
    "webhooks",
    "vocabularies",
    "auths",
    "let",
    "codes",
];
/// Keys whose values are bare expressions.
const BARE: &[&str] = &["$if", "$for", "$match", "if", "that", "for_each", "ignore_if", "link"];
/// Keys whose values name something that the file declares.
const REFERENCES: &[&str] = &["$part", "responses", "vocabulary", "auth", "server", "$secret"];
/// Words that are no names.
const WORDS: &[&str] = &["and", "or", "not", "in", "is", "if", "else", "none", "true", "false"];
/// Names behind which a reply's or a delivery's own members stand.
const REPLIES: &[&str] = &["body", "entry", "event", "item", "headers", "query", "fault"];

/// Whether this is a word of the language.
pub(crate) fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// All sites of a file, in order.
pub(crate) fn sites(sources: &Sources, node: &Node) -> Vec<Site> {
    let mut found = Vec::new();
    walk(sources, node, &mut Vec::new(), &mut found);
    let foreign = foreign(node);
    found.retain(|site| !is_foreign(sources, site, &foreign));
    found
}

/// Names that stand for places in others' messages: variables of loops over what a step read of a reply; in a shop's file
/// variables of loops over `body`, parameters of parts.
fn foreign(node: &Node) -> Vec<String> {
    let mut names = Vec::new();
    read(node, &mut names);
    if let Some(intake) = node.get("intake") {
        loops(intake, &mut names);
        for part in node.get("parts").and_then(Node::as_map).unwrap_or(&[]) {
            let params = part.value.get("params").and_then(Node::as_list).unwrap_or(&[]);
            names.extend(params.iter().filter_map(|param| Some(param.as_scalar()?.text.trim_end_matches('?').to_owned())));
        }
    }
    names
}

/// Variables of steps that go over a field of a reply; the format knows the members of its own results.
fn read(node: &Node, names: &mut Vec<String>) {
    let head = node.get("for_each").and_then(Node::as_scalar).and_then(|head| head.text.split_once(" in steps."));
    let own = |list: &str| list.ends_with(".parcels") || list.ends_with(".documents");
    names.extend(head.filter(|(_, list)| !own(list)).map(|(name, _)| name.to_owned()));
    node.as_list().unwrap_or(&[]).iter().for_each(|item| read(item, names));
    node.as_map().unwrap_or(&[]).iter().for_each(|entry| read(&entry.value, names));
}

fn loops(node: &Node, names: &mut Vec<String>) {
    let head = node.get("$for").and_then(Node::as_scalar).and_then(|head| head.text.split_once(" in body."));
    names.extend(head.map(|(name, _)| name.to_owned()));
    node.as_list().unwrap_or(&[]).iter().for_each(|item| loops(item, names));
    node.as_map().unwrap_or(&[]).iter().for_each(|entry| loops(&entry.value, names));
}

/// Whether a name is a member behind one of those.
fn is_foreign(sources: &Sources, site: &Site, names: &[String]) -> bool {
    let text = &sources.file(site.span.file).text[..site.span.start as usize];
    let path = text.rsplit(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_' && sign != '.').next().unwrap_or_default();
    path.split_once('.').is_some_and(|(root, _)| names.iter().any(|name| name == root))
}

fn walk<'n>(sources: &Sources, node: &'n Node, path: &mut Vec<&'n str>, found: &mut Vec<Site>) {
    for item in node.as_list().unwrap_or(&[]) {
        walk(sources, item, path, found);
    }
    let entries = node.as_map().unwrap_or(&[]);
    for entry in entries.iter().filter(|entry| !entry.merged) {
        if is_format(entry, entries, path) {
            let end = entry.key_span.end - u32::from(entry.key.text.ends_with('!'));
            found.push(Site { span: Span { end, ..entry.key_span }, what: "key" });
        }
        path.push(&entry.key.text);
        walk(sources, &entry.value, path, found);
        path.pop();
    }
    if node.as_scalar().is_some() {
        scalar(sources, node, path, entries_bare(path), found);
    }
}

fn entries_bare(path: &[&str]) -> bool {
    let last = path.last().copied().unwrap_or_default();
    let parent = path.len().checked_sub(2).map(|at| path[at]).unwrap_or_default();
    // `each` reads a path, and `$match` may hold a list of arms.
    BARE.contains(&last) || parent == "let"
}

fn is_format(entry: &Entry, beside: &[Entry], path: &[&str]) -> bool {
    let key = entry.key.text.as_str();
    if key.starts_with('$') && !key.starts_with("$$") {
        return true;
    }
    if beside.iter().any(|other| other.key.text == "$match") {
        return false;
    }
    if beside.iter().any(|other| other.key.text == "$part") {
        return true;
    }
    let payload = path.ends_with(&["jwt", "header"])
        || path.iter().enumerate().any(|(at, name)| PAYLOADS.contains(name) && !(at == 0 && *name == "query"));
    if payload && !path.contains(&"verify") {
        return false;
    }
    match path.last() {
        Some(parent) if NAMED.contains(parent) => {
            let nested = path.len() >= 2 && NAMED.contains(&path[path.len() - 2]) && path.len() == 2;
            nested && !matches!(*parent, "config" | "options")
        }
        Some(&"extract") => ["parcels", "documents", "carrier_ref", "tracking_url", "price", "estimated_delivery"].contains(&key),
        _ => true,
    }
}

fn scalar(sources: &Sources, node: &Node, path: &[&str], bare: bool, found: &mut Vec<Site>) {
    let Some(text) = node.as_scalar().map(|scalar| scalar.text.as_str()) else { return };
    let mut push = |range: Range<usize>, what: &'static str| {
        let span = sources.locate(node, range);
        if !found.iter().any(|site| site.span == span) {
            found.push(Site { span, what });
        }
    };
    let last = path.last().copied().unwrap_or_default();
    if REFERENCES.contains(&last) && !text.contains("${{") && text != "none" {
        push(0..text.len(), "reference");
    } else if (last == "replies" || path.len() >= 2 && (last == "responses" || path[path.len() - 2] == "replies"))
        && text.starts_with('$')
    {
        push(1..text.len(), "reference");
    }
    if bare {
        names(text, 0..text.len()).into_iter().for_each(|range| push(range, "name"));
    }
    for piece in split_text(text) {
        if let Piece::Expression(range) = piece {
            names(text, range).into_iter().for_each(|range| push(range, "name"));
        }
    }
}

/// The names of an expression, and those of lookups.
fn names(text: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut found, mut root) = (within.start, Vec::new(), "");
    while at < within.end {
        let byte = bytes[at];
        if byte == b'\'' || byte == b'"' {
            let close = text[at + 1..within.end].find(char::from(byte)).map_or(within.end, |end| at + 1 + end);
            if text[..at].ends_with("lookup(") {
                found.push(at + 1..close);
            }
            at = close + 1;
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            let end = at
                + text[at..within.end].find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(within.end - at);
            let member = text[..at].trim_end().ends_with('.');
            if !member {
                root = &text[at..end];
            }
            // What a call gives has members of its own: those of a reply's entry, for example.
            let of_call = text[..at].trim_end().ends_with(").");
            let of_reply = member && (REPLIES.contains(&root) || of_call);
            if !WORDS.contains(&&text[at..end]) && !of_reply {
                found.push(at..end);
            }
            at = end;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}
