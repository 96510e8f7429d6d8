//! The names of sign-ins: the token, the time, the request that is being signed.

use super::{Binding, Diagnostic, Expr, Lowered, Lowerer, Operand, SECRET_PLACE, Space, Span, Ty};
use crate::expr::{AskedPart, ClockReading};

const PARTS: &[&str] = &["method", "path", "target", "query", "url", "body", "headers", "fields"];

impl Lowerer<'_> {
    /// The sign-in's token: as secret as any secret.
    pub(super) fn token(&mut self, span: Span) {
        self.places_token = true;
        if !self.secrets_allowed {
            self.found.push(
                Diagnostic::error(&SECRET_PLACE, span, "the token could be seen here")
                    .help("the sign-in's `send:` says where it goes; in a body write `{$secret: token}`"),
            );
        }
    }

    /// The names that every request has: the time at which it is made, and an id of its own.
    pub fn bind_clock(&mut self) {
        for (name, reading, ty) in [
            ("timestamp", ClockReading::Seconds, Ty::Integer),
            ("timestamp_ms", ClockReading::Milliseconds, Ty::Integer),
            ("now", ClockReading::Instant, Ty::DateTime),
        ] {
            self.scope.bind(name, Binding::Value(Lowered::sure(Expr::Clock(reading), ty)));
        }
        self.scope.bind("nonce", Binding::Value(Lowered::sure(Expr::Nonce, Ty::Text)));
    }

    /// Whether a sign-in's token is in scope.
    #[must_use]
    pub fn has_token(&self) -> bool {
        matches!(self.scope.find("token"), Some(Binding::Value(Lowered { expr: Expr::Token, .. })))
    }

    /// The token and what came with it.
    pub fn bind_token(&mut self, session: &[String]) {
        self.scope.bind("token", Binding::Value(Lowered::sure(Expr::Token, Ty::Text)));
        self.session = session.to_vec();
        self.scope.bind("session", Binding::Space(Space::Session));
    }

    pub(super) fn asked(&mut self, space: Space, name: &str, span: Span) -> Operand {
        let (part, ty) = match (space, name) {
            (Space::AskedHeaders, name) => {
                return Operand::Value(Lowered::maybe(Expr::Asked(AskedPart::Header(name.into())), Ty::Text));
            }
            (Space::AskedFields, name) => {
                return Operand::Value(Lowered::maybe(Expr::Asked(AskedPart::Field(name.into())), Ty::Any));
            }
            (_, "headers") => return Operand::Space(Space::AskedHeaders),
            (_, "fields") => return Operand::Space(Space::AskedFields),
            (_, "method") => (AskedPart::Method, Ty::Text),
            (_, "path") => (AskedPart::Path, Ty::Text),
            (_, "target") => (AskedPart::Target, Ty::Text),
            (_, "query") => (AskedPart::Query, Ty::Text),
            (_, "url") => (AskedPart::Url, Ty::Text),
            (_, "body") => (AskedPart::Body, Ty::Any),
            _ => return self.unknown_member(name, PARTS.iter().copied(), span),
        };
        Operand::Value(Lowered::sure(Expr::Asked(part), ty))
    }
}
