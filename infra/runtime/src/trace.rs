//! One name for all that follows from one order or one delivery: the trace id of the W3C's Trace Context, taken over from whoever
//! calls us, and handed on to the shop.

use uuid::Uuid;

/// The header that carries it.
pub const HEADER: &str = "traceparent";

/// How a message begins that carries it.
const BEGINS: &[u8] = b"{\"crossdock_trace\":\"";
const GOES_ON: &[u8] = b"\",\"message\":";
const ENDS: &[u8] = b"}";

/// Hexadecimal digits of a trace id.
const DIGITS: usize = 32;

/// A new one.
#[must_use]
pub fn new() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The one that these headers carry, or a new one.
#[must_use]
pub fn of_headers(headers: &[(String, String)]) -> String {
    let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(HEADER));
    header.and_then(|(_, value)| of_header(value)).unwrap_or_else(new)
}

/// The one of such a header; none where it is not as Trace Context has it.
#[must_use]
pub fn of_header(value: &str) -> Option<String> {
    let mut parts = value.trim().split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Later versions may say more behind it; the first one does not.
    let whole = version != "ff" && (version != "00" || parts.next().is_none());
    let is_well = is_hex(version, 2) && is_id(trace) && is_hex(parent, 16) && is_hex(flags, 2) && !is_zero(parent);
    (whole && is_well).then(|| trace.to_owned())
}

/// The header of a request that belongs to it.
#[must_use]
pub fn header(trace: &str) -> String {
    let span = Uuid::new_v4().simple().to_string();
    format!("00-{trace}-{}-01", &span[16..])
}

/// A message's body, with the trace that it belongs to.
#[must_use]
pub fn wrapped(trace: &str, body: &[u8]) -> Vec<u8> {
    if !is_id(trace) {
        return body.to_vec();
    }
    [BEGINS, trace.as_bytes(), GOES_ON, body, ENDS].concat()
}

/// A message's body as it was, and the trace that it belongs to, where it says so.
#[must_use]
pub fn unwrapped(body: &[u8]) -> (Option<&str>, &[u8]) {
    let inner = || {
        let (trace, rest) = body.strip_prefix(BEGINS)?.split_at_checked(DIGITS)?;
        let trace = std::str::from_utf8(trace).ok().filter(|trace| is_id(trace))?;
        Some((Some(trace), rest.strip_prefix(GOES_ON)?.strip_suffix(ENDS)?))
    };
    inner().unwrap_or((None, body))
}

fn is_id(text: &str) -> bool {
    is_hex(text, DIGITS) && !is_zero(text)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_header_of_trace_context_is_taken_over() {
        let parent = "00f067aa0ba902b7";
        assert_eq!(of_header(&format!("00-{TRACE}-{parent}-01")).as_deref(), Some(TRACE));
        assert_eq!(of_header(&format!("01-{TRACE}-{parent}-01-more")).as_deref(), Some(TRACE));
        let zero = "0".repeat(32);
        let upper = TRACE.to_uppercase();
        for wrong in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{zero}-{parent}-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{upper}-{parent}-01"),
            format!("ff-{TRACE}-{parent}-01"),
            format!("00-{TRACE}-{parent}-01-more"),
        ] {
            assert_eq!(of_header(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn our_own_header_is_one() {
        let trace = new();
        assert_eq!(of_header(&header(&trace)), Some(trace));
        assert_ne!(header(TRACE), header(TRACE), "each request is a span of its own");
    }

    #[test]
    fn a_body_comes_back_byte_for_byte() {
        for body in [&b" {\"order_id\": \"SO-1\"}\n"[..], b"", b"}", b"\xff\x00"] {
            assert_eq!(unwrapped(&wrapped(TRACE, body)), (Some(TRACE), body));
        }
        assert_eq!(wrapped("", b"{}"), b"{}");
        for plain in [&b"{\"crossdock_trace\":\"x\"}"[..], b"{}", b"{\"crossdock_trace\":\""] {
            assert_eq!(unwrapped(plain), (None, plain));
        }
    }
}
