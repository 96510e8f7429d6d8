//! The rules that every shop has unless its own say otherwise.

use super::{Attempts, Do, Rule};
use crate::model::Status;
use std::sync::LazyLock;

static DEFAULTS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    use Status::*;
    let shop = || vec![Do::NotifyShop];
    let logistics = || vec![Do::email()];
    let both = || vec![Do::NotifyShop, Do::email()];
    vec![
        Rule::on(&[PickedUp, Delayed, OutForDelivery, ReadyForPickup, Delivered], shop()),
        Rule { first: Some(true), ..Rule::on(&[InTransit], shop()) },
        Rule { attempt: Some(Attempts::from(2)), ..Rule::on(&[DeliveryAttempted], both()) },
        Rule::on(&[DeliveryAttempted], shop()),
        Rule::on(&[OnHold, Exception], logistics()),
        Rule::on(&[Returning, Returned, DeliveryFailed, Lost], both()),
        Rule { asked: Some(false), ..Rule::on(&[Cancelled], both()) },
    ]
});

/// The shipped rules, tried after the shop's own. What they do not name leads to nothing.
#[must_use]
pub fn defaults() -> &'static [Rule] {
    &DEFAULTS
}
