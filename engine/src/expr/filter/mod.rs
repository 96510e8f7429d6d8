//! Filters: `value | filter(argument)`. Few, pure and total: no clock, no environment, no panic.
//!
//! Each filter is one [`Spec`] in a file of its own (or of its family): its manual page, its examples, its code.
//! `lookup` is not here: the compiler resolves it, as it needs the carrier file's tables; its name is reserved.

mod error;
mod listing;
mod spec;

mod case;
mod countries;
mod cut;
mod dates;
mod digest;
mod empty;
mod encode;
mod find;
mod join;
mod lists;
mod money;
mod numbers;
mod parse;
mod person;
mod phone;
mod place;
mod states;
mod street;
mod support;
mod units;

pub(crate) use encode::decode_base64;
pub use error::FilterError;
pub use listing::{all, find};
pub use spec::{Example, Kind, Param, Spec, Yield};

/// The name of the filter that the compiler handles.
pub const RESERVED: &str = "lookup";

#[cfg(test)]
mod tests;
