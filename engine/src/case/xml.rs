//! XML documents compared as documents: namespaces resolved, order of attributes and whitespace between elements ignored.

use super::compare::{Comparison, Difference};
use crate::source::{Node, Sources, Span};
use crate::value::Number;
use roxmltree::{Document, Node as Element};
use serde_json::Value as Json;

/// A document that must be equal, or a matcher: `equals` takes a document; `includes` takes elements that stand somewhere in
/// the found one, each with all that is in it; `excludes` takes names of elements that do not.
pub(super) fn matcher(sources: &Sources, expected: &Node, found: &str, into: &mut Comparison) {
    let Some(entries) = expected.as_map() else { return compare(sources, expected, found, into) };
    for entry in entries {
        let single = std::slice::from_ref(&entry.value);
        let wanted = entry.value.as_list().unwrap_or(single);
        match entry.key.text.as_str() {
            "includes" => wanted.iter().for_each(|node| included(sources, node, found, into)),
            "excludes" => wanted.iter().for_each(|node| excluded(node, found, into)),
            _ => compare(sources, &entry.value, found, into),
        }
    }
}

/// An element that must be there: it is compared with the one of its name that differs least.
fn included(sources: &Sources, expected: &Node, found: &str, into: &mut Comparison) {
    let written = expected.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let (Ok(wanted), Ok(document)) = (Document::parse(written), Document::parse(found)) else {
        return compare(sources, expected, found, into);
    };
    let root = wanted.root_element();
    let place = |_: Element<'_, '_>| expected.span;
    let (space, name) = named(root);
    let same = |element: &Element<'_, '_>| {
        let other = named(*element);
        element.is_element() && other.1 == name && (space.is_none() || other.0 == space)
    };
    let tries = document.descendants().filter(same);
    let tries = tries.map(|element| {
        let mut tried = Comparison { path: into.path.clone(), found: Vec::new() };
        let mut walk = Walk { into: &mut tried, place: &place, loose: true };
        walk.step(element, |this| this.element(root, element));
        tried.found
    });
    match tries.min_by_key(Vec::len) {
        Some(best) => into.found.extend(best),
        None => into.found.push(Difference {
            path: into.path.clone(),
            expected: Some(written.into()),
            found: None,
            note: Some(format!("there is no element `{}`", root.tag_name().name())),
            span: expected.span,
        }),
    }
}

fn excluded(expected: &Node, found: &str, into: &mut Comparison) {
    let name = expected.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let Ok(document) = Document::parse(found) else { return };
    if let Some(element) = document.descendants().find(|element| element.is_element() && element.tag_name().name() == name) {
        let mut path = into.path.clone();
        path.push(name.to_owned());
        into.found.push(Difference { path, expected: None, found: Some(shown(element).into()), note: None, span: expected.span });
    }
}

/// Compares an expected document, written in a scalar of the case file, with a found one.
pub(super) fn compare(sources: &Sources, expected: &Node, found: &str, into: &mut Comparison) {
    let written = expected.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let wrong = |path: &[String], words: String| Difference {
        path: path.to_vec(),
        expected: Some(written.into()),
        found: Some(found.into()),
        note: Some(words),
        span: expected.span,
    };
    let (wanted, document) = match (Document::parse(written), Document::parse(found)) {
        (Ok(wanted), Ok(document)) => (wanted, document),
        (Err(error), _) => return into.found.push(wrong(&into.path, format!("the expectation is no XML: {error}"))),
        (_, Err(error)) => return into.found.push(wrong(&into.path, format!("the body is no XML: {error}"))),
    };
    let place = |element: Element<'_, '_>| {
        let range = element.range();
        let start = range.start;
        sources.locate(expected, start..(start + 1).min(range.end))
    };
    let mut walk = Walk { into, place: &place, loose: false };
    walk.elements(wanted.root(), document.root(), place(wanted.root_element()));
}

struct Walk<'w, 'p> {
    into: &'w mut Comparison,
    place: &'p dyn Fn(Element<'_, '_>) -> Span,
    /// Expected elements without a namespace are in whichever the found ones are.
    loose: bool,
}

impl Walk<'_, '_> {
    fn differs(&mut self, expected: Option<String>, found: Option<String>, span: Span) {
        let path = self.into.path.clone();
        let json = |text: Option<String>| text.map(Json::String);
        self.into.found.push(Difference { path, expected: json(expected), found: json(found), note: None, span });
    }

    fn same(&self, wanted: Element<'_, '_>, found: Element<'_, '_>) -> bool {
        let ((space, name), other) = (named(wanted), named(found));
        (space, name) == other || (self.loose && space.is_none() && name == other.1)
    }

    /// The elements of two parents, in order: one that is not there and one that was not expected do not upset the rest.
    fn elements(&mut self, wanted: Element<'_, '_>, found: Element<'_, '_>, span: Span) {
        let left: Vec<_> = wanted.children().filter(Element::is_element).collect();
        let right: Vec<_> = found.children().filter(Element::is_element).collect();
        let (mut at, mut to) = (0, 0);
        while at < left.len() || to < right.len() {
            match (left.get(at), right.get(to)) {
                (Some(one), Some(other)) if self.same(*one, *other) => {
                    self.step(*other, |this| this.element(*one, *other));
                    (at, to) = (at + 1, to + 1);
                }
                (Some(one), other) if other.is_none_or(|other| left[at..].iter().any(|later| self.same(*later, *other))) => {
                    let span = (self.place)(*one);
                    self.step(*one, |this| this.differs(Some(shown(*one)), None, span));
                    at += 1;
                }
                (_, Some(other)) => {
                    self.step(*other, |this| this.differs(None, Some(shown(*other)), span));
                    to += 1;
                }
                (_, None) => break,
            }
        }
    }

    fn step(&mut self, element: Element<'_, '_>, run: impl FnOnce(&mut Self)) {
        let name = element.tag_name().name();
        let alike = |other: &Element<'_, '_>| other.is_element() && other.tag_name().name() == name;
        let siblings = element.parent().map_or(1, |parent| parent.children().filter(|other| alike(other)).count());
        let depth = self.into.path.len();
        self.into.path.push(name.to_owned());
        if siblings > 1 {
            self.into.path.push(element.prev_siblings().skip(1).filter(alike).count().to_string());
        }
        run(self);
        self.into.path.truncate(depth);
    }

    fn element(&mut self, wanted: Element<'_, '_>, found: Element<'_, '_>) {
        let span = (self.place)(wanted);
        let (left, right) = (text(wanted), text(found));
        if !alike(&left, &right) {
            self.differs(Some(left), Some(right), span);
        }
        let names = wanted.attributes().chain(found.attributes());
        let mut seen = Vec::new();
        for attribute in names {
            let name = (attribute.namespace(), attribute.name());
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let value = |element: Element<'_, '_>| {
                let mut all = element.attributes();
                all.find(|other| (other.namespace(), other.name()) == name).map(|other| other.value().to_owned())
            };
            let (left, right) = (value(wanted), value(found));
            let equal = matches!((&left, &right), (Some(left), Some(right)) if alike(left, right));
            if !equal {
                self.into.path.push(format!("@{}", name.1));
                self.differs(left, right, span);
                self.into.path.pop();
            }
        }
        self.elements(wanted, found, span);
    }
}

fn named<'x>(element: Element<'x, '_>) -> (Option<&'x str>, &'x str) {
    let name = element.tag_name();
    (name.namespace(), name.name())
}

/// The text between the elements; what is nothing but whitespace is layout.
fn text(element: Element<'_, '_>) -> String {
    let pieces = element.children().filter(Element::is_text).filter_map(|node| node.text());
    pieces.filter(|piece| !piece.trim().is_empty()).collect()
}

/// Texts are exact; plain decimals are equal by value.
fn alike(left: &str, right: &str) -> bool {
    let decimal = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
        let zeros = text.trim_start_matches('-');
        let padded = zeros.len() > 1 && zeros.starts_with('0') && !zeros.starts_with("0.");
        if plain && !padded { Number::parse(text.to_owned()).ok() } else { None }
    };
    left == right || matches!((decimal(left), decimal(right)), (Some(left), Some(right)) if left == right)
}

fn shown(element: Element<'_, '_>) -> String {
    element.document().input_text()[element.range()].to_owned()
}
