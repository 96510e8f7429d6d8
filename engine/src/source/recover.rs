//! Mappings made sound: duplicates told, `<<` merged, the parts of a broken file joined.

use std::collections::HashSet;

use super::builder::Builder;
use super::{Entry, Kind, Node, Style, code};
use crate::diagnostic::Diagnostic;

/// Drops repeated keys, the first stays, and merges what `<<` brings.
pub(super) fn settle(entries: Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let entries = without_duplicates(entries, diagnostics);
    if entries.iter().any(is_merge) { merge(entries, diagnostics) } else { entries }
}

fn without_duplicates(mut entries: Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by(|left, right| entries[*left].key.text.cmp(&entries[*right].key.text).then(left.cmp(right)));
    let same = |left: &&usize, right: &&usize| entries[**left].key.text == entries[**right].key.text;
    let mut repeated: HashSet<usize> = HashSet::new();
    let mut first = 0;
    for at in 1..order.len() {
        if !same(&&order[first], &&order[at]) {
            first = at;
            continue;
        }
        diagnostics.push(duplicate(&entries[order[first]], &entries[order[at]]));
        repeated.insert(order[at]);
    }
    if repeated.is_empty() {
        return entries;
    }
    let mut at = 0;
    entries.retain(|_| {
        at += 1;
        !repeated.contains(&(at - 1))
    });
    entries
}

fn duplicate(first: &Entry, second: &Entry) -> Diagnostic {
    Diagnostic::error(&code::DUPLICATE_KEY, second.key_span, format!("the key `{}` stands here twice", second.key.text))
        .label("again here")
        .related(first.key_span, "first here")
        .help("remove one of the two, or rename it")
}

fn is_merge(entry: &Entry) -> bool {
    entry.key.text == "<<" && entry.key.style == Style::Plain
}

/// Own keys win, then the maps in their order.
fn merge(entries: Vec<Entry>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let mut taken: HashSet<String> =
        entries.iter().filter(|entry| !is_merge(entry)).map(|entry| entry.key.text.clone()).collect();
    let mut merged = Vec::with_capacity(entries.len());
    for entry in entries {
        if !is_merge(&entry) {
            merged.push(entry);
            continue;
        }
        for brought in brought(entry, diagnostics) {
            if taken.insert(brought.key.text.clone()) {
                merged.push(Entry { merged: true, ..brought });
            }
        }
    }
    merged
}

/// The entries that one `<<` brings.
fn brought(entry: Entry, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let span = entry.value.span;
    let nodes = match entry.value.kind {
        Kind::List(items) => items.to_vec(),
        kind => vec![Node { span, kind }],
    };
    let mut all = Vec::new();
    for node in nodes {
        match node.kind {
            Kind::Map(entries) => all.extend(entries.iter().cloned()),
            _ if node.is_absent() => {}
            _ => diagnostics.push(bad_merge(&node, &entry.key_span)),
        }
    }
    all
}

fn bad_merge(node: &Node, key: &super::Span) -> Diagnostic {
    Diagnostic::error(&code::BAD_MERGE, node.span, "`<<` takes a mapping, or a list of mappings")
        .related(*key, "merged here")
        .help("mark a mapping by `&name` and merge it by `<<: *name`")
}

/// Where reading can be taken up again: the next line that begins with a key.
pub(super) fn next_key(text: &str, at: usize, bracket: Option<usize>) -> Option<usize> {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    // A bracket left open swallows the next key: that key's own line is sound.
    let mut start = if at == line || bracket.is_some_and(|bracket| bracket < line) { line } else { after_line(text, at)? };
    while start < text.len() {
        if begins_with_key(&text[start..]) {
            return Some(start);
        }
        start = after_line(text, start)?;
    }
    None
}

fn after_line(text: &str, at: usize) -> Option<usize> {
    text[at..].find('\n').map(|newline| at + newline + 1)
}

fn begins_with_key(line: &str) -> bool {
    let rest = line.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || "_-$.".contains(character));
    let ends_in_colon = rest.strip_prefix(':').is_some_and(|value| value.is_empty() || value.starts_with([' ', '\n', '\r']));
    ends_in_colon && line.starts_with(|character: char| character.is_ascii_alphabetic() || "_$".contains(character))
}

/// Joins what was read behind a broken place to the document that broke.
pub(super) fn join(builder: &mut Builder<'_>, before: usize) {
    if before == 0 || builder.documents.len() <= before {
        return;
    }
    let continued = builder.documents.remove(before);
    let document = &mut builder.documents[before - 1];
    document.span.end = continued.span.end.max(document.span.end);
    if let (Kind::Map(entries), Kind::Map(more)) = (&mut document.kind, continued.kind) {
        let joined = entries.iter().chain(more.iter()).cloned().collect();
        *entries = settle(joined, &mut builder.diagnostics).into();
    }
}
