//! `fault.code`, `fault.text` and `fault.detail` of either version of SOAP.

use super::{Lowered, Lowerer};
use crate::document::{FrameId, Step};
use crate::expr::{Doc, Expr, Ty, filter};
use crate::value::Value;

/// What a fault has, by the names that expressions use.
pub(super) const MEMBERS: [&str; 3] = ["code", "text", "detail"];

impl Lowerer<'_> {
    /// A member of the fault that the reply is; null when it is none.
    pub fn fault(&mut self, member: &str) -> Option<Lowered> {
        let name = |name: &str| Step::Name(name.into());
        let places = match member {
            "code" => vec![
                vec![name("Code"), name("Subcode"), name("Value")],
                vec![name("Code"), name("Value")],
                vec![name("faultcode")],
            ],
            // The reason may be given in several languages: the first is the server's own.
            "text" => vec![vec![name("Reason"), name("Text"), Step::Index(0)], vec![name("faultstring")]],
            "detail" => vec![vec![name("Detail")], vec![name("detail")]],
            _ => return None,
        };
        let found = places.into_iter().map(|place| self.in_fault(place)).collect();
        let found = apply("coalesce", found)?;
        if member != "code" {
            return Some(Lowered::maybe(found, if member == "text" { Ty::Text } else { Ty::Any }));
        }
        // A code is a qualified name, and its prefix is the server's choice.
        let words = apply("split", vec![found, Expr::Const(Value::text(":"))])?;
        Some(Lowered::maybe(apply("last", vec![words])?, Ty::Text))
    }

    fn in_fault(&mut self, below: Vec<Step>) -> Expr {
        let mut steps = ["Envelope", "Body", "Fault"].map(|name| Step::Name(name.into())).to_vec();
        steps.extend(below);
        Expr::Slot(Doc::Body, 1, self.plan(Doc::Body).access(FrameId::ROOT, &steps))
    }
}

/// Whether the fault's code says that the request itself is wrong.
pub(crate) fn is_senders(code: Expr) -> Option<Expr> {
    Some(Expr::Matches(code.boxed(), crate::value::Pattern::parse(SENDERS, false).ok()?))
}

/// `Client` in 1.1, `Sender` in 1.2; 1.1 has finer codes behind a point.
pub(crate) const SENDERS: &str = "^(Client|Sender)\\b";

fn apply(filter: &str, values: Vec<Expr>) -> Option<Expr> {
    let mut values = values.into_iter();
    Some(Expr::Filter(filter::find(filter)?, values.next()?.boxed(), values.collect()))
}
