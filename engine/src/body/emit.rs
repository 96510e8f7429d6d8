//! The one way from a template to output.

use super::template::{LoopList, Member, Nested, OnNull, Template, TextPart};
use super::{TreeSink, at, write_xml};
use crate::coverage::What;
use crate::document::{Cell, Slots};
use crate::expr::{Doc, Env, Expr, LoopState};
use crate::source::Span;
use crate::value::Value;
use std::fmt;

/// Why a body cannot be made. The message names expressions and types, never data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    /// What is wrong.
    pub message: String,
    /// Where in the file.
    pub span: Span,
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RenderError {}

/// Takes what a template emits.
pub trait Sink<'e> {
    /// A point to go back to.
    type Mark;
    /// The point reached.
    fn mark(&self) -> Self::Mark;
    /// Forgets everything since.
    fn rollback(&mut self, mark: Self::Mark);
    /// An object begins.
    fn begin_object(&mut self, span: Span);
    /// The next value is this member's.
    fn member(&mut self, member: &'e Member);
    /// The next value is that of a member whose name is made of data.
    fn computed_member(&mut self, key: String, span: Span);
    /// The object ends.
    fn end_object(&mut self);
    /// A list begins.
    fn begin_list(&mut self, span: Span);
    /// The next value is an item.
    fn item(&mut self);
    /// The list ends.
    fn end_list(&mut self);
    /// A value.
    fn value(&mut self, value: Value<'e>, span: Span) -> Result<(), RenderError>;
    /// A value by its own JSON text, if the sink can take it so.
    fn raw_json(&mut self, _raw: &'e str) -> bool {
        false
    }
}

/// Emits a template. Says whether anything stands there: false means that it fell out.
///
/// # Errors
/// A null that may not fall out, an expression that fails, a value that the sink cannot take.
pub fn emit<'e, S: Sink<'e>>(template: &'e Template, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    match template {
        Template::Value { expr, on_null, span } => leaf(expr, *on_null, *span, env, sink),
        Template::Literal(value, span) => {
            env.touch(*span, What::Leaf);
            sink.value(value.share(), *span).map(|()| true)
        }
        Template::Object(members, span) => object(members, *span, env, sink),
        Template::Text(parts, span) => {
            let text = mixed(parts, env)?;
            env.touch(*span, What::Leaf);
            sink.value(Value::text(text), *span).map(|()| true)
        }
        Template::List(items, span) => list(items, *span, env, sink),
        Template::For(over, item, span) => repeat(over, item, *span, env, sink),
        Template::If(..) | Template::Match(..) => match choose(template, env)? {
            Some(chosen) => emit(chosen, env, sink),
            None => Ok(false),
        },
        Template::Merge(_, span) | Template::Keyed(_, _, span) => {
            let before = sink.mark();
            sink.begin_object(*span);
            if members_of(template, env, sink)? {
                sink.end_object();
                return Ok(true);
            }
            sink.rollback(before);
            Ok(false)
        }
        Template::Masked(inner, span) => masked(inner, *span, env, sink),
        Template::Nested(format, inner, span) => nested(*format, inner, *span, env, sink),
    }
}

/// The branch that a condition picks.
pub(crate) fn choose<'e>(template: &'e Template, env: &Env<'e>) -> Result<Option<&'e Template>, RenderError> {
    match template {
        Template::If(arms, otherwise) => {
            for (place, (condition, then, span)) in arms.iter().enumerate() {
                if condition.holds(env).map_err(|error| at(*span, error.message))? {
                    env.touch(*span, What::Arm(place as u16));
                    return Ok(Some(then));
                }
            }
            env.touch(template.span(), What::Otherwise);
            Ok(otherwise.as_deref())
        }
        Template::Match(subject, arms, otherwise, span) => {
            let value = subject.eval(env).map_err(|error| at(*span, error.message))?;
            match arms.iter().position(|(key, _)| same(key, &value)) {
                Some(place) => {
                    env.touch(*span, What::Arm(place as u16));
                    Ok(Some(&arms[place].1))
                }
                None if otherwise.is_some() => {
                    env.touch(*span, What::Otherwise);
                    Ok(otherwise.as_deref())
                }
                None => Err(at(*span, "no branch of `$match` takes this value, and there is no `$else`")),
            }
        }
        other => Ok(Some(other)),
    }
}

/// Keys of `$match` are texts in the file: `true` and `2` match the boolean and the number too.
fn same(key: &Value<'_>, value: &Value<'_>) -> bool {
    match (key, value) {
        (Value::Text(key), Value::Bool(flag)) => **key == *flag.to_string(),
        (Value::Text(key), Value::Number(number)) => number.plain().is_ok_and(|plain| *plain == **key),
        _ => key.equals(value),
    }
}

fn leaf<'e, S: Sink<'e>>(
    expr: &'e Expr,
    on_null: OnNull,
    span: Span,
    env: &mut Env<'e>,
    sink: &mut S,
) -> Result<bool, RenderError> {
    if let Expr::Slot(Doc::Input, row, access) = expr
        && let Some(Cell::Raw(raw)) = env.docs[0].map(|slots| slots.get(env.rows[usize::from(*row)], access))
        && raw != "\"\""
        && sink.raw_json(raw)
    {
        env.touch(span, What::Leaf);
        return Ok(true);
    }
    let value = expr.eval(env).map_err(|error| at(span, error.message))?;
    let falls_out = match on_null {
        OnNull::Error if value.is_null() => {
            return Err(at(span, "this is null: let it fall out with `$omit: absent`, or give it a `default`"));
        }
        OnNull::Error => false,
        OnNull::OmitNull => value.is_null(),
        OnNull::OmitEmpty => value.is_empty(),
    };
    if falls_out {
        return Ok(false);
    }
    env.touch(span, What::Leaf);
    sink.value(value, span).map(|()| true)
}

fn mixed<'e>(parts: &'e [TextPart], env: &Env<'e>) -> Result<String, RenderError> {
    let mut text = String::new();
    for part in parts {
        match part {
            TextPart::Literal(literal) => text.push_str(literal),
            TextPart::Value(expr, span) => {
                let value = expr.eval(env).map_err(|error| at(*span, error.message))?;
                if value.is_null() {
                    return Err(at(*span, "this is null inside a text: give it a `default`"));
                }
                text.push_str(&value.to_text().map_err(|error| at(*span, error.to_string()))?);
            }
        }
    }
    Ok(text)
}

/// A text made of secrets: noted, so that whoever shows the request hides it.
fn masked<'e, S: Sink<'e>>(inner: &'e Template, span: Span, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    let mut tree = TreeSink::new();
    if !emit(inner, env, &mut tree)? {
        return Ok(false);
    }
    let text = tree.finish().text()?.into_owned();
    env.masked.borrow_mut().push(text.clone());
    sink.value(Value::text(text), span).map(|()| true)
}

/// An object whose members all fell out falls out too; one without computed members never does.
fn object<'e, S: Sink<'e>>(members: &'e [Member], span: Span, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    let before = sink.mark();
    sink.begin_object(span);
    let present = write_members(members, env, sink)?;
    if !present && !members.is_empty() {
        sink.rollback(before);
        return Ok(false);
    }
    sink.end_object();
    Ok(true)
}

fn write_members<'e, S: Sink<'e>>(members: &'e [Member], env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    let mut present = false;
    for member in members {
        let before = sink.mark();
        sink.member(member);
        if emit(&member.value, env, sink)? {
            present = true;
        } else if member.must {
            return Err(at(member.value.span(), format!("`{}` must be there, but this gives nothing", member.key)));
        } else {
            sink.rollback(before);
        }
    }
    Ok(present)
}

/// The members of an object, into the object that is open; says whether there is something to keep.
fn members_of<'e, S: Sink<'e>>(template: &'e Template, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    match template {
        Template::Object(members, _) => Ok(write_members(members, env, sink)? || members.is_empty()),
        Template::If(..) | Template::Match(..) => match choose(template, env)? {
            Some(chosen) => members_of(chosen, env, sink),
            None => Ok(false),
        },
        Template::Merge(parts, _) => {
            let mut present = false;
            for part in parts {
                present |= members_of(part, env, sink)?;
            }
            Ok(present)
        }
        Template::Keyed(over, entry, span) => keyed(over, entry, *span, env, sink),
        other => Err(at(other.span(), "`$merge` takes objects only")),
    }
}

/// The members that a loop makes, into the object that is open.
fn keyed<'e, S: Sink<'e>>(
    over: &'e LoopList,
    entry: &'e (Template, Template),
    span: Span,
    env: &mut Env<'e>,
    sink: &mut S,
) -> Result<bool, RenderError> {
    let (key, value) = entry;
    let (mut present, mut entered) = (false, false);
    let mut known = std::collections::HashSet::new();
    for_each(over, span, env, &mut |env| {
        entered = true;
        let name = TreeSink::render(key, env)?.text()?.into_owned();
        if name.is_empty() {
            return Err(at(key.span(), "the key of an entry is empty"));
        }
        if !known.insert(name.clone()) {
            return Err(at(key.span(), "two entries have the same key: one of them would be lost"));
        }
        let before = sink.mark();
        sink.computed_member(name, key.span());
        match emit(value, env, sink)? {
            true => present = true,
            false => sink.rollback(before),
        }
        Ok(())
    })?;
    if !entered {
        env.touch(span, What::Empty);
    }
    Ok(present)
}

fn list<'e, S: Sink<'e>>(items: &'e [Template], span: Span, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    let before = sink.mark();
    sink.begin_list(span);
    let mut present = items.is_empty();
    for item in items {
        present |= list_item(item, env, sink)?;
    }
    if !present {
        sink.rollback(before);
        return Ok(false);
    }
    sink.end_list();
    Ok(true)
}

fn list_item<'e, S: Sink<'e>>(item: &'e Template, env: &mut Env<'e>, sink: &mut S) -> Result<bool, RenderError> {
    if let Template::For(over, inner, span) = item {
        return each(over, inner, *span, env, sink);
    }
    let before = sink.mark();
    sink.item();
    let present = emit(item, env, sink)?;
    if !present {
        sink.rollback(before);
    }
    Ok(present)
}

fn repeat<'e, S: Sink<'e>>(
    over: &'e LoopList,
    item: &'e Template,
    span: Span,
    env: &mut Env<'e>,
    sink: &mut S,
) -> Result<bool, RenderError> {
    let before = sink.mark();
    sink.begin_list(span);
    if !each(over, item, span, env, sink)? {
        sink.rollback(before);
        return Ok(false);
    }
    sink.end_list();
    Ok(true)
}

/// Runs a loop's body for every element; says whether anything was emitted.
fn each<'e, S: Sink<'e>>(
    over: &'e LoopList,
    item: &'e Template,
    span: Span,
    env: &mut Env<'e>,
    sink: &mut S,
) -> Result<bool, RenderError> {
    let (mut present, mut entered) = (false, false);
    for_each(over, item.span(), env, &mut |env| {
        entered = true;
        present |= list_item(item, env, sink)?;
        Ok(())
    })?;
    if !entered {
        env.touch(span, What::Empty);
    }
    Ok(present)
}

/// Calls `run` for every element of a loop's list, with its row or variable on the stack.
pub(crate) fn for_each<'e>(
    over: &'e LoopList,
    span: Span,
    env: &mut Env<'e>,
    run: &mut dyn FnMut(&mut Env<'e>) -> Result<(), RenderError>,
) -> Result<(), RenderError> {
    match over {
        LoopList::Rows(doc, row, access) => {
            let Some(slots) = env.docs[*doc as usize] else { return Ok(()) };
            for (at, base) in row_bases(slots, env.rows[usize::from(*row)], access).into_iter().enumerate() {
                env.loops.push(LoopState { index: at as u32 + 1, count: base.1 });
                env.rows.push(base.0);
                let result = run(env);
                env.rows.pop();
                env.loops.pop();
                result?;
            }
            Ok(())
        }
        LoopList::Values(expr) => {
            let items = match expr.eval(env).map_err(|error| at(span, error.message))?.expand() {
                Value::Null => return Ok(()),
                Value::List(items) => items,
                other => return Err(at(span, format!("`$for` goes over a list, not {}", other.type_name()))),
            };
            let count = items.len() as u32;
            for (at, value) in items.into_iter().enumerate() {
                env.loops.push(LoopState { index: at as u32 + 1, count });
                env.locals.push(value);
                let result = run(env);
                env.locals.pop();
                env.loops.pop();
                result?;
            }
            Ok(())
        }
    }
}

/// The bases of a list's rows, each with the number of rows.
fn row_bases(slots: &Slots<'_>, base: u32, access: &crate::document::Access) -> Vec<(u32, u32)> {
    let mut rows = Vec::new();
    slots.bases(base, &access.hops, |row| rows.extend(slots.rows(row, access.slot)));
    let count = rows.len() as u32;
    rows.into_iter().map(|row| (row, count)).collect()
}

fn nested<'e, S: Sink<'e>>(
    format: Nested,
    inner: &'e Template,
    span: Span,
    env: &mut Env<'e>,
    sink: &mut S,
) -> Result<bool, RenderError> {
    let mut bytes = Vec::with_capacity(256);
    match format {
        Nested::Json => {
            let mut json = super::JsonSink::new(&mut bytes);
            if !emit(inner, env, &mut json)? {
                return Ok(false);
            }
        }
        Nested::Xml => {
            let mut tree = TreeSink::new();
            if !emit(inner, env, &mut tree)? {
                return Ok(false);
            }
            write_xml(&tree.finish(), &mut bytes)?;
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| at(span, "not UTF-8"))?;
    sink.value(Value::text(text), span).map(|()| true)
}
