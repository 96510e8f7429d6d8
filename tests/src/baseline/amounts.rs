//! Lengths, weights and money.

use super::order::Money;
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};

pub(super) fn decimal(digits: &str) -> Option<Decimal> {
    Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits)).ok()
}

pub(super) fn rounded(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, MidpointAwayFromZero).normalize()
}

/// A quotient of so many places.
pub(super) fn converted(digits: Option<&str>, unit: Decimal, places: u32) -> Option<Decimal> {
    Some(rounded(decimal(digits?)? / unit, places))
}

/// Cents of dollars; other currencies of two places alike.
pub(super) fn cents(money: Option<&Money<'_>>) -> Option<Decimal> {
    Some(rounded(decimal(&money?.amount.0)? * Decimal::ONE_HUNDRED, 0))
}
