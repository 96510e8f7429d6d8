//! A compiled carrier and its verbs.

mod exchange;
pub(crate) mod plan;
pub(crate) mod reader;

pub use exchange::{
    AccountSettings, Answer, Call, CallId, CarrierMessage, Delivery, Done, Next, Outcome, Progress, Repeatable, Reply, Request,
    Token,
};
