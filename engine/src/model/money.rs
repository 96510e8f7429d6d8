//! Money: a decimal text with its currency, never a float.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

text_type! {
    /// An amount of money: a decimal text with a point, without grouping or exponent.
    Amount, "a decimal text like \"12.50\"",
    is_amount,
    {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,9})?$"}
}

text_type! {
    /// A currency, ISO 4217: three upper-case letters.
    Currency, "a currency of three upper-case letters like EUR",
    |text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
    {"type": "string", "pattern": "^[A-Z]{3}$"}
}

/// An amount of money with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount, a decimal text like `"12.50"`; its digits are kept as given.
    pub amount: Amount,
    /// The currency, ISO 4217, upper case.
    pub currency: Currency,
}

impl Money {
    /// Reads both texts.
    pub fn parse(amount: impl Into<String>, currency: impl Into<String>) -> Result<Self, super::NotA> {
        Ok(Self { amount: Amount::parse(amount)?, currency: Currency::parse(currency)? })
    }
}

impl Amount {
    /// The amount as a number.
    #[must_use]
    pub fn decimal(&self) -> Decimal {
        Decimal::from_str_exact(&self.0).unwrap_or_default()
    }
}

/// At most 18 digits before and 9 after the point: what fits a decimal of 96 bits without rounding.
fn is_amount(text: &str) -> bool {
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole, 18) && digits(fraction, 9),
        None => digits(unsigned, 18),
    }
}
