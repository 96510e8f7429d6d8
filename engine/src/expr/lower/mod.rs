//! From minijinja's syntax tree to [`Expr`], with what is known of types; what does not exist is a finding.

mod asked;
mod codes;
mod doubts;
mod fault;
mod filters;
mod names;
mod operators;
mod text;

pub(crate) use fault::{SENDERS, is_senders};

pub use codes::{CODES, NEVER_EQUAL, UNKNOWN_MEMBER, WRONG_TYPE};
pub use text::{Piece, split_text};

use codes::{FILTER_ARGUMENTS, SECRET_PLACE, SYNTAX, TEXT_IS_TRUE, UNKNOWN_FILTER, UNKNOWN_NAME};

use super::scope::{Binding, Place, Scope, Space};
use super::{Expr, Ty, vm};
use crate::coverage::{Coverable, Spot, What};
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder};
use crate::source::{Node, Sources, Span};
use crate::value::Value;
use minijinja::machinery::ast;
use std::collections::BTreeSet;
use std::ops::Range;

/// What a file declares, as far as expressions can name it.
#[derive(Debug, Default)]
pub struct World {
    /// The names of environments.
    pub environments: Vec<String>,
    /// Settings and their types; whether they may be null.
    pub config: Vec<(String, Ty, bool)>,
    /// Options of a shipment, with their defaults.
    pub shipment_options: Vec<(String, Ty, Value<'static>)>,
    /// Options of a parcel, with their defaults.
    pub parcel_options: Vec<(String, Ty, Value<'static>)>,
    /// Names of secrets; whether an account need not have them.
    pub secrets: Vec<(String, bool)>,
    /// Lookup tables: name and columns (none: plain values).
    pub lookups: Vec<(String, Vec<String>)>,
}

/// What a step leaves for later ones.
#[derive(Debug, Clone)]
pub struct StepFields {
    /// Its name.
    pub name: String,
    /// Its number.
    pub index: u16,
    /// The fields that it extracts.
    pub fields: Vec<String>,
    /// Whether there is one per iteration.
    pub many: bool,
}

/// A declared thing that some expression uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// A setting.
    Config(String),
    /// An option of a shipment or parcel.
    Option(String),
    /// A secret.
    Secret(String),
    /// A lookup table.
    Lookup(String),
    /// A part.
    Part(String),
    /// A named list of rules.
    Replies(String),
    /// A vocabulary.
    Vocabulary(String),
    /// One of `auths`.
    Auth(String),
    /// A name of `let` (with the operation's name in front).
    Let(String),
    /// A field that a step extracts.
    Field(String),
    /// What shipments are asked for by.
    Asked(crate::carrier::AskedBy),
    /// A header of replies or deliveries, in lower case.
    Header(String),
}

impl Use {
    /// The header that is used.
    pub(crate) fn header(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            _ => None,
        }
    }
}

/// A compiled expression and what is known of it.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub ty: Ty,
    /// Whether it can be null.
    pub nullable: bool,
}

impl Lowered {
    /// An expression that is never null.
    #[must_use]
    pub fn sure(expr: Expr, ty: Ty) -> Self {
        Self { expr, ty, nullable: false }
    }

    /// An expression that can be null.
    #[must_use]
    pub fn maybe(expr: Expr, ty: Ty) -> Self {
        Self { expr, ty, nullable: true }
    }

    fn any() -> Self {
        Self::maybe(Expr::Const(Value::Null), Ty::Any)
    }
}

/// Something that an expression speaks of, and that may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mention {
    /// A place of a document.
    Place(super::Doc, u16, crate::document::FrameId, Vec<crate::document::Step>),
    /// A name of `let`.
    Let(u16),
    /// A setting of the account.
    Config(u16),
    /// A secret of the account.
    Secret(u16),
}

/// Where an expression stands: a range of a scalar's decoded text.
#[derive(Debug, Clone)]
pub struct Target<'n> {
    /// The scalar.
    pub node: &'n Node,
    /// The range.
    pub range: Range<usize>,
}

impl<'n> Target<'n> {
    /// The whole scalar.
    #[must_use]
    pub fn whole(node: &'n Node) -> Self {
        Self { node, range: 0..node.as_scalar().map_or(0, |scalar| scalar.text.len()) }
    }

    fn text(&self) -> &'n str {
        self.node.as_scalar().map_or("", |scalar| &scalar.text[self.range.clone()])
    }
}

/// Lowers the expressions of one mapping: an operation, a webhook, a sign-in.
pub struct Lowerer<'w> {
    /// What the file declares.
    pub world: &'w World,
    /// The files, for exact places.
    pub sources: &'w Sources,
    /// The names in scope.
    pub scope: Scope,
    /// What is wanted of each document.
    pub plans: [PlanBuilder; super::DOCS],
    /// The steps whose fields can be read.
    pub steps: Vec<StepFields>,
    /// The fields of the undone iteration.
    pub it: Vec<String>,
    /// The fields that the sign-in extracts.
    pub session: Vec<String>,
    /// Whether secrets may stand here.
    pub secrets_allowed: bool,
    /// Whether secrets may stand in queries too: what a sign-in asks for is no order's.
    pub secrets_in_query: bool,
    /// The sign-in's token is placed by the request itself.
    pub places_token: bool,
    /// Findings.
    pub found: Vec<Diagnostic>,
    /// Declared things that are used.
    pub uses: BTreeSet<Use>,
    /// Where one parcel out of all is read.
    pub one_parcel: Vec<Span>,
    /// All parcels are looked at somewhere.
    pub all_parcels: bool,
    /// Lists that the order's `requires` say have entries, in the file's own words.
    pub filled: Vec<String>,
    /// What conditions around the place at hand speak of.
    pub guarded: Vec<Mention>,
    /// All that expressions have spoken of so far.
    pub mentioned: Vec<Mention>,
    /// What may be missing, of all that expressions have read so far: no condition speaks of it.
    pub doubts: Vec<String>,
    /// How many operations are left to minijinja's VM.
    pub vm_operations: usize,
    /// How many names stand outside every operation: all that a part sees beside its parameters.
    pub globals: usize,
    /// What a case can touch.
    pub spots: Vec<Coverable>,
    /// How many expressions there are, and how many of them are plain paths.
    pub expressions: (usize, usize),
}

/// Something on the way to a value.
enum Operand {
    Place(Place),
    Value(Lowered),
    Space(Space),
}

impl<'w> Lowerer<'w> {
    /// A lowerer with an empty scope.
    #[must_use]
    pub fn new(world: &'w World, sources: &'w Sources) -> Self {
        Self {
            world,
            sources,
            scope: Scope::new(),
            plans: [Mode::Order, Mode::Reply, Mode::Reply, Mode::Reply].map(PlanBuilder::new),
            steps: Vec::new(),
            it: Vec::new(),
            session: Vec::new(),
            secrets_allowed: false,
            secrets_in_query: false,
            places_token: false,
            found: Vec::new(),
            uses: BTreeSet::new(),
            one_parcel: Vec::new(),
            all_parcels: false,
            filled: Vec::new(),
            guarded: Vec::new(),
            mentioned: Vec::new(),
            doubts: Vec::new(),
            vm_operations: 0,
            globals: 0,
            spots: Vec::new(),
            expressions: (0, 0),
        }
    }

    /// Notes what a case can touch.
    pub fn cover(&mut self, span: Span, what: What) {
        self.cover_shown(span, what, span);
    }

    /// Notes what a case can touch, and the place that a person is shown.
    pub fn cover_shown(&mut self, span: Span, what: What, shown: Span) {
        self.spots.push(Coverable { spot: Spot { span, what }, shown });
    }

    /// Lowers an expression; findings yield an expression of unknown type.
    pub fn expression(&mut self, target: &Target<'_>) -> Lowered {
        let operand = self.parsed(target);
        let value = self.value_of(operand);
        self.expressions.0 += 1;
        self.expressions.1 += usize::from(matches!(value.expr, Expr::Slot(..)));
        value
    }

    /// Lowers an expression, keeping a place a place: what a part's argument or a loop's list is.
    pub fn argument(&mut self, target: &Target<'_>) -> Binding {
        match self.parsed(target) {
            Operand::Place(place) => Binding::Place(place),
            Operand::Value(value) => Binding::Value(value),
            Operand::Space(space) => Binding::Space(space),
        }
    }

    fn parsed(&mut self, target: &Target<'_>) -> Operand {
        let text = target.text();
        if text.trim().is_empty() {
            self.found.push(Diagnostic::error(&SYNTAX, target.node.span, "the expression is empty"));
            return Operand::Value(Lowered::any());
        }
        match minijinja::machinery::parse_expr(text) {
            Ok(tree) => self.operand(&tree, target),
            Err(error) => {
                let range = error.range().unwrap_or(0..text.len());
                let span = self.span(target, range.start.min(text.len())..range.end.min(text.len()));
                let detail = error.detail().unwrap_or("syntax error").to_owned();
                self.found.push(Diagnostic::error(&SYNTAX, span, format!("not an expression: {detail}")));
                Operand::Value(Lowered::any())
            }
        }
    }

    fn span(&self, target: &Target<'_>, range: Range<usize>) -> Span {
        self.sources.locate(target.node, target.range.start + range.start..target.range.start + range.end)
    }

    fn at(&self, target: &Target<'_>, span: minijinja::machinery::Span) -> Span {
        self.span(target, span.start_offset as usize..span.end_offset as usize)
    }

    /// The last name of a path: `.reciever` in `shipment.reciever`.
    fn tail(&self, target: &Target<'_>, span: minijinja::machinery::Span, name: &str) -> Span {
        let (start, end) = (span.start_offset as usize, (span.end_offset as usize).min(target.text().len()));
        let text = &target.text()[start.min(end)..end];
        match text.rfind(name) {
            Some(found) => self.span(target, start + found..start + found + name.len()),
            None => self.at(target, span),
        }
    }

    fn lower(&mut self, tree: &ast::Expr<'_>, target: &Target<'_>) -> Lowered {
        let known = self.doubts.len();
        let operand = self.operand(tree, target);
        let value = self.value_of(operand);
        // What is there for certain does not depend on what may be missing inside of it.
        if !value.nullable {
            self.doubts.truncate(known);
        }
        value
    }

    fn operand(&mut self, tree: &ast::Expr<'_>, target: &Target<'_>) -> Operand {
        match tree {
            ast::Expr::Var(var) => self.name(var.id, self.at(target, var.span())),
            ast::Expr::GetAttr(node) => {
                let inner = self.operand(&node.expr, target);
                let span = self.tail(target, node.span(), node.name);
                self.member(inner, node.name, span)
            }
            ast::Expr::GetItem(node) => self.item(node, target),
            ast::Expr::Filter(node) if node.name == "map" => self.map(node, target),
            other => Operand::Value(self.computed(other, target)),
        }
    }

    fn computed(&mut self, tree: &ast::Expr<'_>, target: &Target<'_>) -> Lowered {
        match tree {
            ast::Expr::Const(node) => constant(vm::literal(&node.value)),
            ast::Expr::UnaryOp(node) => self.unary(node, target),
            ast::Expr::BinOp(node) => self.binary(node, target),
            ast::Expr::Compare(node) => self.compare_chain(node, target),
            ast::Expr::IfExpr(node) => self.if_else(node, target),
            ast::Expr::Filter(node) => self.filter(node, target),
            ast::Expr::Call(node) => self.call(node, target),
            ast::Expr::List(node) => self.list(&node.items, target),
            ast::Expr::Tuple(node) => self.list(&node.items, target),
            ast::Expr::Slice(node) => self.slice(node, target),
            ast::Expr::Test(node) => self.test(node, target),
            other => {
                let span = self.at(target, other.span());
                self.found.push(Diagnostic::error(&SYNTAX, span, format!("a {} cannot stand here", other.description())));
                Lowered::any()
            }
        }
    }
}

fn constant(value: Value<'static>) -> Lowered {
    let ty = match &value {
        Value::Null => Ty::Null,
        Value::Bool(_) => Ty::Bool,
        Value::Number(number) if number.is_integer() => Ty::Integer,
        Value::Number(_) => Ty::Number,
        Value::Text(_) => Ty::Text,
        Value::List(items) => {
            Ty::List(items.iter().map(|item| constant(item.clone()).ty).reduce(Ty::either).unwrap_or(Ty::Any).into())
        }
        _ => Ty::Any,
    };
    Lowered { nullable: matches!(ty, Ty::Null), expr: Expr::Const(value), ty }
}
