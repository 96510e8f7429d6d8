//! `number`, `round`, `fixed` and `sum`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{decimal, field, integer_at, items, text_at},
};
use crate::value::{Number, Value};
use rust_decimal::RoundingStrategy;

const NUMERIC: &[Kind] = &[Kind::Number, Kind::Text];

/// `x | number`
pub(super) static NUMBER: Spec = Spec {
    name: "number",
    accepts: NUMERIC,
    yields: Yield::Nullable(Kind::Number),
    page: "A decimal text, such as the amount of money, as a number; null for an empty text. Digits, a sign and a point are \
           read, white space around them too; a comma, an exponent, a currency are errors.",
    examples: &[
        Example { expr: "'19.90' | number", gives: "19.9" },
        Example { expr: "'007' | number", gives: "7" },
        Example { expr: "'' | number", gives: "null" },
        Example { expr: "5 | number", gives: "5" },
    ],
    apply: |value, _| match value {
        Value::Number(_) => Ok(value),
        text => Ok(decimal(&text)?.map_or(Value::Null, |decimal| Value::Number(Number::from(decimal)))),
    },
    ..Spec::BASE
};

/// `x | round(2)`
pub(super) static ROUND: Spec = Spec {
    name: "round",
    params: &[Param::optional("places", &[Kind::Integer])],
    accepts: NUMERIC,
    yields: Yield::Nullable(Kind::Number),
    page: "A number, or a decimal text as a number, rounded to so many places (by default none), half up: what lies in the \
           middle goes away from zero.",
    examples: &[
        Example { expr: "2.5 | round", gives: "3" },
        Example { expr: "-2.5 | round", gives: "-3" },
        Example { expr: "'1.005' | round(2)", gives: "1.01" },
        Example { expr: "1.5 | round(2)", gives: "1.5" },
    ],
    apply: |value, arguments| {
        let places = integer_at(arguments, 0, "places", 28)?.unwrap_or_default();
        Ok(match decimal(&value)? {
            Some(decimal) => Value::Number(Number::from(decimal).round(places)?),
            None => Value::Null,
        })
    },
    ..Spec::BASE
};

/// `x | fixed(2)`
pub(super) static FIXED: Spec = Spec {
    name: "fixed",
    params: &[Param::required("places", &[Kind::Integer])],
    accepts: NUMERIC,
    yields: Yield::Nullable(Kind::Text),
    page: "A number or decimal text as a text with exactly so many places, rounded half up; null for an empty text.",
    examples: &[
        Example { expr: "10 | fixed(2)", gives: "\"10.00\"" },
        Example { expr: "'19.995' | fixed(2)", gives: "\"20.00\"" },
        Example { expr: "-0.4 | fixed(0)", gives: "\"0\"" },
    ],
    apply: |value, arguments| {
        let places = integer_at(arguments, 0, "places", 28)?.unwrap_or_default();
        Ok(decimal(&value)?.map_or(Value::Null, |decimal| {
            let rounded = decimal.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
            let unsigned = if rounded.is_zero() { rounded.abs() } else { rounded };
            Value::text(format!("{unsigned:.*}", places as usize))
        }))
    },
    ..Spec::BASE
};

/// `xs | sum('weight')`
pub(super) static SUM: Spec = Spec {
    name: "sum",
    params: &[Param::optional("field", &[Kind::Text])],
    accepts: &[Kind::List],
    yields: Yield::Kind(Kind::Number),
    page: "The sum of the numbers and decimal texts of a list, or of that field of its objects. Nulls and empty texts count \
           nothing; the sum of nothing is 0.",
    examples: &[
        Example { expr: "[0.1, '0.2', none] | sum", gives: "0.3" },
        Example { expr: "[{'value': {'amount': '5.50'}}, {'value': {'amount': '4.50'}}] | sum('value.amount')", gives: "10" },
        Example { expr: "[] | sum", gives: "0" },
    ],
    apply: sum,
    ..Spec::BASE
};

fn sum<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let path = text_at(arguments, 0);
    let mut total = Number::Int(0);
    for item in items(value) {
        let item = path.map_or_else(|| item.clone(), |path| field(&item, path));
        if item.is_null() {
            continue;
        }
        if let Some(decimal) = decimal(&item)? {
            total = total.add(&Number::from(decimal))?;
        }
    }
    Ok(Value::Number(total))
}
