//! Texts with `${{ }}` in them.

use std::ops::Range;

/// A piece of a text with `${{ }}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Literal(Range<usize>),
    /// The inside of `${{ }}`.
    Expression(Range<usize>),
    /// A `${{` without its `}}`.
    Open(usize),
}

/// Splits a text at `${{ }}`; a `}}` inside quotes does not close.
#[must_use]
pub fn split_text(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("${{") {
        let open = from + found;
        if open > from {
            pieces.push(Piece::Literal(from..open));
        }
        let Some(close) = closing(text, open + 3) else {
            pieces.push(Piece::Open(open));
            return pieces;
        };
        pieces.push(Piece::Expression(open + 3..close));
        from = close + 2;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(from..text.len()));
    }
    pieces
}

fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote, mut depth) = (from, 0u8, 0u32);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != 0 => at += 1,
            byte if quote != 0 && byte == quote => {
                quote = 0;
            }
            byte @ (b'"' | b'\'') => quote = byte,
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}
