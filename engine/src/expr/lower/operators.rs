//! Operators, with what is known of types.

use super::{Lowered, Lowerer, NEVER_EQUAL, Operand, TEXT_IS_TRUE, Target, UNKNOWN_FILTER, WRONG_TYPE, constant};
use crate::diagnostic::Diagnostic;
use crate::document::Step;
use crate::expr::filter::Kind;
use crate::expr::operator::{Arithmetic, Comparison};
use crate::expr::scope::Place;
use crate::expr::{Expr, Ty, vm};
use crate::source::Span;
use crate::value::Value;
use minijinja::machinery::ast;

impl Lowerer<'_> {
    pub(super) fn unary(&mut self, node: &ast::Spanned<ast::UnaryOp<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn expect(&mut self, ty: &Ty, kind: Kind, span: Span) {
        if !ty.may_be(kind) {
            self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("expected {}, found {}", kind.name(), ty.name())));
        }
    }

    /// What `$if` and its kin take: booleans, lists, nullable texts and objects.
    pub fn condition_type(&mut self, value: &Lowered, span: Span) {
        // Of a condition made of several, the one that is none is told.
        if matches!(value.expr, Expr::And(..) | Expr::Or(..)) {
            return;
        }
        if value.ty == Ty::Xml && says_yes_or_no(self.sources.slice(span)) {
            let words = "of XML this is a text: `false` and `0` would be true as well";
            self.found.push(Diagnostic::warning(&TEXT_IS_TRUE, span, words).help("compare it: `== 'true'`"));
        }
        let help = match &value.ty {
            Ty::Integer | Ty::Number => "compare it: 0 is a value, and `is not none` asks whether there is one",
            Ty::Date | Ty::DateTime if !value.nullable => "a date is always true: compare it",
            _ => return,
        };
        self.found.push(Diagnostic::error(&WRONG_TYPE, span, format!("{} is no condition", value.ty.name())).help(help));
    }

    pub(super) fn binary(&mut self, node: &ast::Spanned<ast::BinOp<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn rare_arithmetic(&mut self, source: &str, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        self.expect(&left.ty, Kind::Number, spans.0);
        self.expect(&right.ty, Kind::Number, spans.1);
        let nullable = left.nullable || right.nullable;
        Lowered { nullable, ..self.through_vm(source, 2, vec![left.expr, right.expr], Ty::Number, spans.0) }
    }

    pub(super) fn comparison(&mut self, operator: Comparison, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
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
            let xml = left.ty == Ty::Xml || right.ty == Ty::Xml;
            let mut finding = match xml {
                true => Diagnostic::warning(&NEVER_EQUAL, spans.1, words)
                    .help("compare with a text, `'0'`, `'true'`; or make a number of it first: `| number`"),
                false => Diagnostic::error(&NEVER_EQUAL, spans.1, words),
            };
            if let Ty::Word(known) = &left.ty {
                let wrong = constant_text(&right).unwrap_or_default();
                finding = finding.among(&wrong, known.iter().map(String::as_str));
                finding.suggestion = None;
            }
            self.found.push(finding);
        }
        Lowered::sure(Expr::Compare(operator, left.expr.boxed(), right.expr.boxed()), Ty::Bool)
    }

    pub(super) fn compare_chain(&mut self, node: &ast::Spanned<ast::Compare<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn logic(&mut self, op: ast::BinOpKind, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
        self.condition_type(&left, spans.0);
        let ty = left.ty.clone().either(right.ty.clone());
        // `or` yields the right one where the left one is missing.
        let nullable = right.nullable || (left.nullable && matches!(op, ast::BinOpKind::ScAnd));
        let (left, right) = (left.expr.boxed(), right.expr.boxed());
        let expr = if matches!(op, ast::BinOpKind::ScAnd) { Expr::And(left, right) } else { Expr::Or(left, right) };
        Lowered { expr, ty, nullable }
    }

    pub(super) fn concat(&mut self, left: Lowered, right: Lowered, spans: (Span, Span)) -> Lowered {
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

    pub(super) fn if_else(&mut self, node: &ast::Spanned<ast::IfExpr<'_>>, target: &Target<'_>) -> Lowered {
        let (mark, doubts) = (self.mentioned.len(), self.doubts.len());
        let test = self.lower(&node.test_expr, target);
        // What is missing makes the condition false, and no more.
        self.doubts.truncate(doubts);
        let span = self.at(target, node.test_expr.span());
        self.condition_type(&test, span);
        let guarded = self.guard(mark);
        let yes = self.lower(&node.true_expr, target);
        let no = match &node.false_expr {
            Some(expr) => self.lower(expr, target),
            None => Lowered::maybe(Expr::Const(Value::Null), Ty::Null),
        };
        self.unguard(guarded);
        let nullable = yes.nullable || no.nullable;
        let ty = yes.ty.either(no.ty);
        Lowered { expr: Expr::IfElse(test.expr.boxed(), yes.expr.boxed(), no.expr.boxed()), ty, nullable }
    }

    pub(super) fn list(&mut self, items: &[ast::Expr<'_>], target: &Target<'_>) -> Lowered {
        let lowered: Vec<Lowered> = items.iter().map(|item| self.lower(item, target)).collect();
        let ty = lowered.iter().map(|item| item.ty.clone()).reduce(Ty::either).unwrap_or(Ty::Any);
        Lowered::sure(Expr::List(lowered.into_iter().map(|item| item.expr).collect()), Ty::List(ty.into()))
    }

    pub(super) fn slice(&mut self, node: &ast::Spanned<ast::Slice<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn bound(&mut self, bound: Option<&ast::Expr<'_>>, target: &Target<'_>) -> Option<Expr> {
        let bound = bound?;
        let value = self.lower(bound, target);
        let span = self.at(target, bound.span());
        self.expect(&value.ty, Kind::Integer, span);
        Some(value.expr)
    }

    pub(super) fn test(&mut self, node: &ast::Spanned<ast::Test<'_>>, target: &Target<'_>) -> Lowered {
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

    pub(super) fn through_vm(&mut self, source: &str, nullable: usize, operands: Vec<Expr>, ty: Ty, span: Span) -> Lowered {
        self.vm_operations += 1;
        match vm::Program::compile(source.to_owned(), nullable) {
            Ok(program) => Lowered::sure(Expr::Vm(program, operands.into()), ty),
            Err(message) => {
                self.found.push(Diagnostic::error(&UNKNOWN_FILTER, span, message));
                Lowered::any()
            }
        }
    }
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

/// Whether the last member that an expression names is called as a yes or no is.
fn says_yes_or_no(text: &str) -> bool {
    const NAMES: &[&str] =
        &["ok", "success", "successful", "successfully", "succeeded", "valid", "accepted", "issuccess", "done"];
    let member = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    let text = text.trim_matches(['"', '\'', ' ']);
    if !text.chars().all(member) {
        return false;
    }
    let name = text.rsplit('.').next().unwrap_or_default();
    let asks = ["is", "has"].iter().filter_map(|word| name.strip_prefix(word)).any(|rest| rest.starts_with(char::is_uppercase));
    asks || NAMES.contains(&name.to_ascii_lowercase().as_str())
}
