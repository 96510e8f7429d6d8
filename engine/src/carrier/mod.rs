//! A compiled carrier and its verbs.

mod exchange;

pub use exchange::{
    AccountSettings, Answer, Call, CallId, CarrierMessage, Delivery, Done, Next, Outcome, Progress, Repeatable, Reply, Request,
    Token,
};
