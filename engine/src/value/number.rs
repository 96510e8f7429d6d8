//! Numbers: integers stay integers, decimals keep their digits, nothing passes through floating point.

mod arithmetic;
mod scan;

use rust_decimal::{Decimal, RoundingStrategy};
use scan::Scanned;
use std::{borrow::Cow, cmp::Ordering, fmt, io::Write as _};

/// A number.
#[derive(Debug, Clone)]
pub enum Number<'a> {
    /// An integer of 64 bits.
    Int(i64),
    /// A decimal that was computed.
    Decimal(Decimal),
    /// A number of a document or a file, by its own digits: decoded when it is calculated with, never before.
    Digits(Cow<'a, str>),
    /// A number that a reply gave and a later request hands back: an id as often as not, so it is printed by its own
    /// digits everywhere.
    Verbatim(Cow<'a, str>),
}

/// Why a number cannot be calculated with or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// More digits than the 28 that are calculated with exactly.
    TooLong,
    /// Division by zero.
    ByZero,
    /// Not a number at all.
    Malformed,
}

impl fmt::Display for NumberError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TooLong => "the number has more digits than the 28 that are calculated with",
            Self::ByZero => "division by zero",
            Self::Malformed => "not a number",
        })
    }
}

impl std::error::Error for NumberError {}

impl<'a> Number<'a> {
    /// Reads an integer or decimal, with exponent or without, keeping its digits.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, NumberError> {
        let text = text.into();
        if scan::short_decimal(&text).is_none() {
            Scanned::of(&text)?;
        }
        Ok(Self::Digits(text))
    }

    /// The shortest decimal that reads back as this float: for literals whose parser hands out floats. `None` for
    /// infinities and not-a-number.
    #[must_use]
    pub fn from_f64(float: f64) -> Option<Number<'static>> {
        float.is_finite().then(|| Number::Digits(Cow::Owned(float.to_string())))
    }

    /// The same number, detached from what it was read from.
    #[must_use]
    pub fn into_owned(self) -> Number<'static> {
        match self {
            Self::Int(int) => Number::Int(int),
            Self::Decimal(decimal) => Number::Decimal(decimal),
            Self::Digits(digits) => Number::Digits(Cow::Owned(digits.into_owned())),
            Self::Verbatim(digits) => Number::Verbatim(Cow::Owned(digits.into_owned())),
        }
    }

    /// Whether it is written without fraction and exponent.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Decimal(decimal) => decimal.is_integer(),
            Self::Digits(digits) | Self::Verbatim(digits) => digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'),
        }
    }

    /// Its exact decimal value. A number that does not fit is an error: nothing is rounded.
    pub fn decimal(&self) -> Result<Decimal, NumberError> {
        match self {
            Self::Int(int) => Ok(Decimal::from(*int)),
            Self::Decimal(decimal) => Ok(*decimal),
            Self::Digits(digits) | Self::Verbatim(digits) => match scan::short_decimal(digits) {
                Some(decimal) => Ok(decimal),
                None => Scanned::of(digits)?.decimal(),
            },
        }
    }

    /// Its value as an integer, when it is one (`10`, `10.0` and `1E1` are) and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Digits(digits) | Self::Verbatim(digits) if self.is_integer() => digits.parse().ok(),
            _ => {
                let decimal = self.decimal().ok()?;
                decimal.is_integer().then(|| i64::try_from(decimal).ok())?
            }
        }
    }

    /// The text of bodies: no exponent, no trailing zeros. Integers of any length stay whole.
    pub fn plain(&self) -> Result<Cow<'_, str>, NumberError> {
        match self {
            Self::Int(int) => Ok(Cow::Owned(int.to_string())),
            Self::Decimal(decimal) => Ok(Cow::Owned(decimal.normalize().to_string())),
            Self::Digits(digits) if digits.contains(['e', 'E']) => Ok(Cow::Owned(self.decimal()?.normalize().to_string())),
            Self::Digits(digits) => Ok(Cow::Borrowed(scan::without_trailing_zeros(digits))),
            Self::Verbatim(digits) => Ok(Cow::Borrowed(digits)),
        }
    }

    /// Appends the text of bodies, as [`Number::plain`] has it.
    pub fn write_plain(&self, out: &mut Vec<u8>) -> Result<(), NumberError> {
        // Writing to a vector cannot fail, nor can serialising an integer.
        match self {
            Self::Int(int) => {
                let _ = serde_json::to_writer(out, int);
            }
            Self::Decimal(decimal) => {
                let _ = write!(out, "{}", decimal.normalize());
            }
            Self::Digits(_) | Self::Verbatim(_) => out.extend_from_slice(self.plain()?.as_bytes()),
        }
        Ok(())
    }

    /// The number's own text, as the document wrote it: `1E10` stays `1E10`.
    #[must_use]
    pub fn own_digits(&self) -> Cow<'_, str> {
        match self {
            Self::Int(int) => Cow::Owned(int.to_string()),
            Self::Decimal(decimal) => Cow::Owned(decimal.to_string()),
            Self::Digits(digits) | Self::Verbatim(digits) => Cow::Borrowed(digits),
        }
    }

    /// Numeric order at any length: `10`, `10.0` and `1E1` are equal.
    #[must_use]
    pub fn compare(&self, other: &Number<'_>) -> Ordering {
        if let (Self::Int(left), Number::Int(right)) = (self, other) {
            return left.cmp(right);
        }
        match (self.decimal(), other.decimal()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => scan::compare(&self.own_digits(), &other.own_digits()),
        }
    }

    /// Rounded to so many places (at most 28), half up: away from zero on .5, so `2.5` gives 3 and `-2.5` gives -3.
    pub fn round(&self, places: u32) -> Result<Number<'static>, NumberError> {
        let rounded = self.decimal()?.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        Ok(Number::from(rounded.normalize()))
    }
}

impl PartialEq<Number<'_>> for Number<'_> {
    fn eq(&self, other: &Number<'_>) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl From<i64> for Number<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

/// An integer that fits becomes [`Number::Int`].
impl From<Decimal> for Number<'_> {
    fn from(decimal: Decimal) -> Self {
        if decimal.is_integer()
            && let Ok(int) = i64::try_from(decimal)
        {
            return Self::Int(int);
        }
        Self::Decimal(decimal)
    }
}

#[cfg(test)]
mod tests;
