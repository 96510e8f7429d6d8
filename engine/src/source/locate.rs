//! From a place inside a decoded scalar back to the file.

use std::ops::Range;

use super::scalar::{Piece, pieces};
use super::{Entry, Node, Scalar, Sources, Span, Style};

impl Sources {
    /// The bytes of the file that a range of the decoded text of a scalar was written as: through quotes, escapes, folding and
    /// the indentation of blocks. The whole node when it is no scalar.
    #[must_use]
    pub fn locate(&self, node: &Node, decoded: Range<usize>) -> Span {
        node.as_scalar().map_or(node.span, |scalar| self.locate_in(scalar, node.span, decoded))
    }

    /// The same for the text of a key.
    #[must_use]
    pub fn locate_key(&self, entry: &Entry, decoded: Range<usize>) -> Span {
        self.locate_in(&entry.key, entry.key_span, decoded)
    }

    fn locate_in(&self, scalar: &Scalar, span: Span, decoded: Range<usize>) -> Span {
        let raw = self.slice(span);
        let quote = usize::from(matches!(scalar.style, Style::Single | Style::Double));
        // On one line and without escapes the text stands in the file as it is.
        if raw.len() == scalar.text.len() + 2 * quote && !matches!(scalar.style, Style::Literal | Style::Folded | Style::Tagged) {
            let base = span.start as usize + quote;
            return Span::new(span.file, base + decoded.start, base + decoded.end);
        }
        let Some(pieces) = pieces(raw, scalar).filter(|pieces| !pieces.is_empty()) else {
            return span;
        };
        let start = raw_start(&pieces, decoded.start);
        let end = if decoded.is_empty() { start } else { raw_end(&pieces, decoded.end).max(start) };
        let base = span.start as usize;
        Span::new(span.file, base + start, base + end)
    }
}

fn raw_start(pieces: &[Piece], at: usize) -> usize {
    match pieces.iter().find(|piece| at < piece.decoded.end) {
        Some(piece) if is_verbatim(piece) => piece.raw.start + at.saturating_sub(piece.decoded.start),
        Some(piece) => piece.raw.start,
        None => pieces.last().map_or(0, |last| last.raw.end),
    }
}

fn raw_end(pieces: &[Piece], at: usize) -> usize {
    match pieces.iter().find(|piece| at <= piece.decoded.end) {
        Some(piece) if is_verbatim(piece) => piece.raw.start + at.saturating_sub(piece.decoded.start),
        Some(piece) => piece.raw.end,
        None => pieces.last().map_or(0, |last| last.raw.end),
    }
}

fn is_verbatim(piece: &Piece) -> bool {
    piece.raw.len() == piece.decoded.len()
}
