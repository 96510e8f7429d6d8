//! Expected values against found ones. Types count: `"08001"` is not 8001; 10 is 10.0.

use crate::source::{Node, Span};
use crate::value::Value;
use serde_json::Value as Json;

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// The way to it, from `request` or `then` on.
    pub(super) path: Vec<String>,
    pub(super) expected: Option<Json>,
    pub(super) found: Option<Json>,
    pub(super) note: Option<String>,
    /// The expectation in the case file.
    pub(super) span: Span,
}

impl Difference {
    /// `request.json.parcels[0].weight`
    pub(super) fn what(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            if step.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
                text.push_str(&format!("[{step}]"));
            } else {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(step);
            }
        }
        text
    }
}

/// How much must be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything.
    Equal,
    /// What is written; lists element by element, as far as they are written.
    Includes,
    /// What is written; lists have equal lengths; null is nothing.
    Then,
    /// Everything; values are texts, and read as they are written (headers, queries, forms).
    EqualTexts,
    /// What is written; values are texts.
    IncludesTexts,
}

impl Mode {
    fn texts(self) -> bool {
        matches!(self, Self::EqualTexts | Self::IncludesTexts)
    }

    fn closed(self) -> bool {
        matches!(self, Self::Equal | Self::EqualTexts)
    }
}

/// Whether two values are the same, numbers by value.
pub(super) fn same(left: &Json, right: &Json) -> bool {
    Value::from_json(left).equals(&Value::from_json(right))
}

/// Collects the differences of one value.
pub(super) struct Comparison {
    pub(super) path: Vec<String>,
    pub(super) found: Vec<Difference>,
}

impl Comparison {
    pub(super) fn new(path: &[&str]) -> Self {
        Self { path: path.iter().map(|step| (*step).to_owned()).collect(), found: Vec::new() }
    }

    /// A matcher (`equals`, `includes`, `excludes`), or a value that must be equal.
    pub(super) fn matcher(&mut self, expected: &Node, found: Option<&Json>, texts: bool) {
        let (equal, includes) = if texts { (Mode::EqualTexts, Mode::IncludesTexts) } else { (Mode::Equal, Mode::Includes) };
        const WORDS: [&str; 3] = ["equals", "includes", "excludes"];
        let entries = expected.as_map().unwrap_or(&[]);
        if entries.is_empty() || !entries.iter().all(|entry| WORDS.contains(&entry.key.text.as_str())) {
            return self.value(expected, found, equal);
        }
        for entry in entries {
            match entry.key.text.as_str() {
                "equals" => self.value(&entry.value, found, equal),
                "includes" => self.value(&entry.value, found, includes),
                _ => self.excluded(&entry.value, found),
            }
        }
    }

    fn excluded(&mut self, names: &Node, found: Option<&Json>) {
        let single = std::slice::from_ref(names);
        for name in names.as_list().unwrap_or(single) {
            let text = name.as_scalar().map_or("", |scalar| scalar.text.as_str());
            let steps: Vec<&str> = if found.is_some_and(|found| found.get(text).is_some()) {
                vec![text]
            } else {
                text.split(['.', '[']).map(|step| step.trim_end_matches(']')).collect()
            };
            let there = found.and_then(|found| steps.iter().try_fold(found, |value, step| child(value, step)));
            if let Some(value) = there {
                let mut path = self.path.clone();
                path.extend(steps.iter().map(|step| (*step).to_owned()));
                self.found.push(Difference { path, expected: None, found: Some(value.clone()), note: None, span: name.span });
            }
        }
    }

    fn differs(&mut self, expected: Option<Json>, found: Option<&Json>, span: Span) {
        self.found.push(Difference { path: self.path.clone(), expected, found: found.cloned(), note: None, span });
    }

    pub(super) fn value(&mut self, expected: &Node, found: Option<&Json>, mode: Mode) {
        match (expected.as_map(), expected.as_list()) {
            (Some(entries), _) => match found {
                Some(Json::Object(members)) => {
                    for entry in entries {
                        self.at(&entry.key.text, |this| this.value(&entry.value, members.get(&entry.key.text), mode));
                    }
                    if mode.closed() {
                        let extra = members.iter().filter(|(name, _)| expected.get(name).is_none());
                        for (name, value) in extra {
                            self.at(name, |this| this.differs(None, Some(value), start(expected)));
                        }
                    }
                }
                other => self.differs(Some(expected.to_json()), other, expected.span),
            },
            (_, Some(items)) => match found {
                Some(Json::Array(values)) => self.list(items, values, expected, mode),
                None | Some(Json::Null) if items.is_empty() && mode == Mode::Then => {}
                other => self.differs(Some(expected.to_json()), other, expected.span),
            },
            _ => self.scalar(expected, found, mode),
        }
    }

    fn list(&mut self, items: &[Node], values: &[Json], expected: &Node, mode: Mode) {
        for (at, item) in items.iter().enumerate() {
            self.at(&at.to_string(), |this| this.value(item, values.get(at), mode));
        }
        if mode != Mode::Includes && mode != Mode::IncludesTexts {
            for (at, value) in values.iter().enumerate().skip(items.len()) {
                self.at(&at.to_string(), |this| this.differs(None, Some(value), expected.span));
            }
        }
    }

    fn scalar(&mut self, expected: &Node, found: Option<&Json>, mode: Mode) {
        let wanted = match expected.as_scalar() {
            Some(scalar) if mode.texts() => Json::String(scalar.text.clone()),
            _ => expected.to_json(),
        };
        let nothing = wanted.is_null() && mode == Mode::Then;
        let holds = match found {
            Some(found) => same(&wanted, found),
            None => nothing,
        };
        if !holds {
            self.differs(Some(wanted), found, expected.span);
        }
    }

    fn at(&mut self, step: &str, run: impl FnOnce(&mut Self)) {
        self.path.push(step.to_owned());
        run(self);
        self.path.pop();
    }
}

fn child<'j>(value: &'j Json, step: &str) -> Option<&'j Json> {
    match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    }
}

/// The first line of a mapping: a whole block makes a poor place.
pub(super) fn start(node: &Node) -> Span {
    node.as_map().and_then(<[crate::source::Entry]>::first).map_or(node.span, |entry| entry.key_span)
}
