//! Expressions: parsed with minijinja's parser, lowered to one compiled form, evaluated against slots.
//!
//! [`lower`](Lowerer) turns an expression into an [`Expr`] and says what is known of its type; names that do not exist
//! are findings. [`Expr::eval`] is the only evaluator. What is rare (slices, `is` tests, powers) is handed to minijinja's
//! VM, one operation at a time, by [`vm`].

mod asked;
mod env;
mod eval;
pub mod filter;
mod lower;
mod operator;
mod scope;
mod ty;
mod vm;

pub use asked::{Asked, AskedPart, ClockReading};
pub use env::{Absent, Env, LoopState, ReplyHead, StepValue, Table};
pub use eval::EvalError;
pub use lower::{
    CODES, Lowered, Lowerer, Mention, NEVER_EQUAL, Piece, StepFields, Target, UNKNOWN_MEMBER, Use, WRONG_TYPE, World, split_text,
};
pub(crate) use lower::{SENDERS, is_senders};
pub use operator::{Arithmetic, Comparison};
pub use scope::{Binding, Place, Scope, Space};
pub use ty::Ty;

use crate::carrier::AskedBy;
use crate::document::Access;
use crate::value::Value;
use filter::Spec;

/// Which document a slot belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doc {
    /// What a request is made from: the order, the action, the shop's own order.
    Input = 0,
    /// What is read: a reply, a delivery.
    Body = 1,
    /// An entry that a query picked out of the body.
    Picked = 2,
    /// An entry that a query picked out of such an entry.
    PickedAgain = 3,
}

/// How many documents there can be.
pub const DOCS: usize = 4;

/// A compiled expression.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A constant.
    Const(Value<'static>),
    /// A slot of a document, seen from the row on top `row` places above the bottom of the stack of rows.
    Slot(Doc, u16, Access),
    /// How many rows a list has.
    Count(Doc, u16, Access),
    /// All values that an access leads to.
    Many(Doc, u16, Access),
    /// The inner one if the document has this list, else null.
    IfList(Doc, u16, Access, Box<Expr>),
    /// A member of a computed object.
    Member(Box<Expr>, Box<str>),
    /// An element of a computed list or object.
    Item(Box<Expr>, Box<Expr>),
    /// A loop variable over a computed list.
    Local(u16),
    /// A part of a list or text, from and to.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// A name of `let`.
    Let(u16),
    /// The name of the account's environment.
    Environment,
    /// A setting of the account.
    Config(u16),
    /// A secret of the account.
    Secret(u16),
    /// A field that a step extracted; a list of them with `for_each`.
    Step(u16, Box<str>),
    /// A field of the iteration that is undone.
    It(Box<str>),
    /// A field of the sign-in's `session`.
    Session(Box<str>),
    /// The token of the sign-in.
    Token,
    /// An id that no other request has.
    Nonce,
    /// The time at which a request is made.
    Clock(ClockReading),
    /// A part of the request that is being signed.
    Asked(AskedPart),
    /// What the place at hand gives: the signature, the challenge, the time as it was sent.
    Given,
    /// The order's idempotency key.
    OrderKey,
    /// A name of the shipment that is asked for.
    Tracked(AskedBy),
    /// The names of the shipments that are asked for.
    AllTracked(AskedBy),
    /// The reply's HTTP status.
    Status,
    /// A header of the reply or delivery.
    Header(Box<str>),
    /// A query parameter of the delivery.
    Query(Box<str>),
    /// The text of the delivery's raw body.
    RawBody,
    /// `loop.index`, `loop.first`, `loop.last` of the loop at this depth.
    Loop(u16, LoopField),
    /// Not.
    Not(Box<Expr>),
    /// The negative.
    Negative(Box<Expr>),
    /// The left one unless it is true.
    And(Box<Expr>, Box<Expr>),
    /// The left one if it is true.
    Or(Box<Expr>, Box<Expr>),
    /// One of two.
    IfElse(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Arithmetic.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// Comparison.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Texts joined by `~`.
    Concat(Box<[Expr]>),
    /// The default instead of null.
    Default(Box<Expr>, Value<'static>),
    /// A list.
    List(Box<[Expr]>),
    /// A filter or function.
    Filter(&'static Spec, Box<Expr>, Box<[Expr]>),
    /// A lookup table.
    Lookup(u16, Box<Expr>),
    /// A regular expression known beforehand.
    Matches(Box<Expr>, crate::value::Pattern),
    /// One operation of minijinja's VM.
    Vm(vm::Program, Box<[Expr]>),
}

/// What is known of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopField {
    /// From 1.
    Index,
    /// Whether this is the first.
    First,
    /// Whether this is the last.
    Last,
}

impl Expr {
    /// Wraps in a box: lowering reads better.
    #[must_use]
    pub fn boxed(self) -> Box<Self> {
        Box::new(self)
    }
}
