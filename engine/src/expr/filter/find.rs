//! `replace`, `starts_with`, `contains` and `matches`: looking into texts.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{items, literal_at, text_at},
};
use crate::value::Value;
use regex::Regex;
use std::{cell::RefCell, collections::HashMap};

/// `x | replace('-', '')`
pub(super) static REPLACE: Spec = Spec {
    name: "replace",
    params: &[Param::required("from", &[Kind::Text]), Param::required("to", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "The text with every occurrence of one text replaced by another, from left to right.",
    examples: &[
        Example { expr: "'08 001' | replace(' ', '')", gives: "\"08001\"" },
        Example { expr: "'a-b-c' | replace('-', '+')", gives: "\"a+b+c\"" },
    ],
    vet: |arguments| refuse_empty(literal_at(arguments, 0)),
    apply: |value, arguments| {
        refuse_empty(text_at(arguments, 0))?;
        let (from, to) = (text_at(arguments, 0).unwrap_or_default(), text_at(arguments, 1).unwrap_or_default());
        match value.as_str() {
            Some(text) if text.contains(from) => Ok(Value::text(text.replace(from, to))),
            _ => Ok(value),
        }
    },
    ..Spec::BASE
};

fn refuse_empty(from: Option<&str>) -> Result<(), FilterError> {
    match from {
        Some("") => Err(FilterError::new("argument `from` of `replace` must not be empty")),
        _ => Ok(()),
    }
}

/// `x | starts_with('1Z')`
pub(super) static STARTS_WITH: Spec = Spec {
    name: "starts_with",
    params: &[Param::required("prefix", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Bool),
    page: "Whether the text begins with another, letter case counting.",
    examples: &[
        Example { expr: "'SWP123' | starts_with('SWP')", gives: "true" },
        Example { expr: "'SWP123' | starts_with('swp')", gives: "false" },
    ],
    apply: |value, arguments| {
        Ok(Value::Bool(value.as_str().unwrap_or_default().starts_with(text_at(arguments, 0).unwrap_or_default())))
    },
    ..Spec::BASE
};

/// `x | contains('y')`
pub(super) static CONTAINS: Spec = Spec {
    name: "contains",
    params: &[Param::required("what", &[Kind::Any])],
    accepts: &[Kind::Text, Kind::List],
    yields: Yield::Kind(Kind::Bool),
    page: "Whether a text has another text in it, or a list an item that equals the argument (types count: `1` is not \
           `\"1\"`).",
    examples: &[
        Example { expr: "'left at door' | contains('door')", gives: "true" },
        Example { expr: "['GB', 'IE'] | contains('FR')", gives: "false" },
        Example { expr: "[1, 2] | contains('1')", gives: "false" },
    ],
    apply: |value, arguments| {
        let what = arguments.first().unwrap_or(&Value::Null);
        Ok(Value::Bool(match (&value, what) {
            (Value::Text(text), Value::Text(part)) => text.contains(part.as_ref()),
            (Value::Text(_), Value::Null) => false,
            (Value::Text(_), _) => {
                return Err(FilterError::new(format!("a text cannot contain {}", what.type_name())));
            }
            _ => items(value).iter().any(|item| item.equals(what)),
        }))
    },
    ..Spec::BASE
};

/// `x | matches('^[0-9]{5}$')`
pub(super) static MATCHES: Spec = Spec {
    name: "matches",
    params: &[Param::required("pattern", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Bool),
    page: "Whether a regular expression is found in the text: anywhere, unless it begins with `^` and ends with `$`. `(?i)` \
           lets letters match in either case. There are neither back references nor look-around, so that every match takes \
           linear time.",
    examples: &[
        Example { expr: "'01067' | matches('^[0-9]{5}$')", gives: "true" },
        Example { expr: "'Nobody Home' | matches('(?i)nobody home|absent')", gives: "true" },
        Example { expr: "'D-01067' | matches('^[0-9]')", gives: "false" },
    ],
    vet: |arguments| literal_at(arguments, 0).map_or(Ok(()), |pattern| with_regex("matches", pattern, |_| ())),
    apply: |value, arguments| {
        let text = value.as_str().unwrap_or_default();
        with_regex("matches", text_at(arguments, 0).unwrap_or_default(), |regex| Value::Bool(regex.is_match(text)))
    },
    ..Spec::BASE
};

/// `x | capture('([0-9]+) seconds')`
pub(super) static CAPTURE: Spec = Spec {
    name: "capture",
    params: &[Param::required("pattern", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "What the first group of a regular expression takes of a text; all that matches, when it has no group. Null when \
           nothing matches.",
    examples: &[
        Example { expr: "'retry after 17 seconds' | capture('([0-9]+) seconds')", gives: "\"17\"" },
        Example { expr: "'LAX-3' | capture('[A-Z]+')", gives: "\"LAX\"" },
        Example { expr: "'soon' | capture('[0-9]+')", gives: "null" },
    ],
    vet: |arguments| literal_at(arguments, 0).map_or(Ok(()), |pattern| with_regex("capture", pattern, |_| ())),
    apply: |value, arguments| {
        let text = value.as_str().unwrap_or_default();
        with_regex("capture", text_at(arguments, 0).unwrap_or_default(), |regex| {
            let found = regex.captures(text).and_then(|found| found.get(usize::from(regex.captures_len() > 1)));
            found.map_or(Value::Null, |group| Value::text(group.as_str().to_owned()))
        })
    },
    ..Spec::BASE
};

/// Patterns are nearly always literals; more of them than this means that they come from data.
const MOST_KEPT: usize = 256;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

fn with_regex<T>(filter: &str, pattern: &str, run: impl FnOnce(&Regex) -> T) -> Result<T, FilterError> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return Ok(run(regex));
        }
        let regex = Regex::new(pattern)
            .map_err(|_| FilterError::new(format!("argument `pattern` of `{filter}` is no regular expression")))?;
        if compiled.len() >= MOST_KEPT {
            compiled.clear();
        }
        let result = run(&regex);
        compiled.insert(pattern.to_owned(), regex);
        Ok(result)
    })
}
