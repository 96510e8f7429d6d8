//! Segments applied to values, one-or-many included.

use super::Query;
use super::query::{Segment, Selector};
use serde_json::Value;

impl Query {
    /// What it finds from `start`, which is also the `$` of its filters.
    #[must_use]
    pub fn evaluate<'v>(&self, start: &'v Value) -> Vec<&'v Value> {
        self.find(start, start)
    }

    pub(super) fn find<'v>(&self, root: &'v Value, start: &'v Value) -> Vec<&'v Value> {
        self.segments.iter().fold(vec![start], |found, segment| segment.apply(root, &found))
    }
}

impl Segment {
    fn apply<'v>(&self, root: &'v Value, values: &[&'v Value]) -> Vec<&'v Value> {
        let mut found = Vec::new();
        for value in values {
            if self.deep {
                self.descend(root, value, &mut found);
            } else {
                self.select(root, value, &mut found);
            }
        }
        found
    }

    fn select<'v>(&self, root: &'v Value, value: &'v Value, found: &mut Vec<&'v Value>) {
        for selector in &self.selectors {
            selector.select(root, value, self.deep, found);
        }
    }

    fn descend<'v>(&self, root: &'v Value, value: &'v Value, found: &mut Vec<&'v Value>) {
        self.select(root, value, found);
        for child in children(value) {
            self.descend(root, child, found);
        }
    }
}

impl Selector {
    fn select<'v>(&self, root: &'v Value, value: &'v Value, strict: bool, found: &mut Vec<&'v Value>) {
        match self {
            Self::Name(name) => found.extend(value.as_object().and_then(|members| members.get(&**name))),
            Self::Index(index) => found.extend(at(items(value, strict), *index)),
            Self::Members => found.extend(children(value)),
            Self::Each if strict => found.extend(children(value)),
            Self::Each => found.extend(items(value, strict)),
            Self::Slice { start, end, step } => slice(items(value, strict), *start, *end, *step, found),
            Self::Filter(condition) if strict => {
                found.extend(children(value).into_iter().filter(|child| condition.holds(root, child)));
            }
            Self::Filter(condition) => found.extend(items(value, strict).iter().filter(|item| condition.holds(root, item))),
        }
    }
}

/// The elements of an array; a single value counts as one, unless strict.
fn items(value: &Value, strict: bool) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        _ if strict => &[],
        single => std::slice::from_ref(single),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn at(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index + items.len() as i64 } else { index };
    usize::try_from(index).ok().and_then(|index| items.get(index))
}

/// RFC 9535, section 2.3.4.2.2.
fn slice<'v>(items: &'v [Value], start: Option<i64>, end: Option<i64>, step: i64, found: &mut Vec<&'v Value>) {
    let length = items.len() as i64;
    let from_front = |index: i64| if index < 0 { index + length } else { index };
    if step > 0 {
        let lower = start.map_or(0, from_front).clamp(0, length);
        let upper = end.map_or(length, from_front).clamp(0, length);
        let mut index = lower;
        while index < upper {
            found.push(&items[index as usize]);
            index = index.saturating_add(step);
        }
    } else if step < 0 {
        let upper = start.map_or(length - 1, from_front).clamp(-1, length - 1);
        let lower = end.map_or(-1, from_front).clamp(-1, length - 1);
        let mut index = upper;
        while index > lower {
            found.push(&items[index as usize]);
            index = index.saturating_add(step);
        }
    }
}
