//! Braces that were meant to be an expression.

use super::Scene;
use crate::diagnostic::Diagnostic;
use crate::expr::{Piece, split_text};
use crate::source::{Node, Sources};
use std::ops::Range;

crate::codes! {
    /// ## What
    /// A text holds `{{ }}` or `${ }`, which are no expression: only `${{ }}` is one.
    /// ## Why
    /// The carrier would be sent the braces and the name between them.
    /// ## Example
    /// ```yaml
    /// phone: "{{ p.phone }}"
    /// ```
    /// ## Mend
    /// ```yaml
    /// phone: ${{ p.phone }}
    /// ```
    MISSING_DOLLAR = "E602", "missing-dollar";
}

/// Keys whose values are regular expressions, in which braces count.
const PATTERNS: &[&str] = &["pattern", "match", "matches", "text"];

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Diagnostic>) {
    super::walk::visit(scene.node, &mut |node, path| {
        let is_pattern = path.last().is_some_and(|key| PATTERNS.contains(key));
        for at in braces(node, is_pattern) {
            found.push(finding(scene.sources, node, at));
        }
    });
}

fn finding(sources: &Sources, node: &Node, at: Range<usize>) -> Diagnostic {
    let text = node.as_scalar().map_or("", |scalar| &scalar.text[at.clone()]);
    let inner = text.trim_start_matches(['$', '{']).trim_end_matches('}').trim();
    let (span, mended) = (sources.locate(node, at), format!("${{{{ {inner} }}}}"));
    Diagnostic::error(&MISSING_DOLLAR, span, "an expression is written `${{ }}`")
        .help(format!("did you mean `{mended}`?"))
        .suggest(span, mended)
}

fn braces(node: &Node, is_pattern: bool) -> Vec<Range<usize>> {
    let Some(scalar) = node.as_scalar() else { return Vec::new() };
    let literals = split_text(&scalar.text).into_iter().filter_map(|piece| match piece {
        Piece::Literal(range) => Some(range),
        _ => None,
    });
    literals.filter_map(|range| in_literal(&scalar.text, range, is_pattern)).collect()
}

fn in_literal(text: &str, range: Range<usize>, is_pattern: bool) -> Option<Range<usize>> {
    let literal = &text[range.clone()];
    let double = literal.find("{{").and_then(|open| Some((open, literal[open..].find("}}")? + open + 2)));
    let single = || literal.find("${").and_then(|open| Some((open, literal[open..].find('}')? + open + 1)));
    let (open, close) = double.or_else(|| if is_pattern { None } else { single() })?;
    Some(range.start + open..range.start + close)
}
