//! Webhooks, lowered.

mod handshake;
mod verify;

pub(super) use verify::pieces;

use super::exchange::bind_body;
use super::reader::Current;
use super::template::Data;
use super::{Made, WEBHOOK};
use crate::body::Body;
use crate::carrier::plan::Webhook;
use crate::carrier::reader::Entries;
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::document::{Mode, PlanBuilder};
use crate::expr::{Binding, Lowerer, Space};
use crate::source::Span;
use crate::syntax::{self, Sp};

impl Made<'_, '_> {
    pub(super) fn webhook(&mut self, name: &Sp<String>, webhook: &syntax::Webhook) -> Webhook {
        let mut lower = delivery_scope(self);
        let verify = self.verify(&mut lower, &webhook.verify);
        let handshake = webhook.handshake.as_ref().map(|handshake| self.handshake(&mut lower, handshake));
        let mut data = Data::new(self.file, &mut lower);
        let ignore_if = webhook.ignore_if.as_ref().map(|condition| data.counted(condition));
        let current = Current::body();
        let events = match &webhook.event {
            Some(event) => {
                data.entries(webhook.events.as_ref(), &current, false, &["event"], |data, here| data.event(event, here))
            }
            None => Entries { lists: Box::new([]) },
        };
        let completes = webhook.completes.iter().map(|completes| data.completes(completes, &current)).collect();
        let answer = webhook.answer.as_ref().map(|answer| self.delivery_answer(&mut lower, answer));
        let body = std::mem::replace(&mut lower.plans[1], PlanBuilder::new(Mode::Reply)).build();
        cover(&mut lower, name.span, webhook);
        self.absorb(lower);
        if webhook.event.is_none() && webhook.completes.is_empty() {
            let words = "a webhook has an `event`, or `completes` operations, or both";
            self.diagnostics.push(Diagnostic::error(&WEBHOOK, name.span, words));
        }
        Webhook { name: name.value.clone(), verify, handshake, body, ignore_if, completes, answer, events, span: name.span }
    }
}

impl Made<'_, '_> {
    fn delivery_answer(&self, lower: &mut Lowerer<'_>, answer: &syntax::DeliveryAnswer) -> (u16, Body) {
        let status = answer.status.as_ref().map_or(200, |status| status.value as u16);
        if let Some(written) = answer.status.as_ref().filter(|_| !(200..300).contains(&status)) {
            let finding = Diagnostic::error(&WEBHOOK, written.span, "what is kept is answered by a status of success");
            lower.found.push(finding.help("a delivery that is refused, or cannot be kept, is answered by Crossdock itself"));
        }
        (status, super::body::body(self.file, lower, &answer.as_request()))
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
    lower.scope.bind("account", Binding::Space(Space::Account));
    lower.scope.bind("config", Binding::Space(Space::Config));
    lower.scope.bind("secret", Binding::Space(Space::Secret));
    lower.scope.bind("query", Binding::Space(Space::Query));
    bind_body(&mut lower, &Current::body());
    lower.globals = lower.scope.depth();
    lower
}
