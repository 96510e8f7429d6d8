//! JSONPath (RFC 9535) of replies and webhooks: `$.parcels[*].trackingNo`.
//!
//! Steps of names, indices and `[*]` become slots of a document's plan; what follows them (filters, slices, unions, `..`)
//! is a [`Query`] over the value found there. The one departure from the RFC: in `[..]`, a single value that is neither
//! an array nor null is read as an array of one, because many APIs, and XML always, write a list of one without the list.
//! `.*` and `..` keep to the letter.
//!
//! This is the only user of `jsonpath-rust`, as a parser: its evaluation knows nothing of one-or-many, and compares
//! numbers as floats.

mod compare;
mod error;
mod evaluate;
mod filter;
mod lower;
mod parse;
mod query;
mod segments;
#[cfg(test)]
mod tests;

pub use error::PathError;
pub use parse::{Path, Root};
pub use query::Query;
