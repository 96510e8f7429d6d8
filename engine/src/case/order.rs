//! The order that a case gives must be one that can come: what no shop could ever order shows nothing.

use super::Run;
use crate::schema::OrderValidator;
use crate::source::{Node, Span};
use serde_json::Value as Json;
use std::sync::LazyLock;

/// The orders' schema, compiled once for all cases.
static ORDERS: LazyLock<OrderValidator> = LazyLock::new(OrderValidator::new);

/// What a case need not say: it gives as much of an order as it is about.
const LEFT_OUT: &str = "required, but missing";

impl Run<'_> {
    /// Whether the order, sample and `with` together, is as the model has it; says what is not.
    pub(super) fn is_order(&mut self, order: &[u8]) -> bool {
        let given = self.given();
        if given.is_none_or(|given| given.order.is_none()) {
            return true;
        }
        let Ok(order) = serde_json::from_slice::<Json>(order) else { return true };
        if ORDERS.is_valid(&order) {
            return true;
        }
        let wrong = ORDERS.validate(&order).into_iter().filter(|error| error.message != LEFT_OUT);
        let mut sound = true;
        for error in wrong {
            sound = false;
            let span = self.place_in_order(&error.path);
            self.broken(span, format!("no order has this: `{}`: {}", error.path, error.message));
        }
        sound
    }

    /// The place of a JSON pointer: in `with` if it says so, else in the order as the case gives it.
    fn place_in_order(&self, pointer: &str) -> Span {
        let given = self.given();
        let with = given.and_then(|given| given.with.as_ref());
        let order = given.and_then(|given| given.order.as_ref());
        let whole = with.and_then(|node| place(node, pointer, true));
        whole.or_else(|| order.and_then(|node| place(node, pointer, false))).unwrap_or(self.case.name.span)
    }
}

/// Where a pointer leads to; when it leads out of the node, the last place on the way, or none if all of it must be there.
fn place(node: &Node, pointer: &str, whole: bool) -> Option<Span> {
    let (mut node, mut span) = (node, node.span);
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        let entry = node.as_map().and_then(|entries| entries.iter().find(|entry| entry.key.text == name));
        let item = name.parse::<usize>().ok().and_then(|at| node.as_list()?.get(at));
        match (entry, item) {
            (Some(entry), _) => (node, span) = (&entry.value, entry.key_span),
            (None, Some(item)) => (node, span) = (item, item.span),
            (None, None) if whole => return None,
            (None, None) => break,
        }
    }
    Some(span)
}
