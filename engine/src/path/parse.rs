//! Texts to paths.

use super::lower::{Lowered, lower};
use super::query::{Segment, Selector};
use super::segments::{explain, split};
use super::{PathError, Query};
use crate::document::Step;
use jsonpath_rust::parser::parse_json_path;
use serde_json::Value;

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// `$`: what is being read now.
    Current,
    /// `$item`: the item around an event.
    Item,
    /// `$$`: the document.
    Document,
}

/// A path.
#[derive(Debug, Clone)]
pub struct Path {
    /// What it starts from.
    pub root: Root,
    /// Plain steps, to be wanted of a document's plan.
    pub steps: Vec<Step>,
    /// What is asked of each value found there, if anything.
    pub rest: Option<Query>,
    whole: Query,
}

impl Path {
    /// Parses `$.a[0]`, `$item.b`, `$$.c['@d']`.
    ///
    /// # Errors
    /// What is not RFC 9535, misuse of its functions included; `at` counts in `text`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let (root, from) = root(text)?;
        let mut segments = Vec::new();
        let mut absolute = false;
        for at in split(text, from)? {
            let lowered = segment(text, at, from)?;
            absolute |= lowered.absolute;
            segments.push(lowered.segment);
        }
        // A filter that looks at `$` needs the whole value that the path starts from.
        let steps: Vec<Step> = if absolute { Vec::new() } else { segments.iter().map_while(step).collect() };
        let rest = segments[steps.len()..].to_vec();
        let rest = (!rest.is_empty()).then_some(Query { segments: rest });
        Ok(Self { root, steps, rest, whole: Query { segments } })
    }

    /// Whether it can yield more than one value.
    #[must_use]
    pub fn many(&self) -> bool {
        self.whole.many()
    }

    /// Whether it yields many by its form. A filter may well pick the one that is meant; that it does shows at run time.
    #[must_use]
    pub fn spreads(&self) -> bool {
        self.whole.spreads()
    }

    /// Evaluates the whole path, steps and rest, on the value that it starts from.
    #[must_use]
    pub fn evaluate<'v>(&self, start: &'v Value) -> Vec<&'v Value> {
        self.whole.evaluate(start)
    }
}

/// The root, and where it ends.
fn root(text: &str) -> Result<(Root, usize), PathError> {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[', ' ']);
    if let Some(rest) = text.strip_prefix("$item").filter(|rest| ends(rest)) {
        return Ok((Root::Item, text.len() - rest.len()));
    }
    if let Some(rest) = text.strip_prefix("$$") {
        return Ok((Root::Document, text.len() - rest.len()));
    }
    if text.starts_with('$') {
        return Ok((Root::Current, 1));
    }
    let error = PathError::new(0..text.len(), "a path begins with `$`, `$item` or `$$`");
    let bare = text.trim().trim_start_matches('.');
    Err(if bare.is_empty() { error } else { error.help(format!("write `$.{bare}`")) })
}

fn segment(text: &str, at: std::ops::Range<usize>, from: usize) -> Result<Lowered, PathError> {
    let source = &text[at.clone()];
    if let Some(selector) = plain(source) {
        return Ok(Lowered { segment: Segment { deep: false, selectors: vec![selector] }, absolute: false });
    }
    let query = parse_json_path(&format!("${source}")).map_err(|_| explain(text, at.clone(), &text[..from]))?;
    let [segment] = &*query.segments else { return Err(explain(text, at, &text[..from])) };
    lower(segment, source).map_err(|(message, help)| PathError::new(at, message).help(help))
}

/// `.name`, `[*]`, `[0]`: what nearly every path is made of needs no grammar.
fn plain(source: &str) -> Option<Selector> {
    if let Some(name) = source.strip_prefix('.') {
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let valid = starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return valid.then(|| Selector::Name(name.into()));
    }
    let inner = source.strip_prefix('[')?.strip_suffix(']')?;
    let index = inner.len() < 10 && (inner == "0" || inner.starts_with(|first: char| matches!(first, '1'..='9')));
    match inner {
        "*" => Some(Selector::Each),
        _ if index => inner.parse().ok().map(Selector::Index),
        _ => None,
    }
}

fn step(segment: &Segment) -> Option<Step> {
    match &*segment.selectors {
        _ if segment.deep => None,
        [Selector::Name(name)] => Some(Step::Name(name.clone())),
        [Selector::Index(index)] => Some(Step::Index(*index)),
        [Selector::Each] => Some(Step::Each),
        _ => None,
    }
}
