//! Crossdock's engine: the pure interpreter of carrier files.
//!
//! The way of the data: `bytes -> source -> syntax -> compile (with check) -> Carrier`, then its verbs: build requests,
//! interpret replies, verify deliveries, translate them into events. No IO, no clock, no async, no environment: time,
//! random ids, credentials and tokens are arguments; retries, sign-ins and next steps are answers (data) that the
//! runtime carries out.
//!
//! Modules stand in reading order.

pub mod model;
pub mod source;
#[macro_use]
pub mod diagnostic;
pub mod auth;
pub mod body;
pub mod carrier;
pub mod case;
pub mod check;
pub mod compile;
pub mod coverage;
mod digest;
pub mod document;
pub mod expr;
pub mod path;
pub mod schema;
pub mod syntax;
pub mod value;
pub mod verify;
