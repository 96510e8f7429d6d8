//! The rules of replies, lowered, with `$http` put in its place.

use super::reader::Current;
use super::template::Data;
use super::{CANNOT_RENEW, RULES, unknown};
use crate::carrier::Outcome;
use crate::carrier::plan::{HeaderMatch, MessagePlan, Rule, StatusMatch, presence};
use crate::carrier::reader::{Alternative, Entries, EntryList, Reader};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Doc, Use};
use crate::source::{Node, Span};
use crate::syntax::{self, Decode as _, NoReply, OneOrMany, OutcomeWord, RuleEntry, Rules, Sp};
use crate::value::Pattern;

impl Data<'_, '_> {
    /// The rules of one reply: a name, a list, or `$http` alone.
    pub(super) fn rules(&mut self, rules: Option<&Rules>, at: Span, renews: bool) -> Vec<Rule> {
        let mut found = Vec::new();
        match rules {
            None => {
                found.push(builtin(vec![StatusMatch::Class(2)], vec![], Outcome::Accepted, at));
                http(&mut found, renews, at);
            }
            Some(Rules::Name(name)) => self.splice(name, renews, &mut found, &mut Vec::new()),
            Some(Rules::List(entries)) => self.list(entries, renews, &mut found, &mut Vec::new()),
        }
        self.check_order(&found, at);
        found
    }

    fn list(&mut self, entries: &[RuleEntry], renews: bool, found: &mut Vec<Rule>, within: &mut Vec<String>) {
        for entry in entries {
            match entry {
                RuleEntry::Splice(name) => self.splice(name, renews, found, within),
                RuleEntry::Rule(rule) => found.push(self.rule(rule, renews)),
            }
        }
    }

    fn splice(&mut self, name: &Sp<String>, renews: bool, found: &mut Vec<Rule>, within: &mut Vec<String>) {
        if name.value == "http" {
            self.lower.cover(name.span, What::Rule);
            http(found, renews, name.span);
            return;
        }
        let Some((_, list)) = self.file.syntax.replies.iter().find(|(known, _)| known.value == name.value) else {
            let known = self.file.syntax.replies.iter().map(|(known, _)| known.value.as_str()).chain(["http"]);
            self.lower.found.push(unknown("list of rules", &name.value, name.span, known));
            // What cannot be found must not make the list look incomplete.
            http(found, renews, name.span);
            return;
        };
        self.lower.uses.insert(Use::Replies(name.value.clone()));
        if within.contains(&name.value) {
            let finding = Diagnostic::error(&RULES, name.span, format!("the list `{}` contains itself", name.value));
            self.lower.found.push(finding);
            return;
        }
        within.push(name.value.clone());
        self.list(&list.0, renews, found, within);
        within.pop();
    }

    fn rule(&mut self, rule: &syntax::Rule, renews: bool) -> Rule {
        self.lower.cover(rule.span, What::Rule);
        let current = Current::body();
        let outcome = outcome(rule.outcome.value);
        if outcome == Outcome::Reauthenticate && !renews {
            let finding = Diagnostic::error(&CANNOT_RENEW, rule.outcome.span, "this credential cannot be renewed")
                .help("say `misconfigured`: a person must mend it");
            self.lower.found.push(finding);
        }
        let when = rule.when.as_ref();
        if let (Some(when), Some(default)) = (when, &rule.default) {
            let finding = Diagnostic::error(&RULES, default.span, "a rule with `default` matches always")
                .related(when.span, "but this is a condition");
            self.lower.found.push(finding);
        }
        let status = when.and_then(|when| when.status.as_ref()).map_or_else(Vec::new, |status| self.statuses(status));
        let header = when.and_then(|when| when.header.as_ref()).and_then(|node| self.header(node));
        let condition = when.and_then(|when| when.r#if.as_ref()).map(|condition| self.holds(condition));
        let fault = when.and_then(|when| when.fault.as_ref()).filter(|fault| fault.value);
        // Without an envelope of its own, a fault stands where SOAP puts it.
        let fault = fault.map(|fault| Sp { value: "$.Envelope.Body.Fault".to_owned(), span: fault.span });
        let has = when.and_then(|when| when.has.as_ref()).or(fault.as_ref()).and_then(|path| {
            let node = text_node(path);
            self.presence(path, &node, &current).map(|alternative| presence(alternative, path.span))
        });
        let no_reply = when
            .and_then(|when| when.error.as_ref())
            .map_or_else(Vec::new, |error| error.0.iter().map(|word| word.value).collect());
        let errors = self.messages(rule.each.as_ref(), rule.code.as_ref(), rule.message.as_ref(), &current);
        let warnings = rule
            .warnings
            .as_ref()
            .map(|warnings| self.messages(Some(&warnings.each), warnings.code.as_ref(), warnings.message.as_ref(), &current));
        let retry_after = rule.retry_after.as_ref().map(|source| self.reader(source, &current, false));
        Rule { status, header, condition, has, no_reply, outcome, errors, warnings, retry_after, span: rule.span, builtin: false }
    }

    fn messages(
        &mut self,
        each: Option<&syntax::SourceNode>,
        code: Option<&syntax::SourceNode>,
        message: Option<&syntax::SourceNode>,
        current: &Current,
    ) -> Entries<MessagePlan> {
        let each = each.map(|each| match each.0.as_list() {
            Some(items) => OneOrMany(items.iter().map(|item| syntax::SourceNode(item.clone())).collect()),
            None => OneOrMany(vec![each.clone()]),
        });
        self.entries(each.as_ref(), current, false, &[], |data, here| MessagePlan {
            code: code.map(|code| data.reader(code, here, false)),
            message: message.map(|message| data.reader(message, here, false)),
        })
    }

    fn statuses(&mut self, given: &OneOrMany<Node>) -> Vec<StatusMatch> {
        given.0.iter().filter_map(|node| self.status(node)).collect()
    }

    fn status(&mut self, node: &Node) -> Option<StatusMatch> {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let class = text.strip_suffix("xx").and_then(|digit| digit.parse::<u16>().ok()).filter(|class| (1..=5).contains(class));
        let code = text.parse::<u16>().ok().filter(|code| (100..600).contains(code));
        let found = class.map(StatusMatch::Class).or(code.map(StatusMatch::Code));
        if found.is_none() {
            let finding = Diagnostic::error(&RULES, node.span, format!("`{text}` is no HTTP status"))
                .help("a code such as 404, a class such as `4xx`, or a list of them");
            self.lower.found.push(finding);
        }
        found
    }

    fn header(&mut self, node: &Node) -> Option<HeaderMatch> {
        if let Some(scalar) = node.as_scalar() {
            return Some(HeaderMatch { name: scalar.text.clone(), equals: None, matches: None });
        }
        let mut cx = syntax::Cx::new(self.lower.sources);
        let decoded = syntax::HeaderCondition::decode(node, &mut cx);
        self.lower.found.append(&mut cx.diagnostics);
        let decoded = decoded?;
        let matches = decoded.matches.and_then(|pattern| match Pattern::parse(&pattern.value, false) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let words = format!("not a regular expression: {error}");
                self.lower.found.push(Diagnostic::error(&RULES, pattern.span, words));
                None
            }
        });
        Some(HeaderMatch { name: decoded.name.value, equals: decoded.equals.map(|equals| equals.value), matches })
    }

    /// The last rule is unconditional, and none stands behind it.
    fn check_order(&mut self, rules: &[Rule], at: Span) {
        let Some(last) = rules.last() else {
            self.lower.found.push(Diagnostic::error(&RULES, at, "there are no rules").help("end with `- $http`"));
            return;
        };
        if !unconditional(last) {
            let finding = Diagnostic::error(&RULES, last.span, "the last rule is conditional: some replies would match none")
                .help("add `- $http`, or a rule with `default: true`");
            self.lower.found.push(finding);
        }
        for (place, rule) in rules.iter().enumerate() {
            let Some(before) = rules[..place].iter().find(|before| covers(before, rule)) else { continue };
            if rule.builtin {
                continue;
            }
            let finding = Diagnostic::error(&RULES, rule.span, "this rule is never reached")
                .related(before.span, "this one takes all that it could take")
                .help("put the special rule before the general one");
            self.lower.found.push(finding);
        }
        for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.outcome == Outcome::Accepted && !rule.builtin) {
            let plain = rule.condition.is_none() && rule.has.is_none() && rule.header.is_none();
            let later = rules[place + 1..].iter().find(|later| {
                !later.builtin
                    && later.outcome != Outcome::Accepted
                    && (later.condition.is_some() || later.has.is_some())
                    && overlaps(rule, later)
            });
            if let (true, Some(later)) = (plain, later) {
                let finding = Diagnostic::warning(&RULES, rule.span, "`accepted` comes before a rule on the body")
                    .related(later.span, "an error in the body of a success is never seen here")
                    .help("put the rule on the body first");
                self.lower.found.push(finding);
            }
        }
    }
}

fn unconditional(rule: &Rule) -> bool {
    rule.status.is_empty() && rule.header.is_none() && rule.condition.is_none() && rule.has.is_none() && rule.no_reply.is_empty()
}

/// Whether `before` takes everything that `rule` could.
fn covers(before: &Rule, rule: &Rule) -> bool {
    if before.condition.is_some() || before.has.is_some() || before.header.is_some() {
        return false;
    }
    let no_reply = before.no_reply.is_empty()
        || (!rule.no_reply.is_empty() && rule.no_reply.iter().all(|word| before.no_reply.contains(word)));
    let status = before.status.is_empty()
        || (!rule.status.is_empty() && rule.status.iter().all(|status| before.status.iter().any(|wide| wider(*wide, *status))));
    no_reply && status
}

fn wider(wide: StatusMatch, narrow: StatusMatch) -> bool {
    match (wide, narrow) {
        (StatusMatch::Class(class), StatusMatch::Code(code)) => code / 100 == class,
        (wide, narrow) => wide == narrow,
    }
}

fn overlaps(left: &Rule, right: &Rule) -> bool {
    left.status.is_empty()
        || right.status.is_empty()
        || left.status.iter().any(|one| right.status.iter().any(|other| wider(*one, *other) || wider(*other, *one)))
}

fn outcome(word: OutcomeWord) -> Outcome {
    match word {
        OutcomeWord::Accepted => Outcome::Accepted,
        OutcomeWord::Rejected => Outcome::Rejected,
        OutcomeWord::Reauthenticate => Outcome::Reauthenticate,
        OutcomeWord::Misconfigured => Outcome::Misconfigured,
        OutcomeWord::Throttled => Outcome::Throttled,
        OutcomeWord::Transient => Outcome::Transient,
        OutcomeWord::NotWritten => Outcome::NotWritten,
        OutcomeWord::Ambiguous => Outcome::Ambiguous,
        OutcomeWord::NotFound => Outcome::NotFound,
        OutcomeWord::Pending => Outcome::Pending,
        OutcomeWord::Unexpected => Outcome::Unexpected,
    }
}

/// The built-in tail: what HTTP itself says of a reply.
fn http(found: &mut Vec<Rule>, renews: bool, span: Span) {
    let mut add = |status, no_reply, outcome| found.push(builtin(status, no_reply, outcome, span));
    add(vec![], vec![NoReply::Connect], Outcome::NotWritten);
    add(vec![], vec![NoReply::Timeout], Outcome::Ambiguous);
    add(vec![StatusMatch::Code(401)], vec![], if renews { Outcome::Reauthenticate } else { Outcome::Misconfigured });
    add(vec![StatusMatch::Code(403)], vec![], Outcome::Misconfigured);
    add(vec![StatusMatch::Code(429), StatusMatch::Code(503)], vec![], Outcome::Throttled);
    add(vec![StatusMatch::Class(4)], vec![], Outcome::Rejected);
    add(vec![StatusMatch::Class(5)], vec![], Outcome::Transient);
    add(vec![], vec![], Outcome::Unexpected);
}

/// A rule that the file does not spell out.
fn builtin(status: Vec<StatusMatch>, no_reply: Vec<NoReply>, outcome: Outcome, span: Span) -> Rule {
    let text = matches!(outcome, Outcome::Rejected).then(|| presence(Alternative::Text, span));
    let retry_after = matches!(outcome, Outcome::Throttled).then(|| presence(Alternative::Header("retry-after".into()), span));
    Rule {
        status,
        header: None,
        condition: None,
        has: None,
        no_reply,
        outcome,
        errors: whole_body(text),
        warnings: None,
        retry_after,
        span,
        builtin: true,
    }
}

fn whole_body(message: Option<Reader>) -> Entries<MessagePlan> {
    let read = MessagePlan { code: None, message };
    Entries { lists: Box::new([EntryList { doc: Doc::Body, row: 1, hops: Box::new([]), present: None, picked: None, read }]) }
}

fn text_node(text: &Sp<String>) -> Node {
    let scalar = crate::source::Scalar { text: text.value.clone(), style: crate::source::Style::Plain };
    Node { span: text.span, kind: crate::source::Kind::Scalar(scalar) }
}
