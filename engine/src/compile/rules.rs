//! The rules of replies, lowered, with `$http` put in its place.

use super::reader::Current;
use super::template::Data;
use super::{ABSENT_BODY, CANNOT_RENEW, RULES, unknown};
use crate::carrier::Outcome;
use crate::carrier::plan::{HeaderMatch, MessagePlan, Rule, StatusMatch, presence};
use crate::carrier::reader::{Alternative, Entries, EntryList, Reader};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Doc, Expr, Use, is_senders};
use crate::source::{Node, Span};
use crate::syntax::{self, Decode as _, NoReply, OneOrMany, OutcomeWord, RuleEntry, Rules, Sp};
use crate::value::Pattern;

/// Where a SOAP fault stands.
const FAULT: &str = "$.Envelope.Body.Fault";

/// What one list of rules is read with.
struct Reading<'c> {
    /// What `$` stands for.
    current: &'c Current,
    /// Whether the credential can be renewed.
    renews: bool,
    /// Whether the request only reads.
    reads: bool,
    /// The named lists that are being put in place.
    within: Vec<String>,
}

impl Data<'_, '_> {
    /// The rules of one reply: a name, a list, or `$http` alone.
    pub(super) fn rules(&mut self, rules: Option<&Rules>, current: &Current, at: Span, renews: bool, reads: bool) -> Vec<Rule> {
        let mut found = Vec::new();
        let mut reading = Reading { current, renews, reads, within: Vec::new() };
        match rules {
            None => {
                if current.is_envelope() {
                    self.faults(&mut found, at);
                }
                found.push(builtin(vec![StatusMatch::Class(2)], vec![], Outcome::Accepted, at));
                http(&mut found, &reading, at);
            }
            Some(Rules::Name(name)) => self.splice(name, &mut reading, &mut found),
            Some(Rules::List(entries)) => self.list(entries, &mut reading, &mut found),
        }
        self.check_order(&found, at);
        self.check_absent(&found);
        found
    }

    /// What a SOAP fault means where the file does not say: the sender's own is a refusal, the server's may pass.
    fn faults(&mut self, found: &mut Vec<Rule>, span: Span) {
        let (Some(code), Some(text)) = (self.lower.fault("code"), self.lower.fault("text")) else { return };
        let path = Sp { value: FAULT.to_owned(), span };
        let Some(there) = self.presence(&path, &text_node(&path), &Current::body()) else { return };
        for (condition, outcome) in [(is_senders(code.expr.clone()), Outcome::Rejected), (None, Outcome::Transient)] {
            let reader = |expr: &Expr| Some(presence(Alternative::Expression(expr.clone(), span), span));
            found.push(Rule {
                condition,
                presence: vec![(presence(there.clone(), span), true)],
                errors: whole_body(MessagePlan { code: reader(&code.expr), message: reader(&text.expr) }),
                ..builtin(vec![], vec![], outcome, span)
            });
        }
    }

    fn list(&mut self, entries: &[RuleEntry], reading: &mut Reading<'_>, found: &mut Vec<Rule>) {
        for entry in entries {
            match entry {
                RuleEntry::Splice(name) => self.splice(name, reading, found),
                RuleEntry::Rule(rule) => found.push(self.rule(rule, reading)),
            }
        }
    }

    fn splice(&mut self, name: &Sp<String>, reading: &mut Reading<'_>, found: &mut Vec<Rule>) {
        if name.value == "http" {
            self.lower.cover(name.span, What::Rule);
            http(found, reading, name.span);
            return;
        }
        let Some((_, list)) = self.file.syntax.replies.iter().find(|(known, _)| known.value == name.value) else {
            let known = self.file.syntax.replies.iter().map(|(known, _)| known.value.as_str()).chain(["http"]);
            self.lower.found.push(unknown("list of rules", &name.value, name.span, known));
            // What cannot be found must not make the list look incomplete.
            http(found, reading, name.span);
            return;
        };
        self.lower.uses.insert(Use::Replies(name.value.clone()));
        if reading.within.contains(&name.value) {
            let finding = Diagnostic::error(&RULES, name.span, format!("the list `{}` contains itself", name.value));
            self.lower.found.push(finding);
            return;
        }
        reading.within.push(name.value.clone());
        self.list(&list.0, reading, found);
        reading.within.pop();
    }

    fn rule(&mut self, rule: &syntax::Rule, reading: &Reading<'_>) -> Rule {
        self.lower.cover(rule.span, What::Rule);
        let current = reading.current;
        let outcome = outcome(rule.outcome.value);
        if outcome == Outcome::Reauthenticate && !reading.renews {
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
        let condition = when.and_then(|when| when.r#if.as_ref()).map(|condition| self.condition_of_rule(condition));
        let presence = when.map_or_else(Vec::new, |when| self.presences(when, current));
        let no_reply = when
            .and_then(|when| when.error.as_ref())
            .map_or_else(Vec::new, |error| error.0.iter().map(|word| word.value).collect());
        let errors = self.messages(rule.each.as_ref(), rule.code.as_ref(), rule.message.as_ref(), current);
        let warnings = rule
            .warnings
            .as_ref()
            .map(|warnings| self.messages(warnings.each.as_ref(), warnings.code.as_ref(), warnings.message.as_ref(), current));
        let retry_after = rule.retry_after.as_ref().map(|source| self.reader(source, current, false));
        Rule {
            status,
            header,
            condition,
            presence,
            no_reply,
            outcome,
            errors,
            warnings,
            retry_after,
            span: rule.span,
            builtin: false,
        }
    }

    /// A rule's condition; one that speaks of the body alone, and holds where there is none, is remembered.
    fn condition_of_rule(&mut self, condition: &syntax::Expression) -> Expr {
        let expr = self.holds(condition);
        let text = condition.0.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let speaks = |name: &str| crate::check::has_word(text, name);
        let others = self.lower.scope.names().any(|name| !matches!(name, "body" | "fault") && speaks(name));
        // Neither the account nor its tables are known here.
        let alone = !others && !text.contains("lookup(");
        if alone && speaks("body") && expr.holds(&crate::expr::Env::new()).unwrap_or(false) {
            self.of_nothing.push(condition.0.span);
        }
        expr
    }

    /// Conditions that hold without a body, where no rule before them has taken such replies.
    fn check_absent(&mut self, rules: &[Rule]) {
        for (place, rule) in rules.iter().enumerate() {
            let passes = matches!(rule.outcome, Outcome::Transient | Outcome::Throttled);
            let bare = rule.status.is_empty() && rule.header.is_none() && rule.presence.is_empty() && rule.no_reply.is_empty();
            let Some(at) = self.of_nothing.iter().find(|at| within(**at, rule.span)).copied() else { continue };
            let taken = |before: &Rule| plain(before) && before.status.iter().any(|status| status.takes(503));
            if passes || !bare || rules[..place].iter().any(taken) {
                continue;
            }
            let words = "this holds where there is no body, too: a 503 would be taken for the carrier's own answer";
            let finding = Diagnostic::warning(&ABSENT_BODY, at, words)
                .help("say of which replies it speaks: `status: 2xx` beside it, or `has: $...` for a member that they have");
            self.lower.found.push(finding);
        }
    }

    /// `has`, and `fault`: a fault stands where SOAP puts it, whatever the request's body was.
    fn presences(&mut self, when: &syntax::When, current: &Current) -> Vec<(Reader, bool)> {
        let fault = when.fault.as_ref().map(|fault| (Sp { value: FAULT.to_owned(), span: fault.span }, fault.value));
        let tests = [
            when.has.as_ref().map(|path| (path.clone(), true, current.clone())),
            fault.map(|(path, wanted)| (path, wanted, current.whole())),
        ];
        let tests = tests.into_iter().flatten();
        tests
            .filter_map(|(path, wanted, current)| {
                let alternative = self.presence(&path, &text_node(&path), &current)?;
                Some((presence(alternative, path.span), wanted))
            })
            .collect()
    }

    pub(super) fn messages(
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
            let plain = rule.condition.is_none() && rule.presence.is_empty() && rule.header.is_none();
            let later = rules[place + 1..].iter().find(|later| {
                !later.builtin
                    && later.outcome != Outcome::Accepted
                    && (later.condition.is_some() || !later.presence.is_empty())
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

fn within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a rule decides by the status alone.
fn plain(rule: &Rule) -> bool {
    rule.condition.is_none() && rule.presence.is_empty() && rule.header.is_none()
}

fn unconditional(rule: &Rule) -> bool {
    let open = rule.status.is_empty() && rule.header.is_none() && rule.condition.is_none();
    open && rule.presence.is_empty() && rule.no_reply.is_empty()
}

/// Whether `before` takes everything that `rule` could.
fn covers(before: &Rule, rule: &Rule) -> bool {
    if before.condition.is_some() || !before.presence.is_empty() || before.header.is_some() {
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

pub(super) fn outcome(word: OutcomeWord) -> Outcome {
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
fn http(found: &mut Vec<Rule>, reading: &Reading<'_>, span: Span) {
    let mut add = |status, no_reply, outcome| found.push(builtin(status, no_reply, outcome, span));
    add(vec![], vec![NoReply::Connect], Outcome::NotWritten);
    // What only reads left nothing behind that nobody knows of.
    add(vec![], vec![NoReply::Timeout], if reading.reads { Outcome::Transient } else { Outcome::Ambiguous });
    add(vec![StatusMatch::Code(401)], vec![], if reading.renews { Outcome::Reauthenticate } else { Outcome::Misconfigured });
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
        presence: Vec::new(),
        no_reply,
        outcome,
        errors: whole_body(MessagePlan { code: None, message: text }),
        warnings: None,
        retry_after,
        span,
        builtin: true,
    }
}

fn whole_body(read: MessagePlan) -> Entries<MessagePlan> {
    Entries {
        lists: Box::new([EntryList {
            doc: Doc::Body,
            row: 1,
            around: None,
            hops: Box::new([]),
            present: None,
            picked: None,
            read,
        }]),
    }
}

fn text_node(text: &Sp<String>) -> Node {
    let scalar = crate::source::Scalar { text: text.value.clone(), style: crate::source::Style::Plain };
    Node { span: text.span, kind: crate::source::Kind::Scalar(scalar) }
}
