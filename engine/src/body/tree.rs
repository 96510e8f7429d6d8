//! Emitted data as a tree that knows where each value came from.

use super::at;
use super::emit::{RenderError, Sink, emit};
use super::template::{Member, Template};
use crate::expr::Env;
use crate::source::Span;
use crate::value::Value;
use std::borrow::Cow;

/// An emitted node.
#[derive(Debug, Clone)]
pub struct Tree<'e> {
    /// What it is.
    pub kind: TreeKind<'e>,
    /// Which line of the file made it.
    pub span: Span,
}

/// What an emitted node is.
#[derive(Debug, Clone)]
pub enum TreeKind<'e> {
    /// A scalar, or a list or object that was computed as a whole.
    Value(Value<'e>),
    /// A list.
    List(Vec<Tree<'e>>),
    /// An object: names, places of their keys, values.
    Object(Vec<(Cow<'e, str>, Span, Tree<'e>)>),
}

impl Tree<'_> {
    /// The text of a scalar.
    ///
    /// # Errors
    /// Lists, objects and bytes are no text.
    pub fn text(&self) -> Result<Cow<'_, str>, RenderError> {
        match &self.kind {
            TreeKind::Value(Value::Null) => Ok(Cow::Borrowed("")),
            TreeKind::Value(Value::Bool(flag)) => Ok(Cow::Borrowed(if *flag { "true" } else { "false" })),
            TreeKind::Value(value) => match value.date_text() {
                Some(text) => Ok(text.into()),
                None => value.to_text().map_err(|error| at(self.span, error.to_string())),
            },
            TreeKind::List(_) => Err(at(self.span, "a list cannot stand in a text: apply `| join(', ')`")),
            TreeKind::Object(_) => Err(at(self.span, "an object cannot stand in a text")),
        }
    }

    /// The bytes of a scalar: bytes as they are, anything else as UTF-8 text.
    ///
    /// # Errors
    /// See [`Tree::text`].
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, RenderError> {
        match &self.kind {
            TreeKind::Value(Value::Bytes(bytes)) => Ok(Cow::Borrowed(bytes)),
            _ => Ok(match self.text()? {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            }),
        }
    }

    /// The tree as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            TreeKind::Value(value) => value.to_json(),
            TreeKind::List(items) => items.iter().map(Self::to_json).collect(),
            TreeKind::Object(members) => members.iter().map(|(name, _, value)| (name.to_string(), value.to_json())).collect(),
        }
    }

    /// The node at a path of names and indexes, or the nearest one above it.
    #[must_use]
    pub fn nearest(&self, path: &[String]) -> Span {
        let Some((first, rest)) = path.split_first() else { return self.span };
        match &self.kind {
            TreeKind::List(items) => {
                first.parse::<usize>().ok().and_then(|at| items.get(at)).map_or(self.span, |item| item.nearest(rest))
            }
            TreeKind::Object(members) => {
                members.iter().find(|(name, ..)| **name == **first).map_or(self.span, |(_, _, value)| value.nearest(rest))
            }
            TreeKind::Value(_) => self.span,
        }
    }
}

/// A member's name, and where it stands.
type Key<'e> = (Cow<'e, str>, Span);

/// Builds a [`Tree`].
#[derive(Debug, Default)]
pub struct TreeSink<'e> {
    open: Vec<(Tree<'e>, Option<Key<'e>>)>,
    key: Option<Key<'e>>,
    root: Option<Tree<'e>>,
    written: usize,
}

/// How far a [`TreeSink`] was.
#[derive(Debug)]
pub struct TreeMark<'e> {
    depth: usize,
    children: usize,
    key: Option<Key<'e>>,
}

impl<'e> TreeSink<'e> {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree; null when everything fell out.
    #[must_use]
    pub fn finish(self) -> Tree<'e> {
        self.root.unwrap_or(Tree { kind: TreeKind::Value(Value::Null), span: Span::default() })
    }

    /// Emits a template into a tree.
    ///
    /// # Errors
    /// See [`emit`].
    pub fn render(template: &'e Template, env: &mut Env<'e>) -> Result<Tree<'e>, RenderError> {
        let mut sink = Self::new();
        emit(template, env, &mut sink)?;
        Ok(sink.finish())
    }

    fn add(&mut self, tree: Tree<'e>) {
        self.written += 1;
        let key = self.key.take();
        match self.open.last_mut() {
            None => self.root = Some(tree),
            Some((Tree { kind: TreeKind::List(items), .. }, _)) => items.push(tree),
            Some((Tree { kind: TreeKind::Object(members), .. }, _)) => {
                let (name, span) = key.unwrap_or((Cow::Borrowed(""), Span::default()));
                members.push((name, span, tree));
            }
            Some(_) => {}
        }
    }

    fn begin(&mut self, kind: TreeKind<'e>, span: Span) {
        let key = self.key.take();
        self.open.push((Tree { kind, span }, key));
    }

    fn end(&mut self) {
        if let Some((tree, key)) = self.open.pop() {
            self.key = key;
            self.add(tree);
        }
    }
}

impl<'e> Sink<'e> for TreeSink<'e> {
    type Mark = TreeMark<'e>;

    fn mark(&self) -> TreeMark<'e> {
        let children = match self.open.last().map(|(tree, _)| &tree.kind) {
            Some(TreeKind::List(items)) => items.len(),
            Some(TreeKind::Object(members)) => members.len(),
            _ => 0,
        };
        TreeMark { depth: self.open.len(), children, key: self.key.clone() }
    }
    fn rollback(&mut self, mark: TreeMark<'e>) {
        if self.open.len() > mark.depth {
            self.open.truncate(mark.depth);
        }
        self.key = mark.key;
        match self.open.last_mut().map(|(tree, _)| &mut tree.kind) {
            Some(TreeKind::List(items)) => items.truncate(mark.children),
            Some(TreeKind::Object(members)) => members.truncate(mark.children),
            _ => self.root = None,
        }
    }
    fn begin_object(&mut self, span: Span) {
        self.begin(TreeKind::Object(Vec::new()), span);
    }
    fn member(&mut self, member: &'e Member) {
        self.key = Some((Cow::Borrowed(&member.key), member.span));
    }
    fn computed_member(&mut self, key: String, span: Span) {
        self.key = Some((Cow::Owned(key), span));
    }
    fn end_object(&mut self) {
        self.end();
    }
    fn begin_list(&mut self, span: Span) {
        self.begin(TreeKind::List(Vec::new()), span);
    }
    fn item(&mut self) {}
    fn end_list(&mut self) {
        self.end();
    }
    fn value(&mut self, value: Value<'e>, span: Span) -> Result<(), RenderError> {
        self.add(Tree { kind: TreeKind::Value(value), span });
        Ok(())
    }
}
