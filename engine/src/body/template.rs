//! The compiled form of data with `${{ }}` and `$` words.

use crate::document::Access;
use crate::expr::{Doc, Expr};
use crate::source::Span;
use crate::value::Value;

/// Compiled data.
#[derive(Debug, Clone)]
pub enum Template {
    /// A scalar as it stands in the file: never falls out.
    Literal(Value<'static>, Span),
    /// Exactly one `${{ }}`: the native value.
    Value {
        /// The expression.
        expr: Expr,
        /// What null does.
        on_null: OnNull,
        /// Its place.
        span: Span,
    },
    /// Literal text and `${{ }}` mixed.
    Text(Box<[TextPart]>, Span),
    /// An object.
    Object(Box<[Member]>, Span),
    /// A list.
    List(Box<[Template]>, Span),
    /// `$for` and `$do`.
    For(LoopList, Box<Template>, Span),
    /// `$for`, `$key` and `$do`: an object; the key and the value of each entry.
    Keyed(LoopList, Box<(Template, Template)>, Span),
    /// `$if`, `$then`, `$else`, and lists of them.
    If(Box<[(Expr, Template, Span)]>, Option<Box<Template>>),
    /// `$match`.
    Match(Expr, Box<[(Value<'static>, Template)]>, Option<Box<Template>>, Span),
    /// `$merge`.
    Merge(Box<[Template]>, Span),
    /// `$secret` with an expression: a text made of secrets.
    Masked(Box<Template>, Span),
    /// `$json`, `$xml`: a structure serialised into this text.
    Nested(Nested, Box<Template>, Span),
}

/// The format of a structure inside a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nested {
    /// `$json`
    Json,
    /// `$xml`
    Xml,
}

/// What a computed null does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnNull {
    /// It is an error.
    Error,
    /// It falls out (`$omit: absent`).
    OmitNull,
    /// It falls out, and so do "", [] and {} (`$omit: empty`).
    OmitEmpty,
}

/// A part of a mixed text.
#[derive(Debug, Clone)]
pub enum TextPart {
    /// Literal text.
    Literal(Box<str>),
    /// A value: text, integer or decimal.
    Value(Expr, Span),
}

/// A member of an object.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub key: Box<str>,
    /// Its name as JSON, with the colon.
    pub json: Box<str>,
    /// It must be there (`key!`).
    pub must: bool,
    /// The key's place.
    pub span: Span,
    /// Its value.
    pub value: Template,
}

/// What `$for` goes over.
#[derive(Debug, Clone)]
pub enum LoopList {
    /// The rows of a document's list.
    Rows(Doc, u16, Access),
    /// A computed list.
    Values(Expr),
}

impl Template {
    /// Its place in the file.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(_, span)
            | Self::Value { span, .. }
            | Self::Text(_, span)
            | Self::Object(_, span)
            | Self::List(_, span)
            | Self::For(_, _, span)
            | Self::Keyed(_, _, span)
            | Self::Match(_, _, _, span)
            | Self::Merge(_, span)
            | Self::Masked(_, span)
            | Self::Nested(_, _, span) => *span,
            Self::If(arms, _) => arms.first().map_or_else(Span::default, |(.., span)| *span),
        }
    }
}
