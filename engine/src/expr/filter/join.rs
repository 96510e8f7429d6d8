//! `join` and `split`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{items, literal_at, text_at},
};
use crate::value::Value;

/// `xs | join(', ')`
pub(super) static JOIN: Spec = Spec {
    name: "join",
    params: &[Param::optional("separator", &[Kind::Text])],
    accepts: &[Kind::List],
    yields: Yield::Kind(Kind::Text),
    page: "The texts and numbers of a list as one text, with the separator (by default none) between them. Null and empty \
           items are left out, so that no separator stands alone.",
    examples: &[
        Example { expr: "['A', 'B'] | join(', ')", gives: "\"A, B\"" },
        Example { expr: "['Paris', none, '', 75001] | join(' ')", gives: "\"Paris 75001\"" },
        Example { expr: "[] | join(',')", gives: "\"\"" },
    ],
    apply: join,
    ..Spec::BASE
};

fn join<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let mut joined = String::new();
    let separator = text_at(arguments, 0).unwrap_or_default();
    for (index, item) in items(value).iter().filter(|item| !item.is_empty()).enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(&item.to_text()?);
    }
    Ok(Value::text(joined))
}

/// `x | split(',')`
pub(super) static SPLIT: Spec = Spec {
    name: "split",
    params: &[Param::required("separator", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::List),
    page: "The parts of a text between the separators, as they are; the empty text has no parts.",
    examples: &[
        Example { expr: "'a,b,,c' | split(',')", gives: "[\"a\",\"b\",\"\",\"c\"]" },
        Example { expr: "'' | split(',')", gives: "[]" },
    ],
    vet: |arguments| refuse_empty(literal_at(arguments, 0)),
    apply: split,
    ..Spec::BASE
};

fn split<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let separator = text_at(arguments, 0);
    refuse_empty(separator)?;
    let text = value.as_str().unwrap_or_default();
    let parts = text.split(separator.unwrap_or_default()).map(|part| Value::text(part.to_owned()));
    Ok(Value::List(if text.is_empty() { Vec::new() } else { parts.collect() }))
}

fn refuse_empty(separator: Option<&str>) -> Result<(), FilterError> {
    match separator {
        Some("") => Err(FilterError::new("argument `separator` of `split` must not be empty")),
        _ => Ok(()),
    }
}
