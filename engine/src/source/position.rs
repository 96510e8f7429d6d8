//! Byte offsets to lines and columns, and characters to byte offsets.

use super::{FileId, Node, Scalar, Sources, Span, Style};

/// A place as people read it: line and column count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// The file's name as given.
    pub file: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Sources {
    /// Where a span begins.
    #[must_use]
    pub fn position(&self, span: Span) -> Position<'_> {
        self.offset_position(span.file, span.start)
    }

    /// Where a span ends: the place just behind its last character.
    #[must_use]
    pub fn end_position(&self, span: Span) -> Position<'_> {
        self.offset_position(span.file, span.end)
    }

    /// The bytes of the file that a span covers.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The span of a whole file.
    #[must_use]
    pub fn whole(&self, file: FileId) -> Span {
        Span { file, start: 0, end: self.file(file).text.len() as u32 }
    }

    /// The comment that follows a plain scalar on its last line: `a #1` is cut to `a`, which is rarely meant.
    #[must_use]
    pub fn trailing_comment(&self, node: &Node) -> Option<Span> {
        matches!(node.as_scalar(), Some(Scalar { style: Style::Plain | Style::Tagged, .. })).then_some(())?;
        let text = &self.file(node.span.file).text;
        let end = node.span.end as usize;
        let line = text.get(end..)?.split(['\n', '\r']).next()?;
        let comment = line.trim_start_matches([' ', '\t']);
        if !comment.starts_with('#') || comment.len() == line.len() {
            return None;
        }
        let start = end + line.len() - comment.len();
        Some(Span::new(node.span.file, start, start + comment.trim_end().len()))
    }

    fn offset_position(&self, file: FileId, offset: u32) -> Position<'_> {
        let source = self.file(file);
        let starts = &self.lines[file.0 as usize];
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts[line - 1] as usize;
        let before = source.text.get(start..offset as usize).unwrap_or_default();
        let byte_order_mark = usize::from(line == 1 && before.starts_with('\u{feff}'));
        Position { file: &source.name, line, column: before.chars().count() + 1 - byte_order_mark }
    }
}

/// The first byte of every line.
pub(super) fn line_starts(text: &str) -> Vec<u32> {
    let mut starts = vec![0];
    starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
    starts
}

/// Turns the parser's character counts into byte offsets.
pub(super) enum Offsets {
    /// One byte a character: nothing to do.
    Ascii,
    /// The byte offset of every character, and of the end.
    Table(Vec<u32>),
}

impl Offsets {
    pub(super) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let ends = std::iter::once(text.len() as u32);
        Self::Table(text.char_indices().map(|(at, _)| at as u32).chain(ends).collect())
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii => character,
            Self::Table(table) => table[character.min(table.len() - 1)] as usize,
        }
    }
}
