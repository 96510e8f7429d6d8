//! The evaluator: compiled expressions over slots, constants and what the caller gave.

use super::{Env, Expr};
use crate::value::{Number, Value};
use std::borrow::Cow;
use std::fmt;

/// Why an expression has no value. The message names types and filters, never data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalError {
    /// What is wrong.
    pub message: String,
}

impl EvalError {
    /// An error with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EvalError {}

fn truth(value: &Value<'_>) -> Result<bool, EvalError> {
    value.truth().map_err(|error| EvalError::new(error.to_string()))
}

impl Expr {
    /// The value of the expression.
    ///
    /// # Errors
    /// Types that do not fit, lookups without an answer, numbers out of range.
    pub fn eval<'e>(&'e self, env: &Env<'e>) -> Result<Value<'e>, EvalError> {
        match self {
            Self::Slot(doc, row, access) => env.slot(*doc, *row, access),
            Self::Const(value) => Ok(value.share()),
            Self::Count(doc, row, access) => Ok(env.count(*doc, *row, access)),
            Self::Many(doc, row, access) => env.many(*doc, *row, access),
            Self::IfList(doc, row, access, inner) => {
                if env.has_list(*doc, *row, access) {
                    inner.eval(env)
                } else {
                    Ok(Value::Null)
                }
            }
            Self::Member(inner, name) => Ok(inner.eval(env)?.member(name)),
            Self::Item(inner, index) => element(inner.eval(env)?, &index.eval(env)?),
            Self::Slice(value, start, stop) => {
                let bound = |bound: &'e Option<Box<Expr>>| bound.as_ref().map(|bound| bound.eval(env)).transpose();
                cut(value.eval(env)?, bound(start)?, bound(stop)?)
            }
            Self::Local(at) => Ok(env.locals[usize::from(*at)].clone()),
            Self::Let(at) => env.let_value(*at),
            Self::Environment => Ok(Value::text(env.environment)),
            Self::Nonce => env.nonce(),
            Self::Config(at) => Ok(env.config.get(usize::from(*at)).map_or(Value::Null, Value::share)),
            Self::Secret(at) => env.secret(*at),
            Self::Step(at, field) => Ok(env.step(*at, field)),
            Self::It(field) => Ok(env.it.and_then(|it| it.get(&**field)).map_or(Value::Null, Value::verbatim)),
            Self::Session(field) => {
                Ok(env.session.and_then(|session| session.get(&**field)).map_or(Value::Null, Value::verbatim))
            }
            Self::Token => Ok(env.token.map_or(Value::Null, Value::text)),
            Self::Clock(reading) => Ok(reading.at(env.now)),
            Self::Asked(part) => Ok(env.asked.map_or(Value::Null, |asked| asked.part(part))),
            Self::Given => Ok(env.given.map_or(Value::Null, Value::text)),
            Self::OrderKey => env.order_key(),
            Self::Tracked(by) => Ok(tracked(env.tracking.first(), *by)),
            Self::AllTracked(by) => Ok(Value::List(env.tracking.iter().map(|asked| tracked(Some(asked), *by)).collect())),
            Self::Status => Ok(Value::Number(Number::Int(i64::from(env.head.status)))),
            Self::Header(name) => Ok(env.head.header(name).map_or(Value::Null, Value::text)),
            Self::Query(name) => Ok(env
                .head
                .query
                .iter()
                .find(|(known, _)| **known == **name)
                .map_or(Value::Null, |(_, value)| Value::text(value.as_str()))),
            Self::RawBody => Ok(Value::Bytes(Cow::Borrowed(env.head.body))),
            Self::Loop(depth, field) => Ok(env.loop_value(*depth, *field)),
            Self::Not(inner) => Ok(Value::Bool(!truth(&inner.eval(env)?)?)),
            Self::Negative(inner) => super::Arithmetic::Subtract.apply(Value::Number(Number::Int(0)), inner.eval(env)?),
            Self::And(left, right) => {
                let left = left.eval(env)?;
                if truth(&left)? { right.eval(env) } else { Ok(left) }
            }
            Self::Or(left, right) => {
                let left = left.eval(env)?;
                if truth(&left)? { Ok(left) } else { right.eval(env) }
            }
            Self::IfElse(test, yes, no) => {
                if truth(&test.eval(env)?)? {
                    yes.eval(env)
                } else {
                    no.eval(env)
                }
            }
            Self::Arithmetic(operator, left, right) => operator.apply(left.eval(env)?, right.eval(env)?),
            Self::Compare(operator, left, right) => operator.apply(&left.eval(env)?, &right.eval(env)?).map(Value::Bool),
            Self::Concat(parts) => concat(parts, env),
            Self::Default(inner, default) => match inner.eval(env)? {
                Value::Null => Ok(default.share()),
                value => Ok(value),
            },
            Self::List(items) => items.iter().map(|item| item.eval(env)).collect::<Result<_, _>>().map(Value::List),
            Self::Filter(spec, value, arguments) => {
                let value = value.eval(env)?;
                let error = |error: super::filter::FilterError| EvalError::new(error.to_string());
                match &**arguments {
                    [] => spec.call(value, &[]).map_err(error),
                    [one] => spec.call(value, &[one.eval(env)?]).map_err(error),
                    many => {
                        let arguments = many.iter().map(|argument| argument.eval(env)).collect::<Result<Vec<_>, _>>()?;
                        spec.call(value, &arguments).map_err(error)
                    }
                }
            }
            Self::Lookup(at, key) => env.lookup(*at, key.eval(env)?),
            Self::Matches(value, regex) => match value.eval(env)? {
                Value::Null => Ok(Value::Null),
                Value::Text(text) => Ok(Value::Bool(regex.is_match(&text))),
                other => Err(EvalError::new(format!("`matches` takes a text, not {}", other.type_name()))),
            },
            Self::Vm(program, operands) => {
                program.run(operands.iter().map(|operand| operand.eval(env)).collect::<Result<_, _>>()?)
            }
        }
    }

    /// Whether the expression holds.
    ///
    /// # Errors
    /// As [`Expr::eval`], and a number or date where a condition belongs.
    pub fn holds<'e>(&'e self, env: &Env<'e>) -> Result<bool, EvalError> {
        truth(&self.eval(env)?)
    }
}

fn tracked<'e>(asked: Option<&'e crate::carrier::Asked>, by: crate::carrier::AskedBy) -> Value<'e> {
    asked.and_then(|asked| asked.by(by)).map_or(Value::Null, Value::text)
}

fn concat<'e>(parts: &'e [Expr], env: &Env<'e>) -> Result<Value<'e>, EvalError> {
    let mut text = String::new();
    for part in parts {
        let value = part.eval(env)?;
        if !value.is_null() {
            text.push_str(&value.to_text().map_err(|error| EvalError::new(error.to_string()))?);
        }
    }
    Ok(Value::text(text))
}

/// An element: past the end is null.
fn element<'e>(container: Value<'e>, index: &Value<'_>) -> Result<Value<'e>, EvalError> {
    match (container, index) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (container @ Value::Json(_), index) => element(container.unfold(), index),
        (Value::List(mut items), Value::Number(number)) => {
            let Some(index) = number.to_i64() else { return Ok(Value::Null) };
            let at = if index < 0 { index + items.len() as i64 } else { index };
            Ok(match usize::try_from(at) {
                Ok(at) if at < items.len() => items.swap_remove(at),
                _ => Value::Null,
            })
        }
        (container @ Value::Object(_), Value::Text(name)) => Ok(container.member(name)),
        (container, index) => Err(EvalError::new(format!("{} has no element by {}", container.type_name(), index.type_name()))),
    }
}

/// `value[start:stop]` of a list or text, as Python counts: from the end when negative, past the end nothing.
fn cut<'e>(value: Value<'e>, start: Option<Value<'e>>, stop: Option<Value<'e>>) -> Result<Value<'e>, EvalError> {
    let place = |bound: Option<Value<'e>>, length: usize, default: usize| match bound {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Number(number)) => {
            let length = length as i64;
            let at = number.to_i64().ok_or_else(|| EvalError::new("a place in a list is an integer"))?;
            Ok((if at < 0 { at + length } else { at }).clamp(0, length) as usize)
        }
        Some(other) => Err(EvalError::new(format!("a place in a list is an integer, not {}", other.type_name()))),
    };
    match value {
        Value::Null => Ok(Value::Null),
        Value::List(mut items) => {
            let (from, to) = (place(start, items.len(), 0)?, place(stop, items.len(), items.len())?);
            items.truncate(to);
            Ok(Value::List(items.split_off(from.min(to))))
        }
        Value::Text(text) => {
            let length = text.chars().count();
            let (from, to) = (place(start, length, 0)?, place(stop, length, length)?);
            Ok(Value::text(text.chars().take(to).skip(from).collect::<String>()))
        }
        Value::Json(_) => cut(value.expand(), start, stop),
        other => Err(EvalError::new(format!("{} cannot be cut", other.type_name()))),
    }
}
