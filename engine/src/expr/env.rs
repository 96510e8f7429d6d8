//! What expressions are evaluated in: documents, options, replies, loops, steps, tables and secrets, as the caller gave them.

use super::eval::EvalError;
use super::{Asked, DOCS, Doc, Expr, LoopField};
use crate::coverage::{Touched, What};
use crate::document::{Access, Cell, Origin, Slots, decode};
use crate::source::Span;
use crate::value::{Number, Value};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::cell::RefCell;

/// Where a loop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopState {
    /// From 1.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

/// The head of a reply or delivery.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReplyHead<'e> {
    /// HTTP status; 0 for a delivery.
    pub status: u16,
    /// Headers as received.
    pub headers: &'e [(String, String)],
    /// Query parameters of a delivery.
    pub query: &'e [(String, String)],
    /// The raw body.
    pub body: &'e [u8],
}

impl<'e> ReplyHead<'e> {
    /// A header's value; names are compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'e str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a step left.
#[derive(Debug, Clone)]
pub enum StepValue<'e> {
    /// It was skipped, failed, or has not run.
    Nothing,
    /// The extract of a step that runs once.
    One(&'e Map<String, Json>),
    /// The extracts of a step's iterations, in order.
    Many(Vec<Option<&'e Map<String, Json>>>),
}

/// A lookup table at run time.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name, for messages.
    pub name: String,
    /// Keys are compared without case (and kept lower case).
    pub ignore_case: bool,
    /// Keys and values.
    pub values: std::collections::HashMap<String, Value<'static>>,
    /// What is done with a key that is not there.
    pub unknown: Absent,
    /// What is done with null.
    pub missing: Absent,
}

/// What a lookup does without a value.
#[derive(Debug, Clone)]
pub enum Absent {
    /// An error.
    Fail,
    /// The order is refused, in these words.
    Refuse(String),
    /// The key itself.
    Pass,
    /// Null.
    Omit,
    /// This value.
    Value(Value<'static>),
}

/// Everything that an expression can see.
#[derive(Debug)]
pub struct Env<'e> {
    /// The documents.
    pub docs: [Option<&'e Slots<'e>>; DOCS],
    /// How the body's slots are decoded.
    pub origin: Origin,
    /// The stack of rows: bases in their documents.
    pub rows: Vec<u32>,
    /// Loop variables over computed lists.
    pub locals: Vec<Value<'e>>,
    /// The loops under way.
    pub loops: Vec<LoopState>,
    /// The names of `let`.
    pub lets: &'e [Expr],
    /// Their values, once they were needed.
    pub let_values: RefCell<Vec<Option<Value<'e>>>>,
    /// The name of the account's environment.
    pub environment: &'e str,
    /// The account's settings.
    pub config: &'e [Value<'static>],
    /// The account's secrets: names, and values where it has them.
    pub secrets: &'e [(String, Option<String>)],
    /// Which of them the account need not have.
    pub optional_secrets: &'e [bool],
    /// What the steps left.
    pub steps: Vec<StepValue<'e>>,
    /// What the undone iteration left.
    pub it: Option<&'e Map<String, Json>>,
    /// What the sign-in extracted.
    pub session: Option<&'e Map<String, Json>>,
    /// The token of the sign-in.
    pub token: Option<&'e str>,
    /// The time at which a request is made, in seconds since 1970.
    pub now: i64,
    /// The request that is being signed.
    pub asked: Option<&'e Asked<'e>>,
    /// The signature, the challenge, the time as it was sent: whatever the place at hand gives.
    pub given: Option<&'e str>,
    /// What the order's key is made of, and what a step or iteration adds to it.
    pub key: Option<(&'e crate::carrier::plan::KeyParts, String)>,
    /// The shipments asked for.
    pub tracking: &'e [crate::carrier::Asked],
    /// The reply's or delivery's head.
    pub head: ReplyHead<'e>,
    /// The lookup tables.
    pub tables: &'e [Table],
    /// Notes what is come by, while cases are counted.
    pub touched: Option<&'e Touched>,
    /// Texts that were made of secrets: they are masked wherever the request is shown.
    pub masked: RefCell<Vec<String>>,
    /// In what words a lookup refuses the order, when one does.
    pub refusal: RefCell<Option<String>>,
}

impl<'e> Env<'e> {
    /// An environment without documents.
    #[must_use]
    pub fn new() -> Self {
        Self {
            docs: [None; DOCS],
            origin: Origin::Json,
            rows: vec![Slots::ROOT, Slots::ROOT],
            locals: Vec::new(),
            loops: Vec::new(),
            lets: &[],
            let_values: RefCell::new(Vec::new()),
            environment: "",
            config: &[],
            secrets: &[],
            optional_secrets: &[],
            steps: Vec::new(),
            it: None,
            session: None,
            token: None,
            now: 0,
            asked: None,
            given: None,
            key: None,
            tracking: &[],
            head: ReplyHead::default(),
            tables: &[],
            touched: None,
            masked: RefCell::default(),
            refusal: RefCell::default(),
        }
    }

    /// The same, for as long as a document that lives shorter.
    #[must_use]
    pub fn narrowed<'x>(&self) -> Env<'x>
    where
        'e: 'x,
    {
        Env {
            docs: self.docs,
            origin: self.origin,
            rows: self.rows.clone(),
            locals: self.locals.clone(),
            loops: self.loops.clone(),
            lets: self.lets,
            let_values: RefCell::default(),
            environment: self.environment,
            config: self.config,
            secrets: self.secrets,
            optional_secrets: self.optional_secrets,
            steps: self.steps.clone(),
            it: self.it,
            session: self.session,
            token: self.token,
            now: self.now,
            asked: self.asked,
            given: self.given,
            key: self.key.clone(),
            tracking: self.tracking,
            head: self.head,
            tables: self.tables,
            touched: self.touched,
            masked: RefCell::default(),
            refusal: RefCell::default(),
        }
    }

    /// Notes that this was come by, when somebody counts.
    #[inline]
    pub fn touch(&self, span: Span, what: What) {
        if let Some(touched) = self.touched {
            touched.add(span, what);
        }
    }

    pub(super) fn slot(&self, doc: Doc, row: u16, access: &Access) -> Result<Value<'e>, EvalError> {
        let Some(slots) = self.docs[doc as usize] else { return Ok(Value::Null) };
        self.value(slots.get(self.rows[usize::from(row)], access), doc)
    }

    /// The value of a cell.
    pub fn value(&self, cell: Cell<'e>, doc: Doc) -> Result<Value<'e>, EvalError> {
        match cell {
            Cell::Raw(raw) => {
                let origin = if doc == Doc::Input { Origin::Json } else { self.origin };
                Ok(decode(raw, origin))
            }
            Cell::Missing | Cell::Rows { .. } => Ok(Value::Null),
        }
    }

    /// Whether the body has something at a place that is reached from its root.
    #[must_use]
    pub fn has(&self, access: &Access) -> bool {
        self.docs[Doc::Body as usize].is_some_and(|slots| matches!(slots.get(Slots::ROOT, access), Cell::Raw(_)))
    }

    /// The text of a place that is reached from the body's root, when it has one.
    #[must_use]
    pub fn member(&self, access: &Access) -> Option<String> {
        let value = self.value(self.docs[Doc::Body as usize]?.get(Slots::ROOT, access), Doc::Body).ok()?;
        if value.is_null() { None } else { value.to_text().ok().map(Cow::into_owned) }
    }

    /// The JSON text of a place that is reached from the body's root, as it came.
    #[must_use]
    pub fn raw(&self, access: &Access) -> Option<&'e str> {
        match self.docs[Doc::Body as usize]?.get(Slots::ROOT, access) {
            Cell::Raw(raw) => Some(raw),
            Cell::Missing | Cell::Rows { .. } => None,
        }
    }

    pub(super) fn many(&self, doc: Doc, row: u16, access: &Access) -> Result<Value<'e>, EvalError> {
        let Some(slots) = self.docs[doc as usize] else { return Ok(Value::List(Vec::new())) };
        let mut cells = Vec::new();
        slots.each(self.rows[usize::from(row)], access, |cell| cells.push(cell));
        cells.into_iter().map(|cell| self.value(cell, doc)).collect::<Result<_, _>>().map(Value::List)
    }

    pub(super) fn has_list(&self, doc: Doc, row: u16, access: &Access) -> bool {
        let cell = self.docs[doc as usize].map(|slots| slots.get(self.rows[usize::from(row)], access));
        matches!(cell, Some(Cell::Rows { .. }))
    }

    pub(super) fn count(&self, doc: Doc, row: u16, access: &Access) -> Value<'e> {
        let count = self.docs[doc as usize].map_or(0, |slots| match slots.get(self.rows[usize::from(row)], access) {
            Cell::Rows { count, .. } => i64::from(count),
            _ => 0,
        });
        Value::Number(Number::Int(count))
    }

    pub(super) fn let_value(&self, at: u16) -> Result<Value<'e>, EvalError> {
        let at = usize::from(at);
        if let Some(Some(value)) = self.let_values.borrow().get(at) {
            return Ok(value.clone());
        }
        let value = self.lets[at].eval(self)?;
        let mut values = self.let_values.borrow_mut();
        if values.len() <= at {
            values.resize(self.lets.len(), None);
        }
        values[at] = Some(value.clone());
        Ok(value)
    }

    pub(super) fn step(&self, at: u16, field: &str) -> Value<'e> {
        let read = |extract: &'e Map<String, Json>| extract.get(field).map_or(Value::Null, Value::verbatim);
        match self.steps.get(usize::from(at)) {
            Some(StepValue::One(extract)) => read(extract),
            Some(StepValue::Many(extracts)) => {
                Value::List(extracts.iter().map(|extract| extract.map_or(Value::Null, read)).collect())
            }
            _ => Value::Null,
        }
    }

    pub(super) fn order_key(&self) -> Result<Value<'e>, EvalError> {
        let Some((parts, suffix)) = &self.key else { return Ok(Value::Null) };
        let text = |expr: &'e Expr, default: &'static str| match expr.eval(self)? {
            Value::Text(text) => Ok(text),
            _ => Ok(Cow::Borrowed(default)),
        };
        let (order, operation) = (text(&parts.order_id, "")?, text(&parts.operation, crate::model::DEFAULT_OPERATION)?);
        let key = crate::model::order_key(&order, &operation, &text(&parts.operation_id, "")?);
        Ok(Value::text(format!("{key}{suffix}")))
    }

    /// An id in the form of a UUID (RFC 9562, version 8), made of what tells one request from another: the time, the order
    /// with its step and iteration, the shipments asked for, the token.
    pub(super) fn nonce(&self) -> Result<Value<'e>, EvalError> {
        let asked = self
            .tracking
            .iter()
            .flat_map(|asked| crate::carrier::AskedBy::ALL.into_iter().map(|by| asked.by(by).unwrap_or_default().to_owned()));
        let key = self.order_key()?.as_str().unwrap_or_default().to_owned();
        let parts = [self.now.to_string(), key, self.token.unwrap_or_default().to_owned()].into_iter().chain(asked);
        Ok(Value::text(crate::digest::uuid(&parts.collect::<Vec<_>>().join("\n"))))
    }

    pub(super) fn lookup(&self, at: u16, key: Value<'e>) -> Result<Value<'e>, EvalError> {
        let table = &self.tables[usize::from(at)];
        match key {
            Value::List(items) => items.into_iter().map(|item| self.lookup(at, item)).collect::<Result<_, _>>().map(Value::List),
            Value::Json(_) => self.lookup(at, key.expand()),
            Value::Null => self.absent(table, &table.missing, Value::Null, "null"),
            key => {
                let text = match &key {
                    Value::Text(text) if table.ignore_case => text.to_lowercase(),
                    Value::Text(text) => text.to_string(),
                    Value::Bool(flag) => flag.to_string(),
                    other => other.to_text().map_err(|error| EvalError::new(error.to_string()))?.into_owned(),
                };
                match table.values.get(&text) {
                    Some(value) => Ok(value.share()),
                    None => self.absent(table, &table.unknown, key, "a key that it does not have"),
                }
            }
        }
    }

    fn absent(&self, table: &Table, what: &'e Absent, key: Value<'e>, words: &str) -> Result<Value<'e>, EvalError> {
        match what {
            Absent::Fail => Err(EvalError::new(format!("the lookup `{}` was given {words}", table.name))),
            Absent::Refuse(words) => {
                self.refusal.replace(Some(words.clone()));
                Err(EvalError::new(words.clone()))
            }
            Absent::Pass => Ok(key),
            Absent::Omit => Ok(Value::Null),
            Absent::Value(value) => Ok(value.share()),
        }
    }

    pub(super) fn secret(&self, at: u16) -> Result<Value<'e>, EvalError> {
        match self.secrets.get(usize::from(at)) {
            Some((_, Some(value))) => Ok(Value::text(value.as_str())),
            Some((_, None)) if self.optional_secrets.get(usize::from(at)) == Some(&true) => Ok(Value::Null),
            Some((name, None)) => Err(EvalError::new(format!("the account has no secret `{name}`"))),
            None => Err(EvalError::new("there are no secrets here")),
        }
    }

    pub(super) fn loop_value(&self, depth: u16, field: LoopField) -> Value<'e> {
        let Some(state) = self.loops.get(usize::from(depth)) else { return Value::Null };
        match field {
            LoopField::Index => Value::Number(Number::Int(i64::from(state.index))),
            LoopField::First => Value::Bool(state.index == 1),
            LoopField::Last => Value::Bool(state.index == state.count),
        }
    }
}

impl Default for Env<'_> {
    fn default() -> Self {
        Self::new()
    }
}
