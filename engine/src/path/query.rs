//! A path's segments, compiled.

use regex::Regex;
use serde_json::Value;

/// What follows the plain steps of a path.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// `..`: of the value and everything below it.
    pub(super) deep: bool,
    pub(super) selectors: Vec<Selector>,
}

#[derive(Debug, Clone)]
pub(super) enum Selector {
    Name(Box<str>),
    Index(i64),
    /// `[*]`
    Each,
    /// `.*`
    Members,
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Filter(Condition),
}

#[derive(Debug, Clone)]
pub(super) enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Nodes),
    Compare(Operator, Operand, Operand),
    Matches(Operand, Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Less,
    LessOrEqual,
}

/// A query inside a filter.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    /// From `$`, not from `@`.
    pub(super) absolute: bool,
    pub(super) query: Query,
}

#[derive(Debug, Clone)]
pub(super) enum Operand {
    Literal(Value),
    /// The one value of a query, or nothing.
    Single(Nodes),
    Length(Box<Operand>),
    Count(Nodes),
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Fixed(Regex),
    Computed { pattern: Operand, whole: bool },
}

impl Segment {
    /// Whether it can yield more than one value.
    pub(super) fn many(&self) -> bool {
        self.deep || !matches!(&*self.selectors, [Selector::Name(_) | Selector::Index(_)])
    }

    /// Whether it yields many by its form: a filter may well pick the one that is meant.
    pub(super) fn spreads(&self) -> bool {
        self.many() && (self.deep || !matches!(&*self.selectors, [Selector::Filter(_)]))
    }
}

impl Query {
    /// Whether it can yield more than one value.
    #[must_use]
    pub fn many(&self) -> bool {
        self.segments.iter().any(Segment::many)
    }

    /// Whether it yields many by its form: a filter may well pick the one that is meant.
    #[must_use]
    pub fn spreads(&self) -> bool {
        self.segments.iter().any(Segment::spreads)
    }
}
