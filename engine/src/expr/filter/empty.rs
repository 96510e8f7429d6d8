//! `default` and `coalesce`: what stands in for nothing.

use super::{Example, FilterError, Kind, Param, Spec, Yield};
use crate::value::Value;

const STAND_IN: Param = Param::required("value", &[Kind::Any]);

/// `x | default(y)`
pub(super) static DEFAULT: Spec = Spec {
    name: "default",
    params: &[STAND_IN],
    yields: Yield::SameAsInput,
    takes_null: true,
    page: "The value, or the argument where the value is null, `\"\"`, `[]` or `{}`. `false` and `0` are values.",
    examples: &[
        Example { expr: "none | default('DE')", gives: "\"DE\"" },
        Example { expr: "'' | default('DE')", gives: "\"DE\"" },
        Example { expr: "0 | default(5)", gives: "0" },
        Example { expr: "none | default('')", gives: "\"\"" },
    ],
    // What is asked for is given, also where it is empty: some carriers insist on an empty element.
    apply: |value, arguments| {
        let stand_in = arguments.first().cloned().unwrap_or(Value::Null);
        Ok(if value.is_empty() { stand_in } else { value })
    },
    ..Spec::BASE
};

/// `coalesce(a, b, c)`
pub(super) static COALESCE: Spec = Spec {
    name: "coalesce",
    params: &[STAND_IN],
    variadic: true,
    yields: Yield::SameAsInput,
    function: true,
    takes_null: true,
    page: "The first of its arguments that is neither null, `\"\"`, `[]` nor `{}`; the last one where all are.",
    examples: &[
        Example { expr: "coalesce(none, '', 'ACME')", gives: "\"ACME\"" },
        Example { expr: "coalesce(none, none)", gives: "null" },
        Example { expr: "coalesce(none, '')", gives: "\"\"" },
        Example { expr: "coalesce(false, true)", gives: "false" },
    ],
    apply: first_filled,
    ..Spec::BASE
};

fn first_filled<'a>(value: Value<'a>, others: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    if !value.is_empty() {
        return Ok(value);
    }
    // The last is what is asked for when there is nothing else, also where it is empty.
    Ok(others.iter().find(|other| !other.is_empty()).or(others.last()).cloned().unwrap_or(value))
}
