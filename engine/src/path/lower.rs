//! The parser's model to the compiled form, with the types of functions checked (RFC 9535, section 2.4.3).

use super::Query;
use super::filter::expression;
use super::query::{Condition, Nodes, Operand, Operator, Pattern, Segment, Selector};
use jsonpath_rust::parser::model as parsed;
use serde_json::Value;
use std::collections::VecDeque;

/// A compiled segment.
pub(super) struct Lowered {
    pub(super) segment: Segment,
    /// A filter in it looks at `$`.
    pub(super) absolute: bool,
}

/// What is wrong, and how to mend it.
type Refusal = (String, String);
type Result<T> = std::result::Result<T, Refusal>;

struct Lowering {
    /// Of each `*`, in order, whether it is `.*`: the parser does not tell it from `[*]`.
    dotted: VecDeque<bool>,
    absolute: bool,
}

pub(super) fn lower(segment: &parsed::Segment, source: &str) -> Result<Lowered> {
    let mut lowering = Lowering { dotted: stars(source), absolute: false };
    let segment = lowering.segment(segment)?;
    Ok(Lowered { segment, absolute: lowering.absolute })
}

/// The stars of a segment outside of its strings.
fn stars(source: &str) -> VecDeque<bool> {
    let mut stars = VecDeque::new();
    let (mut quote, mut before) = (None, ' ');
    let mut chars = source.chars();
    while let Some(char) = chars.next() {
        match quote {
            Some(_) if char == '\\' => drop(chars.next()),
            Some(closing) if char == closing => quote = None,
            Some(_) => {}
            None if char == '\'' || char == '"' => quote = Some(char),
            None if char == '*' => stars.push_back(before == '.'),
            None => {}
        }
        before = char;
    }
    stars
}

impl Lowering {
    fn segment(&mut self, segment: &parsed::Segment) -> Result<Segment> {
        Ok(match segment {
            parsed::Segment::Descendant(inner) => Segment { deep: true, ..self.segment(inner)? },
            parsed::Segment::Selector(selector) => Segment { deep: false, selectors: vec![self.selector(selector)?] },
            parsed::Segment::Selectors(selectors) => {
                let selectors = selectors.iter().map(|selector| self.selector(selector)).collect::<Result<_>>()?;
                Segment { deep: false, selectors }
            }
        })
    }

    fn selector(&mut self, selector: &parsed::Selector) -> Result<Selector> {
        Ok(match selector {
            parsed::Selector::Name(name) => Selector::Name(name.as_str().into()),
            parsed::Selector::Index(index) => Selector::Index(*index),
            parsed::Selector::Wildcard if self.dotted.pop_front() == Some(true) => Selector::Members,
            parsed::Selector::Wildcard => Selector::Each,
            parsed::Selector::Slice(start, end, step) => Selector::Slice { start: *start, end: *end, step: step.unwrap_or(1) },
            parsed::Selector::Filter(filter) => Selector::Filter(self.condition(filter)?),
        })
    }

    fn condition(&mut self, filter: &parsed::Filter) -> Result<Condition> {
        match filter {
            parsed::Filter::Or(filters) => self.conditions(filters).map(Condition::Any),
            parsed::Filter::And(filters) => self.conditions(filters).map(Condition::All),
            parsed::Filter::Atom(parsed::FilterAtom::Filter { expr, not }) => self.condition(expr).map(negated(*not)),
            parsed::Filter::Atom(parsed::FilterAtom::Test { expr, not }) => self.test(expr).map(negated(*not)),
            parsed::Filter::Atom(parsed::FilterAtom::Comparison(comparison)) => self.comparison(comparison),
        }
    }

    fn conditions(&mut self, filters: &[parsed::Filter]) -> Result<Vec<Condition>> {
        filters.iter().map(|filter| self.condition(filter)).collect()
    }

    fn test(&mut self, test: &parsed::Test) -> Result<Condition> {
        let parsed::Test::Function(function) = test else { return self.nodes(test).map(Condition::Exists) };
        match &**function {
            parsed::TestFunction::Match(text, pattern) => self.matches(text, pattern, true),
            parsed::TestFunction::Search(text, pattern) => self.matches(text, pattern, false),
            parsed::TestFunction::Custom(name, _) => Err(unknown_function(name)),
            _ => Err((
                "the result of this function is a value, not a condition".to_owned(),
                "compare it: `count(@.a) > 0`".to_owned(),
            )),
        }
    }

    fn matches(&mut self, text: &parsed::FnArg, pattern: &parsed::FnArg, whole: bool) -> Result<Condition> {
        let text = self.argument(text)?;
        let pattern = match self.argument(pattern)? {
            Operand::Literal(Value::String(pattern)) => {
                let help = "patterns are I-Regexp (RFC 9485): no anchors, no look-around, no back references".to_owned();
                let regex = expression(&pattern, whole).ok_or(("this is no regular expression".to_owned(), help))?;
                Pattern::Fixed(regex)
            }
            pattern => Pattern::Computed { pattern, whole },
        };
        Ok(Condition::Matches(text, pattern))
    }

    fn comparison(&mut self, comparison: &parsed::Comparison) -> Result<Condition> {
        use parsed::Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
        let (left, right) = comparison.vals();
        let (left, right) = (self.comparable(left)?, self.comparable(right)?);
        Ok(match comparison {
            Eq(..) => Condition::Compare(Operator::Equal, left, right),
            Ne(..) => negated(true)(Condition::Compare(Operator::Equal, left, right)),
            Lt(..) => Condition::Compare(Operator::Less, left, right),
            Lte(..) => Condition::Compare(Operator::LessOrEqual, left, right),
            Gt(..) => Condition::Compare(Operator::Less, right, left),
            Gte(..) => Condition::Compare(Operator::LessOrEqual, right, left),
        })
    }

    fn comparable(&mut self, comparable: &parsed::Comparable) -> Result<Operand> {
        match comparable {
            parsed::Comparable::Literal(literal) => Ok(Operand::Literal(value(literal))),
            parsed::Comparable::Function(function) => self.function(function),
            parsed::Comparable::SingularQuery(query) => Ok(Operand::Single(self.singular(query))),
        }
    }

    fn function(&mut self, function: &parsed::TestFunction) -> Result<Operand> {
        match function {
            parsed::TestFunction::Length(argument) => Ok(Operand::Length(Box::new(self.argument(argument)?))),
            parsed::TestFunction::Count(argument) => self.node_argument(argument, "count").map(Operand::Count),
            parsed::TestFunction::Value(argument) => self.node_argument(argument, "value").map(Operand::Single),
            parsed::TestFunction::Custom(name, _) => Err(unknown_function(name)),
            parsed::TestFunction::Search(..) | parsed::TestFunction::Match(..) => {
                let message = "the result of `match` and `search` is a condition, not a value".to_owned();
                Err((message, "use it alone: `[?match(@.a, 'x')]`".to_owned()))
            }
        }
    }

    /// An argument that must be one value.
    fn argument(&mut self, argument: &parsed::FnArg) -> Result<Operand> {
        let nodes = match argument {
            parsed::FnArg::Literal(literal) => return Ok(Operand::Literal(value(literal))),
            parsed::FnArg::Filter(filter) => match sole_test(filter) {
                Some(test) => test,
                None => return Err(("a function takes no condition".to_owned(), "give it a value or a path".to_owned())),
            },
            parsed::FnArg::Test(test) => test,
        };
        if let parsed::Test::Function(function) = nodes {
            return self.function(function);
        }
        let nodes = self.nodes(nodes)?;
        if nodes.query.many() {
            let message = "this function takes one value, and the path in it can yield many".to_owned();
            return Err((message, "name one: `length(@.a)`; how many there are is `count(@.a[*])`".to_owned()));
        }
        Ok(Operand::Single(nodes))
    }

    fn node_argument(&mut self, argument: &parsed::FnArg, name: &str) -> Result<Nodes> {
        let test = match argument {
            parsed::FnArg::Test(test) => Some(&**test),
            parsed::FnArg::Filter(filter) => sole_test(filter),
            parsed::FnArg::Literal(_) => None,
        };
        match test {
            Some(test @ (parsed::Test::RelQuery(_) | parsed::Test::AbsQuery(_))) => self.nodes(test),
            _ => Err((format!("`{name}` takes a path"), format!("write `{name}(@.a[*])`"))),
        }
    }

    fn nodes(&mut self, test: &parsed::Test) -> Result<Nodes> {
        let (absolute, segments) = match test {
            parsed::Test::RelQuery(segments) => (false, segments),
            parsed::Test::AbsQuery(query) => (true, &query.segments),
            parsed::Test::Function(_) => return Err(("a path is wanted here".to_owned(), "write `@.a`".to_owned())),
        };
        self.absolute |= absolute;
        let segments = segments.iter().map(|segment| self.segment(segment)).collect::<Result<_>>()?;
        Ok(Nodes { absolute, query: Query { segments } })
    }

    fn singular(&mut self, query: &parsed::SingularQuery) -> Nodes {
        let (absolute, segments) = match query {
            parsed::SingularQuery::Current(segments) => (false, segments),
            parsed::SingularQuery::Root(segments) => (true, segments),
        };
        self.absolute |= absolute;
        let selector = |segment: &parsed::SingularQuerySegment| match segment {
            parsed::SingularQuerySegment::Index(index) => Selector::Index(*index),
            parsed::SingularQuerySegment::Name(name) => Selector::Name(name.as_str().into()),
        };
        let segments = segments.iter().map(|segment| Segment { deep: false, selectors: vec![selector(segment)] }).collect();
        Nodes { absolute, query: Query { segments } }
    }
}

fn negated(not: bool) -> impl Fn(Condition) -> Condition {
    move |condition| if not { Condition::Not(Box::new(condition)) } else { condition }
}

/// The test that a condition consists of, if it is one and nothing more.
fn sole_test(filter: &parsed::Filter) -> Option<&parsed::Test> {
    match filter {
        parsed::Filter::Atom(parsed::FilterAtom::Test { expr, not: false }) => Some(expr),
        _ => None,
    }
}

fn unknown_function(name: &str) -> Refusal {
    (format!("there is no function `{name}`"), "functions are `length`, `count`, `match`, `search`, `value`".to_owned())
}

fn value(literal: &parsed::Literal) -> Value {
    match literal {
        parsed::Literal::Int(number) => (*number).into(),
        parsed::Literal::Float(number) => (*number).into(),
        parsed::Literal::String(text) => text.as_str().into(),
        parsed::Literal::Bool(bool) => (*bool).into(),
        parsed::Literal::Null => Value::Null,
    }
}
