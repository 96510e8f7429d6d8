//! One pass over a text along a plan.

use super::plan::{Closed, Member, Node, Rows};
use super::scan::{Fault, Scanned, Scanner};
use super::slots::Entry;
use super::{Mode, Plan, ReadError, Slots, Unknown};
use std::borrow::Cow;

/// Bounds the memory that a hostile list can take: about 100 MB.
const MAX_ENTRIES: usize = 1 << 23;

/// Room for the lists of an order as a rule.
const FEW_ENTRIES: usize = 256;

impl Plan {
    /// Reads a JSON text into `slots`, which forget what they held.
    ///
    /// # Errors
    /// Malformed JSON, a wanted member that an object has twice, nesting beyond 127, more list elements than memory is
    /// granted for. Shapes other than the wanted ones are no errors: the slots stay missing.
    pub fn read<'a>(&self, json: &'a str, slots: &mut Slots<'a>) -> Result<(), ReadError> {
        slots.text = json;
        slots.unknown.clear();
        slots.entries.clear();
        slots.entries.reserve(FEW_ENTRIES.max(self.root_width as usize));
        slots.entries.resize(self.root_width as usize, Entry::Missing);
        if u32::try_from(json.len()).is_err() {
            return Err(ReadError::whole("the document is too large"));
        }
        let mut reader = Reader { plan: self, scanner: Scanner::new(json), slots };
        reader.document().map_err(|fault| ReadError::at(json, fault.at, fault.message))
    }
}

struct Reader<'p, 's, 'a> {
    plan: &'p Plan,
    scanner: Scanner<'a>,
    slots: &'s mut Slots<'a>,
}

impl<'p> Reader<'p, '_, '_> {
    fn document(&mut self) -> Scanned<()> {
        if self.scanner.peek().is_none() {
            return self.scanner.fault("the document is empty");
        }
        self.value(&self.plan.nodes[0], 0)?;
        match self.scanner.peek() {
            None => Ok(()),
            Some(_) => self.scanner.fault("more text after the end of the document"),
        }
    }

    /// Reads the value ahead into the slots of `node`, in the row at `base`.
    fn value(&mut self, node: &'p Node, base: u32) -> Scanned<()> {
        let first = self.scanner.peek();
        let start = self.scanner.position;
        match first {
            Some(b'{') => self.object(node, base)?,
            Some(b'[') => match node.rows {
                Some(rows) => self.list(rows, base)?,
                None => self.scanner.skip()?,
            },
            Some(byte) if byte != b'n' => self.lone(node, base, Self::scalar)?,
            _ => self.scanner.scalar()?,
        }
        if node.slot != 0 {
            self.whole_text(first, start)?;
            self.put(base, node.slot, Entry::Raw { start: start as u32, end: self.scanner.position as u32 });
        }
        Ok(())
    }

    /// A wanted text must be one: half a surrogate pair is none.
    fn whole_text(&self, first: Option<u8>, start: usize) -> Scanned<()> {
        match self.scanner.half_pair.filter(|at| first == Some(b'"') && *at >= start) {
            Some(at) => Err(Fault { at, message: "half a surrogate pair in a wanted text".into() }),
            None => Ok(()),
        }
    }

    fn scalar(&mut self, _: &'p Node, _: u32) -> Scanned<()> {
        self.scanner.scalar()
    }

    fn object(&mut self, node: &'p Node, base: u32) -> Scanned<()> {
        if node.members.is_empty() && node.closed.is_none() {
            return self.lone(node, base, |reader, _, _| reader.scanner.skip());
        }
        self.lone(node, base, Self::members)
    }

    /// Reads a value that is no list. Where a list may be wanted, it is read as one of one element, and by `direct`
    /// only if more is wanted of it.
    fn lone(&mut self, node: &'p Node, base: u32, direct: fn(&mut Self, &'p Node, u32) -> Scanned<()>) -> Scanned<()> {
        let Some(rows) = node.rows.filter(|_| self.plan.mode == Mode::Reply) else { return direct(self, node, base) };
        let start = self.scanner.position;
        let first = self.new_row(rows.width)?;
        self.value(&self.plan.nodes[rows.element as usize], first)?;
        self.put(base, rows.slot, Entry::Rows { first, count: 1 });
        if node.members.is_empty() && node.closed.is_none() {
            return Ok(());
        }
        self.scanner.position = start;
        direct(self, node, base)
    }

    fn list(&mut self, rows: Rows, base: u32) -> Scanned<()> {
        let element = &self.plan.nodes[rows.element as usize];
        let (mut first, mut last, mut count) = (0, 0, 0);
        self.scanner.open()?;
        while self.scanner.item(b']', count == 0)? {
            let row = self.new_row(rows.width)?;
            if count == 0 {
                first = row;
            } else {
                self.put(last, 0, Entry::Next(row));
            }
            (last, count) = (row, count + 1);
            self.value(element, row)?;
        }
        self.put(base, rows.slot, Entry::Rows { first, count });
        Ok(())
    }

    fn members(&mut self, node: &'p Node, base: u32) -> Scanned<()> {
        let mut seen = Seen::default();
        let mut first = true;
        self.scanner.open()?;
        while self.scanner.item(b'}', first)? {
            first = false;
            let at = self.scanner.position;
            let (name, escaped) = self.scanner.key()?;
            let name = if escaped { Cow::Owned(unescape(name)) } else { Cow::Borrowed(name) };
            let Some(index) = node.members.iter().position(|member| member.name.as_bytes() == &*name) else {
                self.unknown(node.closed.as_ref(), name);
                self.scanner.skip()?;
                continue;
            };
            let member = &node.members[index];
            if seen.again(index) {
                return Err(duplicate(at, member));
            }
            self.value(&self.plan.nodes[member.node as usize], base)?;
        }
        Ok(())
    }

    fn new_row(&mut self, width: u32) -> Scanned<u32> {
        let row = self.slots.entries.len();
        let end = row + width as usize;
        if end > MAX_ENTRIES {
            return self.scanner.fault("too many list elements");
        }
        self.slots.entries.resize(end, Entry::Missing);
        Ok(row as u32)
    }

    fn put(&mut self, base: u32, slot: u32, entry: Entry) {
        self.slots.entries[(base + slot) as usize] = entry;
    }
}

impl<'a> Reader<'_, '_, 'a> {
    fn unknown(&mut self, closed: Option<&Closed>, name: Cow<'a, [u8]>) {
        let Some(closed) = closed else { return };
        let name = match name {
            Cow::Borrowed(name) => String::from_utf8_lossy(name),
            Cow::Owned(name) => String::from_utf8_lossy(&name).into_owned().into(),
        };
        if !closed.known.contains(&*name) {
            self.slots.unknown.push(Unknown { place: closed.place.clone(), name });
        }
    }
}

fn duplicate(at: usize, member: &Member) -> Fault {
    Fault { at, message: format!("duplicate field `{}`", member.name).into() }
}

/// A name with escapes, decoded; a name with half a surrogate pair is nobody's and stays as it is.
fn unescape(name: &[u8]) -> Vec<u8> {
    let quoted = [b"\"", name, b"\""].concat();
    serde_json::from_slice::<String>(&quoted).map_or_else(|_| name.to_vec(), String::into_bytes)
}

/// Which members an object has had.
#[derive(Default)]
struct Seen {
    low: u128,
    high: Vec<usize>,
}

impl Seen {
    #[inline]
    fn again(&mut self, index: usize) -> bool {
        if index >= 128 {
            let again = self.high.contains(&index);
            self.high.push(index);
            return again;
        }
        let bit = 1u128 << index;
        let again = self.low & bit != 0;
        self.low |= bit;
        again
    }
}
