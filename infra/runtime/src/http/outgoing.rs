//! From the engine's request to the HTTP library's, without adding or bending anything.

use super::Unsendable;
use super::address::address;
use crossdock_engine::carrier::Request;
use http_body_util::Full;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};

/// Builds the outgoing request.
///
/// # Errors
/// When the URL, the method or a header cannot be sent. Header values are not repeated: they can hold secrets.
pub(super) fn outgoing(request: &Request) -> Result<hyper::Request<Full<Bytes>>, Unsendable> {
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| Unsendable(format!("`{}` is not an HTTP method", request.method)))?;
    let mut outgoing = hyper::Request::new(Full::new(Bytes::from(request.body.clone())));
    *outgoing.method_mut() = method;
    *outgoing.uri_mut() = address(&request.url)?;
    for (name, value) in &request.headers {
        let (name, value) = header(name, value)?;
        outgoing.headers_mut().append(name, value);
    }
    Ok(outgoing)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Unsendable> {
    let refused = |why: &str| Unsendable(format!("header `{}` {why}", name.escape_debug()));
    if value.contains(['\r', '\n']) {
        return Err(refused("has a line break in its value"));
    }
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("is not a header name"))?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused("has a control character in its value"))?;
    Ok((parsed, value))
}
