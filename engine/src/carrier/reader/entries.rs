//! Entries of a document, visited one by one, wherever a source says that they are.

use super::{ReadFault, own_json};
use crate::document::{Access, Cell, Hop, Plan, Slots};
use crate::expr::{Doc, Env, Expr};
use crate::path::Query;
use crate::source::Span;

/// The entries that a list is made of, with what is read from each.
#[derive(Debug, Clone)]
pub struct Entries<T> {
    /// Each list, with its own reading: they stand at different places of the document.
    pub lists: Box<[EntryList<T>]>,
}

/// One list of entries.
#[derive(Debug, Clone)]
pub struct EntryList<T> {
    /// Its document.
    pub doc: Doc,
    /// The row that it is reached from.
    pub row: u16,
    /// The entries around its entries: the row that these are reached from, and the way to them. They are `row` in turn.
    pub around: Option<(u16, Box<[Hop]>)>,
    /// The way to the rows.
    pub hops: Box<[Hop]>,
    /// Something is there only when this slot has a value; for the one entry that is the row itself.
    pub present: Option<Access>,
    /// The entries are what a query picks out of the rows.
    pub picked: Option<Picked>,
    /// What is read from an entry.
    pub read: T,
}

/// Where entries come from that are no rows of a document.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A query picks them out of what is found there.
    Query(Access, Query),
    /// They are calculated: the items of a list, or the one value.
    Computed(Expr, Span),
}

/// Entries that are no rows: each is read as a document of its own.
#[derive(Debug, Clone)]
pub struct Picked {
    /// Where they come from.
    pub origin: Origin,
    /// The document that an entry becomes.
    pub doc: Doc,
    /// What is wanted of it.
    pub plan: std::sync::Arc<Plan>,
}

impl<T> Entries<T> {
    /// Calls `run` for every entry, its row on top of the stack.
    ///
    /// # Errors
    /// The first error of `run`.
    pub fn visit<'e, E: From<ReadFault>>(
        &'e self,
        env: &mut Env<'e>,
        mut run: impl for<'x> FnMut(&mut Env<'x>, &'x T) -> Result<(), E>,
    ) -> Result<(), E> {
        for list in &self.lists {
            match &list.around {
                Some((row, hops)) => list.visit_around(*row, hops, env, &mut run)?,
                None => list.visit(env, &mut run)?,
            }
        }
        Ok(())
    }
}

impl<T> EntryList<T> {
    fn visit_around<'e, E: From<ReadFault>>(
        &'e self,
        row: u16,
        hops: &[Hop],
        env: &mut Env<'e>,
        run: &mut impl for<'x> FnMut(&mut Env<'x>, &'x T) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(slots) = env.docs[self.doc as usize] else { return Ok(()) };
        let mut outer = Vec::new();
        slots.bases(env.rows[usize::from(row)], hops, |row| outer.push(row));
        for row in outer {
            env.rows.push(row);
            let result = self.visit(env, run);
            env.rows.pop();
            result?;
        }
        Ok(())
    }

    fn visit<'e, E: From<ReadFault>>(
        &'e self,
        env: &mut Env<'e>,
        run: &mut impl for<'x> FnMut(&mut Env<'x>, &'x T) -> Result<(), E>,
    ) -> Result<(), E> {
        match &self.picked {
            Some(picked) => self.visit_picked(picked, env, run),
            None => self.visit_rows(env, run),
        }
    }

    fn visit_rows<'e, E: From<ReadFault>>(
        &'e self,
        env: &mut Env<'e>,
        run: &mut impl for<'x> FnMut(&mut Env<'x>, &'x T) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(slots) = env.docs[self.doc as usize] else { return Ok(()) };
        let base = env.rows[usize::from(self.row)];
        if let Some(access) = &self.present
            && !matches!(slots.get(base, access), Cell::Raw(raw) if raw != "null")
        {
            return Ok(());
        }
        let mut rows = Vec::new();
        slots.bases(base, &self.hops, |row| rows.push(row));
        for row in rows {
            env.rows.push(row);
            let result = run(env, &self.read);
            env.rows.pop();
            result?;
        }
        Ok(())
    }

    fn visit_picked<'e, E: From<ReadFault>>(
        &'e self,
        picked: &'e Picked,
        env: &mut Env<'e>,
        run: &mut impl for<'x> FnMut(&mut Env<'x>, &'x T) -> Result<(), E>,
    ) -> Result<(), E> {
        for text in &self.picked_texts(picked, env)? {
            let mut entry = Slots::new();
            if picked.plan.read(text, &mut entry).is_ok() {
                let mut inner = env.narrowed();
                inner.docs[picked.doc as usize] = Some(&entry);
                inner.rows.push(Slots::ROOT);
                run(&mut inner, &self.read)?;
            }
        }
        Ok(())
    }
}

impl<T> EntryList<T> {
    /// The entries as JSON texts.
    fn picked_texts<'e>(&self, picked: &'e Picked, env: &Env<'e>) -> Result<Vec<String>, ReadFault> {
        let mut texts = Vec::new();
        match &picked.origin {
            Origin::Query(access, query) => {
                let Some(slots) = env.docs[self.doc as usize] else { return Ok(texts) };
                slots.each(env.rows[usize::from(self.row)], access, |cell| {
                    if let Cell::Raw(raw) = cell {
                        // The text was scanned when the document was read.
                        if let Ok(json) = serde_json::from_str::<serde_json::Value>(raw) {
                            texts.extend(query.evaluate(&json).into_iter().map(ToString::to_string));
                        }
                    }
                });
            }
            Origin::Computed(expr, span) => {
                let value = expr.eval(env).map_err(|error| ReadFault { message: error.message, span: *span })?;
                match own_json(value) {
                    serde_json::Value::Null => {}
                    serde_json::Value::Array(items) => texts.extend(items.iter().map(ToString::to_string)),
                    one => texts.push(one.to_string()),
                }
            }
        }
        Ok(texts)
    }
}
