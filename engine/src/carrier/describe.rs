//! The rules of replies as they stand after names and `$http` have been put in their places.

use super::plan::{Carrier, Exchange, Rule, StatusMatch};
use crate::expr::SENDERS;
use crate::source::Span;
use crate::syntax::NoReply;
use serde_json::json;

/// A rule as it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// Where the file says so: the rule itself, or the `$http` that it comes from.
    pub span: Span,
    /// It is one of `$http`.
    pub builtin: bool,
    /// The rule in the file's own words.
    pub text: String,
}

/// What a mapping costs each time that it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The operation, `track`, or the webhook.
    pub name: String,
    /// How many fields of an order are read.
    pub order_slots: usize,
    /// How many fields of replies or deliveries are read.
    pub reply_slots: usize,
}

impl Carrier {
    /// How many expressions there are in operations, tracking and webhooks, and how many of them are plain paths.
    #[must_use]
    pub fn expressions(&self) -> (usize, usize) {
        self.expressions
    }

    /// What each mapping reads: one scan of a document fills so many slots.
    #[must_use]
    pub fn costs(&self) -> Vec<Cost> {
        let slots = |plan: &crate::document::Plan| plan.places().count();
        let mut costs = Vec::new();
        for operation in &self.operations {
            let exchanges = operation.steps.iter().flat_map(|step| std::iter::once(&step.exchange).chain(&step.compensate));
            costs.push(Cost {
                name: format!("operation `{}`", operation.name),
                order_slots: slots(&operation.input),
                reply_slots: exchanges.map(|exchange| slots(&exchange.reply)).sum(),
            });
        }
        costs.extend(self.track.as_ref().map(|track| Cost {
            name: "track".to_owned(),
            order_slots: 0,
            reply_slots: slots(&track.exchange.reply),
        }));
        costs.extend(self.webhooks.iter().map(|webhook| Cost {
            name: format!("webhook `{}`", webhook.name),
            order_slots: 0,
            reply_slots: slots(&webhook.body),
        }));
        costs
    }

    /// The rules of every reply, in the order in which they are tried; each list under the name of its exchange.
    #[must_use]
    pub fn rule_lists(&self) -> Vec<(String, Vec<RuleText>)> {
        let mut lists = Vec::new();
        for operation in &self.operations {
            for step in &operation.steps {
                let name = step.name.as_ref().map_or_else(String::new, |step| format!(", step `{step}`"));
                lists.push((format!("operation `{}`{name}", operation.name), self.rule_list(&step.exchange)));
                let undo = step.compensate.as_ref().map(|exchange| self.rule_list(exchange));
                lists.extend(undo.map(|rules| (format!("operation `{}`{name}, undone", operation.name), rules)));
            }
        }
        for (name, auth) in &self.auths {
            lists.extend(auth.sign_in().map(|kind| (format!("sign-in `{name}`"), self.rule_list(&kind.exchange))));
        }
        lists.extend(self.track.as_ref().map(|track| ("track".to_owned(), self.rule_list(&track.exchange))));
        lists
    }

    fn rule_list(&self, exchange: &Exchange) -> Vec<RuleText> {
        let text = |rule: &Rule| if rule.builtin { builtin(rule) } else { one_line(self.sources.slice(rule.span)) };
        exchange.rules.iter().map(|rule| RuleText { span: rule.span, builtin: rule.builtin, text: text(rule) }).collect()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn builtin(rule: &Rule) -> String {
    let status: Vec<String> = rule.status.iter().map(status).collect();
    let outcome = json!(rule.outcome);
    let outcome = outcome.as_str().unwrap_or_default();
    let when = match (rule.no_reply.first(), status.as_slice()) {
        _ if rule.condition.is_some() => format!("when: {{fault: true, if: \"fault.code | matches('{SENDERS}')\"}}"),
        _ if !rule.presence.is_empty() => "when: {fault: true}".to_owned(),
        (Some(NoReply::Connect), _) => "when: {error: connect}".to_owned(),
        (Some(NoReply::Timeout), _) => "when: {error: timeout}".to_owned(),
        (None, []) => "default: true".to_owned(),
        (None, [only]) => format!("when: {{status: {only}}}"),
        (None, several) => format!("when: {{status: [{}]}}", several.join(", ")),
    };
    format!("{{{when}, outcome: {outcome}}}")
}

fn status(status: &StatusMatch) -> String {
    match status {
        StatusMatch::Code(code) => code.to_string(),
        StatusMatch::Class(hundreds) => format!("{hundreds}xx"),
    }
}
