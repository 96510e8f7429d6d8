//! Values that have a name (`let`): an expression, or one of several that `$match` and `$if` choose.

use super::super::TEMPLATE_WORD;
use super::Data;
use crate::body::{Template, TextPart};
use crate::diagnostic::Diagnostic;
use crate::expr::{Comparison, Expr, Lowered, Ty};
use crate::source::Node;
use crate::value::{Number, Value};

impl Data<'_, '_> {
    /// A bare expression, or a mapping whose branches are data.
    pub(in crate::compile) fn chosen(&mut self, node: &Node) -> Lowered {
        if node.as_map().is_none() {
            return self.bare(node);
        }
        let spots = self.lower.spots.len();
        let outer = std::mem::replace(&mut self.doubtless, true);
        let template = self.template(node);
        self.doubtless = outer;
        // A name is no place where something is sent: it is counted where it is used.
        self.lower.spots.truncate(spots);
        self.value_of(template)
    }

    fn value_of(&mut self, template: Template) -> Lowered {
        match template {
            Template::Literal(value, _) => constant(value),
            Template::Value { expr, .. } => Lowered::maybe(expr, Ty::Any),
            Template::Text(parts, _) => Lowered::sure(Expr::Concat(parts.into_iter().map(part).collect()), Ty::Text),
            Template::If(arms, otherwise) => {
                let last = otherwise.map_or_else(|| constant(Value::Null), |otherwise| self.value_of(*otherwise));
                arms.into_iter().rev().fold(last, |otherwise, (condition, then, _)| {
                    let then = self.value_of(then);
                    one_of(condition, then, otherwise)
                })
            }
            Template::Match(subject, arms, otherwise, span) => {
                let Some(otherwise) = otherwise else {
                    let finding = Diagnostic::error(
                        &TEMPLATE_WORD,
                        span,
                        "a name has a value whatever comes: `$match` needs an `$else` here",
                    );
                    self.lower.found.push(finding.help("`$else: null`, should there be none"));
                    return Lowered::maybe(Expr::Const(Value::Null), Ty::Any);
                };
                let last = self.value_of(*otherwise);
                arms.into_iter().rev().fold(last, |otherwise, (key, then)| {
                    let then = self.value_of(then);
                    one_of(is(&subject, key), then, otherwise)
                })
            }
            other => {
                let words = "a name stands for one value: an expression, or `$match` and `$if` among texts, numbers and `${{ }}`";
                let finding = Diagnostic::error(&TEMPLATE_WORD, other.span(), words);
                self.lower.found.push(finding.help("what is an object or a list is a part: `parts`"));
                Lowered::maybe(Expr::Const(Value::Null), Ty::Any)
            }
        }
    }
}

fn constant(value: Value<'static>) -> Lowered {
    let ty = match &value {
        Value::Null => return Lowered::maybe(Expr::Const(value), Ty::Null),
        Value::Bool(_) => Ty::Bool,
        Value::Number(_) => Ty::Number,
        _ => Ty::Text,
    };
    Lowered::sure(Expr::Const(value), ty)
}

fn part(part: TextPart) -> Expr {
    match part {
        TextPart::Literal(text) => Expr::Const(Value::text(text.into_string())),
        TextPart::Value(expr, _) => expr,
    }
}

fn one_of(condition: Expr, then: Lowered, otherwise: Lowered) -> Lowered {
    let nullable = then.nullable || otherwise.nullable;
    let ty = then.ty.either(otherwise.ty);
    Lowered { expr: Expr::IfElse(condition.boxed(), then.expr.boxed(), otherwise.expr.boxed()), ty, nullable }
}

/// Whether the subject is that key. Keys are texts in the file: `true` and `2` are the boolean and the number too.
fn is(subject: &Expr, key: Value<'static>) -> Expr {
    let equals = |value| Expr::Compare(Comparison::Equal, subject.clone().boxed(), Expr::Const(value).boxed());
    let native = key.as_str().and_then(native);
    let text = equals(key);
    match native {
        Some(native) => Expr::Or(text.boxed(), equals(native).boxed()),
        None => text,
    }
}

fn native(key: &str) -> Option<Value<'static>> {
    match key {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        digits => Number::parse(digits.to_owned()).ok().map(Value::Number),
    }
}
