//! Branches and combinations: `$if`, `$match`, `$merge`, and the conditions that decide.

use super::super::{MAY_BE_NULL, MERGE_CONFLICT, TEMPLATE_WORD};
use super::{Data, literal, null};
use crate::body::Template;
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, Lowered, Target, Ty};
use crate::source::{Entry, Literal, Node, Span};
use crate::value::Value;

impl Data<'_, '_> {
    pub(super) fn condition(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$if", "$then", "$else"]);
        let (Some(test), Some(then)) = (node.get("$if"), self.wanted(node, "$then", "$if")) else { return null(node.span) };
        let mark = self.lower.mentioned.len();
        let condition = self.bare_condition(test);
        let guarded = self.lower.guard(mark);
        let known = self.holding.len();
        let text = test.as_scalar().map_or("", |scalar| scalar.text.as_str());
        self.holding.extend(text.split(" and ").map(|condition| condition.trim().to_owned()));
        let arm = (condition, self.template(then), test.span);
        self.holding.truncate(known);
        self.lower.cover(test.span, What::Arm(0));
        // What is asked of every order, or around this place, holds here too.
        if !self.holds_already(text) {
            self.lower.cover(test.span, What::Otherwise);
        }
        let otherwise = node.get("$else").map(|otherwise| Box::new(self.template(otherwise)));
        self.lower.unguard(guarded);
        Template::If(Box::new([arm]), otherwise)
    }

    /// Whether a condition is one that `requires` or an `$if` around this place has asked already.
    pub(super) fn holds_already(&self, text: &str) -> bool {
        text.split(" and ").all(|one| self.holding.iter().chain(&self.lower.filled).any(|known| known == one.trim()))
    }

    /// A bare expression that must be a condition.
    pub(in crate::compile) fn bare_condition(&mut self, node: &Node) -> Expr {
        let value = self.bare(node);
        self.lower.condition_type(&value, node.span);
        value.expr
    }

    /// A bare expression; a YAML null, number or boolean is itself.
    pub(in crate::compile) fn bare(&mut self, node: &Node) -> Lowered {
        match node.as_scalar().map(crate::source::Scalar::literal) {
            Some(Literal::Text(text)) => {
                if text.trim_start().starts_with("${{") {
                    let inner = text.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
                    let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "an expression here stands without `${{ }}`");
                    self.lower.found.push(finding.help(format!("write `{inner}`")).suggest(node.span, inner));
                    return Lowered::maybe(Expr::Const(Value::Null), Ty::Any);
                }
                self.lower.expression(&Target::whole(node))
            }
            Some(other) => {
                let value = literal(other);
                let ty = match &value {
                    Value::Bool(_) => Ty::Bool,
                    Value::Number(_) => Ty::Number,
                    _ => Ty::Null,
                };
                Lowered { nullable: value.is_null(), expr: Expr::Const(value), ty }
            }
            None => {
                let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "an expression belongs here")
                    .help("quote the whole expression: an unquoted `[`, `{` or `,` is YAML's own");
                self.lower.found.push(finding);
                Lowered::maybe(Expr::Const(Value::Null), Ty::Any)
            }
        }
    }

    pub(super) fn match_on(&mut self, node: &Node, entries: &[Entry]) -> Template {
        let Some(subject) = node.get("$match") else { return null(node.span) };
        if let Some(items) = subject.as_list() {
            self.only(entries, &["$match", "$else"]);
            let mut first = None;
            let guarded = self.lower.guard(self.lower.mentioned.len());
            let arms = items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| {
                    self.only(item.as_map().unwrap_or(&[]), &["$if", "$then"]);
                    let (test, then) = (self.wanted(item, "$if", "$match")?, self.wanted(item, "$then", "$if")?);
                    self.lower.cover(test.span, What::Arm(at as u16));
                    first.get_or_insert(test.span);
                    let mark = self.lower.mentioned.len();
                    let condition = self.bare_condition(test);
                    self.lower.guard(mark);
                    Some((condition, self.template(then), test.span))
                })
                .collect();
            if let Some(first) = first {
                self.lower.cover_shown(first, What::Otherwise, node.entry("$else").map_or(first, |entry| entry.key_span));
            }
            let otherwise = node.get("$else").map(|otherwise| Box::new(self.template(otherwise)));
            self.lower.unguard(guarded);
            return Template::If(arms, otherwise);
        }
        let mark = self.lower.mentioned.len();
        let value = self.bare(subject);
        let spoken_of = self.lower.mentioned[mark..].iter().any(|mention| self.lower.guarded.contains(mention));
        let guarded = self.lower.guard(mark);
        let mut arms = Vec::new();
        for entry in entries.iter().filter(|entry| !matches!(entry.key.text.as_str(), "$match" | "$else")) {
            let word = entry.key.text.as_str();
            if word.starts_with('$') && !word.starts_with("$$") {
                let finding = Diagnostic::error(&TEMPLATE_WORD, entry.key_span, format!("`{word}` cannot stand beside `$match`"));
                self.lower.found.push(finding.among(word, ["$match", "$else"]));
            }
            if word == "else" {
                let words = "`else` would be a value of `$match` like any other";
                let finding = Diagnostic::error(&TEMPLATE_WORD, entry.key_span, words).help("did you mean `$else`?");
                self.lower.found.push(finding.suggest(entry.key_span, "$else"));
                continue;
            }
            if let Ty::Word(words) = &value.ty
                && !words.contains(&entry.key.text)
            {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let finding = Diagnostic::error(&TEMPLATE_WORD, entry.key_span, format!("it is never `{}`", entry.key.text));
                self.lower.found.push(finding.among(&entry.key.text, words));
            }
            self.lower.cover_shown(subject.span, What::Arm(arms.len() as u16), entry.key_span);
            arms.push((Value::text(entry.key.text.clone()), self.template(&entry.value)));
        }
        match node.entry("$else") {
            Some(entry) => self.lower.cover_shown(subject.span, What::Otherwise, entry.key_span),
            None if spoken_of => {}
            None => self.open_end(&value, &arms, subject),
        }
        let otherwise = node.get("$else").map(|otherwise| Box::new(self.template(otherwise)));
        self.lower.unguard(guarded);
        Template::Match(value.expr, arms.into(), otherwise, subject.span)
    }

    /// Words that a value can have, and `$match` without `$else` does not take.
    fn open_end(&mut self, value: &Lowered, arms: &[(Value<'static>, Template)], subject: &Node) {
        let Ty::Word(words) = &value.ty else { return };
        let taken = |word: &str| arms.iter().any(|(key, _)| key.as_str() == Some(word));
        let mut left: Vec<String> = words.iter().filter(|word| !taken(word)).map(|word| format!("may be `{word}`")).collect();
        if value.nullable {
            left.push("may be missing".to_owned());
        }
        if left.is_empty() {
            return;
        }
        let words = format!("this {}, and no branch takes it: then this fails, and nothing is sent", left.join(", "));
        let finding = Diagnostic::warning(&MAY_BE_NULL, subject.span, words);
        self.lower.found.push(finding.help("add `$else:`, or refuse such orders beforehand: `requires`"));
    }

    pub(super) fn merge(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$merge", "$omit"]);
        let outer = self.on_null;
        if let Some(omit) = node.get("$omit") {
            self.on_null = self.omit(omit);
        }
        let Some(items) = node.get("$merge").and_then(Node::as_list) else {
            self.lower.found.push(Diagnostic::error(&TEMPLATE_WORD, node.span, "`$merge` takes a list of objects"));
            return null(node.span);
        };
        let parts: Vec<Template> = items.iter().map(|item| self.template(item)).collect();
        self.on_null = outer;
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for part in &parts {
            let mut keys = Vec::new();
            keys_of(part, &mut keys);
            for (key, span) in &keys {
                if let Some((_, first)) = seen.iter().find(|(known, _)| known == key) {
                    let finding = Diagnostic::error(&MERGE_CONFLICT, *span, format!("`{key}` stands twice in this object"));
                    self.lower.found.push(finding.related(*first, "the first one"));
                }
            }
            seen.extend(keys);
        }
        Template::Merge(parts.into(), node.span)
    }
}

/// The keys that a part of `$merge` can bring: those of every branch.
fn keys_of<'t>(template: &'t Template, keys: &mut Vec<(&'t str, Span)>) {
    match template {
        Template::Object(members, _) => keys.extend(members.iter().map(|member| (&*member.key, member.span))),
        Template::Merge(parts, _) => parts.iter().for_each(|part| keys_of(part, keys)),
        Template::If(arms, otherwise) => {
            let branches = arms.iter().map(|(_, then, _)| then).chain(otherwise.as_deref());
            branches.for_each(|branch| keys_of(branch, keys));
        }
        Template::Match(_, arms, otherwise, _) => {
            let branches = arms.iter().map(|(_, then)| then).chain(otherwise.as_deref());
            branches.for_each(|branch| keys_of(branch, keys));
        }
        _ => {}
    }
}
