//! Where each value of a request came from, for test cases: the same templates, emitted into trees that keep their places.

use super::plan::Exchange;
use crate::body::{Template, Tree, TreeKind, TreeSink};
use crate::expr::Env;
use crate::source::Span;

/// The places of one request's values.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) headers: Vec<Origin>,
    pub(crate) query: Vec<Origin>,
    pub(crate) body: Option<Origin>,
}

/// An emitted value's place in the file.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) span: Span,
    pub(crate) kind: OriginKind,
}

/// What the value is made of.
#[derive(Debug)]
pub(crate) enum OriginKind {
    Leaf,
    List(Vec<Origin>),
    /// Names, places of their keys, values.
    Object(Vec<(String, Span, Origin)>),
}

impl Trace {
    pub(crate) fn of<'e>(exchange: &'e Exchange, env: &mut Env<'e>) -> Self {
        let plan = &exchange.request;
        Self {
            headers: plan.headers.iter().filter_map(|template| Origin::of(template, env)).collect(),
            query: plan.query.iter().filter_map(|template| Origin::of(template, env)).collect(),
            body: plan.body.template().and_then(|template| Origin::of(template, env)),
        }
    }
}

impl Origin {
    pub(crate) fn of<'e>(template: &'e Template, env: &mut Env<'e>) -> Option<Self> {
        TreeSink::render(template, env).ok().map(|tree| Self::of_tree(&tree))
    }

    fn of_tree(tree: &Tree<'_>) -> Self {
        let kind = match &tree.kind {
            TreeKind::Value(_) => OriginKind::Leaf,
            TreeKind::List(items) => OriginKind::List(items.iter().map(Self::of_tree).collect()),
            TreeKind::Object(members) => OriginKind::Object(
                members.iter().map(|(name, span, value)| (name.to_string(), *span, Self::of_tree(value))).collect(),
            ),
        };
        Self { span: tree.span, kind }
    }
}
