//! Undoes `Content-Encoding`.

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::Read;

/// The body as it was before encoding. When something was undone, the headers that described the encoded form go.
///
/// # Errors
/// When the encoding is not known, the data is damaged, or the decoded body is larger than `largest` bytes.
pub(super) fn decode(headers: &mut Vec<(String, String)>, body: Vec<u8>, largest: usize) -> Result<Vec<u8>, String> {
    let encodings = encodings(headers);
    if encodings.is_empty() || body.is_empty() {
        return Ok(body);
    }
    let mut body = body;
    for encoding in encodings.iter().rev() {
        body = undo(encoding, &body, largest)?;
    }
    headers.retain(|(name, _)| !is(name, "content-encoding") && !is(name, "content-length"));
    Ok(body)
}

fn is(name: &str, expected: &str) -> bool {
    name.eq_ignore_ascii_case(expected)
}

fn encodings(headers: &[(String, String)]) -> Vec<String> {
    headers
        .iter()
        .filter(|(name, _)| is(name, "content-encoding"))
        .flat_map(|(_, value)| value.split(','))
        .map(|encoding| encoding.trim().to_ascii_lowercase())
        .filter(|encoding| !encoding.is_empty() && encoding != "identity")
        .collect()
}

fn undo(encoding: &str, body: &[u8], largest: usize) -> Result<Vec<u8>, String> {
    match encoding {
        "gzip" | "x-gzip" => bounded(MultiGzDecoder::new(body), largest),
        // The standard means zlib; some servers send the bare stream.
        "deflate" => bounded(ZlibDecoder::new(body), largest).or_else(|_| bounded(DeflateDecoder::new(body), largest)),
        other => Err(format!("the reply has the unknown content encoding `{}`", other.escape_debug())),
    }
}

fn bounded(reader: impl Read, largest: usize) -> Result<Vec<u8>, String> {
    let mut decoded = Vec::new();
    let limit = largest as u64 + 1;
    reader.take(limit).read_to_end(&mut decoded).map_err(|_| "the reply's compressed body is damaged".to_owned())?;
    if decoded.len() > largest {
        return Err(format!("the reply is larger than {largest} bytes when decompressed"));
    }
    Ok(decoded)
}
