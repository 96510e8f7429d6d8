//! The local process's own file.

use super::DECLARATION;
use super::shop::{CompiledFile, check_format, decoded};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources};
use crate::syntax::{ProcessFile, Sp};
use std::net::SocketAddr;

/// Reads `crossdock.yaml`.
#[must_use]
pub fn compile_process(sources: &Sources, file: FileId) -> CompiledFile<ProcessFile> {
    let (syntax, mut diagnostics) = decoded::<ProcessFile>(sources, file);
    let Some(syntax) = syntax else { return CompiledFile::new(None, diagnostics) };
    check_format(&syntax.format, "process/v1", &mut diagnostics);
    let mut wrong = |text: &Sp<String>, words: &str, help: &str| {
        diagnostics.push(Diagnostic::error(&DECLARATION, text.span, words).help(help));
    };
    if let Some(listen) = syntax.listen.as_ref().filter(|listen| listen.value.parse::<SocketAddr>().is_err()) {
        wrong(listen, "expected an address and a port", "write for example `127.0.0.1:8080`");
    }
    if let Some(url) = syntax.public_url.as_ref().filter(|url| !is_url(&url.value)) {
        wrong(url, "expected a URL without a query", "write for example `https://crossdock.shop.example`");
    }
    if let Some(mail) = &syntax.mail
        && !["smtp://", "smtps://"].iter().any(|scheme| mail.server.value.starts_with(scheme))
    {
        wrong(&mail.server, "expected the URL of an SMTP server", "write for example `smtps://mail.shop.example`");
    }
    for (_, servers) in &syntax.stand_ins {
        for (_, url) in servers.0.iter().filter(|(_, url)| !url.value.starts_with("http://")) {
            wrong(url, "only a server on this machine can stand in", "write for example `http://127.0.0.1:9001`");
        }
    }
    CompiledFile::new(Some(syntax), diagnostics)
}

fn is_url(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(['?', '#', ' '])
}
