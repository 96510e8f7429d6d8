//! `application/x-www-form-urlencoded` bodies.

use super::at;
use super::emit::RenderError;
use super::tree::{Tree, TreeKind};
use crate::value::Value;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What stands for itself in a form (WHATWG URL, application/x-www-form-urlencoded percent-encode set).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Fields in order; a list repeats its field. Bytes are sent as they came.
///
/// # Errors
/// Objects inside fields: a form is flat.
pub fn form_fields(tree: &Tree<'_>) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let mut fields = Vec::new();
    match &tree.kind {
        TreeKind::Object(members) => {
            for (name, _, value) in members {
                field(name, value, &mut |name, tree| {
                    fields.push((name.to_owned(), tree.bytes()?.into_owned()));
                    Ok(())
                })?;
            }
        }
        TreeKind::Value(Value::Null) => {}
        _ => return Err(at(tree.span, "a form is made of fields: a mapping belongs here")),
    }
    Ok(fields)
}

/// The same as texts: headers and query parameters.
///
/// # Errors
/// See [`form_fields`]; bytes are no text.
pub fn form_pairs(tree: &Tree<'_>) -> Result<Vec<(String, String)>, RenderError> {
    let text = |(name, value)| match String::from_utf8(value) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(at(tree.span, "bytes that are no text cannot stand here: apply `| base64`")),
    };
    form_fields(tree)?.into_iter().map(text).collect()
}

/// Hands every value of a field to `add`: one, or those of a list.
pub(super) fn field(
    name: &str,
    tree: &Tree<'_>,
    add: &mut dyn FnMut(&str, &Tree<'_>) -> Result<(), RenderError>,
) -> Result<(), RenderError> {
    match &tree.kind {
        TreeKind::List(items) => items.iter().try_for_each(|item| field(name, item, add)),
        TreeKind::Value(value @ (Value::List(_) | Value::Json(_))) => match value.clone().expand() {
            Value::List(items) => {
                items.into_iter().try_for_each(|item| field(name, &Tree { kind: TreeKind::Value(item), span: tree.span }, add))
            }
            _ => Err(at(tree.span, "an object cannot be one field: use `$json`")),
        },
        TreeKind::Value(Value::Object(_)) => Err(at(tree.span, "an object cannot be one field: use `$json`")),
        _ => add(name, tree),
    }
}

/// Writes the fields.
///
/// # Errors
/// See [`form_fields`].
pub fn write_form(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    for (at, (name, value)) in form_fields(tree)?.iter().enumerate() {
        if at > 0 {
            out.push(b'&');
        }
        encode(name.as_bytes(), out);
        out.push(b'=');
        encode(value, out);
    }
    Ok(())
}

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    for (at, word) in bytes.split(|byte| *byte == b' ').enumerate() {
        if at > 0 {
            out.push(b'+');
        }
        out.extend(percent_encode(word, FORM).flat_map(str::bytes));
    }
}
