//! From minijinja's syntax tree to [`Expr`], with what is known of types; what does not exist is a finding.

use super::filter::{self, Kind, Spec, Yield};
use super::operator::{Arithmetic, Comparison};
use super::scope::{Binding, Place, Scope, Space};
use super::{Doc, Expr, LoopField, Ty, vm};
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder, Step};
use crate::model::Shape;
use crate::source::{Node, Sources, Span};
use crate::value::{Number, Value};
use minijinja::machinery::ast;
use std::collections::BTreeSet;
use std::ops::Range;

crate::codes! {
    /// ## What
    /// An expression cannot be parsed.
    /// ## Why
    /// It is no expression of the language: a parenthesis is open, an operator lacks its operand, `{{ }}` lacks its `$`.
    /// ## Example
    /// ```yaml
    /// name: ${{ shipment.recipient.name | }}
    /// ```
    /// ## Mend
    /// Look at the token that the finding points to.
    SYNTAX = "E201", "expression-syntax";
    /// ## What
    /// An expression uses a name that is not in scope.
    /// ## Why
    /// It would be null for every order.
    /// ## Example
    /// ```yaml
    /// reference: ${{ shipmnt.reference }}
    /// ```
    /// ## Mend
    /// Use one of the names that the finding lists. Which names there are depends on the place: replies are not there
    /// while a request is made.
    UNKNOWN_NAME = "E202", "unknown-name";
    /// ## What
    /// A member does not exist: in the canonical model, in the account's config, among the options, secrets or steps.
    /// ## Why
    /// It would be null for every order.
    /// ## Example
    /// ```yaml
    /// name: ${{ shipment.reciever.name }}
    /// ```
    /// ## Mend
    /// Use one of the members that the finding lists, or declare it.
    UNKNOWN_MEMBER = "E203", "unknown-member";
    /// ## What
    /// A filter, function, test or lookup table does not exist.
    /// ## Why
    /// The expression cannot be calculated.
    /// ## Example
    /// ```yaml
    /// weight: ${{ p.weight | kilogram }}
    /// ```
    /// ## Mend
    /// Use one of those that the finding lists.
    UNKNOWN_FILTER = "E204", "unknown-filter";
    /// ## What
    /// A filter is given arguments that it does not take.
    /// ## Why
    /// It would fail for every order.
    /// ## Example
    /// ```yaml
    /// name: ${{ p.name | truncate_to('35') }}
    /// ```
    /// ## Mend
    /// See the filter's page in the reference.
    FILTER_ARGUMENTS = "E205", "filter-arguments";
    /// ## What
    /// A value has another type than its place takes.
    /// ## Why
    /// It would fail, or be always true or always false. A number after `$if` is refused because a latitude of 0 is a value:
    /// compare instead.
    /// ## Example
    /// ```yaml
    /// $if: shipment.recipient.address.latitude
    /// ```
    /// ## Mend
    /// Compare, convert by a filter, or choose another value.
    WRONG_TYPE = "E206", "wrong-type";
    /// ## What
    /// A comparison can never be true: the types differ, or the word is not one that the value can have.
    /// ## Why
    /// What depends on it would never happen, or always.
    /// ## Example
    /// ```yaml
    /// $if: shipment.payer == 'receiver'
    /// ```
    /// ## Mend
    /// Compare values of one type, and words that exist.
    NEVER_EQUAL = "E207", "never-equal";
    /// ## What
    /// A secret is used where it could be seen: in a path, a query, a body, a message.
    /// ## Why
    /// Secrets never reach logs, errors or the journal; these places do.
    /// ## Example
    /// ```yaml
    /// path: /accounts/${{ secret.key }}/shipments
    /// ```
    /// ## Mend
    /// Secrets may stand in `auth`, in headers and in signed strings; in a body use `{$secret: name}`.
    SECRET_PLACE = "E208", "secret-out-of-place";
}

/// What a file declares, as far as expressions can name it.
#[derive(Debug, Default)]
pub struct World {
    /// Settings and their types; whether they may be null.
    pub config: Vec<(String, Ty, bool)>,
    /// Options of a shipment, with their defaults.
    pub shipment_options: Vec<(String, Ty, Value<'static>)>,
    /// Options of a parcel, with their defaults.
    pub parcel_options: Vec<(String, Ty, Value<'static>)>,
    /// Names of secrets.
    pub secrets: Vec<String>,
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

/// A piece of a text with `${{ }}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Literal(Range<usize>),
    /// The inside of `${{ }}`.
    Expression(Range<usize>),
    /// A `${{` without its `}}`.
    Open(usize),
}

/// Splits a text at `${{ }}`; a `}}` inside quotes does not close.
#[must_use]
pub fn split_text(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("${{") {
        let open = from + found;
        if open > from {
            pieces.push(Piece::Literal(from..open));
        }
        let Some(close) = closing(text, open + 3) else {
            pieces.push(Piece::Open(open));
            return pieces;
        };
        pieces.push(Piece::Expression(open + 3..close));
        from = close + 2;
    }
    if from < text.len() {
        pieces.push(Piece::Literal(from..text.len()));
    }
    pieces
}

fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote, mut depth) = (from, 0u8, 0u32);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != 0 => at += 1,
            byte if quote != 0 && byte == quote => {
                quote = 0;
            }
            byte @ (b'"' | b'\'') => quote = byte,
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
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
    /// Findings.
    pub found: Vec<Diagnostic>,
    /// Declared things that are used.
    pub uses: BTreeSet<Use>,
    /// Where one parcel out of all is read.
    pub one_parcel: Vec<Span>,
    /// All parcels are looked at somewhere.
    pub all_parcels: bool,
    /// How many operations are left to minijinja's VM.
    pub vm_operations: usize,
    /// How many names stand outside every operation: all that a part sees beside its parameters.
    pub globals: usize,
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
            found: Vec::new(),
            uses: BTreeSet::new(),
            one_parcel: Vec::new(),
            all_parcels: false,
            vm_operations: 0,
            globals: 0,
        }
    }

    /// Lowers an expression; findings yield an expression of unknown type.
    pub fn expression(&mut self, target: &Target<'_>) -> Lowered {
        let operand = self.parsed(target);
        self.value_of(operand)
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
        let operand = self.operand(tree, target);
        self.value_of(operand)
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

    fn name(&mut self, name: &str, span: Span) -> Operand {
        match self.scope.find(name) {
            Some(Binding::Place(place)) => Operand::Place(place.clone()),
            Some(Binding::Value(value)) => {
                let value = value.clone();
                if let Expr::Let(_) = value.expr {
                    self.uses.insert(Use::Let(name.to_owned()));
                }
                Operand::Value(value)
            }
            Some(Binding::Space(space)) => Operand::Space(*space),
            None => {
                let known: Vec<&str> = self.scope.names().collect();
                let mut finding = Diagnostic::error(&UNKNOWN_NAME, span, format!("`{name}` is not in scope")).among(name, known);
                if matches!(name, "body" | "status" | "headers") {
                    finding = finding.help("replies are in scope in `responses`, `extract` and `webhooks` only");
                }
                self.found.push(finding);
                Operand::Value(Lowered::any())
            }
        }
    }

    fn member(&mut self, inner: Operand, name: &str, span: Span) -> Operand {
        match inner {
            Operand::Place(place) => self.place_member(place, name, span),
            Operand::Value(value) => Operand::Value(self.value_member(value, name, span)),
            Operand::Space(space) => self.space_member(space, name, span),
        }
    }

    fn place_member(&mut self, mut place: Place, name: &str, span: Span) -> Operand {
        let (ty, nullable) = match &place.ty {
            Ty::Any => (Ty::Any, true),
            Ty::Model(Shape::Map) => {
                let options = place.steps.last() == Some(&Step::Name("options".into()));
                if options && place.doc == Doc::Input {
                    return self.option(place, name, span);
                }
                (Ty::Any, true)
            }
            Ty::Model(shape @ Shape::Record(members)) => match shape.field(name) {
                Some(field) => (Ty::of(&field.shape), !field.required || place.nullable),
                None => return self.unknown_member(name, members.iter().map(|field| field.name.as_str()), span),
            },
            Ty::List(_) => {
                self.found.push(
                    Diagnostic::error(&UNKNOWN_MEMBER, span, format!("a list has no member `{name}`"))
                        .help(format!("one of its elements has: use `$for`, `[0]`, or `| map('{name}')` for all")),
                );
                return Operand::Value(Lowered::any());
            }
            other => {
                let words = other.name();
                self.found.push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("{words} has no members such as `{name}`")));
                return Operand::Value(Lowered::any());
            }
        };
        place.steps.push(Step::Name(name.into()));
        Operand::Place(Place { ty, nullable, ..place })
    }

    fn unknown_member<'k>(&mut self, name: &str, known: impl Iterator<Item = &'k str>, span: Span) -> Operand {
        self.found.push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("there is no `{name}` here")).among(name, known));
        Operand::Value(Lowered::any())
    }

    fn option(&mut self, mut place: Place, name: &str, span: Span) -> Operand {
        let of_parcel = place.row >= 2 || place.steps.iter().any(|step| matches!(step, Step::Index(_) | Step::Each));
        let declared = if of_parcel { &self.world.parcel_options } else { &self.world.shipment_options };
        let Some((_, ty, default)) = declared.iter().find(|(known, ..)| known == name) else {
            return self.unknown_member(name, declared.iter().map(|(known, ..)| known.as_str()), span);
        };
        self.uses.insert(Use::Option(name.to_owned()));
        let (ty, default) = (ty.clone(), default.clone());
        place.steps.push(Step::Name(name.into()));
        if default.is_null() {
            return Operand::Place(Place { ty, nullable: true, ..place });
        }
        let slot = self.read(Place { ty: ty.clone(), nullable: true, ..place });
        Operand::Value(Lowered::sure(Expr::Default(slot.expr.boxed(), default), ty))
    }

    fn value_member(&mut self, value: Lowered, name: &str, span: Span) -> Lowered {
        let ty = match &value.ty {
            Ty::Any | Ty::Null => Ty::Any,
            Ty::Fields(fields) => match fields.iter().find(|(known, _)| known == name) {
                Some((_, ty)) => ty.clone(),
                None => {
                    let known: Vec<&str> = fields.iter().map(|(known, _)| known.as_str()).collect();
                    self.found
                        .push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("there is no `{name}` here")).among(name, known));
                    Ty::Any
                }
            },
            Ty::Model(shape @ Shape::Record(members)) => match shape.field(name) {
                Some(field) => Ty::of(&field.shape),
                None => {
                    let known: Vec<&str> = members.iter().map(|field| field.name.as_str()).collect();
                    self.found
                        .push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("there is no `{name}` here")).among(name, known));
                    Ty::Any
                }
            },
            Ty::Model(_) => Ty::Any,
            other => {
                let words = other.name();
                self.found.push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("{words} has no members such as `{name}`")));
                Ty::Any
            }
        };
        let expr = match value.expr {
            Expr::Step(step, field) if field.is_empty() => {
                self.uses.insert(Use::Field(name.to_owned()));
                Expr::Step(step, name.into())
            }
            other => Expr::Member(other.boxed(), name.into()),
        };
        Lowered::maybe(expr, ty)
    }

    fn space_member(&mut self, space: Space, name: &str, span: Span) -> Operand {
        let value = match space {
            Space::Order if name == "key" => Lowered::sure(Expr::OrderKey, Ty::Text),
            Space::Order if matches!(name, "account" | "operation") => {
                let frame = crate::document::FrameId::ROOT;
                let access = self.plan(Doc::Input).access(frame, &[Step::Name(name.into())]);
                let default = if name == "account" { crate::model::DEFAULT_ACCOUNT } else { crate::model::DEFAULT_OPERATION };
                Lowered::sure(Expr::Default(Expr::Slot(Doc::Input, 0, access).boxed(), Value::text(default)), Ty::Text)
            }
            Space::Order => {
                let ty = crate::model::shape("order").map_or(Ty::Any, Ty::of);
                let place =
                    Place { doc: Doc::Input, row: 0, frame: crate::document::FrameId::ROOT, steps: vec![], ty, nullable: false };
                return self.place_member(place, name, span);
            }
            Space::Config => match self.world.config.iter().position(|(known, ..)| known == name) {
                Some(at) => {
                    self.uses.insert(Use::Config(name.to_owned()));
                    let (_, ty, nullable) = &self.world.config[at];
                    Lowered { expr: Expr::Config(at as u16), ty: ty.clone(), nullable: *nullable }
                }
                None => return self.unknown_member(name, self.world.config.iter().map(|(known, ..)| known.as_str()), span),
            },
            Space::Secret => return self.secret(name, span),
            Space::Steps => match self.steps.iter().find(|step| step.name == name) {
                Some(step) => {
                    let fields: Vec<(String, Ty)> = step.fields.iter().map(|field| (field.clone(), Ty::Any)).collect();
                    // The step alone is no value: its fields are read by `step_field`.
                    return Operand::Value(Lowered::maybe(Expr::Step(step.index, "".into()), Ty::Fields(fields.into())))
                        .marked(step.many);
                }
                None => {
                    let known: Vec<String> = self.steps.iter().map(|step| step.name.clone()).collect();
                    return self.unknown_member(name, known.iter().map(String::as_str), span);
                }
            },
            Space::It => match self.it.iter().any(|field| field == name) {
                true => {
                    self.uses.insert(Use::Field(name.to_owned()));
                    Lowered::maybe(Expr::It(name.into()), Ty::Any)
                }
                false => {
                    let known = self.it.clone();
                    return self.unknown_member(name, known.iter().map(String::as_str), span);
                }
            },
            Space::Session => match self.session.iter().any(|field| field == name) {
                true => Lowered::maybe(Expr::Session(name.into()), Ty::Any),
                false => {
                    let known = self.session.clone();
                    return self.unknown_member(name, known.iter().map(String::as_str), span);
                }
            },
            Space::Loop(depth) => match name {
                "index" => Lowered::sure(Expr::Loop(depth, LoopField::Index), Ty::Integer),
                "first" => Lowered::sure(Expr::Loop(depth, LoopField::First), Ty::Bool),
                "last" => Lowered::sure(Expr::Loop(depth, LoopField::Last), Ty::Bool),
                _ => return self.unknown_member(name, ["index", "first", "last"].into_iter(), span),
            },
            Space::Tracking => match name {
                "number" => Lowered::sure(Expr::TrackingNumber, Ty::Text),
                "numbers" => Lowered::sure(Expr::TrackingNumbers, Ty::List(Ty::Text.into())),
                _ => return self.unknown_member(name, ["number", "numbers"].into_iter(), span),
            },
            Space::Headers => Lowered::maybe(Expr::Header(name.to_ascii_lowercase().into()), Ty::Text),
            Space::Query => Lowered::maybe(Expr::Query(name.into()), Ty::Text),
            Space::Fault => match name {
                "code" | "text" | "detail" => Lowered::maybe(Expr::Const(Value::Null), Ty::Any),
                _ => return self.unknown_member(name, ["code", "text", "detail"].into_iter(), span),
            },
        };
        Operand::Value(value)
    }

    fn secret(&mut self, name: &str, span: Span) -> Operand {
        let Some(at) = self.world.secrets.iter().position(|known| known == name) else {
            return self.unknown_member(name, self.world.secrets.iter().map(String::as_str), span);
        };
        self.uses.insert(Use::Secret(name.to_owned()));
        if !self.secrets_allowed {
            self.found.push(
                Diagnostic::error(&SECRET_PLACE, span, format!("the secret `{name}` could be seen here"))
                    .help("secrets may stand in `auth`, in headers and in signed strings; in a body write `{$secret: name}`"),
            );
        }
        Operand::Value(Lowered::sure(Expr::Secret(at as u16), Ty::Text))
    }

    fn item(&mut self, node: &ast::Spanned<ast::GetItem<'_>>, target: &Target<'_>) -> Operand {
        let inner = self.operand(&node.expr, target);
        let span = self.at(target, node.span());
        if let ast::Expr::Const(index) = &node.subscript_expr {
            match vm::literal(&index.value) {
                Value::Number(Number::Int(index)) => return self.element(inner, index, span),
                Value::Text(name) => {
                    let span = self.at(target, node.subscript_expr.span());
                    return self.member(inner, &name, span);
                }
                _ => {}
            }
        }
        let index = self.lower(&node.subscript_expr, target);
        let value = self.value_of(inner);
        let ty = match &value.ty {
            Ty::List(item) => (**item).clone(),
            _ => Ty::Any,
        };
        Operand::Value(Lowered::maybe(Expr::Item(value.expr.boxed(), index.expr.boxed()), ty))
    }

    fn element(&mut self, inner: Operand, index: i64, span: Span) -> Operand {
        match inner {
            Operand::Place(mut place) => {
                let ty = match &place.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Any => Ty::Any,
                    other => {
                        let words = other.name();
                        self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{words} has no element {index}")));
                        return Operand::Value(Lowered::any());
                    }
                };
                if place.steps.last() == Some(&Step::Name("parcels".into())) && place.doc == Doc::Input {
                    self.one_parcel.push(span);
                }
                // The first element of a list that the model never leaves empty is there.
                let sure = index == 0
                    && !place.nullable
                    && matches!(place.steps.last(), Some(Step::Name(name)) if matches!(&**name, "parcels" | "lines"));
                place.steps.push(Step::Index(index));
                Operand::Place(Place { ty, nullable: !sure, ..place })
            }
            Operand::Value(value) => {
                let ty = match &value.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Any | Ty::Null => Ty::Any,
                    other => {
                        let words = other.name();
                        self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{words} has no element {index}")));
                        Ty::Any
                    }
                };
                let index = Expr::Const(Value::Number(Number::Int(index)));
                Operand::Value(Lowered::maybe(Expr::Item(value.expr.boxed(), index.boxed()), ty))
            }
            Operand::Space(space) => {
                let value = self.value_of(Operand::Space(space));
                self.element(Operand::Value(value), index, span)
            }
        }
    }

    /// `list | map('a.b')`: over a document's list this is a path with [`Step::Each`].
    fn map(&mut self, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Operand {
        let path = match node.args.as_slice() {
            [ast::CallArg::Pos(ast::Expr::Const(path))] => vm::literal(&path.value).as_str().map(str::to_owned),
            _ => None,
        };
        let (Some(path), Some(inner)) = (path, &node.expr) else { return Operand::Value(self.filter(node, target)) };
        let span = match &node.args[0] {
            ast::CallArg::Pos(argument) => self.at(target, argument.span()),
            _ => self.at(target, node.span()),
        };
        let Operand::Place(mut place) = self.operand(inner, target) else { return Operand::Value(self.filter(node, target)) };
        let Ty::List(element) = place.ty.clone() else { return Operand::Value(self.filter(node, target)) };
        self.note_list(&place);
        let list = place.clone();
        place.steps.push(Step::Each);
        place.ty = (*element).clone();
        let mut operand = Operand::Place(place);
        for name in path.split('.') {
            operand = self.member(operand, name, span);
        }
        match operand {
            Operand::Place(place) => {
                let ty = Ty::List(place.ty.clone().into());
                let access = self.plan(place.doc).access(place.frame, &place.steps);
                Operand::Value(self.if_list(list, Expr::Many(place.doc, place.row, access), ty))
            }
            other => other,
        }
    }

    /// What is made of a list: null where the list may be missing, and is.
    fn if_list(&mut self, list: Place, made: Expr, ty: Ty) -> Lowered {
        if !list.nullable {
            return Lowered::sure(made, ty);
        }
        let (access, _) = self.plan(list.doc).rows(list.frame, &list.steps);
        Lowered::maybe(Expr::IfList(list.doc, list.row, access, made.boxed()), ty)
    }

    /// Remembers that all parcels are looked at, when this is their list.
    pub fn note_list(&mut self, place: &Place) {
        if place.doc == Doc::Input && place.steps.last() == Some(&Step::Name("parcels".into())) {
            self.all_parcels = true;
        }
    }

    fn plan(&mut self, doc: Doc) -> &mut PlanBuilder {
        &mut self.plans[doc as usize]
    }

    /// The value of what a name or path stands for.
    pub fn binding_value(&mut self, binding: Binding) -> Lowered {
        self.value_of(match binding {
            Binding::Place(place) => Operand::Place(place),
            Binding::Value(value) => Operand::Value(value),
            Binding::Space(space) => Operand::Space(space),
        })
    }

    fn value_of(&mut self, operand: Operand) -> Lowered {
        match operand {
            Operand::Place(place) => self.read(place),
            Operand::Value(value) => value,
            Operand::Space(space) => {
                let fields: Vec<(String, Ty)> = match space {
                    Space::Config => self.world.config.iter().map(|(name, ty, _)| (name.clone(), ty.clone())).collect(),
                    _ => Vec::new(),
                };
                Lowered::maybe(Expr::Const(Value::Null), Ty::Fields(fields.into()))
            }
        }
    }

    /// Reads a place: wants it of its document.
    pub fn read(&mut self, place: Place) -> Lowered {
        self.note_list(&place);
        let access = self.plans[place.doc as usize].access(place.frame, &place.steps);
        Lowered { expr: Expr::Slot(place.doc, place.row, access), ty: place.ty, nullable: place.nullable }
    }

    fn unary(&mut self, node: &ast::Spanned<ast::UnaryOp<'_>>, target: &Target<'_>) -> Lowered {
        let inner = self.lower(&node.expr, target);
        let span = self.at(target, node.expr.span());
        match node.op {
            ast::UnaryOpKind::Not => {
                self.condition_type(&inner, span);
                Lowered::sure(Expr::Not(inner.expr.boxed()), Ty::Bool)
            }
            ast::UnaryOpKind::Neg => {
                self.expect(&inner.ty, Kind::Number, span);
                Lowered { expr: Expr::Negative(inner.expr.boxed()), ty: inner.ty, nullable: inner.nullable }
            }
        }
    }

    fn expect(&mut self, ty: &Ty, kind: Kind, span: Span) {
        if !ty.may_be(kind) {
            self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("expected {}, found {}", kind.name(), ty.name())));
        }
    }

    /// What `$if` and its kin take: booleans, lists, nullable texts and objects.
    pub fn condition_type(&mut self, value: &Lowered, span: Span) {
        let help = match &value.ty {
            Ty::Integer | Ty::Number => "compare it: 0 is a value, and `is not none` asks whether there is one",
            Ty::Date | Ty::DateTime if !value.nullable => "a date is always true: compare it",
            _ => return,
        };
        self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{} is no condition", value.ty.name())).help(help));
    }

    fn binary(&mut self, node: &ast::Spanned<ast::BinOp<'_>>, target: &Target<'_>) -> Lowered {
        use ast::BinOpKind as Op;
        let left = self.lower(&node.left, target);
        let right = self.lower(&node.right, target);
        let spans = (self.at(target, node.left.span()), self.at(target, node.right.span()));
        let arithmetic = match node.op {
            Op::Eq => return self.comparison(Comparison::Equal, left, right, spans),
            Op::Ne => return self.comparison(Comparison::Unequal, left, right, spans),
            Op::Lt => return self.comparison(Comparison::Less, left, right, spans),
            Op::Lte => return self.comparison(Comparison::AtMost, left, right, spans),
            Op::Gt => return self.comparison(Comparison::Greater, left, right, spans),
            Op::Gte => return self.comparison(Comparison::AtLeast, left, right, spans),
            Op::In => return self.comparison(Comparison::In, left, right, spans),
            Op::ScAnd | Op::ScOr => return self.logic(node.op, left, right, spans),
            Op::Concat => return self.concat(left, right, spans),
            Op::FloorDiv => return self.rare_arithmetic("v0 // v1", left, right, spans),
            Op::Pow => return self.rare_arithmetic("v0 ** v1", left, right, spans),
            Op::Add => Arithmetic::Add,
            Op::Sub => Arithmetic::Subtract,
            Op::Mul => Arithmetic::Multiply,
            Op::Div => Arithmetic::Divide,
            Op::Rem => Arithmetic::Remainder,
        };
        let texts = arithmetic == Arithmetic::Add && left.ty.may_be(Kind::Text) && right.ty.may_be(Kind::Text);
        if !texts {
            self.expect(&left.ty, Kind::Number, spans.0);
            self.expect(&right.ty, Kind::Number, spans.1);
        }
        let ty = match (&left.ty, &right.ty) {
            (Ty::Integer, Ty::Integer) if arithmetic != Arithmetic::Divide => Ty::Integer,
            (Ty::Any, _) | (_, Ty::Any) => Ty::Any,
            (Ty::Text | Ty::Word(_), _) => Ty::Text,
            _ => Ty::Number,
        };
        let nullable = left.nullable || right.nullable;
        Lowered { expr: Expr::Arithmetic(arithmetic, left.expr.boxed(), right.expr.boxed()), ty, nullable }
    }

    fn rare_arithmetic(&mut self, source: &str, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        self.expect(&left.ty, Kind::Number, spans.0);
        self.expect(&right.ty, Kind::Number, spans.1);
        let nullable = left.nullable || right.nullable;
        Lowered { nullable, ..self.through_vm(source, 2, vec![left.expr, right.expr], Ty::Number, spans.0) }
    }

    fn comparison(&mut self, operator: Comparison, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        let never = match operator {
            Comparison::In | Comparison::NotIn => match &right.expr {
                Expr::List(items) => items.iter().find_map(|item| never_equal(&left, &constant_of(item)?)),
                Expr::Const(Value::List(items)) => items.iter().find_map(|item| never_equal(&left, &constant(item.clone()))),
                _ => None,
            },
            Comparison::Equal | Comparison::Unequal => never_equal(&left, &right).or_else(|| never_equal(&right, &left)),
            _ if left.ty.comparable(&right.ty) => None,
            _ => Some(format!("{} cannot be compared with {}", left.ty.name(), right.ty.name())),
        };
        if let Some(words) = never {
            let mut finding = Diagnostic::error(&NEVER_EQUAL, spans.1, words);
            if let Ty::Word(known) = &left.ty {
                let wrong = constant_text(&right).unwrap_or_default();
                finding = finding.among(&wrong, known.iter().map(String::as_str));
                finding.suggestion = None;
            }
            self.found.push(finding);
        }
        Lowered::sure(Expr::Compare(operator, left.expr.boxed(), right.expr.boxed()), Ty::Bool)
    }

    fn compare_chain(&mut self, node: &ast::Spanned<ast::Compare<'_>>, target: &Target<'_>) -> Lowered {
        use ast::CompareOpKind as Op;
        let mut left = self.lower(&node.expr, target);
        let mut left_span = self.at(target, node.expr.span());
        let mut chain: Option<Lowered> = None;
        for step in &node.ops {
            let right = self.lower(&step.expr, target);
            let right_span = self.at(target, step.expr.span());
            let operator = match step.op {
                Op::Eq => Comparison::Equal,
                Op::Ne => Comparison::Unequal,
                Op::Lt => Comparison::Less,
                Op::Lte => Comparison::AtMost,
                Op::Gt => Comparison::Greater,
                Op::Gte => Comparison::AtLeast,
                Op::In => Comparison::In,
                Op::NotIn => Comparison::NotIn,
            };
            let one = self.comparison(operator, left, right.clone(), (left_span, right_span));
            chain = Some(match chain {
                None => one,
                Some(before) => Lowered::sure(Expr::And(before.expr.boxed(), one.expr.boxed()), Ty::Bool),
            });
            (left, left_span) = (right, right_span);
        }
        chain.unwrap_or(left)
    }

    fn logic(&mut self, op: ast::BinOpKind, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        self.condition_type(&left, spans.0);
        let ty = left.ty.clone().either(right.ty.clone());
        if ty == Ty::Bool {
            self.condition_type(&right, spans.1);
        }
        let nullable = left.nullable || right.nullable;
        let (left, right) = (left.expr.boxed(), right.expr.boxed());
        let expr = if matches!(op, ast::BinOpKind::ScAnd) { Expr::And(left, right) } else { Expr::Or(left, right) };
        Lowered { expr, ty, nullable }
    }

    fn concat(&mut self, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        self.printable(&left, spans.0);
        self.printable(&right, spans.1);
        let mut parts = match left.expr {
            Expr::Concat(parts) => parts.into_vec(),
            other => vec![other],
        };
        parts.push(right.expr);
        Lowered::sure(Expr::Concat(parts.into()), Ty::Text)
    }

    /// What mixed text takes: strings, integers, decimals.
    pub fn printable(&mut self, value: &Lowered, span: Span) {
        if !value.ty.may_be(Kind::Text) && !value.ty.may_be(Kind::Number) {
            self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{} cannot stand in a text", value.ty.name())).help(
                "texts, integers and decimals can; `| json`, `| join(', ')` or `| date('%Y-%m-%d')` make one of other values",
            ));
        }
    }

    fn if_else(&mut self, node: &ast::Spanned<ast::IfExpr<'_>>, target: &Target<'_>) -> Lowered {
        let test = self.lower(&node.test_expr, target);
        let span = self.at(target, node.test_expr.span());
        self.condition_type(&test, span);
        let yes = self.lower(&node.true_expr, target);
        let no = match &node.false_expr {
            Some(expr) => self.lower(expr, target),
            None => Lowered::maybe(Expr::Const(Value::Null), Ty::Null),
        };
        let nullable = yes.nullable || no.nullable;
        let ty = yes.ty.either(no.ty);
        Lowered { expr: Expr::IfElse(test.expr.boxed(), yes.expr.boxed(), no.expr.boxed()), ty, nullable }
    }

    fn list(&mut self, items: &[ast::Expr<'_>], target: &Target<'_>) -> Lowered {
        let lowered: Vec<Lowered> = items.iter().map(|item| self.lower(item, target)).collect();
        let ty = lowered.iter().map(|item| item.ty.clone()).reduce(Ty::either).unwrap_or(Ty::Any);
        Lowered::sure(Expr::List(lowered.into_iter().map(|item| item.expr).collect()), Ty::List(ty.into()))
    }

    fn slice(&mut self, node: &ast::Spanned<ast::Slice<'_>>, target: &Target<'_>) -> Lowered {
        let span = self.at(target, node.span());
        let value = match self.operand(&node.expr, target) {
            // Only the elements are wanted, not the list's own text.
            Operand::Place(place @ Place { ty: Ty::List(_), .. }) if node.step.is_none() => {
                let (doc, row, ty) = (place.doc, place.row, place.ty.clone());
                let steps = [place.steps.as_slice(), &[Step::Each]].concat();
                let access = self.plan(doc).access(place.frame, &steps);
                self.if_list(place, Expr::Many(doc, row, access), ty)
            }
            other => self.value_of(other),
        };
        if !value.ty.may_be(Kind::List) && !value.ty.may_be(Kind::Text) {
            self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{} cannot be cut", value.ty.name())));
        }
        let (start, stop) = (self.bound(node.start.as_ref(), target), self.bound(node.stop.as_ref(), target));
        let (ty, nullable) = (value.ty.clone(), value.nullable);
        let Some(step) = &node.step else {
            let expr = Expr::Slice(value.expr.boxed(), start.map(Expr::boxed), stop.map(Expr::boxed));
            return Lowered { expr, ty, nullable };
        };
        let null = || Expr::Const(Value::Null);
        let step = self.lower(step, target);
        let operands = vec![value.expr, start.unwrap_or_else(null), stop.unwrap_or_else(null), step.expr];
        Lowered { nullable, ..self.through_vm("v0[v1:v2:v3]", 1, operands, ty, span) }
    }

    fn bound(&mut self, bound: Option<&ast::Expr<'_>>, target: &Target<'_>) -> Option<Expr> {
        let bound = bound?;
        let value = self.lower(bound, target);
        let span = self.at(target, bound.span());
        self.expect(&value.ty, Kind::Integer, span);
        Some(value.expr)
    }

    fn test(&mut self, node: &ast::Spanned<ast::Test<'_>>, target: &Target<'_>) -> Lowered {
        let value = self.lower(&node.expr, target);
        let span = self.at(target, node.span());
        if matches!(node.name, "none" | "undefined") {
            return Lowered::sure(
                Expr::Compare(Comparison::Equal, value.expr.boxed(), Expr::Const(Value::Null).boxed()),
                Ty::Bool,
            );
        }
        if node.name == "defined" {
            return Lowered::sure(
                Expr::Compare(Comparison::Unequal, value.expr.boxed(), Expr::Const(Value::Null).boxed()),
                Ty::Bool,
            );
        }
        let mut operands = vec![value.expr];
        let mut names = Vec::new();
        for argument in &node.args {
            if let ast::CallArg::Pos(argument) = argument {
                let argument = self.lower(argument, target);
                names.push(format!("v{}", operands.len()));
                operands.push(argument.expr);
            }
        }
        let source = format!("v0 is {}({})", node.name, names.join(", "));
        self.through_vm(&source, 0, operands, Ty::Bool, span)
    }

    fn through_vm(&mut self, source: &str, nullable: usize, operands: Vec<Expr>, ty: Ty, span: Span) -> Lowered {
        self.vm_operations += 1;
        match vm::Program::compile(source.to_owned(), nullable) {
            Ok(program) => Lowered::sure(Expr::Vm(program, operands.into()), ty),
            Err(message) => {
                self.found.push(Diagnostic::error(&UNKNOWN_FILTER, span, message));
                Lowered::any()
            }
        }
    }

    fn call(&mut self, node: &ast::Spanned<ast::Call<'_>>, target: &Target<'_>) -> Lowered {
        let span = self.at(target, node.span());
        let ast::Expr::Var(var) = &node.expr else {
            self.found.push(Diagnostic::error(&SYNTAX, span, "only functions can be called").help("apply filters with `|`"));
            return Lowered::any();
        };
        let functions = || filter::all().iter().filter(|spec| spec.function).map(|spec| spec.name);
        let Some(spec) = filter::find(var.id).filter(|spec| spec.function) else {
            let name_span = self.at(target, var.span());
            let mut finding = Diagnostic::error(&UNKNOWN_FILTER, name_span, format!("there is no function `{}`", var.id))
                .among(var.id, functions());
            if filter::find(var.id).is_some() {
                finding = finding.help(format!("`{}` is a filter: `value | {}`", var.id, var.id));
            }
            self.found.push(finding);
            return Lowered::any();
        };
        let mut arguments = self.arguments(spec, &node.args, target).into_iter();
        let Some(first) = arguments.next() else {
            self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, format!("`{}` needs arguments", spec.name)));
            return Lowered::any();
        };
        self.apply(spec, first, arguments.collect(), span, span)
    }

    fn filter(&mut self, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Lowered {
        let Some(inner) = &node.expr else { return Lowered::any() };
        let (whole, inner_span) = (self.at(target, node.span()), self.at(target, inner.span()));
        if node.name == "length"
            && let Some(count) = self.count(inner, target)
        {
            return count;
        }
        let all_before = self.all_parcels;
        let value = self.lower(inner, target);
        // `first` and `last` look at one parcel, although they are given all.
        if matches!(node.name, "first" | "last") && self.all_parcels != all_before {
            self.all_parcels = all_before;
            self.one_parcel.push(whole);
        }
        if node.name == filter::RESERVED {
            return self.lookup(value, node, target);
        }
        let Some(spec) = filter::find(node.name) else {
            let span = self.tail(target, node.span(), node.name);
            let known = filter::all().iter().map(|spec| spec.name).chain([filter::RESERVED]);
            self.found.push(
                Diagnostic::error(&UNKNOWN_FILTER, span, format!("there is no filter `{}`", node.name)).among(node.name, known),
            );
            return Lowered::any();
        };
        let arguments = self.arguments(spec, &node.args, target);
        self.apply(spec, value, arguments, whole, inner_span)
    }

    /// The length of a document's list, without reading the list.
    fn count(&mut self, inner: &ast::Expr<'_>, target: &Target<'_>) -> Option<Lowered> {
        if !matches!(inner, ast::Expr::Var(_) | ast::Expr::GetAttr(_)) {
            return None;
        }
        let operand = self.operand(inner, target);
        match operand {
            Operand::Place(place) if matches!(place.ty, Ty::List(_)) => {
                self.note_list(&place);
                let (access, _) = self.plans[place.doc as usize].rows(place.frame, &place.steps);
                let count = Expr::Count(place.doc, place.row, access);
                Some(self.if_list(place, count, Ty::Integer))
            }
            other => {
                let value = self.value_of(other);
                let spec = filter::find("length")?;
                let span = self.at(target, inner.span());
                Some(self.apply(spec, value, Vec::new(), span, span))
            }
        }
    }

    fn arguments(&mut self, spec: &'static Spec, given: &[ast::CallArg<'_>], target: &Target<'_>) -> Vec<Lowered> {
        let mut placed: Vec<Lowered> = Vec::new();
        for argument in given {
            match argument {
                ast::CallArg::Pos(expr) => {
                    let value = self.lower(expr, target);
                    placed.push(value);
                }
                ast::CallArg::Kwarg(name, expr) => {
                    let value = self.lower(expr, target);
                    let Some(place) = spec.place_of(name) else {
                        let span = self.at(target, expr.span());
                        let known = spec.params.iter().map(|param| param.name);
                        let words = format!("`{}` has no parameter `{name}`", spec.name);
                        self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, words).among(name, known));
                        continue;
                    };
                    while placed.len() <= place {
                        placed.push(Lowered::maybe(Expr::Const(Value::Null), Ty::Null));
                    }
                    placed[place] = value;
                }
                ast::CallArg::PosSplat(expr) | ast::CallArg::KwargSplat(expr) => {
                    let span = self.at(target, expr.span());
                    self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, "arguments cannot be spread"));
                }
            }
        }
        placed
    }

    fn apply(&mut self, spec: &'static Spec, value: Lowered, arguments: Vec<Lowered>, span: Span, value_span: Span) -> Lowered {
        let constants: Vec<Option<&Value<'_>>> = arguments
            .iter()
            .map(|argument| match &argument.expr {
                Expr::Const(value) if argument.ty != Ty::Any => Some(value),
                _ => None,
            })
            .collect();
        let checked = spec.check_arguments(&constants);
        if let Err(error) = &checked {
            self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, error.to_string()));
        }
        if value.ty != Ty::Null && !spec.accepts.iter().any(|kind| value.ty.may_be(*kind)) {
            let takes: Vec<&str> = spec.accepts.iter().map(|kind| kind.name()).collect();
            let words = format!("`{}` takes {}, found {}", spec.name, takes.join(" or "), value.ty.name());
            self.found.push(Diagnostic::error(&WRONG_TYPE, value_span, words));
        }
        if checked.is_ok() {
            self.argument_types(spec, &arguments, span);
        }
        let (ty, nullable) = yields(spec, &value, &arguments);
        if let ("matches", [Lowered { expr: Expr::Const(Value::Text(pattern)), .. }]) = (spec.name, arguments.as_slice())
            && let Ok(regex) = crate::value::Pattern::parse(pattern, false)
        {
            return Lowered { expr: Expr::Matches(value.expr.boxed(), regex), ty, nullable };
        }
        let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
        Lowered { expr: Expr::Filter(spec, value.expr.boxed(), arguments), ty, nullable }
    }

    fn argument_types(&mut self, spec: &'static Spec, arguments: &[Lowered], span: Span) {
        for (at, argument) in arguments.iter().enumerate() {
            let Some(param) = spec.param(at) else { continue };
            if !param.kinds.is_empty() && !param.kinds.iter().any(|kind| argument.ty.may_be(*kind)) {
                let words = format!("argument `{}` of `{}` cannot be {}", param.name, spec.name, argument.ty.name());
                self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, words));
            }
        }
    }

    fn lookup(&mut self, value: Lowered, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Lowered {
        let span = self.at(target, node.span());
        let name = match node.args.as_slice() {
            [ast::CallArg::Pos(ast::Expr::Const(name))] => vm::literal(&name.value).as_str().map(str::to_owned),
            _ => None,
        };
        let Some(name) = name else {
            self.found.push(
                Diagnostic::error(&FILTER_ARGUMENTS, span, "`lookup` needs the name of a table")
                    .help("`value | lookup('product')`"),
            );
            return Lowered::any();
        };
        let Some(at) = self.world.lookups.iter().position(|(known, _)| *known == name) else {
            let span = self.tail(target, node.span(), &name);
            let known = self.world.lookups.iter().map(|(known, _)| known.as_str());
            self.found.push(Diagnostic::error(&UNKNOWN_FILTER, span, format!("there is no lookup `{name}`")).among(&name, known));
            return Lowered::any();
        };
        self.uses.insert(Use::Lookup(name));
        let columns = &self.world.lookups[at].1;
        let ty = match columns.is_empty() {
            true => Ty::Any,
            false => Ty::Fields(columns.iter().map(|column| (column.clone(), Ty::Any)).collect()),
        };
        Lowered::maybe(Expr::Lookup(at as u16, value.expr.boxed()), ty)
    }
}

impl Operand {
    /// A step run once per iteration yields lists.
    fn marked(self, many: bool) -> Self {
        match self {
            Self::Value(Lowered { expr, ty: Ty::Fields(fields), nullable }) if many => {
                let lists: Vec<(String, Ty)> = fields.iter().map(|(name, _)| (name.clone(), Ty::List(Ty::Any.into()))).collect();
                Self::Value(Lowered { expr, ty: Ty::Fields(lists.into()), nullable })
            }
            other => other,
        }
    }
}

fn yields(spec: &Spec, value: &Lowered, arguments: &[Lowered]) -> (Ty, bool) {
    match spec.yields {
        Yield::Kind(kind) => (Ty::of_kind(kind), value.nullable && !spec.takes_null),
        Yield::Nullable(kind) => (Ty::of_kind(kind), true),
        Yield::SameAsInput => {
            let ty = arguments
                .iter()
                .fold(value.ty.clone(), |ty, argument| if spec.takes_null { ty.either(argument.ty.clone()) } else { ty });
            let nullable = if spec.takes_null { arguments.iter().all(|argument| argument.nullable) } else { value.nullable };
            (ty, nullable)
        }
        Yield::Item => match &value.ty {
            Ty::List(item) => ((**item).clone(), true),
            _ => (Ty::Any, true),
        },
        Yield::Any => (Ty::Any, !spec.takes_null || arguments.iter().all(|argument| argument.nullable)),
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

fn constant_of(expr: &Expr) -> Option<Lowered> {
    match expr {
        Expr::Const(value) => Some(constant(value.clone())),
        _ => None,
    }
}

fn constant_text(value: &Lowered) -> Option<String> {
    match &value.expr {
        Expr::Const(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// Why two values can never be equal, if they cannot.
fn never_equal(left: &Lowered, right: &Lowered) -> Option<String> {
    if let (Ty::Word(known), Some(text)) = (&left.ty, constant_text(right)) {
        return (!known.contains(&text)).then(|| format!("it is never `{text}`"));
    }
    (!left.ty.comparable(&right.ty)).then(|| format!("{} never equals {}", left.ty.name(), right.ty.name()))
}
