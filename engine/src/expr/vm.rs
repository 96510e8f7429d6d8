//! What is not lowered: one operation at a time through minijinja's VM.
//!
//! The operands are lowered as everything else is; the VM sees only their values, as `v0`, `v1` and so on. Numbers that
//! fit 64 bits go in as integers, others as floating point: no operation here is used for amounts.

use super::EvalError;
use crate::value::{Number, Value};
use minijinja::value::ValueKind;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

static ENVIRONMENT: LazyLock<minijinja::Environment<'static>> = LazyLock::new(|| {
    let mut environment = minijinja::Environment::new();
    environment.set_fuel(Some(10_000));
    environment
});

/// A compiled operation.
#[derive(Debug, Clone)]
pub struct Program {
    code: Arc<minijinja::Expression<'static, 'static>>,
    nullable: usize,
}

impl Program {
    /// Compiles an operation over `v0`, `v1`, ... Null among the first
    /// `nullable` of them makes the result null.
    ///
    /// # Errors
    /// minijinja's own message, such as an unknown test.
    pub fn compile(source: String, nullable: usize) -> Result<Self, String> {
        let program = ENVIRONMENT.compile_expression_owned(source).map_err(|error| error.to_string())?;
        Ok(Self { code: Arc::new(program), nullable })
    }

    /// Runs it.
    ///
    /// # Errors
    /// When the operation does not take these values.
    pub fn run(&self, operands: Vec<Value<'_>>) -> Result<Value<'static>, EvalError> {
        if operands.iter().take(self.nullable).any(Value::is_null) {
            return Ok(Value::Null);
        }
        let names: BTreeMap<String, minijinja::Value> =
            operands.into_iter().enumerate().map(|(at, value)| (format!("v{at}"), into_vm(value))).collect();
        let result = self.code.eval(names).map_err(|error| EvalError::new(format!("{}", error.kind())))?;
        Ok(from_vm(&result))
    }
}

fn into_vm(value: Value<'_>) -> minijinja::Value {
    match value.expand() {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(value) => value.into(),
        Value::Number(number) => match number.to_i64() {
            Some(integer) => integer.into(),
            None => number.own_digits().parse::<f64>().unwrap_or(f64::NAN).into(),
        },
        Value::Text(text) => minijinja::Value::from(&*text),
        Value::List(items) => items.into_iter().map(into_vm).collect::<Vec<_>>().into(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name.into_owned(), into_vm(value))).collect::<BTreeMap<_, _>>().into()
        }
        other => minijinja::Value::from(other.date_text()),
    }
}

fn from_vm(value: &minijinja::Value) -> Value<'static> {
    match value.kind() {
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => number(value),
        ValueKind::String => Value::text(value.to_string()),
        ValueKind::Seq | ValueKind::Iterable => {
            Value::List(value.try_iter().map(|items| items.map(|item| from_vm(&item)).collect()).unwrap_or_default())
        }
        ValueKind::Map => {
            let keys = value.try_iter().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
            let member =
                |key: minijinja::Value| (key.to_string().into(), value.get_item(&key).map_or(Value::Null, |item| from_vm(&item)));
            Value::Object(keys.into_iter().map(member).collect())
        }
        _ => Value::Null,
    }
}

fn number(value: &minijinja::Value) -> Value<'static> {
    if let Ok(integer) = i64::try_from(value.clone()) {
        return Value::Number(Number::Int(integer));
    }
    f64::try_from(value.clone()).ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// A literal of an expression as a value.
pub(super) fn literal(value: &minijinja::Value) -> Value<'static> {
    from_vm(value)
}
