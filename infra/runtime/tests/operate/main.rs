//! Operating a deployment: what people see, and what they can do, with the handlers at work beside them.

mod forget;
mod house;
mod memory;
mod redrive;
mod resolve;
mod see;

/// When messages of the tests were sent: milliseconds since 1970.
const START: i64 = 1_700_000_000_000;
