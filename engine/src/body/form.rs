//! `application/x-www-form-urlencoded` bodies.

use super::at;
use super::emit::RenderError;
use super::tree::{Tree, TreeKind};
use crate::value::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a form (WHATWG URL, application/x-www-form-urlencoded percent-encode set).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Fields in order; a list repeats its field.
///
/// # Errors
/// Objects inside fields: a form is flat.
pub fn form_pairs(tree: &Tree<'_>) -> Result<Vec<(String, String)>, RenderError> {
    let mut pairs = Vec::new();
    match &tree.kind {
        TreeKind::Object(members) => {
            for (name, _, value) in members {
                field(name, value, &mut pairs)?;
            }
        }
        TreeKind::Value(Value::Null) => {}
        _ => return Err(at(tree.span, "a form is made of fields: a mapping belongs here")),
    }
    Ok(pairs)
}

fn field(name: &str, tree: &Tree<'_>, pairs: &mut Vec<(String, String)>) -> Result<(), RenderError> {
    match &tree.kind {
        TreeKind::List(items) => items.iter().try_for_each(|item| field(name, item, pairs)),
        TreeKind::Value(value @ (Value::List(_) | Value::Json(_))) => match value.clone().expand() {
            Value::List(items) => {
                items.into_iter().try_for_each(|item| field(name, &Tree { kind: TreeKind::Value(item), span: tree.span }, pairs))
            }
            _ => Err(at(tree.span, "an object cannot be one field: use `$json`")),
        },
        TreeKind::Object(_) | TreeKind::Value(Value::Object(_)) => {
            Err(at(tree.span, "an object cannot be one field: use `$json`"))
        }
        TreeKind::Value(_) => {
            pairs.push((name.to_owned(), tree.text()?.into_owned()));
            Ok(())
        }
    }
}

/// Writes the fields.
///
/// # Errors
/// See [`form_pairs`].
pub fn write_form(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    for (at, (name, value)) in form_pairs(tree)?.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        encode(name, out);
        out.push(b'=');
        encode(value, out);
    }
    Ok(())
}

fn encode(text: &str, out: &mut Vec<u8>) {
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(b'+');
        }
        out.extend(utf8_percent_encode(word, FORM).flat_map(str::bytes));
    }
}
