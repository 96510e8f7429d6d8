//! The shop's files: the counterpart that orders come from, the rules from events to actions, the accounts.

use super::template::Data;
use super::{DECLARATION, File, shop_scope};
use crate::carrier::plan::{Intake, Shop};
use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Mode, PlanBuilder};
use crate::expr::{Expr, Lowerer};
use crate::model::rules::{ActionRules, Attempts, Do, ReasonPattern, Rule};
use crate::model::{Reason, Status};
use crate::source::{FileId, Node, Sources};
use crate::syntax::{AccountsFile, ActionRule, ActionsFile, Cx, Decode, OneOrMany, ShopFile, Sp};

/// A compiled file of the shop, with its findings.
#[derive(Debug)]
pub struct CompiledFile<T> {
    /// What it says; none when a finding is an error.
    pub value: Option<T>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> CompiledFile<T> {
    pub(super) fn new(value: Option<T>, mut diagnostics: Vec<Diagnostic>) -> Self {
        super::tidy(&mut diagnostics);
        let sound = diagnostics.iter().all(|finding| finding.severity != Severity::Error);
        Self { value: value.filter(|_| sound), diagnostics }
    }
}

fn parsed<T: Decode>(sources: &Sources, file: FileId) -> (Option<(Node, T)>, Vec<Diagnostic>) {
    let (node, mut diagnostics) = crate::source::parse(sources, file);
    let mut cx = Cx::new(sources);
    let Some(node) = node else { return (None, diagnostics) };
    let value = T::decode(&node, &mut cx);
    diagnostics.append(&mut cx.diagnostics);
    crate::check::check_writing(sources, &node, &mut diagnostics);
    (value.map(|value| (node, value)), diagnostics)
}

pub(super) fn decoded<T: Decode>(sources: &Sources, file: FileId) -> (Option<T>, Vec<Diagnostic>) {
    let (found, diagnostics) = parsed(sources, file);
    (found.map(|(_, value)| value), diagnostics)
}

pub(super) fn check_format(format: &Sp<String>, wanted: &str, diagnostics: &mut Vec<Diagnostic>) {
    if format.value != wanted {
        diagnostics
            .push(Diagnostic::error(&DECLARATION, format.span, format!("the format is `{wanted}`")).suggest(format.span, wanted));
    }
}

/// Compiles `shop.yaml`.
#[must_use]
pub fn compile_shop(sources: &Sources, file: FileId) -> CompiledFile<Shop> {
    let (found, mut diagnostics) = parsed::<ShopFile>(sources, file);
    let Some((node, syntax)) = found else { return CompiledFile::new(None, diagnostics) };
    check_format(&syntax.format, "shop/v1", &mut diagnostics);
    let counterpart = syntax.counterpart();
    let (mut carrier, mut survey) = super::build(sources, &counterpart, true, &mut diagnostics);
    for (name, _) in &syntax.operations {
        if !matches!(name.value.as_str(), "order_result" | "update_order") {
            let finding = Diagnostic::error(&DECLARATION, name.span, format!("the shop has no operation `{}`", name.value));
            diagnostics.push(finding.among(&name.value, ["order_result", "update_order"]));
        }
    }
    let (world, ..) = super::account::declarations(&counterpart, &mut Vec::new());
    let file = File { syntax: &counterpart, world: &world, sources, shop: true };
    let intake = syntax.intake.as_ref().map(|intake| self::intake(&file, intake, &mut survey, &mut diagnostics));
    carrier.spots.append(&mut survey.spots);
    crate::check::check_counterpart(sources, &node, &counterpart, &survey, &mut diagnostics);
    CompiledFile::new(Some(Shop { counterpart: carrier, intake }), diagnostics)
}

fn intake(
    file: &File<'_>,
    intake: &crate::syntax::Intake,
    survey: &mut super::Survey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Intake {
    let mut lower: Lowerer<'_> = shop_scope(file, "body");
    lower.plans[0] = PlanBuilder::new(Mode::Reply);
    let mut data = Data::new(file, &mut lower);
    let matches: Vec<Expr> = intake.r#match.iter().map(|rule| data.bare_condition(&rule.r#if.0)).collect();
    let order = data.template(&intake.order.0);
    if let Some(shape) = crate::model::shape("order") {
        crate::check::check_record(&intake.order.0, shape, &file.syntax.parts, diagnostics);
    }
    let body = std::mem::replace(&mut lower.plans[0], PlanBuilder::new(Mode::Reply)).build();
    diagnostics.extend(lower.found);
    survey.uses.extend(lower.uses);
    survey.spots.extend(lower.spots);
    Intake { body, matches, order }
}

/// Compiles `actions.yaml`.
#[must_use]
pub fn compile_actions(sources: &Sources, file: FileId) -> CompiledFile<ActionRules> {
    let (syntax, mut diagnostics) = decoded::<ActionsFile>(sources, file);
    let Some(syntax) = syntax else { return CompiledFile::new(None, diagnostics) };
    check_format(&syntax.format, "actions/v1", &mut diagnostics);
    let topics = syntax.topics.iter().map(|(name, address)| (name.value.clone(), address.value.clone())).collect();
    let rules = syntax.rules.iter().map(|rule| action_rule(rule, &syntax, &mut diagnostics)).collect();
    CompiledFile::new(Some(ActionRules { rules, topics }), diagnostics)
}

fn action_rule(rule: &ActionRule, file: &ActionsFile, diagnostics: &mut Vec<Diagnostic>) -> Rule {
    Rule {
        statuses: words(
            rule.status.as_ref(),
            "status",
            Status::from_name,
            Status::all().iter().map(|status| status.name()),
            diagnostics,
        ),
        reasons: words(
            rule.reason.as_ref(),
            "reason",
            |word| ReasonPattern::parse(word).ok(),
            Reason::all().iter().map(|reason| reason.name()),
            diagnostics,
        ),
        carriers: texts(rule.carrier.as_ref()),
        countries: texts(rule.country.as_ref()),
        attempt: rule.attempt.as_ref().and_then(|node| attempts(node, diagnostics)),
        first: rule.first.as_ref().map(|flag| flag.value),
        asked: rule.asked.as_ref().map(|flag| flag.value),
        effects: effects(&rule.r#do, file, diagnostics),
    }
}

fn texts(given: Option<&OneOrMany<Sp<String>>>) -> Vec<String> {
    given.iter().flat_map(|given| &given.0).map(|text| text.value.clone()).collect()
}

fn words<'k, T>(
    given: Option<&OneOrMany<Sp<String>>>,
    what: &str,
    read: impl Fn(&str) -> Option<T>,
    known: impl Iterator<Item = &'k str> + Clone,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<T> {
    let mut found = Vec::new();
    for word in given.iter().flat_map(|given| &given.0) {
        match read(&word.value) {
            Some(value) => found.push(value),
            None => {
                let finding = Diagnostic::error(&super::VOCABULARY, word.span, format!("there is no {what} `{}`", word.value));
                diagnostics.push(finding.among(&word.value, known.clone()));
            }
        }
    }
    found
}

fn attempts(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Attempts> {
    let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
    match Attempts::parse(text) {
        Ok(attempts) => Some(attempts),
        Err(error) => {
            diagnostics.push(Diagnostic::error(&DECLARATION, node.span, format!("expected {}", error.0)));
            None
        }
    }
}

fn effects(node: &Node, file: &ActionsFile, diagnostics: &mut Vec<Diagnostic>) -> Vec<Do> {
    let Some(items) = node.as_list() else {
        diagnostics.push(Diagnostic::error(&crate::syntax::WRONG_SHAPE, node.span, "`do` is a list").help("`do: [notify_shop]`"));
        return Vec::new();
    };
    items.iter().filter_map(|item| effect(item, file, diagnostics)).collect()
}

fn effect(node: &Node, file: &ActionsFile, diagnostics: &mut Vec<Diagnostic>) -> Option<Do> {
    const KNOWN: [&str; 2] = ["notify_shop", "email_logistics"];
    if let Some(scalar) = node.as_scalar() {
        return match scalar.text.as_str() {
            "notify_shop" => Some(Do::NotifyShop),
            "email_logistics" => Some(Do::EmailLogistics { topic: None }),
            other => {
                let finding = Diagnostic::error(&crate::syntax::WRONG_WORD, node.span, format!("there is no action `{other}`"));
                diagnostics.push(finding.among(other, KNOWN));
                None
            }
        };
    }
    let [entry] = node.as_map()? else {
        diagnostics.push(Diagnostic::error(
            &crate::syntax::WRONG_SHAPE,
            node.span,
            "an action is one word, or `{email_logistics: {topic: name}}`",
        ));
        return None;
    };
    if entry.key.text != "email_logistics" {
        let finding = Diagnostic::error(&crate::syntax::UNKNOWN_KEY, entry.key_span, format!("unknown key `{}`", entry.key.text));
        diagnostics.push(finding.among(&entry.key.text, ["email_logistics"]));
        return None;
    }
    let mut cx_keys = Vec::new();
    for member in entry.value.as_map().unwrap_or(&[]) {
        if member.key.text != "topic" {
            let finding =
                Diagnostic::error(&crate::syntax::UNKNOWN_KEY, member.key_span, format!("unknown key `{}`", member.key.text));
            cx_keys.push(finding.among(&member.key.text, ["topic"]));
        }
    }
    diagnostics.append(&mut cx_keys);
    let topic = entry.value.get("topic").and_then(Node::as_scalar).map(|scalar| scalar.text.clone());
    if let Some(name) = &topic
        && !file.topics.iter().any(|(known, _)| known.value == *name)
    {
        let span = entry.value.get("topic").map_or(entry.value.span, |node| node.span);
        diagnostics.push(super::unknown("topic", name, span, file.topics.iter().map(|(known, _)| known.value.as_str())));
    }
    Some(Do::EmailLogistics { topic })
}

/// Reads `accounts.yaml`.
#[must_use]
pub fn compile_accounts(sources: &Sources, file: FileId) -> CompiledFile<AccountsFile> {
    let (syntax, mut diagnostics) = decoded::<AccountsFile>(sources, file);
    let Some(syntax) = syntax else { return CompiledFile::new(None, diagnostics) };
    check_format(&syntax.format, "accounts/v1", &mut diagnostics);
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for account in &syntax.accounts {
        let name = account.account.as_ref().map_or(crate::model::DEFAULT_ACCOUNT, |name| name.value.as_str());
        let key = (account.carrier.value.as_str(), name);
        if seen.contains(&key) {
            diagnostics.push(Diagnostic::error(
                &DECLARATION,
                account.carrier.span,
                format!("the account `{name}` of `{}` stands twice", key.0),
            ));
        }
        seen.push(key);
    }
    CompiledFile::new(Some(syntax), diagnostics)
}
