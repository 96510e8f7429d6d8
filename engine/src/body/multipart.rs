//! `multipart/form-data` bodies (RFC 7578).
//!
//! A member is a field, a list repeats it; `{$file, $media, $data}` is a file, or a field with a media type of its own.

use super::at;
use super::emit::RenderError;
use super::form::field;
use super::tree::{Tree, TreeKind};
use crate::value::Value;
use sha2::{Digest, Sha256};

/// The words of a part that is more than a field.
pub(crate) const PART_WORDS: &[&str] = &["$file", "$media", "$data"];

/// Writes the parts; yields what separates them. It is a digest of what they hold, so that the same order makes the same
/// bytes, and no part can hold it.
///
/// # Errors
/// Objects that are neither a field nor a file.
pub fn write_multipart(tree: &Tree<'_>, out: &mut Vec<u8>) -> Result<String, RenderError> {
    let parts = parts(tree)?;
    let mut digest = Sha256::new();
    for part in &parts {
        digest.update(&part.head);
        digest.update(&part.data);
    }
    let boundary = format!("----part-{}", &hex::encode(digest.finalize())[..32]);
    for part in &parts {
        out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        out.extend_from_slice(&part.head);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&part.data);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(boundary)
}

/// One part: its headers and what it holds.
struct Part {
    head: Vec<u8>,
    data: Vec<u8>,
}

fn parts(tree: &Tree<'_>) -> Result<Vec<Part>, RenderError> {
    let mut parts = Vec::new();
    match &tree.kind {
        TreeKind::Object(members) => {
            for (name, _, value) in members {
                field(name, value, &mut |name, tree| {
                    parts.push(part(name, tree)?);
                    Ok(())
                })?;
            }
        }
        TreeKind::Value(Value::Null) => {}
        _ => return Err(at(tree.span, "a multipart body is made of fields: a mapping belongs here")),
    }
    Ok(parts)
}

fn part(name: &str, tree: &Tree<'_>) -> Result<Part, RenderError> {
    let TreeKind::Object(members) = &tree.kind else {
        return Ok(Part { head: head(name, None, None, tree)?, data: tree.bytes()?.into_owned() });
    };
    if let Some((other, _, value)) = members.iter().find(|(name, ..)| !PART_WORDS.contains(&&**name)) {
        let words = format!("`{other}` is no word of a part: a structure is written by `$json` or `$xml`");
        return Err(at(value.span, words));
    }
    let word = |word: &str| members.iter().find(|(name, ..)| **name == *word).map(|(.., value)| value);
    let text = |word: Option<&Tree<'_>>| word.map(|tree| tree.text().map(std::borrow::Cow::into_owned)).transpose();
    let Some(data) = word("$data") else { return Err(at(tree.span, "a part needs its `$data`")) };
    let file = text(word("$file"))?;
    let media = text(word("$media"))?.or_else(|| file.as_ref().map(|_| "application/octet-stream".to_owned()));
    Ok(Part { head: head(name, file.as_deref(), media.as_deref(), tree)?, data: data.bytes()?.into_owned() })
}

fn head(name: &str, file: Option<&str>, media: Option<&str>, tree: &Tree<'_>) -> Result<Vec<u8>, RenderError> {
    let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
    if let Some(file) = file {
        head.push_str(&format!("; filename=\"{}\"", quoted(file)));
    }
    head.push_str("\r\n");
    if let Some(media) = media {
        if media.contains(|letter: char| letter.is_ascii_control()) {
            return Err(at(tree.span, "a media type with a line break or another control character"));
        }
        head.push_str(&format!("Content-Type: {media}\r\n"));
    }
    Ok(head.into_bytes())
}

/// As browsers do (WHATWG HTML, multipart form data): quotes and line breaks are percent-encoded.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
