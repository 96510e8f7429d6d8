//! Operating a deployment: what people see, and what they can do, with the handlers at work beside them.

#[path = "../support/mod.rs"]
mod support;

mod forget;
mod house;
mod redrive;
mod resolve;
mod see;
