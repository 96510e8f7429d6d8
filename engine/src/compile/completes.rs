//! Deliveries that give the final answer of a pending operation, lowered.

use super::reader::Current;
use super::rules::outcome;
use super::template::Data;
use super::{WEBHOOK, unknown};
use crate::carrier::Outcome;
use crate::carrier::plan::CompletionPlan;
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::syntax::{self, Operation};

impl Data<'_, '_> {
    /// One way in which a delivery completes an operation.
    pub(super) fn completes(&mut self, completes: &syntax::Completes, current: &Current) -> CompletionPlan {
        self.completed(completes);
        let sources = [&completes.tracking_number, &completes.carrier_ref, &completes.reference];
        let names = self.names(sources.map(Option::as_ref), current);
        if names.is_empty() {
            let finding = Diagnostic::error(&WEBHOOK, completes.span, "nothing says which order the delivery completes");
            self.lower.found.push(finding.help("add a `carrier_ref`, a `tracking_number` or a `reference`"));
        }
        let outcome = outcome(completes.outcome.value);
        if !matches!(outcome, Outcome::Accepted | Outcome::Rejected | Outcome::NotFound) {
            let finding =
                Diagnostic::error(&WEBHOOK, completes.outcome.span, "a delivery completes with `accepted` or `rejected`");
            self.lower.found.push(finding);
        }
        self.lower.cover(completes.span, What::Rule);
        CompletionPlan {
            operation: completes.operation.value.clone(),
            step: completes.step.as_ref().map(|step| step.value.clone()),
            condition: completes.r#if.as_ref().map(|condition| self.holds(condition)),
            names,
            outcome,
            errors: self.messages(completes.each.as_ref(), completes.code.as_ref(), completes.message.as_ref(), current),
            extract: self.extract(completes.extract.as_ref(), current),
            span: completes.span,
        }
    }

    /// The operation is there, and so is the step.
    fn completed(&mut self, completes: &syntax::Completes) {
        let operations = &self.file.syntax.operations;
        let name = &completes.operation;
        let Some((_, operation)) = operations.iter().find(|(known, _)| known.value == name.value) else {
            let known = operations.iter().map(|(known, _)| known.value.as_str());
            return self.lower.found.push(unknown("operation", &name.value, name.span, known));
        };
        match (&completes.step, steps(operation).as_slice()) {
            (Some(step), known) if !known.contains(&step.value.as_str()) => {
                self.lower.found.push(unknown("step", &step.value, step.span, known.iter().copied()));
            }
            (None, known @ [_, ..]) => {
                let finding =
                    Diagnostic::error(&WEBHOOK, name.span, format!("`{}` has steps: one of them is completed", name.value));
                let known: Vec<String> = known.iter().map(|step| format!("`{step}`")).collect();
                self.lower.found.push(finding.help(format!("add `step:` with one of {}", known.join(", "))));
            }
            _ => {}
        }
    }
}

fn steps(operation: &Operation) -> Vec<&str> {
    operation.steps.iter().flat_map(|steps| &steps.0).map(|(name, _)| name.value.as_str()).collect()
}
