//! Writes JSON into a buffer: whether a comma is due is told by the last byte.

use super::order::Text;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::io::Write as _;

pub(super) struct Json<'o> {
    pub(super) out: &'o mut Vec<u8>,
}

impl Json<'_> {
    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    /// A member's name with quotes and colon: `"name":`.
    pub(super) fn key(&mut self, key: &str) {
        self.comma();
        self.out.extend_from_slice(key.as_bytes());
    }

    pub(super) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(super) fn text(&mut self, key: &str, text: &Text<'_>) {
        self.key(key);
        write_text(text, self.out);
    }

    /// A text that falls out when there is none.
    pub(super) fn optional(&mut self, key: &str, text: Option<&Text<'_>>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// A text that falls out when there is none or it is empty.
    pub(super) fn filled(&mut self, key: &str, text: Option<&Text<'_>>) {
        self.optional(key, text.filter(|text| !text.0.is_empty()));
    }

    pub(super) fn decimal(&mut self, key: &str, number: Option<Decimal>) {
        if let Some(number) = number {
            self.key(key);
            // Writing to a vector cannot fail.
            let _ = write!(self.out, "{number}");
        }
    }

    pub(super) fn number(&mut self, key: &str, digits: Option<&str>) {
        if let Some(digits) = digits {
            self.raw(key, digits);
        }
    }

    /// Opens an object or list; the result takes it back if nothing comes into it.
    pub(super) fn open(&mut self, key: &str, bracket: u8) -> usize {
        let before = self.out.len();
        self.key(key);
        self.out.push(bracket);
        before
    }

    pub(super) fn item(&mut self) -> usize {
        self.open("", b'{')
    }

    pub(super) fn close(&mut self, before: usize) {
        match self.out.last() {
            Some(b'{' | b'[') => self.out.truncate(before),
            _ => self.out.push(b'}'),
        }
    }

    pub(super) fn close_list(&mut self, before: usize) {
        match self.out.last() {
            Some(b'[') => self.out.truncate(before),
            _ => self.out.push(b']'),
        }
    }
}

/// What was borrowed had no escapes, so it needs none.
pub(super) fn write_text(text: &Text<'_>, out: &mut Vec<u8>) {
    match &text.0 {
        Cow::Borrowed(text) => {
            out.push(b'"');
            out.extend_from_slice(text.as_bytes());
            out.push(b'"');
        }
        Cow::Owned(text) => {
            // Writing to a vector cannot fail, nor can serialising a text.
            let _ = serde_json::to_writer(out, text);
        }
    }
}
