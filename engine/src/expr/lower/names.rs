//! Names and paths: from the scope and the canonical model to slots.

use super::{Lowered, Lowerer, Mention, Operand, SECRET_PLACE, UNKNOWN_MEMBER, UNKNOWN_NAME, Use, WRONG_TYPE};
use crate::carrier::AskedBy;
use crate::diagnostic::Diagnostic;
use crate::document::{PlanBuilder, Step};
use crate::expr::scope::{Binding, Place, Space};
use crate::expr::{Doc, Expr, LoopField, Ty, vm};
use crate::model::Shape;
use crate::source::Span;
use crate::value::{Number, Value};
use minijinja::machinery::ast;

use super::Target;

impl Lowerer<'_> {
    pub(super) fn name(&mut self, name: &str, span: Span) -> Operand {
        match self.scope.find(name) {
            Some(Binding::Place(place)) => Operand::Place(place.clone()),
            Some(Binding::Value(value)) => {
                let value = value.clone();
                if let Expr::Token = value.expr {
                    self.token(span);
                }
                if let Expr::Let(at) = value.expr {
                    self.uses.insert(Use::Let(name.to_owned()));
                    self.mention(Mention::Let(at), value.nullable.then_some(name));
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

    pub(super) fn member(&mut self, inner: Operand, name: &str, span: Span) -> Operand {
        match inner {
            Operand::Place(place) => self.place_member(place, name, span),
            Operand::Value(value) => Operand::Value(self.value_member(value, name, span)),
            Operand::Space(space) => self.space_member(space, name, span),
        }
    }

    pub(super) fn place_member(&mut self, mut place: Place, name: &str, span: Span) -> Operand {
        let mut missing = false;
        let (ty, nullable) = match &place.ty {
            Ty::Any => (Ty::Any, true),
            Ty::Xml => (Ty::Xml, true),
            Ty::Model(Shape::Map) => {
                let options = place.steps.last() == Some(&Step::Name("options".into()));
                if options && place.doc == Doc::Input {
                    return self.option(place, name, span);
                }
                (Ty::Any, true)
            }
            Ty::Model(shape @ Shape::Record(members)) => match shape.field(name) {
                Some(field) => {
                    missing = !field.required;
                    (Ty::of(&field.shape), missing || place.nullable)
                }
                None => return self.unknown_member(name, members.iter().map(|field| field.name.as_str()), span),
            },
            Ty::Fields(fields) => match fields.iter().find(|(known, _)| known == name) {
                Some((_, ty)) => (ty.clone(), place.nullable),
                None => {
                    let known: Vec<String> = fields.iter().map(|(known, _)| known.clone()).collect();
                    return self.unknown_member(name, known.iter().map(String::as_str), span);
                }
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
        self.mention_place(&place, missing.then_some(name));
        Operand::Place(Place { ty, nullable, ..place })
    }

    fn mention_place(&mut self, place: &Place, missing: Option<&str>) {
        self.mention(Mention::Place(place.doc, place.row, place.frame, place.steps.clone()), missing);
    }

    pub(super) fn unknown_member<'k>(&mut self, name: &str, known: impl Iterator<Item = &'k str>, span: Span) -> Operand {
        self.found.push(Diagnostic::error(&UNKNOWN_MEMBER, span, format!("there is no `{name}` here")).among(name, known));
        Operand::Value(Lowered::any())
    }

    pub(super) fn option(&mut self, mut place: Place, name: &str, span: Span) -> Operand {
        let of_parcel = place.row >= 2 || place.steps.iter().any(|step| matches!(step, Step::Index(_) | Step::Each));
        let declared = if of_parcel { &self.world.parcel_options } else { &self.world.shipment_options };
        let Some((_, ty, default)) = declared.iter().find(|(known, ..)| known == name) else {
            return self.unknown_member(name, declared.iter().map(|(known, ..)| known.as_str()), span);
        };
        self.uses.insert(Use::Option(name.to_owned()));
        let (ty, default) = (ty.clone(), default.clone());
        place.steps.push(Step::Name(name.into()));
        if default.is_null() {
            self.mention_place(&place, Some(name));
            return Operand::Place(Place { ty, nullable: true, ..place });
        }
        let slot = self.read(Place { ty: ty.clone(), nullable: true, ..place });
        Operand::Value(Lowered::sure(Expr::Default(slot.expr.boxed(), default), ty))
    }

    pub(super) fn value_member(&mut self, value: Lowered, name: &str, span: Span) -> Lowered {
        let ty = match &value.ty {
            Ty::Xml => Ty::Xml,
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

    pub(super) fn space_member(&mut self, space: Space, name: &str, span: Span) -> Operand {
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
            Space::Account if name == "environment" => {
                Lowered::sure(Expr::Environment, Ty::Word(self.world.environments.clone().into()))
            }
            Space::Account => return self.unknown_member(name, ["environment"].into_iter(), span),
            Space::Config => match self.world.config.iter().position(|(known, ..)| known == name) {
                Some(at) => {
                    self.uses.insert(Use::Config(name.to_owned()));
                    let (_, ty, nullable) = &self.world.config[at];
                    self.mention(Mention::Config(at as u16), nullable.then_some(name));
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
            Space::Asked | Space::AskedHeaders | Space::AskedFields => return self.asked(space, name, span),
            Space::Loop(depth) => match name {
                "index" => Lowered::sure(Expr::Loop(depth, LoopField::Index), Ty::Integer),
                "first" => Lowered::sure(Expr::Loop(depth, LoopField::First), Ty::Bool),
                "last" => Lowered::sure(Expr::Loop(depth, LoopField::Last), Ty::Bool),
                _ => return self.unknown_member(name, ["index", "first", "last"].into_iter(), span),
            },
            Space::Tracking => match self.tracked(name) {
                Some(value) => value,
                None => {
                    let known = AskedBy::ALL.into_iter().flat_map(|by| [by.one(), by.several()]);
                    return self.unknown_member(name, known, span);
                }
            },
            Space::Headers => {
                self.uses.insert(Use::Header(name.to_ascii_lowercase()));
                Lowered::maybe(Expr::Header(name.to_ascii_lowercase().into()), Ty::Text)
            }
            Space::Query => Lowered::maybe(Expr::Query(name.into()), Ty::Text),
            Space::Fault => match self.fault(name) {
                Some(value) => value,
                None => return self.unknown_member(name, super::fault::MEMBERS.into_iter(), span),
            },
        };
        Operand::Value(value)
    }

    /// What the shipments that are asked for are named by: every one of them has such a name, or is not asked for.
    fn tracked(&mut self, name: &str) -> Option<Lowered> {
        let by = AskedBy::ALL.into_iter().find(|by| [by.one(), by.several()].contains(&name))?;
        self.uses.insert(Use::Asked(by));
        Some(match name == by.one() {
            true => Lowered::sure(Expr::Tracked(by), Ty::Text),
            false => Lowered::sure(Expr::AllTracked(by), Ty::List(Ty::Text.into())),
        })
    }

    pub(super) fn secret(&mut self, name: &str, span: Span) -> Operand {
        let Some(at) = self.world.secrets.iter().position(|(known, _)| known == name) else {
            return self.unknown_member(name, self.world.secrets.iter().map(|(known, _)| known.as_str()), span);
        };
        self.uses.insert(Use::Secret(name.to_owned()));
        if !self.secrets_allowed {
            self.found.push(
                Diagnostic::error(&SECRET_PLACE, span, format!("the secret `{name}` could be seen here"))
                    .help("secrets may stand in `auth`, in headers and in signed strings; in a body write `{$secret: name}`"),
            );
        }
        let nullable = self.world.secrets[at].1;
        self.mention(Mention::Secret(at as u16), nullable.then_some(name));
        Operand::Value(Lowered { expr: Expr::Secret(at as u16), ty: Ty::Text, nullable })
    }

    pub(super) fn item(&mut self, node: &ast::Spanned<ast::GetItem<'_>>, target: &Target<'_>) -> Operand {
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

    pub(super) fn element(&mut self, inner: Operand, index: i64, span: Span) -> Operand {
        match inner {
            Operand::Place(mut place) => {
                let ty = match &place.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Any => Ty::Any,
                    Ty::Xml => Ty::Xml,
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
                let name = (!sure && !matches!(place.ty, Ty::Any | Ty::Xml)).then(|| format!("[{index}]"));
                self.mention_place(&place, name.as_deref());
                Operand::Place(Place { ty, nullable: !sure, ..place })
            }
            Operand::Value(value) => {
                let ty = match &value.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Xml => Ty::Xml,
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
    pub(super) fn map(&mut self, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Operand {
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
        for (at, name) in path.split('.').enumerate() {
            let known = self.found.len();
            operand = self.member(operand, name, span);
            self.mend_quoted(known, &path, at);
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
    pub(super) fn if_list(&mut self, list: Place, made: Expr, ty: Ty) -> Lowered {
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

    pub(super) fn plan(&mut self, doc: Doc) -> &mut PlanBuilder {
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

    pub(super) fn value_of(&mut self, operand: Operand) -> Lowered {
        match operand {
            Operand::Place(place) => self.read(place),
            Operand::Value(value) => value,
            Operand::Space(space) => {
                let fields: Vec<(String, Ty)> = match space {
                    Space::AskedFields => return Lowered::sure(Expr::Asked(crate::expr::AskedPart::Fields), Ty::Any),
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
}

impl Operand {
    /// A step run once per iteration yields lists.
    pub(super) fn marked(self, many: bool) -> Self {
        match self {
            Self::Value(Lowered { expr, ty: Ty::Fields(fields), nullable }) if many => {
                let lists: Vec<(String, Ty)> = fields.iter().map(|(name, _)| (name.clone(), Ty::List(Ty::Any.into()))).collect();
                Self::Value(Lowered { expr, ty: Ty::Fields(lists.into()), nullable })
            }
            other => other,
        }
    }
}
