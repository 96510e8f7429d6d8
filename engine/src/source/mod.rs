//! YAML bytes to a tree in which every node knows where it stands.
//!
//! This is the only module that knows the YAML crate. Spans are byte ranges; a position inside a decoded scalar is
//! mapped back to the file by [`Sources::locate`], through quotes, escapes, block indentation and folding.

mod builder;
pub mod code;
mod hint;
mod literal;
mod locate;
mod parse;
mod position;
mod recover;
mod scalar;
#[cfg(test)]
mod tests;

pub use parse::{parse, parse_documents};
pub use position::Position;

use crate::diagnostic::Diagnostic;

use std::sync::Arc;

/// A file that was read, kept for as long as its spans are shown.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name shown to users, usually the path as given.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Index of a [`SourceFile`] in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A byte range in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start: start as u32, end: end as u32 }
    }

    /// The span from the first byte of this one to the last of the other, which must be of the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Nothing is covered: the span is a place between two characters.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// All files of a run.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    /// The first byte of every line, by file.
    lines: Vec<Vec<u32>>,
}

impl Sources {
    /// Adds a file and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        self.lines.push(position::line_starts(&text));
        self.files.push(SourceFile { name: name.into(), text });
        FileId((self.files.len() - 1) as u32)
    }

    /// Adds a file as it was read. What is not UTF-8 is replaced, and told.
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> (FileId, Option<Diagnostic>) {
        let error = match String::from_utf8(bytes) {
            Ok(text) => return (self.add(name, text), None),
            Err(error) => error,
        };
        let valid = error.utf8_error().valid_up_to();
        let file = self.add(name, String::from_utf8_lossy(error.as_bytes()));
        let span = Span::new(file, valid, valid + char::REPLACEMENT_CHARACTER.len_utf8());
        let finding = Diagnostic::error(&code::NOT_UTF8, span, "the file is not UTF-8").help("save the file as UTF-8");
        (file, Some(finding))
    }

    /// The file behind an id.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: its YAML 1.2 type is read from its text.
    Plain,
    /// Without quotes, but tagged `!!str`: always a text.
    Tagged,
    /// `'...'`
    Single,
    /// `"..."`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A decoded scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text after quotes, escapes and folding.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// What a scalar is by the YAML 1.2 core schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal<'a> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An integer within 64 bits, in decimal.
    Int(i64),
    /// Any other number, by its own text: decimals, exponents, hexadecimal, octal, `.inf`.
    Number(&'a str),
    /// Everything else, and whatever is quoted.
    Text(&'a str),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key: always a scalar.
    pub key: Scalar,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
    /// The entry came through `<<` and stands where its anchor does.
    pub merged: bool,
}

/// What a node is. Clones share what is below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Arc<[Node]>),
    /// A mapping, in the order written.
    Map(Arc<[Entry]>),
}

/// A YAML node with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands: of a scalar, quotes and block indicator included.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

impl Node {
    /// The entries, when this is a mapping.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, when this is a sequence.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, when this is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Nothing was written where a value could stand: `key:`, or `key` alone in `{ }`.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.span.is_empty() && self.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain)
    }

    /// The value under `key`, when this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry under `key`, when this is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.text == key)
    }
}
