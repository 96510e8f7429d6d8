//! JSON bodies, straight into bytes.

use super::at;
use super::emit::{RenderError, Sink, emit};
use super::template::{Member, Template};
use crate::expr::Env;
use crate::source::Span;
use crate::value::Value;

/// Writes JSON. Whether a comma is due is told by the last byte written.
#[derive(Debug)]
pub struct JsonSink<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> JsonSink<'o> {
    /// Appends to `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out }
    }

    fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    fn write(&mut self, value: &Value<'_>) -> Result<(), String> {
        match value {
            Value::Null => self.out.extend_from_slice(b"null"),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Number(number) => number.write_plain(self.out).map_err(|error| error.to_string())?,
            Value::Text(text) => write_text(text, self.out),
            Value::List(items) => {
                self.out.push(b'[');
                for item in items {
                    self.comma();
                    self.write(item)?;
                }
                self.out.push(b']');
            }
            Value::Object(members) => {
                self.out.push(b'{');
                for (name, value) in members {
                    self.comma();
                    write_text(name, self.out);
                    self.out.push(b':');
                    self.write(value)?;
                }
                self.out.push(b'}');
            }
            Value::Json(json) => self.out.extend_from_slice(json.as_bytes()),
            Value::Bytes(_) => return Err("bytes cannot stand in JSON: apply `| base64`".into()),
            dated => match dated.date_text() {
                Some(text) => write_text(&text, self.out),
                None => return Err(format!("{} cannot stand in JSON", dated.type_name())),
            },
        }
        Ok(())
    }
}

impl<'e> Sink<'e> for JsonSink<'_> {
    type Mark = usize;

    fn mark(&self) -> usize {
        self.out.len()
    }
    fn rollback(&mut self, mark: usize) {
        self.out.truncate(mark);
    }
    fn begin_object(&mut self, _: Span) {
        self.out.push(b'{');
    }
    fn member(&mut self, member: &'e Member) {
        self.comma();
        self.out.extend_from_slice(member.json.as_bytes());
    }
    fn computed_member(&mut self, key: String, _: Span) {
        self.comma();
        write_text(&key, self.out);
        self.out.push(b':');
    }
    fn end_object(&mut self) {
        self.out.push(b'}');
    }
    fn begin_list(&mut self, _: Span) {
        self.out.push(b'[');
    }
    fn item(&mut self) {
        self.comma();
    }
    fn end_list(&mut self) {
        self.out.push(b']');
    }
    fn value(&mut self, value: Value<'e>, span: Span) -> Result<(), RenderError> {
        self.write(&value).map_err(|message| at(span, message))
    }
    fn raw_json(&mut self, raw: &'e str) -> bool {
        let bytes = raw.as_bytes();
        let as_it_is = match bytes[0] {
            b'"' => memchr::memchr(b'\\', bytes).is_none(),
            b't' | b'f' => true,
            b'-' | b'0'..=b'9' => bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-'),
            _ => false,
        };
        if as_it_is {
            self.out.extend_from_slice(bytes);
        }
        as_it_is
    }
}

/// Writes a template as JSON; one that fell out altogether is `null`.
///
/// # Errors
/// See [`emit`].
pub fn write_json<'e>(template: &'e Template, env: &mut Env<'e>, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let mut sink = JsonSink::new(out);
    if !emit(template, env, &mut sink)? {
        out.extend_from_slice(b"null");
    }
    Ok(())
}

/// Writes a JSON string.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.push(b'"');
    if bytes.iter().all(|byte| *byte >= 0x20 && *byte != b'"' && *byte != b'\\') {
        out.extend_from_slice(bytes);
        out.push(b'"');
        return;
    }
    out.pop();
    // Writing to a vector cannot fail, nor can serialising a text.
    let _ = serde_json::to_writer(out, text);
}
