//! Numbers: integers stay integers, decimals keep their digits.

use rust_decimal::Decimal;
use std::borrow::Cow;

/// A number.
#[derive(Debug, Clone)]
pub enum Number<'a> {
    /// An integer of 64 bits.
    Int(i64),
    /// A decimal that was computed.
    Decimal(Decimal),
    /// A number of a document or a file, by its own digits: decoded when it is calculated with, never before.
    Digits(Cow<'a, str>),
}

impl Number<'_> {
    /// Whether it is written without fraction and exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Decimal(decimal) => decimal.is_integer(),
            Self::Digits(digits) => digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
        }
    }
}
