//! The ledger: where every operation of every order stands, and the one function that says where it may go.
//!
//! An [`Entry`] is one operation of one order, with a record of its own for each step and iteration. What happens to it is
//! an [`Input`]; [`transition`] is the only code that changes an entry, and it is pure: every worker uses it, locally and
//! on AWS, and `infra/runtime/tests/model` explores it exhaustively. A worker asks [`plan`] what an entry wants of it.
//!
//! The promise: an order ends in exactly one of accepted, refused, parked. A write whose outcome is unknown is never sent
//! again, unless the carrier recognises the repetition.

mod call;
mod entry;
mod forget;
mod guard;
mod input;
mod plan;
mod state;
mod transition;

pub use call::{CallRecord, CallState, PutOff, RepeatableKept};
pub use entry::{Entry, Later, Note};
pub use forget::FORGOTTEN;
pub use guard::{Guard, Guards};
pub use input::{Ending, Finding, Input, Intent, Refused, Resolution, Terms};
pub use plan::{Plan, Task, plan};
pub use state::{ParkReason, State, WaitReason};
pub use transition::{CLAIMS_WITHOUT_OUTCOME, transition, transition_guarded};
