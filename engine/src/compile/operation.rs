//! Operations and steps, lowered.

use super::exchange::{Purpose, exchange};
use super::template::Data;
use super::{Made, REQUEST, RULES, duration, request_scope, unknown};
use crate::body::LoopList;
use crate::carrier::plan::{Extract, KeyParts, Operation, Poll, Reconcile, Requirement, Step};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::document::Step as PathStep;
use crate::expr::{Binding, Doc, Expr, Lowered, Lowerer, Space, StepFields};
use crate::source::Span;
use crate::syntax::{self, OnFailure, Sp};
use std::time::Duration;

/// The parts of one request that operations and steps share.
struct Single<'s> {
    request: &'s syntax::Request,
    responses: Option<&'s syntax::Rules>,
    extract: Option<&'s syntax::Extract>,
    writes: Option<bool>,
    idempotency: Option<&'s syntax::Idempotency>,
}

impl Made<'_, '_> {
    pub(super) fn operation(&mut self, name: &Sp<String>, operation: &syntax::Operation) -> Operation {
        let mut lower = request_scope(self.file);
        let key = self.key_parts(&mut lower);
        lower.scope.bind("steps", Binding::Space(Space::Steps));
        let lets = self.lets(&mut lower, &name.value, &operation.r#let);
        let requires = self.requires(&mut lower, operation);
        let option_checks = self.option_checks(&mut lower);
        let steps = self.steps(&mut lower, name, operation);
        let reconcile = operation.reconcile.as_ref().map(|reconcile| self.reconcile(reconcile));
        lower.plans[0].closed(
            crate::document::FrameId::ROOT,
            &[PathStep::Name("shipment".into()), PathStep::Name("options".into())],
            &[],
        );
        let input = std::mem::replace(&mut lower.plans[0], fresh());
        self.absorb(lower);
        Operation { name: name.value.clone(), input: input.build(), lets, requires, option_checks, key, steps, reconcile }
    }

    fn key_parts(&self, lower: &mut Lowerer<'_>) -> KeyParts {
        let mut wanted = |name: &str| {
            let frame = crate::document::FrameId::ROOT;
            Expr::Slot(crate::expr::Doc::Input, 0, lower.plans[0].access(frame, &[PathStep::Name(name.into())]))
        };
        KeyParts { order_id: wanted("order_id"), operation: wanted("operation"), operation_id: wanted("operation_id") }
    }

    pub(super) fn lets(&mut self, lower: &mut Lowerer<'_>, owner: &str, lets: &syntax::Named<crate::source::Node>) -> Vec<Expr> {
        let mut found = Vec::new();
        for (name, node) in lets {
            let value = Data::new(self.file, lower).chosen(node);
            let bound = Lowered { expr: Expr::Let(found.len() as u16), ty: value.ty.clone(), nullable: value.nullable };
            lower.scope.bind(name.value.clone(), Binding::Value(bound));
            self.survey.lets.push((owner.to_owned(), name.clone()));
            found.push(value.expr);
        }
        found
    }

    fn requires(&mut self, lower: &mut Lowerer<'_>, operation: &syntax::Operation) -> Vec<Requirement> {
        let mark = lower.mentioned.len();
        let found = operation.requires.iter().map(|requires| self.requirement(lower, requires)).collect();
        lower.guard(mark);
        let texts = operation.requires.iter().filter_map(|requires| requires.that.0.as_scalar());
        // One of several conditions need not hold.
        let whole = texts.map(|that| that.text.as_str()).filter(|text| !text.contains(" or "));
        let conditions = whole.flat_map(|text| text.split(" and "));
        for condition in conditions {
            lower.filled.push(condition.trim().to_owned());
            lower.filled.extend(filled_list(condition).map(str::to_owned));
        }
        found
    }

    fn requirement(&mut self, lower: &mut Lowerer<'_>, requires: &syntax::Requires) -> Requirement {
        let depth = lower.scope.depth();
        let list = requires.for_each.as_ref().and_then(|head| {
            let mut data = Data::new(self.file, lower);
            let (name, over) = data.loop_head(&head.0)?;
            Some(data.begin_loop(name, over, &head.0))
        });
        let mark = lower.mentioned.len();
        let mut data = Data::new(self.file, lower);
        let that = data.bare_condition(&requires.that.0);
        let guarded = data.lower.guard(mark);
        let message = data.template(&requires.message.0);
        data.lower.unguard(guarded);
        if let Some(list) = &list {
            data.end_loop(list, depth);
        }
        Requirement { for_each: list, that, message, span: requires.that.0.span }
    }

    /// Reads every declared option, so that its value can be checked.
    fn option_checks(&mut self, lower: &mut Lowerer<'_>) -> Vec<(usize, Option<LoopList>, Expr)> {
        let root = crate::document::FrameId::ROOT;
        let name = |text: &str| PathStep::Name(text.into());
        let mut checks = Vec::new();
        let of_parcels = self.options.iter().any(|option| option.of_parcel);
        let parcels = lower.plans[0].rows(root, &[name("shipment"), name("parcels")]);
        lower.plans[0].closed(parcels.1, &[name("options")], &[]);
        for (at, option) in self.options.iter().enumerate() {
            if option.of_parcel {
                let access = lower.plans[0].access(parcels.1, &[name("options"), name(&option.name)]);
                let list = LoopList::Rows(crate::expr::Doc::Input, 0, parcels.0.clone());
                checks.push((at, Some(list), Expr::Slot(crate::expr::Doc::Input, 2, access)));
            } else {
                let access = lower.plans[0].access(root, &[name("shipment"), name("options"), name(&option.name)]);
                checks.push((at, None, Expr::Slot(crate::expr::Doc::Input, 0, access)));
            }
        }
        debug_assert!(of_parcels || checks.iter().all(|(_, list, _)| list.is_none()));
        checks
    }

    fn steps(&mut self, lower: &mut Lowerer<'_>, name: &Sp<String>, operation: &syntax::Operation) -> Vec<Step> {
        match (&operation.request, &operation.steps) {
            (Some(request), None) => {
                let single = Single {
                    request,
                    responses: operation.responses.as_ref(),
                    extract: operation.extract.as_ref(),
                    writes: operation.writes.as_ref().map(|writes| writes.value),
                    idempotency: operation.idempotency.as_ref(),
                };
                let (exchange, extract) = self.single(lower, &single);
                vec![Step {
                    name: None,
                    guard: None,
                    for_each: None,
                    of_parcels: false,
                    sequential: false,
                    poll: None,
                    exchange,
                    extract,
                    on_failure: OnFailure::Fail,
                    compensate: None,
                    span: operation.span,
                }]
            }
            (None, Some(steps)) => {
                self.beside_steps(operation);
                steps.0.iter().map(|(step_name, step)| self.step(lower, name, step_name, step)).collect()
            }
            (Some(_), Some(_)) => {
                let words = "an operation has a `request` or `steps`, not both";
                self.diagnostics.push(Diagnostic::error(&REQUEST, name.span, words));
                Vec::new()
            }
            (None, None) => {
                self.diagnostics.push(Diagnostic::error(&REQUEST, name.span, "an operation needs a `request` or `steps`"));
                Vec::new()
            }
        }
    }

    fn beside_steps(&mut self, operation: &syntax::Operation) {
        let places = [
            ("responses", operation.responses.is_some()),
            ("extract", operation.extract.is_some()),
            ("idempotency", operation.idempotency.is_some()),
        ];
        for (key, _) in places.iter().filter(|(_, given)| *given) {
            let finding = Diagnostic::error(&REQUEST, operation.span, format!("`{key}` stands in each step, not beside `steps`"));
            self.diagnostics.push(finding);
        }
    }

    fn single(&mut self, lower: &mut Lowerer<'_>, single: &Single<'_>) -> (crate::carrier::plan::Exchange, Extract) {
        let purpose = Purpose { reads: false, writes: single.writes, idempotency: single.idempotency, renews: false };
        let auths = self.auth_names();
        exchange(self.file, auths, lower, single.request, single.responses, &purpose, |data, current| {
            data.extract(single.extract, current)
        })
    }

    /// What webhooks tell of a step, beside what its own reply gives.
    fn told_fields(&self, operation: &Sp<String>, step: &Sp<String>) -> Vec<String> {
        let ways = self.file.syntax.webhooks.iter().flat_map(|(_, webhook)| &webhook.completes);
        let own = |way: &&syntax::Completes| {
            way.operation.value == operation.value && way.step.as_ref().is_some_and(|named| named.value == step.value)
        };
        ways.filter(own).flat_map(|way| extract_fields(way.extract.as_ref())).collect()
    }

    fn step(&mut self, lower: &mut Lowerer<'_>, operation: &Sp<String>, name: &Sp<String>, step: &syntax::Step) -> Step {
        let index = lower.steps.len() as u16;
        let many = step.for_each.is_some();
        let mut fields = extract_fields(step.extract.as_ref());
        fields.extend(self.told_fields(operation, name));
        let sequential = step.sequential.as_ref().is_some_and(|sequential| sequential.value);
        let own = StepFields { name: name.value.clone(), index, fields: fields.clone(), many };
        if lower.steps.iter().any(|known| known.name == name.value) {
            self.diagnostics.push(Diagnostic::error(&REQUEST, name.span, format!("the step `{}` stands twice", name.value)));
        }
        if sequential {
            lower.steps.push(own.clone());
        }
        let depth = lower.scope.depth();
        let (for_each, of_parcels) = match step.for_each.as_ref().and_then(|head| self.enter(lower, &head.0, step.span)) {
            Some((list, of_parcels)) => (Some(list), of_parcels),
            None => (None, false),
        };
        let mark = lower.mentioned.len();
        let guard = step.r#if.as_ref().map(|guard| Data::new(self.file, lower).counted(guard));
        let guarded = lower.guard(mark);
        let single = Single {
            request: &step.request,
            responses: step.responses.as_ref(),
            extract: step.extract.as_ref(),
            writes: step.writes.as_ref().map(|writes| writes.value),
            idempotency: step.idempotency.as_ref(),
        };
        let (exchange, extract) = self.single(lower, &single);
        let compensate = step.compensate.as_ref().map(|compensate| self.compensate(lower, compensate, &fields));
        lower.unguard(guarded);
        if let Some(list) = &for_each {
            Data::new(self.file, lower).end_loop(list, depth);
        }
        if !sequential {
            lower.steps.push(own);
        }
        Step {
            name: Some(name.value.clone()),
            guard,
            for_each,
            of_parcels,
            sequential,
            poll: step.poll.as_ref().map(|poll| Poll { every: duration(poll.every), give_up: poll.give_up.map(duration) }),
            exchange,
            extract,
            on_failure: step.on_failure.as_ref().map_or(OnFailure::Fail, |word| word.value),
            compensate,
            span: step.span,
        }
    }

    /// Begins a step's loop; says whether it goes over the order's parcels.
    fn enter(&mut self, lower: &mut Lowerer<'_>, head: &crate::source::Node, step: Span) -> Option<(LoopList, bool)> {
        let mut data = Data::new(self.file, lower);
        let (name, over) = data.loop_head(head)?;
        // What an earlier step read has as many entries as that ran; a list of the order may have none.
        let text = head.as_scalar().and_then(|scalar| scalar.text.split_once(" in ")).map_or("", |(_, list)| list.trim());
        let filled = data.lower.filled.iter().any(|list| list == text);
        if matches!(&over, Binding::Place(place) if place.nullable) && !filled {
            data.lower.cover_shown(step, What::Empty, head.span);
        }
        let parcels = ["shipment", "parcels"].map(|name| PathStep::Name(name.into()));
        let of_parcels =
            matches!(&over, Binding::Place(place) if place.doc == Doc::Input && place.row == 0 && place.steps == parcels);
        Some((data.begin_loop(name, over, head), of_parcels))
    }

    fn compensate(
        &mut self,
        lower: &mut Lowerer<'_>,
        compensate: &syntax::Compensate,
        fields: &[String],
    ) -> crate::carrier::plan::Exchange {
        let depth = lower.scope.depth();
        lower.it = fields.to_vec();
        lower.scope.bind("it", Binding::Space(Space::It));
        let purpose = Purpose { reads: false, writes: None, idempotency: None, renews: false };
        let auths = self.auth_names();
        let (exchange, ()) =
            exchange(self.file, auths, lower, &compensate.request, compensate.responses.as_ref(), &purpose, |_, _| ());
        lower.scope.restore(depth);
        exchange
    }

    fn reconcile(&mut self, reconcile: &syntax::Reconcile) -> Reconcile {
        let known = || self.file.syntax.operations.iter().map(|(name, _)| name.value.as_str());
        if !known().any(|name| name == reconcile.operation.value) {
            let finding = unknown("operation", &reconcile.operation.value, reconcile.operation.span, known());
            self.diagnostics.push(finding);
        }
        let authoritative = reconcile.authoritative.as_ref().is_some_and(|flag| flag.value);
        if authoritative && reconcile.settle.is_none() {
            let words = "an authoritative lookup says how long a write may take until it is found";
            self.diagnostics.push(Diagnostic::error(&RULES, reconcile.span, words).help("add `settle: 2m`"));
        }
        Reconcile {
            operation: reconcile.operation.value.clone(),
            authoritative,
            settle: reconcile.settle.map_or(Duration::ZERO, duration),
        }
    }
}

/// The list that has entries where this condition holds: `shipment.items`, `shipment.items | length > 0`.
fn filled_list(condition: &str) -> Option<&str> {
    let Some((list, compared)) = condition.split_once('|') else { return Some(condition.trim()) };
    let least = compared.trim().strip_prefix("length")?.trim();
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let some = match (least.strip_prefix(">="), least.strip_prefix("=="), least.strip_prefix('>')) {
        (Some(least), ..) | (None, Some(least), _) => number(least)? > 0,
        (None, None, Some(_)) => true,
        _ => least.strip_prefix("!=").and_then(number) == Some(0),
    };
    some.then(|| list.trim())
}

/// The fields that later steps can read.
fn extract_fields(extract: Option<&syntax::Extract>) -> Vec<String> {
    let Some(extract) = extract else { return Vec::new() };
    let mut fields: Vec<String> = extract.fields.iter().map(|(name, _)| name.value.clone()).collect();
    if extract.parcels.is_some() {
        fields.push("parcels".to_owned());
    }
    fields
}

fn fresh() -> crate::document::PlanBuilder {
    crate::document::PlanBuilder::new(crate::document::Mode::Order)
}
