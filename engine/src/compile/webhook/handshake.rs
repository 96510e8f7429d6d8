//! First calls, lowered.

use super::super::exchange::secret_template;
use super::verify::shared;
use super::{Made, WEBHOOK};
use crate::carrier::handshake::{Challenge, Handshake, Written};
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Expr, Lowered, Lowerer, Ty};
use crate::syntax;

impl Made<'_, '_> {
    pub(super) fn handshake(&self, lower: &mut Lowerer<'_>, handshake: &syntax::Handshake) -> Handshake {
        let post = handshake.post.as_ref();
        if let Some(post) = post.filter(|post| post.echo.is_none() && post.token.is_none() && post.echo_header.is_none()) {
            let finding = Diagnostic::error(&WEBHOOK, post.span, "every delivery would be taken for a first call");
            lower.found.push(finding.help("say what a first call has: `echo`, `token` or `echo_header`"));
        }
        Handshake {
            get: handshake.get.as_ref().map(|get| self.challenge(lower, get)),
            post: post.map(|post| self.challenge(lower, post)),
            empty: handshake.empty.as_ref().is_some_and(|empty| empty.value),
        }
    }

    fn challenge(&self, lower: &mut Lowerer<'_>, get: &syntax::Get) -> Challenge {
        let depth = lower.scope.depth();
        if get.echo.is_some() {
            lower.scope.bind("challenge", Binding::Value(Lowered::sure(Expr::Given, Ty::Text)));
        }
        let answer = match (&get.json, &get.text) {
            (Some(json), other) => {
                if other.is_some() {
                    lower.found.push(Diagnostic::error(&WEBHOOK, get.span, "a first call has one answer: `json` or `text`"));
                }
                Some(Written::Json(secret_template(self.file, lower, &json.0)))
            }
            (None, Some(text)) => Some(Written::Text(secret_template(self.file, lower, &text.0))),
            (None, None) => None,
        };
        lower.scope.restore(depth);
        Challenge {
            echo: get.echo.as_ref().map(|echo| echo.value.clone()),
            token: get.token.as_ref().map(|token| shared(self.file, lower, token)),
            echo_header: get.echo_header.as_ref().map(|name| name.value.clone()),
            answer,
            status: get.status.as_ref().map_or(200, |status| status.value as u16),
        }
    }
}
