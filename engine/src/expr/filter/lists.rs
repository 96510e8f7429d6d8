//! `length`, `first`, `last`, `map`, `select`, `sort` and `unique`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{field, items, text_at},
};
use crate::value::Value;
use std::cmp::Ordering;

const LIST: &[Kind] = &[Kind::List];
const FIELD: Param = Param::required("field", &[Kind::Text]);

/// `x | length`
pub(super) static LENGTH: Spec = Spec {
    name: "length",
    accepts: &[Kind::List, Kind::Text, Kind::Object, Kind::Bytes],
    yields: Yield::Kind(Kind::Integer),
    page: "How many items a list has, characters (Unicode code points) a text, members an object, bytes some bytes.",
    examples: &[
        Example { expr: "[1, 2, 3] | length", gives: "3" },
        Example { expr: "'Straße' | length", gives: "6" },
        Example { expr: "{'a': 1} | length", gives: "1" },
    ],
    apply: |value, _| {
        let length = match value.unfold() {
            Value::List(items) => items.len(),
            Value::Text(text) => text.chars().count(),
            Value::Object(members) => members.len(),
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        Ok(Value::from(i64::try_from(length).unwrap_or(i64::MAX)))
    },
    ..Spec::BASE
};

/// `xs | first`
pub(super) static FIRST: Spec = Spec {
    name: "first",
    accepts: LIST,
    yields: Yield::Item,
    page: "The first item of a list; null of an empty one.",
    examples: &[Example { expr: "['a', 'b'] | first", gives: "\"a\"" }, Example { expr: "[] | first", gives: "null" }],
    apply: |value, _| Ok(items(value).into_iter().next().unwrap_or(Value::Null)),
    ..Spec::BASE
};

/// `xs | last`
pub(super) static LAST: Spec = Spec {
    name: "last",
    accepts: LIST,
    yields: Yield::Item,
    page: "The last item of a list; null of an empty one.",
    examples: &[Example { expr: "['a', 'b'] | last", gives: "\"b\"" }, Example { expr: "[] | last", gives: "null" }],
    apply: |value, _| Ok(items(value).pop().unwrap_or(Value::Null)),
    ..Spec::BASE
};

/// `x | list`
pub(super) static LISTED: Spec = Spec {
    name: "list",
    yields: Yield::Kind(Kind::List),
    takes_null: true,
    page: "A list as it is, one value that is no list as a list of one, and nothing (null or an empty text) as an empty list: for \
           replies that write a list of one without the list, as XML does.",
    examples: &[
        Example { expr: "['a', 'b'] | list", gives: "[\"a\",\"b\"]" },
        Example { expr: "{'no': 1} | list", gives: "[{\"no\":1}]" },
        Example { expr: "none | list", gives: "[]" },
    ],
    apply: |value, _| {
        Ok(match value.unfold() {
            Value::List(items) => Value::List(items),
            value if value.is_null() || value.as_str() == Some("") => Value::List(Vec::new()),
            value => Value::List(vec![value]),
        })
    },
    ..Spec::BASE
};

/// `x | pairs`
pub(super) static PAIRS: Spec = Spec {
    name: "pairs",
    accepts: &[Kind::Object],
    yields: Yield::Kind(Kind::List),
    page: "The members of an object as a list of `{name, value}`, in their order: for signatures over sorted fields, and replies \
           whose keys are data.",
    examples: &[
        Example { expr: "{'b': 1, 'a': 2} | pairs | sort('name') | map('value')", gives: "[2,1]" },
        Example { expr: "{'no': 'A'} | pairs", gives: "[{\"name\":\"no\",\"value\":\"A\"}]" },
    ],
    apply: |value, _| {
        Ok(match value.unfold() {
            Value::Object(members) => {
                let pair = |(name, value)| Value::Object(vec![("name".into(), Value::Text(name)), ("value".into(), value)]);
                Value::List(members.into_iter().map(pair).collect())
            }
            _ => Value::Null,
        })
    },
    ..Spec::BASE
};

/// `xs | map('reference')`
pub(super) static MAP: Spec = Spec {
    name: "map",
    params: &[FIELD],
    accepts: LIST,
    yields: Yield::Kind(Kind::List),
    page: "That field of each object of a list, in order; null where an object lacks it. Points lead inwards: \
           `map('value.amount')`.",
    examples: &[
        Example { expr: "[{'sku': 'A'}, {'sku': 'B'}] | map('sku')", gives: "[\"A\",\"B\"]" },
        Example { expr: "[{'value': {'amount': '5'}}, {}] | map('value.amount')", gives: "[\"5\",null]" },
    ],
    apply: |value, arguments| {
        let path = text_at(arguments, 0).unwrap_or_default();
        Ok(Value::List(items(value).iter().map(|item| field(item, path)).collect()))
    },
    ..Spec::BASE
};

/// `xs | select('kind', 'label')`
pub(super) static SELECT: Spec = Spec {
    name: "select",
    params: &[FIELD, Param::optional("value", &[Kind::Any])],
    accepts: LIST,
    yields: Yield::SameAsInput,
    page: "The objects of a list of which that field equals the value, types counting; without a value (or with a null one), \
           those of which the field is true, a number, or not empty.",
    examples: &[
        Example {
            expr: "[{'kind': 'label', 'n': 1}, {'kind': 'invoice', 'n': 2}] | select('kind', 'label')",
            gives: "[{\"kind\":\"label\",\"n\":1}]",
        },
        Example { expr: "[{'sku': 'A'}, {'sku': ''}, {}] | select('sku')", gives: "[{\"sku\":\"A\"}]" },
    ],
    apply: select,
    ..Spec::BASE
};

fn select<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let path = text_at(arguments, 0).unwrap_or_default();
    let wanted = arguments.get(1).filter(|wanted| !wanted.is_null());
    let mut selected = Vec::new();
    for item in items(value) {
        let found = field(&item, path);
        let fits = match wanted {
            Some(wanted) => found.equals(wanted),
            // 0 is a value: whoever asks for a length asks whether there is one.
            None => matches!(found, Value::Number(_)) || found.truth()?,
        };
        if fits {
            selected.push(item);
        }
    }
    Ok(Value::List(selected))
}

/// `xs | sort('weight')`
pub(super) static SORT: Spec = Spec {
    name: "sort",
    params: &[Param::optional("field", &[Kind::Text])],
    accepts: LIST,
    yields: Yield::SameAsInput,
    page: "The list in ascending order, or by that field of its objects: numbers by value, texts by code point, dates by \
           time, nulls last; equals keep their order. Items of different types have no order: that is an error.",
    examples: &[
        Example { expr: "[10, 9, 9.5] | sort", gives: "[9,9.5,10]" },
        Example { expr: "[{'n': 2}, {}, {'n': 1}] | sort('n')", gives: "[{\"n\":1},{\"n\":2},{}]" },
    ],
    apply: sort,
    ..Spec::BASE
};

fn sort<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let path = text_at(arguments, 0);
    let key = |item: &Value<'a>| path.map_or_else(|| item.clone(), |path| field(item, path));
    let mut keyed: Vec<_> = items(value).into_iter().map(|item| (key(&item), item)).collect();
    if let Some((first, _)) = keyed.iter().find(|(key, _)| !key.is_null()) {
        for (key, _) in keyed.iter().filter(|(key, _)| !key.is_null()) {
            first.compare(key)?;
        }
    }
    keyed.sort_by(|(left, _), (right, _)| match (left.is_null(), right.is_null()) {
        (false, false) => left.compare(right).unwrap_or(Ordering::Equal),
        (left, right) => left.cmp(&right),
    });
    Ok(Value::List(keyed.into_iter().map(|(_, item)| item).collect()))
}

/// `xs | unique`
pub(super) static UNIQUE: Spec = Spec {
    name: "unique",
    accepts: LIST,
    yields: Yield::SameAsInput,
    page: "The list without repeated items; of equals the first stays. Types count: `1` is not `\"1\"`, but is `1.0`.",
    examples: &[
        Example { expr: "['b', 'a', 'b'] | unique", gives: "[\"b\",\"a\"]" },
        Example { expr: "[1, '1', 1.0] | unique", gives: "[1,\"1\"]" },
    ],
    apply: |value, _| {
        let mut kept: Vec<Value<'_>> = Vec::new();
        for item in items(value) {
            if !kept.iter().any(|known| known.equals(&item)) {
                kept.push(item);
            }
        }
        Ok(Value::List(kept))
    },
    ..Spec::BASE
};
