//! Why an exchange could not be made or read.

use crate::source::{Sources, Span};
use std::fmt;

/// What kind of fault it is: what is to be done follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The order does not meet a condition of the carrier: it is refused, nothing was sent.
    Refused,
    /// The mapping fails on this order: a person must mend the file.
    Mapping,
    /// The account lacks something: a person must mend it.
    Misconfigured,
    /// There is no such operation, step or webhook.
    Unknown,
}

/// A fault. Its words name expressions and places of the file, never data of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind it is.
    pub kind: FaultKind,
    /// What is wrong: for refusals, what the shop is told.
    pub messages: Vec<String>,
    /// Where in the file, as `file:line:column`.
    pub place: Option<String>,
    /// The same as a span of the carrier's own sources.
    pub span: Option<Span>,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, messages: vec![message.into()], place: None, span: None }
    }

    pub(crate) fn at(kind: FaultKind, message: impl Into<String>, span: Span, sources: &Sources) -> Self {
        Self { place: Some(place(sources, span)), span: Some(span), ..Self::new(kind, message) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.messages.join("; "))
    }
}

impl std::error::Error for Fault {}

/// `file:line:column`.
pub(crate) fn place(sources: &Sources, span: Span) -> String {
    sources.position(span).to_string()
}
