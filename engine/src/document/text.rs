//! Bytes of a message as text, and which kind of document the text is.

use super::multipart::parameter;
use super::{Origin, ReadError, form_to_json, multipart_to_json, xml_to_json};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/*`.
    Multipart,
    /// Anything else.
    Text,
    /// Nothing, or white space only.
    Empty,
}

/// A body, ready to be read by a plan.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// What it was.
    pub kind: DocumentKind,
    /// The same as JSON text: a text as a string, an empty body as null.
    pub json: Cow<'a, str>,
}

impl Document<'_> {
    /// How its slots are decoded.
    #[must_use]
    pub fn origin(&self) -> Origin {
        if self.kind == DocumentKind::Xml { Origin::Xml } else { Origin::Json }
    }
}

/// Makes JSON text of a body, by its `Content-Type` and by what it looks like.
///
/// # Errors
/// An unknown charset, bytes that are not in it, malformed XML, form or parts. Malformed JSON shows when the plan reads it.
pub fn open<'a>(content_type: Option<&str>, body: &'a [u8]) -> Result<Document<'a>, ReadError> {
    let boundary = content_type.filter(|_| media_type(content_type).starts_with("multipart/"));
    if let Some(boundary) = boundary.and_then(|header| parameter(header, "boundary")) {
        return Ok(Document { kind: DocumentKind::Multipart, json: multipart_to_json(&boundary, body)?.into() });
    }
    let text = to_text(content_type, body)?;
    let kind = sniff(content_type, text.as_bytes());
    let json = match kind {
        DocumentKind::Json => text,
        DocumentKind::Xml => xml_to_json(&text)?.into(),
        DocumentKind::Form => form_to_json(&text)?.into(),
        DocumentKind::Multipart | DocumentKind::Text => serde_json::Value::from(&*text).to_string().into(),
        DocumentKind::Empty => "null".into(),
    };
    Ok(Document { kind, json })
}

/// What a body is: by what it begins with if that is JSON or XML, else by its `Content-Type`.
///
/// A body that a counterpart labels as JSON or XML but that looks like neither is held to the label, so that it fails
/// as malformed; HTML is text.
#[must_use]
pub fn sniff(content_type: Option<&str>, body: &[u8]) -> DocumentKind {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
    let media = media_type(content_type);
    let (is_json, is_xml) = (names(&media, "json"), names(&media, "xml"));
    match (body.first(), media.as_str()) {
        (None, _) => DocumentKind::Empty,
        // Some label all that they send as a form, whatever it is.
        (Some(b'{' | b'['), "application/x-www-form-urlencoded") if is_valid_json(body) => DocumentKind::Json,
        (Some(b'{' | b'['), media) if is_json || media != "application/x-www-form-urlencoded" && !is_xml => DocumentKind::Json,
        (Some(b'<'), "text/html" | "application/xhtml+xml") => DocumentKind::Text,
        (Some(b'<'), _) if is_html(body) => DocumentKind::Text,
        (Some(b'<'), _) => DocumentKind::Xml,
        (_, "application/x-www-form-urlencoded") => DocumentKind::Form,
        _ if is_json => DocumentKind::Json,
        _ if is_xml => DocumentKind::Xml,
        _ => DocumentKind::Text,
    }
}

fn is_valid_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// A body as text: its byte order mark stripped, its charset (by that mark, by the `Content-Type`, by the XML
/// declaration, else UTF-8) decoded.
///
/// # Errors
/// An unknown charset, or bytes that are not in it.
pub fn to_text<'a>(content_type: Option<&str>, body: &'a [u8]) -> Result<Cow<'a, str>, ReadError> {
    let (encoding, body) = match Encoding::for_bom(body) {
        Some((encoding, mark)) => (encoding, &body[mark..]),
        None => (declared(content_type, body)?, body),
    };
    encoding
        .decode_without_bom_handling_and_without_replacement(body)
        .ok_or_else(|| ReadError::whole(format!("bytes that are not {}", encoding.name())))
}

fn declared(content_type: Option<&str>, body: &[u8]) -> Result<&'static Encoding, ReadError> {
    let said = content_type.and_then(|header| parameter(header, "charset"));
    let Some(label) = said.or_else(|| xml_encoding(body).map(str::to_owned)) else { return Ok(UTF_8) };
    Encoding::for_label(label.as_bytes())
        .filter(|encoding| [UTF_8, WINDOWS_1252, UTF_16BE, UTF_16LE].contains(encoding))
        .ok_or_else(|| ReadError::whole("a charset that is not UTF-8, UTF-16, ISO-8859-1 or Windows-1252"))
}

/// The encoding that an XML declaration names.
fn xml_encoding(body: &[u8]) -> Option<&str> {
    let declaration = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
    let after = std::str::from_utf8(declaration).ok()?.split_once("encoding")?.1;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label)
}

fn media_type(content_type: Option<&str>) -> String {
    content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is of a syntax: `text/xml`, `application/soap+xml`.
fn names(media: &str, syntax: &str) -> bool {
    media.rsplit(['/', '+']).next() == Some(syntax)
}

fn is_html(body: &[u8]) -> bool {
    let starts = |tag: &[u8]| body.len() >= tag.len() && body[..tag.len()].eq_ignore_ascii_case(tag);
    starts(b"<!doctype html") || starts(b"<html")
}
