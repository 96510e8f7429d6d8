//! Filters, functions and lookup tables.

use super::{FILTER_ARGUMENTS, Lowered, Lowerer, Operand, SYNTAX, Target, UNKNOWN_FILTER, Use, WRONG_TYPE};
use crate::diagnostic::Diagnostic;
use crate::expr::filter::{self, Spec, Yield};
use crate::expr::{Expr, Ty, vm};
use crate::model::Shape;
use crate::source::Span;
use crate::value::Value;
use minijinja::machinery::ast;

impl Lowerer<'_> {
    pub(super) fn call(&mut self, node: &ast::Spanned<ast::Call<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn filter(&mut self, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Lowered {
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
        self.field_argument(spec, &value, node, target);
        self.apply(spec, value, arguments, whole, inner_span)
    }

    /// The field that a filter looks at in each element must be one, where the elements are known.
    fn field_argument(&mut self, spec: &Spec, value: &Lowered, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) {
        let Some(ast::CallArg::Pos(argument @ ast::Expr::Const(path))) = node.args.first() else { return };
        let (true, Ty::List(element)) = (spec.params.first().is_some_and(|param| param.name == "field"), &value.ty) else {
            return;
        };
        let Some(path) = vm::literal(&path.value).as_str().map(str::to_owned) else { return };
        let (span, mut ty) = (self.at(target, argument.span()), (**element).clone());
        for (at, name) in path.split('.').enumerate() {
            let Ty::Model(Shape::Record(members)) = ty else { return };
            match members.iter().find(|member| member.name == name) {
                Some(member) => ty = Ty::of(&member.shape),
                None => {
                    let known = self.found.len();
                    self.unknown_member(name, members.iter().map(|member| member.name.as_str()), span);
                    return self.mend_quoted(known, &path, at);
                }
            }
        }
    }

    /// What a finding puts in place of a name must be the whole argument, with its quotes.
    pub(super) fn mend_quoted(&mut self, known: usize, path: &str, at: usize) {
        for suggestion in self.found[known..].iter_mut().filter_map(|finding| finding.suggestion.as_mut()) {
            let names = path.split('.').enumerate();
            let names: Vec<&str> =
                names.map(|(place, name)| if place == at { suggestion.replacement.as_str() } else { name }).collect();
            suggestion.replacement = format!("'{}'", names.join("."));
        }
    }

    /// The length of a document's list, without reading the list.
    pub(super) fn count(&mut self, inner: &ast::Expr<'_>, target: &Target<'_>) -> Option<Lowered> {
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

    pub(super) fn arguments(&mut self, spec: &'static Spec, given: &[ast::CallArg<'_>], target: &Target<'_>) -> Vec<Lowered> {
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

    pub(super) fn apply(
        &mut self,
        spec: &'static Spec,
        value: Lowered,
        arguments: Vec<Lowered>,
        span: Span,
        value_span: Span,
    ) -> Lowered {
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

    pub(super) fn argument_types(&mut self, spec: &'static Spec, arguments: &[Lowered], span: Span) {
        for (at, argument) in arguments.iter().enumerate() {
            let Some(param) = spec.param(at) else { continue };
            if !param.kinds.is_empty() && !param.kinds.iter().any(|kind| argument.ty.may_be(*kind)) {
                let words = format!("argument `{}` of `{}` cannot be {}", param.name, spec.name, argument.ty.name());
                self.found.push(Diagnostic::error(&FILTER_ARGUMENTS, span, words));
            }
        }
    }

    pub(super) fn lookup(&mut self, value: Lowered, node: &ast::Spanned<ast::Filter<'_>>, target: &Target<'_>) -> Lowered {
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
