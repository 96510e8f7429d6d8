//! The names that an expression may use, and what they stand for.

use super::{Doc, Lowered, Ty};
use crate::document::{FrameId, Step};

/// A place in a document: what a path has led to so far.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which document.
    pub doc: Doc,
    /// The row that the path starts from, by its position in the stack of rows.
    pub row: u16,
    /// The frame that the path starts from.
    pub frame: FrameId,
    /// The path.
    pub steps: Vec<Step>,
    /// What stands there.
    pub ty: Ty,
    /// Whether it, or something on the way to it, may be missing.
    pub nullable: bool,
}

/// A name that is no value by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// The order itself, and its `key`.
    Order,
    /// The account itself.
    Account,
    /// The account's settings.
    Config,
    /// The account's secrets.
    Secret,
    /// What earlier steps extracted.
    Steps,
    /// What the undone iteration extracted.
    It,
    /// What the sign-in extracted.
    Session,
    /// The request that is being signed.
    Asked,
    /// Its headers.
    AskedHeaders,
    /// The fields of its body.
    AskedFields,
    /// The loop at this depth.
    Loop(u16),
    /// The numbers asked for.
    Tracking,
    /// Headers of the reply or delivery.
    Headers,
    /// Query parameters of the delivery.
    Query,
    /// The parameters of the request that a signature covers.
    Fault,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Binding {
    /// A place in a document.
    Place(Place),
    /// A computed value; used twice, it is computed twice.
    Value(Lowered),
    /// A namespace.
    Space(Space),
}

/// The names in scope, inner ones last, and how deep the stacks are.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: Vec<(String, Binding)>,
    /// Rows on the stack: the two documents' roots, then loops over their lists.
    pub rows: u16,
    /// Loop variables over computed lists.
    pub locals: u16,
    /// Loops under way.
    pub loops: u16,
    /// Names below this one cannot be seen (inside a part).
    hidden: Vec<std::ops::Range<usize>>,
}

impl Scope {
    /// A scope with the two documents' roots on the stack of rows.
    #[must_use]
    pub fn new() -> Self {
        Self { rows: 2, ..Self::default() }
    }

    /// Adds a name that hides outer ones.
    pub fn bind(&mut self, name: impl Into<String>, binding: Binding) {
        self.names.push((name.into(), binding));
    }

    /// What a name stands for.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Binding> {
        self.visible().rev().find(|(known, _)| known == name).map(|(_, binding)| binding)
    }

    /// All names that can be seen.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.visible().map(|(name, _)| name.as_str())
    }

    fn visible(&self) -> impl DoubleEndedIterator<Item = &(String, Binding)> {
        self.names
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.hidden.iter().any(|range| range.contains(at)))
            .map(|(_, entry)| entry)
    }

    /// How many names there are: give it to [`Scope::restore`] to drop those that came later.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.names.len()
    }

    /// Drops the names that came after `depth`.
    pub fn restore(&mut self, depth: usize) {
        self.names.truncate(depth);
    }

    /// Hides the names from `first` on until [`Scope::show`]: a part sees its parameters and the file's own names only.
    pub fn hide(&mut self, first: usize) {
        self.hidden.push(first..self.names.len());
    }

    /// Shows what the last [`Scope::hide`] hid.
    pub fn show(&mut self) {
        self.hidden.pop();
    }
}
