//! The parts of a written number, read exactly whatever its length.

use super::NumberError;
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// `±digits × 10^exponent`, the digits without leading and trailing zeros (none at all for zero).
#[derive(Debug)]
pub(super) struct Scanned {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// The most digits that 96 bits can hold; whether 29 do fit is for the decimal to say.
const MOST_DIGITS: usize = 29;

impl Scanned {
    pub(super) fn of(text: &str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::Malformed);
        }
        let mut digits = String::with_capacity(mantissa.len());
        digits.push_str(whole);
        digits.push_str(fraction);
        Ok(Self::reduced(negative, &digits, exponent.saturating_sub(fraction.len() as i64)))
    }

    fn reduced(negative: bool, digits: &str, exponent: i64) -> Self {
        let significant = digits.trim_end_matches('0');
        let exponent = exponent.saturating_add((digits.len() - significant.len()) as i64);
        let significant = significant.trim_start_matches('0');
        let zero = significant.is_empty();
        Self { negative: negative && !zero, digits: significant.to_owned(), exponent: if zero { 0 } else { exponent } }
    }

    pub(super) fn decimal(&self) -> Result<Decimal, NumberError> {
        if self.digits.is_empty() {
            return Ok(Decimal::ZERO);
        }
        let zeros = usize::try_from(self.exponent).unwrap_or(0);
        if self.digits.len().saturating_add(zeros) > MOST_DIGITS {
            return Err(NumberError::TooLong);
        }
        let scale = u32::try_from(self.exponent.min(0).unsigned_abs()).map_err(|_| NumberError::TooLong)?;
        let written = format!("{}{}", self.digits, "0".repeat(zeros));
        let magnitude: i128 = written.parse().map_err(|_| NumberError::TooLong)?;
        let mantissa = if self.negative { -magnitude } else { magnitude };
        Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| NumberError::TooLong)
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let point = |scanned: &Self| scanned.exponent.saturating_add(scanned.digits.len() as i64);
        point(self).cmp(&point(other)).then_with(|| self.digits.cmp(&other.digits))
    }
}

/// The decimal of up to 18 digits without an exponent, as nearly all are; `None` leaves a text to [`Scanned`].
pub(super) fn short_decimal(text: &str) -> Option<Decimal> {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |unsigned| (true, unsigned));
    if unsigned.len() > 18 {
        return None;
    }
    let (mut mantissa, mut digits, mut point) = (0_i64, 0, None);
    for byte in unsigned.bytes() {
        match byte {
            b'0'..=b'9' => (mantissa, digits) = (mantissa * 10 + i64::from(byte - b'0'), digits + 1),
            b'.' if point.is_none() => point = Some(digits),
            _ => return None,
        }
    }
    if digits == 0 {
        return None;
    }
    let mut scale = point.map_or(0, |point| digits - point);
    while scale > 0 && mantissa % 10 == 0 {
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
    Some(Decimal::new(if negative { -mantissa } else { mantissa }, scale))
}

/// Exponents beyond any use saturate: they cannot be calculated with, yet they have an order.
fn read_exponent(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    let magnitude: i64 = digits.parse().unwrap_or(i64::MAX / 4);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Orders two written numbers; texts that are none come by their bytes, so that the order is total.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (Ok(a), Ok(b)) = (Scanned::of(left), Scanned::of(right)) else {
        return left.cmp(right);
    };
    a.sign().cmp(&b.sign()).then_with(|| match a.negative {
        true => b.compare_magnitude(&a),
        false => a.compare_magnitude(&b),
    })
}

/// Of a number without exponent: `10.50` gives `10.5`, `10.0` gives `10`, `-0.0` gives `0`.
pub(super) fn without_trailing_zeros(digits: &str) -> &str {
    let plain = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    if plain == "-0" { "0" } else { plain }
}
