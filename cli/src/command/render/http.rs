//! HTTP messages as text.

use crossdock_engine::carrier::{Reply, Request};
use serde_json::{Value, json};
use std::fmt::Write;

/// `Name: value`.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').filter(|(name, _)| !name.is_empty()).ok_or("expected `Name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads a whole reply: status line, headers, an empty line, the body.
pub(super) fn parse(bytes: &[u8]) -> Option<Reply> {
    let (head, body) = split(bytes);
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.map(|line| header(line).ok()).collect::<Option<Vec<_>>>()?;
    Some(Reply::Answered { status, headers, body: body.to_vec() })
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if let Some(at) = bytes.windows(end.len()).position(|window| window == end) {
            return (&bytes[..at], &bytes[at + end.len()..]);
        }
    }
    (bytes, b"")
}

/// A request as it goes over the wire, with what is secret as `***`.
pub(super) fn request(request: &Request, pretty: bool) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    headers(&mut text, &request.headers);
    let _ = write!(text, "\n{}", body(&request.body, pretty));
    mask(text.trim_end(), &request.masked) + "\n"
}

/// A reply as it came over the wire.
pub(super) fn reply(reply: &Reply, pretty: bool) -> String {
    match reply {
        Reply::Answered { status, headers: all, body: bytes } => {
            let mut text = format!("HTTP {status}\n");
            headers(&mut text, all);
            let _ = write!(text, "\n{}", body(bytes, pretty));
            text.trim_end().to_owned() + "\n"
        }
        Reply::NotConnected(why) => format!("not connected: {why}\n"),
        Reply::Broken(why) => format!("no reply: {why}\n"),
    }
}

pub(super) fn request_json(request: &Request) -> Value {
    let masked = |text: &str| Value::from(mask(text, &request.masked));
    let headers: Vec<Value> = request.headers.iter().map(|(name, value)| json!([name, masked(value)])).collect();
    json!({
        "method": request.method,
        "url": masked(&request.url),
        "headers": headers,
        "body": masked(&body(&request.body, false)),
        "timeout_ms": u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
    })
}

pub(super) fn reply_json(reply: &Reply) -> Value {
    match reply {
        Reply::Answered { status, headers, body: bytes } => {
            json!({"status": status, "headers": headers, "body": body(bytes, false)})
        }
        Reply::NotConnected(why) => json!({"not_connected": why}),
        Reply::Broken(why) => json!({"broken": why}),
    }
}

fn headers(text: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        let _ = writeln!(text, "{name}: {value}");
    }
}

fn body(bytes: &[u8], pretty: bool) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return format!("({} bytes, not text)", bytes.len()) };
    match serde_json::from_str::<Value>(text) {
        Ok(value) if pretty => format!("{value:#}"),
        _ => text.to_owned(),
    }
}

/// The longest first: one secret may be a part of another.
fn mask(text: &str, masked: &[String]) -> String {
    let mut masked: Vec<&String> = masked.iter().filter(|secret| !secret.is_empty()).collect();
    masked.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    masked.into_iter().fold(text.to_owned(), |text, secret| {
        let in_json = Value::from(secret.as_str()).to_string();
        text.replace(secret.as_str(), "***").replace(in_json.trim_matches('"'), "***")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_reply_is_read() {
        let Some(Reply::Answered { status, headers, body }) = parse(b"HTTP/1.1 201 Created\r\nX-Id: 7:8\r\n\r\n{\"a\":1}\n")
        else {
            panic!("a reply")
        };
        assert_eq!((status, body.as_slice()), (201, &b"{\"a\":1}\n"[..]));
        assert_eq!(headers, [("X-Id".to_owned(), "7:8".to_owned())]);
        assert!(parse(b"HTTP/1.1 abc\n\n").is_none());
    }

    #[test]
    fn a_secret_within_a_secret_leaves_nothing_behind() {
        let secrets = ["key".to_owned(), "a\"key".to_owned()];
        assert_eq!(mask("x=a\"key; y=key; z=\"a\\\"key\"", &secrets), "x=***; y=***; z=\"***\"");
    }
}
