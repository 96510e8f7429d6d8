//! Just enough evaluation to run the examples: literals, filters, calls.

use super::super::find;
use crate::value::{Number, Value};
use minijinja::machinery::{ast, parse_expr};

/// What an example's expression gives.
pub(super) fn evaluate(expr: &str) -> Result<Value<'static>, String> {
    let parsed = parse_expr(expr).map_err(|error| error.to_string())?;
    value_of(&parsed)
}

fn value_of(expr: &ast::Expr<'_>) -> Result<Value<'static>, String> {
    match expr {
        ast::Expr::Const(constant) => literal(&constant.value),
        ast::Expr::UnaryOp(negative) => match value_of(&negative.expr)? {
            Value::Number(number) => number.neg().map(Value::Number).map_err(|error| error.to_string()),
            _ => Err("not a number".to_owned()),
        },
        ast::Expr::List(list) => list.items.iter().map(value_of).collect::<Result<_, _>>().map(Value::List),
        ast::Expr::Map(map) => {
            let names = map.keys.iter().map(|key| value_of(key).map(|name| name.as_str().unwrap_or_default().to_owned().into()));
            let values = map.values.iter().map(value_of);
            names.zip(values).map(|(name, value)| Ok((name?, value?))).collect::<Result<_, _>>().map(Value::Object)
        }
        ast::Expr::Filter(filter) => {
            let input = filter.expr.as_ref().ok_or("no input")?;
            call(filter.name, value_of(input)?, &filter.args)
        }
        ast::Expr::Call(function) => match (&function.expr, function.args.split_first()) {
            (ast::Expr::Var(name), Some((ast::CallArg::Pos(first), rest))) => call(name.id, value_of(first)?, rest),
            _ => Err("no such call".to_owned()),
        },
        other => Err(format!("not a literal: {}", other.description())),
    }
}

fn call(name: &str, input: Value<'static>, arguments: &[ast::CallArg<'_>]) -> Result<Value<'static>, String> {
    let spec = find(name).ok_or_else(|| format!("no filter `{name}`"))?;
    let mut values = Vec::new();
    for argument in arguments {
        match argument {
            ast::CallArg::Pos(expr) => values.push(value_of(expr)?),
            ast::CallArg::Kwarg(name, expr) => {
                let place = spec.place_of(name).ok_or("no such parameter")?;
                values.resize(values.len().max(place + 1), Value::Null);
                values[place] = value_of(expr)?;
            }
            _ => return Err("unpacking".to_owned()),
        }
    }
    let known: Vec<_> = values.iter().map(Some).collect();
    spec.check_arguments(&known).map_err(|error| error.to_string())?;
    spec.call(input, &values).map(Value::into_owned).map_err(|error| error.to_string())
}

fn literal(value: &minijinja::Value) -> Result<Value<'static>, String> {
    if let Some(text) = value.as_str() {
        return Ok(Value::text(text.to_owned()));
    }
    let json = serde_json::to_value(value).map_err(|error| error.to_string())?;
    if let serde_json::Value::Number(number) = &json {
        return match number.as_i64() {
            Some(int) => Ok(Value::from(int)),
            None => number.as_f64().and_then(Number::from_f64).map(Value::Number).ok_or("a number".to_owned()),
        };
    }
    Ok(Value::from_json(&json).into_owned())
}
