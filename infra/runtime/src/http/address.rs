//! Which addresses are called: `https` anywhere, plain `http` on this machine only.

use super::Unsendable;
use hyper::Uri;
use std::net::IpAddr;

/// Parses and judges an absolute URL.
///
/// # Errors
/// When it is not a URL, has credentials in it, or is plain `http` to another machine. The URL itself is not
/// repeated: a path can carry a person's data.
pub(super) fn address(url: &str) -> Result<Uri, Unsendable> {
    let uri: Uri = url.parse().map_err(|_| Unsendable("the request's URL is not valid".into()))?;
    let Some(host) = uri.host().map(str::to_owned) else {
        return Err(Unsendable("the request's URL has no host".into()));
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(Unsendable(format!("the URL for `{host}` has credentials in it")));
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(&host) => Ok(uri),
        Some("http") => Err(Unsendable(format!("plain http to `{host}` is refused: only this machine is called without TLS"))),
        _ => Err(Unsendable(format!("the URL for `{host}` is neither https nor http"))),
    }
}

/// Whether a host name or address is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a URL is plain or TLS `http` to this machine: what may stand in for a carrier's server.
#[must_use]
pub fn is_local_url(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        matches!(uri.scheme_str(), Some("http" | "https")) && !authority.contains('@') && uri.host().is_some_and(is_loopback)
    })
}
