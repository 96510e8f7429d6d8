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
        let Some(entries) = node.as_map() else { return };
        if sources.slice(node.span).starts_with('{') {
            mapping(sources, entries, found);
        }
    });
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
    Diagnostic::error(&CUT_VALUE, whole, "the comma ends this value: what follows it is read as another key")
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
