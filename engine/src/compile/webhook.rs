//! Webhooks, lowered.

use super::exchange::{bind_body, secret_template};
use super::reader::Current;
use super::template::Data;
use super::{Made, WEBHOOK};
use crate::carrier::plan::Webhook;
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder};
use crate::expr::{Binding, Lowerer, Space};
use crate::source::Span;
use crate::syntax::{self, Algorithm, Encoding, KeyEncoding, Sp};
use crate::verify::{Basic, Hmac, Piece, SharedValue, Verify};

impl Made<'_, '_> {
    pub(super) fn webhook(&mut self, name: &Sp<String>, webhook: &syntax::Webhook) -> Webhook {
        let mut lower = delivery_scope(self);
        let verify = self.verify(&mut lower, &webhook.verify);
        lower.plans[1] = PlanBuilder::new(Mode::Reply);
        let mut data = Data::new(self.file, &mut lower);
        let ignore_if = webhook.ignore_if.as_ref().map(|condition| data.counted(condition));
        let events = data
            .entries(webhook.events.as_ref(), &Current::body(), false, &["event"], |data, here| data.event(&webhook.event, here));
        let body = std::mem::replace(&mut lower.plans[1], PlanBuilder::new(Mode::Reply)).build();
        cover(&mut lower, name.span, webhook);
        self.absorb(lower);
        let handshake = webhook.handshake.clone();
        Webhook { name: name.value.clone(), verify, handshake, body, ignore_if, events, span: name.span }
    }

    fn verify(&mut self, lower: &mut Lowerer<'_>, verify: &syntax::Verify) -> Verify {
        match verify {
            syntax::Verify::Hmac(hmac) => Verify::Hmac(Box::new(self.hmac(lower, hmac))),
            syntax::Verify::Basic(basic) => Verify::Basic(Basic {
                username: secret_template(self.file, lower, &basic.username.0),
                password: secret_template(self.file, lower, &basic.password.0),
            }),
            syntax::Verify::Header(value) => Verify::Header(self.shared(lower, value)),
            syntax::Verify::Query(value) => Verify::Query(self.shared(lower, value)),
            syntax::Verify::None(why) => {
                if why.value.trim().len() < 8 {
                    let finding = Diagnostic::error(&WEBHOOK, why.span, "`none` must say why")
                        .help("say what the carrier offers, and what protects the address instead");
                    self.diagnostics.push(finding);
                }
                Verify::None(why.value.clone())
            }
        }
    }

    fn shared(&self, lower: &mut Lowerer<'_>, value: &syntax::ValueCheck) -> SharedValue {
        let values = value.value.0.iter().map(|template| secret_template(self.file, lower, &template.0)).collect();
        SharedValue { name: value.name.value.clone(), values }
    }

    fn hmac(&self, lower: &mut Lowerer<'_>, hmac: &syntax::Hmac) -> Hmac {
        let keys = hmac.key.0.iter().map(|key| secret_template(self.file, lower, &key.0)).collect();
        let mut signed: Vec<Piece> = hmac
            .signed
            .iter()
            .map(|piece| match piece.0.as_scalar().map(|scalar| scalar.text.as_str()) {
                Some("$body") => Piece::Body,
                _ => Piece::Text(secret_template(self.file, lower, &piece.0)),
            })
            .collect();
        if signed.is_empty() {
            signed.push(Piece::Body);
        } else if !signed.iter().any(|piece| matches!(piece, Piece::Body)) {
            let finding =
                Diagnostic::error(&WEBHOOK, hmac.span, "the signature does not cover the body").help("add `$body` to `signed`");
            lower.found.push(finding);
        }
        Hmac {
            algorithm: hmac.algorithm.as_ref().map_or(Algorithm::Sha256, |word| word.value),
            keys,
            key_encoding: hmac.key_encoding.as_ref().map_or(KeyEncoding::Raw, |word| word.value),
            signed,
            headers: hmac.signature.header.0.iter().map(|header| header.value.clone()).collect(),
            prefix: hmac.signature.prefix.as_ref().map(|prefix| prefix.value.clone()).unwrap_or_default(),
            encoding: hmac.signature.encoding.as_ref().map_or(Encoding::Hex, |word| word.value),
            timestamp: hmac.timestamp.as_ref().map(|time| (time.header.value.clone(), time.tolerance.seconds)),
        }
    }
}

/// What can become of a delivery.
fn cover(lower: &mut Lowerer<'_>, span: Span, webhook: &syntax::Webhook) {
    lower.cover(span, What::Verified);
    if !matches!(webhook.verify, syntax::Verify::None(_)) {
        lower.cover(span, What::Forged);
    }
    if webhook.handshake.is_some() {
        lower.cover(span, What::Handshake);
    }
}

/// Deliveries see no order: `body headers query config`.
fn delivery_scope<'w>(made: &Made<'_, 'w>) -> Lowerer<'w> {
    let mut lower = Lowerer::new(made.file.world, made.file.sources);
    lower.scope.bind("config", Binding::Space(Space::Config));
    lower.scope.bind("secret", Binding::Space(Space::Secret));
    lower.scope.bind("query", Binding::Space(Space::Query));
    bind_body(&mut lower);
    lower.globals = lower.scope.depth();
    lower
}
