//! Bodies of kind `multipart/*` (RFC 2046, section 5.1): parts by name.

use super::{DocumentKind, ReadError, open};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;

/// A multipart body as the JSON text of an object: each part under its name (of its disposition, else its file's, else
/// its place from 0), JSON and XML as what they say, other text as text. A part of any other media type is bytes, in Base64,
/// whatever the bytes are: so a file need not know whether a label happens to be text.
///
/// # Errors
/// No boundary, parts that are cut off, a part of JSON or XML that is none.
pub fn multipart_to_json(boundary: &str, body: &[u8]) -> Result<String, ReadError> {
    let mut found: IndexMap<String, Vec<Box<RawValue>>> = IndexMap::new();
    for (at, part) in parts(boundary, body)?.into_iter().enumerate() {
        let (name, json) = read(part, at)?;
        // The text itself, so that numbers keep their digits.
        let raw = RawValue::from_string(json).map_err(|_| ReadError::whole("a part that is no JSON"))?;
        found.entry(name).or_default().push(raw);
    }
    let written = |values: &Vec<Box<RawValue>>| match values.as_slice() {
        [one] => serde_json::value::to_raw_value(one),
        many => serde_json::value::to_raw_value(many),
    };
    let object: Result<IndexMap<&String, Box<RawValue>>, _> =
        found.iter().map(|(name, values)| written(values).map(|json| (name, json))).collect();
    object
        .and_then(|object| serde_json::to_string(&object))
        .map_err(|_| ReadError::whole("the parts could not be written as JSON"))
}

/// What stands between the lines that separate.
fn parts<'b>(boundary: &str, body: &'b [u8]) -> Result<Vec<&'b [u8]>, ReadError> {
    let line = format!("--{boundary}");
    let mut rest = after(body, line.as_bytes()).ok_or_else(|| ReadError::whole("a multipart body without its boundary"))?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let start = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let end = memchr::memmem::find(&rest[start..], line.as_bytes()).map(|end| start + end);
        let Some(end) = end else { return Err(ReadError::whole("a multipart body that is cut off")) };
        let part = &rest[start..end];
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        parts.push(part.strip_suffix(b"\r").unwrap_or(part));
        rest = &rest[end + line.len()..];
    }
    Ok(parts)
}

fn after<'b>(body: &'b [u8], line: &[u8]) -> Option<&'b [u8]> {
    memchr::memmem::find(body, line).map(|at| &body[at + line.len()..])
}

/// A part's name, and what it says as JSON text.
fn read(part: &[u8], at: usize) -> Result<(String, String), ReadError> {
    let cut = |sign: &[u8]| memchr::memmem::find(part, sign).map(|end| (&part[..end], &part[end + sign.len()..]));
    // A part may have no headers at all: then it begins with the empty line.
    let (head, data) = cut(b"\r\n\r\n").or_else(|| cut(b"\n\n")).unwrap_or((b"", part.trim_ascii_start()));
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition").unwrap_or_default();
    let name = parameter(disposition, "name").or_else(|| parameter(disposition, "filename"));
    Ok((name.unwrap_or_else(|| at.to_string()), value(header("content-type"), data)?))
}

fn value(content_type: Option<&str>, data: &[u8]) -> Result<String, ReadError> {
    let text = |text: &str| Value::from(text).to_string();
    let binary = || text(&STANDARD.encode(data));
    if content_type.is_some_and(|media| !is_text(media)) {
        return Ok(binary());
    }
    if std::str::from_utf8(data).is_err() && content_type.is_none_or(|media| !media.contains("charset")) {
        return Ok(binary());
    }
    let document = match open(content_type, data) {
        Ok(document) => document,
        Err(error) if content_type.is_some_and(|media| media.contains("json") || media.contains("xml")) => return Err(error),
        Err(_) => return Ok(binary()),
    };
    Ok(match document.kind {
        DocumentKind::Json | DocumentKind::Xml | DocumentKind::Text => document.json.trim().to_owned(),
        DocumentKind::Form | DocumentKind::Multipart => text(&String::from_utf8_lossy(data)),
        DocumentKind::Empty => text(""),
    })
}

/// Whether a media type is one of text: only such a part is read as what it says.
fn is_text(media: &str) -> bool {
    let media = media.to_ascii_lowercase();
    ["text/", "json", "xml", "x-www-form-urlencoded", "multipart/"].iter().any(|word| media.contains(word))
}

/// A parameter of a header, with quotes or without.
pub(super) fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}
