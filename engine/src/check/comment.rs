//! A text that was cut by ` #`.

use super::cut::quoted;
use crate::diagnostic::Diagnostic;
use crate::source::{Node, Sources, Span};

crate::codes! {
    /// ## What
    /// A value without quotes ends where ` #` begins, and what follows looks as if it belonged to it.
    /// ## Why
    /// YAML takes the rest of the line for a comment, without a word.
    /// ## Example
    /// ```yaml
    /// reference: Order #${{ shipment.reference }}
    /// ```
    /// ## Mend
    /// ```yaml
    /// reference: "Order #${{ shipment.reference }}"
    /// ```
    /// If a comment is meant, write a blank behind `#`.
    CUT_BY_COMMENT = "E603", "cut-by-comment";
}

pub(super) fn check(sources: &Sources, node: &Node, found: &mut Vec<Diagnostic>) {
    super::walk::visit(node, &mut |node, _| {
        let (Some(comment), Some(scalar)) = (sources.trailing_comment(node), node.as_scalar()) else { return };
        let words = sources.slice(comment);
        let expression = words.contains("${{") || words.contains("}}");
        if expression || is_unfinished(&scalar.text, words) {
            found.push(finding(sources, node, comment, true));
        } else if is_glued(words) {
            found.push(finding(sources, node, comment, false));
        }
    });
}

fn finding(sources: &Sources, node: &Node, comment: Span, sure: bool) -> Diagnostic {
    let whole = node.span.to(comment);
    let mended = quoted(sources.slice(whole));
    let finding = match sure {
        true => Diagnostic::error(&CUT_BY_COMMENT, whole, "` #` begins a comment, so that this value is cut"),
        false => Diagnostic::warning(&CUT_BY_COMMENT, comment, "` #` begins a comment: does it belong to the value?")
            .help("if it is a comment, write a blank behind `#`"),
    };
    finding.help(format!("put quotes around the whole value: `{mended}`")).suggest(whole, mended)
}

/// Whether something is open at the end of a text that its comment may close.
fn is_unfinished(text: &str, comment: &str) -> bool {
    let count = |sign: char| text.matches(sign).count();
    let open = [('(', ')'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| count(open) > count(close));
    let quote = ['\'', '"'].into_iter().any(|quote| count(quote) % 2 == 1 && comment.contains(quote));
    open || quote
}

/// `#12` is rarely a comment.
fn is_glued(comment: &str) -> bool {
    comment.chars().nth(1).is_some_and(|letter| letter.is_alphanumeric() || letter == '$')
}
