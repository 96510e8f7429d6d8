//! How a scalar was written: which stretch of the file each stretch of its decoded text comes from.

use std::ops::Range;

use super::{Scalar, Style};

/// A stretch of decoded text and the bytes it was written as. Equal lengths mean equal bytes.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) decoded: Range<usize>,
    pub(super) raw: Range<usize>,
}

/// The pieces of a scalar written as `raw`, in order; `None` when `raw` is not how it was written.
pub(super) fn pieces(raw: &str, scalar: &Scalar) -> Option<Vec<Piece>> {
    let (pieces, length) = match scalar.style {
        Style::Plain | Style::Tagged => Flow::new(raw, 0, raw.len()).walk(|_| None),
        Style::Single => Flow::new(raw, 1, raw.len().checked_sub(1)?).walk(single_escape),
        Style::Double => Flow::new(raw, 1, raw.len().checked_sub(1)?).walk(double_escape),
        Style::Literal | Style::Folded => return block(raw, &scalar.text),
    };
    (length == scalar.text.len()).then_some(pieces)
}

/// Where the quoted scalar that begins at `start` ends, its closing quote included.
pub(super) fn quoted_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The bytes of an escape and of what it stands for; the latter is `None` for a line break that is taken back.
type Escape = (usize, Option<usize>);

/// A walk along the plain and the quoted styles, whose lines all fold alike.
struct Flow<'a> {
    raw: &'a str,
    at: usize,
    end: usize,
    decoded: usize,
    pieces: Vec<Piece>,
}

impl<'a> Flow<'a> {
    fn new(raw: &'a str, at: usize, end: usize) -> Self {
        Self { raw, at, end, decoded: 0, pieces: Vec::new() }
    }

    fn walk(mut self, escape: fn(&str) -> Option<Escape>) -> (Vec<Piece>, usize) {
        while self.at < self.end {
            let rest = &self.raw[self.at..self.end];
            let blank = blank_run(rest);
            if blank > 0 {
                self.push(blank, folded(&rest[..blank]));
            } else if let Some((written, meant)) = escape(rest) {
                match meant {
                    Some(meant) => self.push(written, meant),
                    None => self.take_back(written),
                }
            } else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                self.push(length, length);
            }
        }
        (self.pieces, self.decoded)
    }

    /// After `\` at a line's end only further empty lines count.
    fn take_back(&mut self, written: usize) {
        self.at += written;
        let rest = &self.raw[self.at.min(self.end)..self.end];
        let blank = blank_run(rest);
        match breaks(&rest[..blank]) {
            0 => self.at += blank,
            lines => self.push(blank, lines),
        }
    }

    fn push(&mut self, raw: usize, decoded: usize) {
        let (from, meant) = (self.at, self.decoded);
        self.at += raw;
        self.decoded += decoded;
        if let Some(last) = self.pieces.last_mut()
            && raw == decoded
            && last.raw.end == from
            && last.raw.len() == last.decoded.len()
        {
            last.raw.end = self.at;
            last.decoded.end = self.decoded;
            return;
        }
        self.pieces.push(Piece { decoded: meant..self.decoded, raw: from..self.at });
    }
}

fn blank_run(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len()
}

fn breaks(text: &str) -> usize {
    text.matches(['\n', '\r']).count() - text.matches("\r\n").count()
}

/// One line break becomes a blank, more become one fewer.
fn folded(blank: &str) -> usize {
    match breaks(blank) {
        0 => blank.len(),
        1 => 1,
        more => more - 1,
    }
}

fn single_escape(rest: &str) -> Option<Escape> {
    rest.starts_with("''").then_some((2, Some(1)))
}

fn double_escape(rest: &str) -> Option<Escape> {
    let code = rest.strip_prefix('\\')?;
    Some(match code.as_bytes().first()? {
        b'\r' if code.starts_with("\r\n") => (3, None),
        b'\n' | b'\r' => (2, None),
        b'x' => (4, Some(coded(code, 2))),
        b'u' => (6, Some(coded(code, 4))),
        b'U' => (10, Some(coded(code, 8))),
        b'N' | b'_' => (2, Some(2)),
        b'L' | b'P' => (2, Some(3)),
        _ => (2, Some(1)),
    })
}

/// The bytes of the character whose hexadecimal code follows the letter.
fn coded(code: &str, digits: usize) -> usize {
    let number = code.get(1..=digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    number.and_then(char::from_u32).map_or(1, char::len_utf8)
}

/// Block scalars keep their lines as they are: each is looked for in turn, and what lies between is the fold.
fn block(raw: &str, text: &str) -> Option<Vec<Piece>> {
    let lines = || lines(raw).skip(1);
    let indent = indent(raw, lines(), text);
    let mut pieces: Vec<Piece> = Vec::new();
    for line in lines() {
        let margin = leading_spaces(&raw[line.clone()]).min(indent);
        let raw_line = line.start + margin..line.end;
        if raw_line.is_empty() {
            continue;
        }
        let (before, from) = pieces.last().map_or((0, None), |last| (last.decoded.end, Some(last.raw.end)));
        let start = before + separator(&text[before..], from.is_some());
        if !text[start..].starts_with(&raw[raw_line.clone()]) {
            return None;
        }
        if start > before {
            pieces.push(Piece { decoded: before..start, raw: from.unwrap_or(raw_line.start)..raw_line.start });
        }
        pieces.push(Piece { decoded: start..start + raw_line.len(), raw: raw_line });
    }
    Some(pieces)
}

/// The bytes between two lines of a decoded block: a blank for a fold, else line breaks.
fn separator(text: &str, inner: bool) -> usize {
    let breaks = text.len() - text.trim_start_matches('\n').len();
    if breaks == 0 && inner { usize::from(text.starts_with(' ')) } else { breaks }
}

/// The indentation that was stripped: what the first written line has more than the first decoded one.
fn indent(raw: &str, mut lines: impl Iterator<Item = Range<usize>>, text: &str) -> usize {
    let has_content = |line: &&str| line.contains(|character| character != ' ');
    let written = lines.find_map(|line| Some(&raw[line]).filter(|line| has_content(line)).map(leading_spaces));
    let kept = text.split('\n').find(has_content).map(leading_spaces);
    written.unwrap_or_default().saturating_sub(kept.unwrap_or_default())
}

fn leading_spaces(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The lines of a text as ranges without their breaks.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = &text[start..];
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let step = if rest[length..].starts_with("\r\n") { 2 } else { 1 };
        next = Some(start + length + step).filter(|next| *next <= text.len());
        Some(start..start + length)
    })
}
