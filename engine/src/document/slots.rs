//! The slots that a plan fills: one flat arena, used again from document to document.

use super::{Access, Hop, Pick};
use std::borrow::Cow;

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The document has nothing there.
    Missing,
    /// The value's own JSON text, `null` included.
    Raw(&'a str),
    /// The rows of a list.
    Rows {
        /// Where the first one lies; meaningless when there are none.
        first: u32,
        /// How many there are.
        count: u32,
    },
}

/// A member of a closed object that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// The object, `shipment.parcels[]`; empty for the document itself.
    pub place: Box<str>,
    /// The member's name as the document writes it.
    pub name: Cow<'a, str>,
}

/// The slots of one document.
#[derive(Debug, Default)]
pub struct Slots<'a> {
    pub(super) text: &'a str,
    pub(super) entries: Vec<Entry>,
    pub(super) unknown: Vec<Unknown<'a>>,
}

/// A [`Cell`] without its text's lifetime, so that the arena outlives the document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    Missing,
    Raw { start: u32, end: u32 },
    Rows { first: u32, count: u32 },
    Next(u32),
}

impl<'a> Slots<'a> {
    /// The base of the document's own slots.
    pub const ROOT: u32 = 0;

    /// Empty slots.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the memory on to a document of another lifetime.
    #[must_use]
    pub fn recycle<'b>(mut self) -> Slots<'b> {
        self.entries.clear();
        Slots { text: "", entries: self.entries, unknown: Vec::new() }
    }

    /// The value that `access` leads to from the row at `base`: the first one, where there can be many.
    #[must_use]
    pub fn get(&self, base: u32, access: &Access) -> Cell<'a> {
        if access.hops.is_empty() {
            return self.cell(base, access.slot);
        }
        let mut first = Cell::Missing;
        self.visit(base, access, &mut |cell| {
            first = cell;
            false
        });
        first
    }

    /// Every value that `access` leads to from the row at `base`, in the document's order; missing ones are passed over.
    pub fn each(&self, base: u32, access: &Access, mut found: impl FnMut(Cell<'a>)) {
        self.visit(base, access, &mut |cell| {
            found(cell);
            true
        });
    }

    /// Calls `found` with the base of every row that `hops` lead to, in the document's order.
    pub fn bases(&self, base: u32, hops: &[Hop], mut found: impl FnMut(u32)) {
        self.walk(base, hops, &mut |row| {
            found(row);
            true
        });
    }

    /// The bases of the rows of the list in a slot of the row at `base`.
    #[must_use]
    pub fn rows(&self, base: u32, slot: u32) -> RowBases<'_> {
        let (next, left) = self.extent(base, slot);
        RowBases { entries: &self.entries, next, left }
    }

    /// How many rows the list in a slot of the row at `base` has.
    #[must_use]
    pub fn row_count(&self, base: u32, slot: u32) -> u32 {
        self.extent(base, slot).1
    }

    /// The members of closed objects that nobody knows.
    #[must_use]
    pub fn unknown(&self) -> &[Unknown<'a>] {
        &self.unknown
    }

    fn cell(&self, base: u32, slot: u32) -> Cell<'a> {
        match self.entries.get((base + slot) as usize) {
            Some(Entry::Raw { start, end }) => Cell::Raw(&self.text[*start as usize..*end as usize]),
            Some(Entry::Rows { first, count }) => Cell::Rows { first: *first, count: *count },
            _ => Cell::Missing,
        }
    }

    fn extent(&self, base: u32, slot: u32) -> (u32, u32) {
        match self.cell(base, slot) {
            Cell::Rows { first, count } => (first, count),
            _ => (0, 0),
        }
    }

    fn visit(&self, base: u32, access: &Access, found: &mut dyn FnMut(Cell<'a>) -> bool) {
        self.walk(base, &access.hops, &mut |row| match self.cell(row, access.slot) {
            Cell::Missing => true,
            cell => found(cell),
        });
    }

    /// Goes on for as long as `found` says so; says whether it came to the end.
    fn walk(&self, base: u32, hops: &[Hop], found: &mut dyn FnMut(u32) -> bool) -> bool {
        let Some((hop, rest)) = hops.split_first() else { return found(base) };
        let mut rows = self.rows(base, hop.slot);
        match hop.pick {
            Pick::All => rows.all(|row| self.walk(row, rest, found)),
            Pick::Index(index) => match rows.at(index) {
                Some(row) => self.walk(row, rest, found),
                None => true,
            },
        }
    }
}

/// The bases of a list's rows.
#[derive(Debug, Clone)]
pub struct RowBases<'s> {
    entries: &'s [Entry],
    next: u32,
    left: u32,
}

impl RowBases<'_> {
    fn at(&mut self, index: i64) -> Option<u32> {
        let index = if index < 0 { index + i64::from(self.left) } else { index };
        usize::try_from(index).ok().and_then(|index| self.nth(index))
    }
}

impl Iterator for RowBases<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let row = self.next;
        if let Some(Entry::Next(next)) = self.entries.get(row as usize) {
            self.next = *next;
        }
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for RowBases<'_> {}
