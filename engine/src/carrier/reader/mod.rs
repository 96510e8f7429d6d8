//! Reading values out of replies and deliveries: the compiled form of a source.

mod convert;
mod entries;

pub use entries::{Entries, EntryList, Origin, Picked};

use crate::body::TextPart;
use crate::coverage::What;
use crate::document::{Access, Cell};
use crate::expr::{Doc, Env, Expr};
use crate::path::Query;
use crate::source::Span;
use crate::value::Value;
use crate::value::date::{DateFormat, Zone};
use std::borrow::Cow;

/// Why a value could not be read. The message never holds data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFault {
    /// What is wrong.
    pub message: String,
    /// The source in the file.
    pub span: Span,
}

/// A compiled source.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Tried in order: the first that has a value.
    pub alternatives: Box<[Alternative]>,
    /// Which of many values is meant; without, there must be one.
    pub pick: Option<Pick>,
    /// Of each text only what the first group of this takes (all that matches, when it has none); other texts are no value.
    pub matching: Option<crate::value::Pattern>,
    /// Joins all values of all alternatives.
    pub join: Option<Box<str>>,
    /// What the value must be.
    pub kind: Option<ReadKind>,
    /// How dates are written.
    pub formats: Box<[DateFormat]>,
    /// The zone of dates without one.
    pub zone: ZoneOf,
    /// How bytes are packed.
    pub decode: Option<Decoding>,
    /// The value when there is none.
    pub default: Option<Value<'static>>,
    /// Whether there must be one.
    pub required: bool,
    /// Its place in the file.
    pub span: Span,
}

/// Which of many values is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The first.
    First,
    /// The last.
    Last,
}

/// One place to look.
#[derive(Debug, Clone)]
pub enum Alternative {
    /// A path: a slot, and a query on what is found there.
    Path(Doc, u16, Access, Option<Query>),
    /// The raw bytes of the body.
    Body,
    /// The body as text.
    Text,
    /// A header.
    Header(Box<str>),
    /// An expression.
    Expression(Expr, Span),
    /// Text with expressions in it; nothing when one of them is null.
    Mixed(Box<[TextPart]>),
    /// A literal.
    Literal(Value<'static>),
    /// A source in its long form, among others.
    Nested(Box<Reader>),
    /// An object of sources.
    Record(Box<[(Box<str>, Reader)]>),
}

/// The types a value can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadKind {
    /// Text; a number keeps its digits.
    String,
    /// An integer.
    Integer,
    /// A decimal.
    Decimal,
    /// A boolean.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// Bytes.
    Bytes,
    /// A list of all values of all alternatives.
    List,
}

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// Base64 text.
    Base64,
    /// Base64 text of gzip.
    Gzip,
}

/// Where a zone comes from.
#[derive(Debug, Clone)]
pub enum ZoneOf {
    /// Said in the file.
    Fixed(Zone),
    /// Calculated, from config say.
    Computed(Expr),
}

impl From<ReadFault> for () {
    fn from(_: ReadFault) {}
}

impl Reader {
    /// The value, or null.
    ///
    /// # Errors
    /// A value that is not what the source says, or missing though required.
    pub fn read<'e>(&'e self, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        let value = match &self.join {
            Some(separator) => self.joined(separator, env)?,
            None if self.kind == Some(ReadKind::List) => self.listed(env)?,
            None => self.first(env)?,
        };
        let value = if empty(&value) {
            self.default.clone().unwrap_or(Value::Null)
        } else {
            env.touch(self.span, What::Reading);
            self.convert(value, env)?
        };
        if self.required && value.is_null() {
            return Err(self.fault("the value is required, and the reply does not have it"));
        }
        Ok(value)
    }

    /// The value as text: a number keeps its digits; a list gives its first.
    ///
    /// # Errors
    /// See [`Reader::read`]; objects are no text.
    pub fn text<'e>(&'e self, env: &Env<'e>) -> Result<Option<Cow<'e, str>>, ReadFault> {
        match self.read(env)? {
            Value::Null => Ok(None),
            value => as_text(value).map(Some).map_err(|words| self.fault(words)),
        }
    }

    /// Whether some alternative yields something that is not empty.
    #[must_use]
    pub fn present<'e>(&'e self, env: &Env<'e>) -> bool {
        let mut found = false;
        for alternative in &self.alternatives {
            let _ = self.look(alternative, env, &mut |value| found |= !value.is_empty());
        }
        found
    }

    fn fault(&self, message: impl Into<String>) -> ReadFault {
        ReadFault { message: message.into(), span: self.span }
    }

    fn first<'e>(&'e self, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        for (at, alternative) in self.alternatives.iter().enumerate() {
            let mut found = Value::Null;
            let mut several = false;
            self.look(alternative, env, &mut |value| {
                if empty(&found) {
                    found = value;
                } else if !empty(&value) {
                    several |= !value.equals(&found);
                    if self.pick == Some(Pick::Last) {
                        found = value;
                    }
                }
            })?;
            if several && self.pick.is_none() && matches!(alternative, Alternative::Path(..)) {
                return Err(self.fault("several values match, and one is wanted"));
            }
            if !empty(&found) {
                env.touch(self.span, What::Source(at as u16));
                return Ok(found);
            }
        }
        Ok(Value::Null)
    }

    fn joined<'e>(&'e self, separator: &str, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        let mut texts: Vec<String> = Vec::new();
        let mut wrong = None;
        for alternative in &self.alternatives {
            self.look(alternative, env, &mut |value| {
                if !empty(&value) {
                    match as_text(value) {
                        Ok(text) => texts.push(text.into_owned()),
                        Err(words) => wrong = Some(words),
                    }
                }
            })?;
        }
        match wrong {
            Some(words) => Err(self.fault(words)),
            None if texts.is_empty() => Ok(Value::Null),
            None => Ok(Value::text(texts.join(separator))),
        }
    }

    /// A single one and an array of them make the same list; without any there is no value.
    fn listed<'e>(&'e self, env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        let mut items = Vec::new();
        for alternative in &self.alternatives {
            self.look(alternative, env, &mut |value| match value.expand() {
                Value::List(inner) => items.extend(inner.into_iter().filter(|item| !empty(item))),
                value if !empty(&value) => items.push(value),
                _ => {}
            })?;
        }
        Ok(if items.is_empty() { Value::Null } else { Value::List(items) })
    }

    /// Hands every value of one alternative to `found`, as far as it matches.
    fn look<'e>(
        &'e self,
        alternative: &'e Alternative,
        env: &Env<'e>,
        found: &mut dyn FnMut(Value<'e>),
    ) -> Result<(), ReadFault> {
        let Some(pattern) = &self.matching else { return self.values(alternative, env, found) };
        let mut wrong = None;
        self.values(alternative, env, &mut |value| match as_text(value) {
            Ok(text) => found(pattern.group(&text).map_or(Value::Null, Value::text)),
            Err(words) => wrong = Some(words),
        })?;
        wrong.map_or(Ok(()), |words| Err(self.fault(words)))
    }

    /// Whether a list that is calculated is meant value by value.
    fn spreads(&self) -> bool {
        self.pick.is_some() || self.join.is_some() || self.matching.is_some() || self.kind == Some(ReadKind::List)
    }

    fn values<'e>(
        &'e self,
        alternative: &'e Alternative,
        env: &Env<'e>,
        found: &mut dyn FnMut(Value<'e>),
    ) -> Result<(), ReadFault> {
        match alternative {
            Alternative::Path(doc, row, access, query) => return self.path(*doc, *row, access, query.as_ref(), env, found),
            Alternative::Body => found(Value::Bytes(Cow::Borrowed(env.head.body))),
            Alternative::Text => match std::str::from_utf8(env.head.body) {
                Ok(text) => found(Value::text(text)),
                Err(_) => return Err(self.fault("the body is no UTF-8 text")),
            },
            Alternative::Header(name) => found(env.head.header(name).map_or(Value::Null, Value::text)),
            Alternative::Expression(expr, _) => match expr.eval(env).map_err(|error| self.fault(error.message))? {
                Value::List(items) if self.spreads() || items.is_empty() => items.into_iter().for_each(found),
                value => found(value),
            },
            Alternative::Mixed(parts) => found(self.mixed(parts, env)?),
            Alternative::Literal(value) => found(value.clone()),
            Alternative::Nested(reader) => found(reader.read(env)?),
            Alternative::Record(members) => {
                let mut object = Vec::new();
                for (name, reader) in members {
                    let value = reader.read(env)?;
                    if !value.is_null() {
                        object.push((Cow::Borrowed(&**name), value));
                    }
                }
                found(if object.is_empty() { Value::Null } else { Value::Object(object) });
            }
        }
        Ok(())
    }

    fn path<'e>(
        &'e self,
        doc: Doc,
        row: u16,
        access: &Access,
        query: Option<&Query>,
        env: &Env<'e>,
        found: &mut dyn FnMut(Value<'e>),
    ) -> Result<(), ReadFault> {
        let Some(slots) = env.docs[doc as usize] else { return Ok(()) };
        let base = env.rows[usize::from(row)];
        if query.is_none() && access.hops.is_empty() {
            return match slots.get(base, access) {
                Cell::Missing => Ok(()),
                cell => env.value(cell, doc).map(found).map_err(|error| self.fault(error.message)),
            };
        }
        let mut cells = Vec::new();
        slots.each(base, access, |cell| cells.push(cell));
        for cell in cells {
            match (query, cell) {
                (Some(query), Cell::Raw(raw)) => {
                    let json = own_json(Value::decode(raw));
                    for value in query.evaluate(&json) {
                        found(Value::from_json(value).into_owned());
                    }
                }
                (_, cell) => found(env.value(cell, doc).map_err(|error| self.fault(error.message))?),
            }
        }
        Ok(())
    }

    fn mixed<'e>(&self, parts: &'e [TextPart], env: &Env<'e>) -> Result<Value<'e>, ReadFault> {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Literal(literal) => text.push_str(literal),
                TextPart::Value(expr, _) => {
                    let value = expr.eval(env).map_err(|error| self.fault(error.message))?;
                    if empty(&value) {
                        return Ok(Value::Null);
                    }
                    text.push_str(&as_text(value).map_err(|words| self.fault(words))?);
                }
            }
        }
        Ok(Value::text(text))
    }
}

/// Missing, null and "" are passed over.
fn empty(value: &Value<'_>) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// A value as a JSON tree that keeps the digits of its numbers; bytes as Base64.
///
/// JSON trees respell exponents (`1E10` becomes `1e+10`): such a number is an id as often as not, and becomes a text.
pub(crate) fn own_json(value: Value<'_>) -> serde_json::Value {
    match value.expand() {
        Value::Number(number) => match number.own_digits() {
            digits if digits.contains(['e', 'E']) => digits.into_owned().into(),
            digits => serde_json::from_str(&digits).unwrap_or_default(),
        },
        Value::List(items) => items.into_iter().map(own_json).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name.into_owned(), own_json(value))).collect(),
        other => other.to_json(),
    }
}

/// A scalar as text; numbers keep their own digits.
pub(crate) fn as_text(value: Value<'_>) -> Result<Cow<'_, str>, String> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Number(number) => Ok(Cow::Owned(number.own_digits().into_owned())),
        Value::Bool(flag) => Ok(Cow::Borrowed(if flag { "true" } else { "false" })),
        Value::Bytes(bytes) => match bytes {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| "the bytes are no text".to_owned()),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| "the bytes are no text".to_owned()),
        },
        other => match other.date_text() {
            Some(text) => Ok(Cow::Owned(text)),
            None => Err(format!("the value is {}, not a text", other.type_name())),
        },
    }
}
