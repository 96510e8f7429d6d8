//! A comma that ends a value in `{ }`, although it was meant to belong to it.

use crate::diagnostic::Diagnostic;
use crate::source::{Entry, Node, Scalar, Sources, Span, Style};

crate::codes! {
    /// ## What
    /// A comma inside `{ }` ends a value that was meant to go on: what follows it has no value of its own.
    /// ## Why
    /// YAML reads `{a: coalesce(b, c)}` as two keys, `a` with the value `coalesce(b`, and `c)` with nothing, without a word.
    /// ## Example
    /// ```yaml
    /// let: {name: coalesce(shipment.recipient.company, shipment.recipient.name)}
    /// ```
    /// ## Mend
    /// ```yaml
    /// let: {name: "coalesce(shipment.recipient.company, shipment.recipient.name)"}
    /// ```
    CUT_VALUE = "E601", "cut-value";
}

pub(super) fn check(sources: &Sources, node: &Node, found: &mut Vec<Diagnostic>) {
    super::walk::visit(node, &mut |node, _| {
        let text = sources.slice(node.span);
        match (node.as_map(), node.as_list()) {
            (Some(entries), _) if text.starts_with('{') => mapping(sources, entries, found),
            (_, Some(items)) if text.starts_with('[') => list(sources, items, found),
            _ => {}
        }
    });
}

/// `[a, coalesce(b, c)]` holds three values: those between an open parenthesis and its end belong together.
fn list(sources: &Sources, items: &[Node], found: &mut Vec<Diagnostic>) {
    let open = |node: &Node| match node.as_scalar() {
        Some(Scalar { text, style: Style::Plain }) => text.matches('(').count() as i32 - text.matches(')').count() as i32,
        _ => 0,
    };
    let mut at = 0;
    while at < items.len() {
        let mut depth = open(&items[at]);
        let closing = (at + 1..items.len()).find(|next| {
            depth += open(&items[*next]);
            depth <= 0
        });
        match closing.filter(|_| open(&items[at]) > 0) {
            Some(last) => {
                found.push(cut(sources, items[at].span, items[last].span));
                at = last + 1;
            }
            None => at += 1,
        }
    }
}

fn mapping(sources: &Sources, entries: &[Entry], found: &mut Vec<Diagnostic>) {
    let mut at = 0;
    while at < entries.len() {
        if !is_loose(sources, &entries[at]) {
            at += 1;
            continue;
        }
        let last = entries[at..].iter().take_while(|entry| is_loose(sources, entry)).count() + at;
        let words = entries[last - 1].key_span;
        match at.checked_sub(1).map(|before| &entries[before]).filter(|before| is_plain(before)) {
            Some(before) => found.push(cut(sources, before.value.span, words)),
            None => found.push(no_value(sources, entries[at].key_span)),
        }
        at = last;
    }
}

/// A key without `:` and value.
fn is_loose(sources: &Sources, entry: &Entry) -> bool {
    let text = &sources.file(entry.key_span.file).text;
    let behind = text[entry.key_span.end as usize..].trim_start();
    entry.value.is_absent() && !entry.merged && !behind.starts_with(':')
}

fn is_plain(entry: &Entry) -> bool {
    matches!(entry.value.as_scalar(), Some(Scalar { style: Style::Plain, .. })) && !entry.value.is_absent()
}

fn cut(sources: &Sources, value: Span, last: Span) -> Diagnostic {
    let whole = value.to(last);
    let mended = quoted(sources.slice(whole));
    Diagnostic::error(&CUT_VALUE, whole, "the comma ends this value: what follows it is read by itself")
        .help(format!("put quotes around the whole value: `{mended}`"))
        .suggest(whole, mended)
}

fn no_value(sources: &Sources, key: Span) -> Diagnostic {
    Diagnostic::error(&CUT_VALUE, key, format!("`{}` has no value", sources.slice(key)))
        .help("write `key: value`; a list stands in `[ ]`")
}

pub(super) fn quoted(text: &str) -> String {
    if text.contains('"') && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
