//! Arithmetic: on integers while they fit, else on decimals; a result that would have to be rounded is an error, except
//! that of a division.

use super::{Number, NumberError};
use rust_decimal::Decimal;

type Outcome = Result<Number<'static>, NumberError>;

impl Number<'_> {
    /// The exact sum.
    pub fn add(&self, other: &Number<'_>) -> Outcome {
        self.calculate(other, i64::checked_add, exact_sum)
    }

    /// The exact difference.
    pub fn sub(&self, other: &Number<'_>) -> Outcome {
        self.calculate(other, i64::checked_sub, |left, right| exact_sum(left, -right))
    }

    /// The exact product.
    pub fn mul(&self, other: &Number<'_>) -> Outcome {
        self.calculate(other, i64::checked_mul, exact_product)
    }

    /// The quotient, to at most 28 digits: `7 / 2` is 3.5.
    pub fn div(&self, other: &Number<'_>) -> Outcome {
        let (left, right) = (self.decimal()?, other.decimal()?);
        if right.is_zero() {
            return Err(NumberError::ByZero);
        }
        left.checked_div(right).map(Number::from).ok_or(NumberError::TooLong)
    }

    /// The remainder, never negative, as in the language that expressions are borrowed from: `-7 % 2` is 1.
    pub fn rem(&self, other: &Number<'_>) -> Outcome {
        let (left, right) = (self.decimal()?, other.decimal()?);
        if right.is_zero() {
            return Err(NumberError::ByZero);
        }
        let rest = left.checked_rem(right).ok_or(NumberError::TooLong)?;
        let rest = if rest.is_sign_negative() && !rest.is_zero() { rest.checked_add(right.abs()) } else { Some(rest) };
        rest.map(Number::from).ok_or(NumberError::TooLong)
    }

    /// The number with the other sign.
    pub fn neg(&self) -> Outcome {
        Number::Int(0).sub(self)
    }

    fn calculate(
        &self,
        other: &Number<'_>,
        on_integers: fn(i64, i64) -> Option<i64>,
        on_decimals: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Outcome {
        if let (Some(left), Some(right)) = (self.int(), other.int())
            && let Some(result) = on_integers(left, right)
        {
            return Ok(Number::Int(result));
        }
        on_decimals(self.decimal()?, other.decimal()?).map(Number::from).ok_or(NumberError::TooLong)
    }

    fn int(&self) -> Option<i64> {
        match self {
            Number::Int(int) => Some(*int),
            Number::Digits(digits) | Number::Verbatim(digits) if digits.len() < 19 => digits.parse().ok(),
            _ => None,
        }
    }
}

/// `checked_add` gives up places when digits run out; fewer places than the operands had betray it.
fn exact_sum(left: Decimal, right: Decimal) -> Option<Decimal> {
    if left.is_zero() || right.is_zero() {
        return Some(if left.is_zero() { right } else { left });
    }
    let (left, right) = (left.normalize(), right.normalize());
    let sum = left.checked_add(right)?;
    (sum.is_zero() || sum.scale() >= left.scale().max(right.scale())).then_some(sum)
}

fn exact_product(left: Decimal, right: Decimal) -> Option<Decimal> {
    if left.is_zero() || right.is_zero() {
        return Some(Decimal::ZERO);
    }
    let (left, right) = (left.normalize(), right.normalize());
    let product = left.checked_mul(right)?;
    (product.scale() >= left.scale() + right.scale()).then_some(product)
}
