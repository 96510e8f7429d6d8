//! Data of the file, lowered: literals, `${{ }}`, `$` words, parts.

use super::{File, MAY_BE_NULL, MERGE_CONFLICT, PART_ARGUMENTS, TEMPLATE_WORD, UNCLOSED, UNKNOWN_PART};
use crate::body::{LoopList, Member, Nested, OnNull, Template, TextPart};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Binding, Expr, Lowered, Lowerer, Piece, Place, Space, Target, Ty, Use, split_text};
use crate::source::{Entry, Kind, Literal, Node, Span};
use crate::value::{Number, Value};
use std::borrow::Cow;

/// Lowers data of one mapping.
pub(super) struct Data<'d, 'w> {
    pub(super) file: &'d File<'d>,
    pub(super) lower: &'d mut Lowerer<'w>,
    /// What a computed null does here and below.
    on_null: OnNull,
    /// What the data is written as: some words belong to one format only.
    medium: Medium,
    /// The parts that are being expanded, with the places that use them.
    expanding: Vec<(String, Span)>,
    /// Conditions that hold here, in the file's own words.
    holding: Vec<String>,
    /// What may be missing is no mistake here: the file says that it must be there, or it makes nothing.
    pub(super) doubtless: bool,
    /// Conditions of rules that hold without a body.
    pub(super) of_nothing: Vec<Span>,
}

/// The words of every format.
const WORDS: &[&str] =
    &["$for", "$do", "$if", "$then", "$else", "$match", "$part", "$merge", "$omit", "$xml", "$json", "$secret"];

/// The words of XML alone.
const XML_WORDS: &[&str] = &["$ns", "$text", "$declaration"];

/// What data is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Medium {
    /// Without words of its own.
    #[default]
    Plain,
    /// XML.
    Xml,
    /// `multipart`.
    Multipart,
    /// Any of them: a part by itself.
    Any,
}

impl Medium {
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Xml => XML_WORDS,
            Self::Multipart => crate::body::PART_WORDS,
            Self::Any => &["$ns", "$text", "$declaration", "$file", "$media", "$data"],
        }
    }

    /// Where a word belongs, when it is one of another format.
    fn home(word: &str) -> Option<&'static str> {
        match word {
            word if XML_WORDS.contains(&word) => Some("XML"),
            word if crate::body::PART_WORDS.contains(&word) => Some("a part of `multipart`"),
            _ => None,
        }
    }
}

impl<'d, 'w> Data<'d, 'w> {
    pub(super) fn new(file: &'d File<'d>, lower: &'d mut Lowerer<'w>) -> Self {
        Self {
            file,
            lower,
            on_null: OnNull::Error,
            medium: Medium::Plain,
            expanding: Vec::new(),
            holding: Vec::new(),
            doubtless: false,
            of_nothing: Vec::new(),
        }
    }

    /// What is lowered is written in this format.
    pub(super) fn written_as(mut self, medium: Medium) -> Self {
        self.medium = medium;
        self
    }

    /// Nulls fall out from here on: headers and queries.
    pub(super) fn lenient(mut self) -> Self {
        self.on_null = OnNull::OmitNull;
        self
    }

    pub(super) fn template(&mut self, node: &Node) -> Template {
        match &node.kind {
            Kind::Scalar(_) => self.scalar(node),
            Kind::List(items) => Template::List(items.iter().map(|item| self.list_item(item)).collect(), node.span),
            Kind::Map(entries) => self.mapping(node, entries),
        }
    }

    fn list_item(&mut self, node: &Node) -> Template {
        self.template(node)
    }

    fn scalar(&mut self, node: &Node) -> Template {
        let Some(scalar) = node.as_scalar() else { return null(node.span) };
        let pieces = split_text(&scalar.text);
        if !pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_))) {
            self.lower.cover(node.span, What::Leaf);
            return Template::Literal(literal(scalar.literal()), node.span);
        }
        if let [Piece::Expression(range)] = pieces.as_slice() {
            let target = Target { node, range: range.clone() };
            let doubts = self.lower.doubts.len();
            let value = self.lower.expression(&target);
            let span = self.lower.sources.locate(node, range.clone());
            if self.on_null == OnNull::Error {
                self.doubtful(&value, doubts, span, false);
            }
            self.lower.cover(span, What::Leaf);
            return Template::Value { expr: value.expr, on_null: self.on_null, span };
        }
        let parts = pieces.into_iter().filter_map(|piece| self.text_part(node, &scalar.text, piece)).collect();
        self.lower.cover(node.span, What::Leaf);
        Template::Text(parts, node.span)
    }

    fn text_part(&mut self, node: &Node, text: &str, piece: Piece) -> Option<TextPart> {
        match piece {
            Piece::Literal(range) => Some(TextPart::Literal(text[range].into())),
            Piece::Expression(range) => {
                let span = self.lower.sources.locate(node, range.clone());
                let doubts = self.lower.doubts.len();
                let value = self.lower.expression(&Target { node, range });
                self.doubtful(&value, doubts, span, true);
                self.lower.printable(&value, span);
                Some(TextPart::Value(value.expr, span))
            }
            Piece::Open(at) => {
                let span = self.lower.sources.locate(node, at..at + 3);
                self.lower.found.push(Diagnostic::error(&UNCLOSED, span, "`${{` without its `}}`"));
                None
            }
        }
    }

    /// A value that may be null where null is an error, and no condition has looked.
    fn doubtful(&mut self, value: &Lowered, known: usize, span: Span, in_text: bool) {
        let Some(name) = self.lower.doubts.get(known).filter(|_| value.nullable && !self.doubtless) else { return };
        if matches!(value.ty, Ty::Any | Ty::Xml) {
            return;
        }
        let words = format!("`{name}` may be missing: then this fails, and nothing is sent");
        let finding = Diagnostic::warning(&MAY_BE_NULL, span, words);
        self.lower.found.push(match in_text {
            true => finding.help("give it a `default('')`, put an `$if` around it, or ask for it in `requires`"),
            false => finding
                .help("let it fall out: `$omit: absent` in this object; or give it a `default(...)`")
                .help("if an order without it shall not be taken, say so: `requires`, or `key!:`"),
        });
    }

    fn mapping(&mut self, node: &Node, entries: &[Entry]) -> Template {
        let has = |word: &str| entries.iter().any(|entry| entry.key.text == word);
        if has("$part") {
            return self.part(node, entries);
        }
        if has("$for") {
            return self.repeat(node, entries);
        }
        if has("$match") {
            return self.match_on(node, entries);
        }
        if has("$if") {
            return self.condition(node, entries);
        }
        if has("$merge") {
            return self.merge(node, entries);
        }
        if has("$json") || has("$xml") {
            return self.nested(node, entries);
        }
        if has("$secret") {
            return self.secret(node, entries);
        }
        self.object(node, entries)
    }

    /// A word that stands with others than its own is a finding.
    fn only(&mut self, entries: &[Entry], allowed: &[&str]) {
        for entry in entries.iter().filter(|entry| !allowed.contains(&entry.key.text.as_str())) {
            let words = format!("`{}` cannot stand beside `{}`", entry.key.text, allowed[0]);
            self.lower
                .found
                .push(Diagnostic::error(&TEMPLATE_WORD, entry.key_span, words).among(&entry.key.text, allowed.iter().copied()));
        }
    }

    fn wanted<'n>(&mut self, node: &'n Node, word: &str, beside: &str) -> Option<&'n Node> {
        let found = node.get(word);
        let medium = self.medium;
        let known = |word: &str| WORDS.contains(&word) || medium.words().contains(&word);
        let mistyped = |entry: &Entry| entry.key.text.starts_with('$') && !known(&entry.key.text);
        // A mistyped word is told by itself.
        if found.is_none() && !node.as_map().unwrap_or(&[]).iter().any(mistyped) {
            self.lower.found.push(Diagnostic::error(&TEMPLATE_WORD, first_key(node), format!("`{beside}` needs `{word}`")));
        }
        found
    }

    fn object(&mut self, node: &Node, entries: &[Entry]) -> Template {
        let outer = self.on_null;
        if let Some(omit) = node.get("$omit") {
            self.on_null = self.omit(omit);
        }
        let forgotten = self.forgotten_dollar(entries);
        let known = self.lower.found.len();
        let members = entries.iter().filter(|entry| entry.key.text != "$omit").map(|entry| self.member(entry)).collect();
        if forgotten {
            self.forget_companions(known, entries);
        }
        self.on_null = outer;
        Template::Object(members, node.span)
    }

    /// A word of the format that lost its `$`: its companion or its value gives it away.
    fn forgotten_dollar(&mut self, entries: &[Entry]) -> bool {
        let before = self.lower.found.len();
        let has = |words: &[&str]| entries.iter().any(|entry| words.contains(&entry.key.text.as_str()));
        for entry in entries {
            let text = entry.value.as_scalar().map(|scalar| scalar.text.as_str());
            let secrets = &self.file.world.secrets;
            let meant = match entry.key.text.as_str() {
                "for" => has(&["$do", "do"]),
                "do" => has(&["$for"]),
                "if" => has(&["$then", "$else", "then"]),
                "then" | "else" => has(&["$if"]),
                "match" => has(&["$else"]),
                "omit" => matches!(text, Some("absent" | "empty")),
                "part" => self.file.syntax.parts.iter().any(|(name, _)| Some(name.value.as_str()) == text),
                "secret" => secrets.iter().any(|(name, _)| Some(name.as_str()) == text),
                "ns" => is_namespaces(&entry.value),
                "merge" => entries.len() == 1 && entry.value.as_list().is_some_and(|items| items.iter().any(is_object)),
                _ => false,
            };
            let perhaps = matches!(entry.key.text.as_str(), "json" | "xml")
                && entries.len() == 1
                && is_object(&entry.value)
                && !is_nested(&entry.value);
            if meant || perhaps {
                let (word, mended) = (&entry.key.text, format!("${}", entry.key.text));
                let words = format!("`{word}` would be sent as a key of the data");
                let finding = match meant {
                    true => Diagnostic::error(&TEMPLATE_WORD, entry.key_span, words),
                    false => Diagnostic::warning(&TEMPLATE_WORD, entry.key_span, words),
                };
                let finding = finding.help(format!("did you mean `{mended}`?"));
                self.lower.found.push(finding.suggest(entry.key_span, mended));
            }
        }
        self.lower.found.len() > before
    }

    /// Words that lack what lost its `$` follow from it.
    fn forget_companions(&mut self, known: usize, entries: &[Entry]) {
        let mut at = 0;
        self.lower.found.retain(|finding| {
            at += 1;
            let follows = finding.code == &TEMPLATE_WORD && entries.iter().any(|entry| entry.key_span == finding.span);
            at <= known || !follows
        });
    }

    fn omit(&mut self, node: &Node) -> OnNull {
        match node.as_scalar().map(|scalar| scalar.text.as_str()) {
            Some("absent") => OnNull::OmitNull,
            Some("empty") => OnNull::OmitEmpty,
            other => {
                let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "`$omit` is `absent` or `empty`");
                self.lower.found.push(finding.among(other.unwrap_or(""), ["absent", "empty"]));
                self.on_null
            }
        }
    }

    fn member(&mut self, entry: &Entry) -> Member {
        let text = entry.key.text.as_str();
        let (name, must) = match text.strip_suffix('!') {
            Some(name) if !name.is_empty() => (name, true),
            _ => (text, false),
        };
        let name = match name.strip_prefix("$$") {
            Some(rest) => Cow::Owned(format!("${rest}")),
            None => {
                if let Some(companion) = companion(name) {
                    let words = format!("`{name}` has no `{companion}` beside it");
                    self.lower.found.push(
                        Diagnostic::error(&TEMPLATE_WORD, entry.key_span, words).help(format!("it goes with `{companion}`")),
                    );
                } else if name.starts_with('$') && !name.contains("${{") && !self.medium.words().contains(&name) {
                    self.no_word(name, entry.key_span);
                }
                Cow::Borrowed(name)
            }
        };
        if name.contains("${{") {
            self.lower.found.push(
                Diagnostic::error(&TEMPLATE_WORD, entry.key_span, "a key cannot be computed")
                    .help("write the key out, or choose among objects by `$match`"),
            );
        }
        let mut json = Vec::new();
        crate::body::write_json_text(&name, &mut json);
        json.push(b':');
        let outer = std::mem::replace(&mut self.doubtless, must);
        let value = self.template(&entry.value);
        self.doubtless = outer;
        Member {
            key: (*name).into(),
            json: String::from_utf8(json).unwrap_or_default().into(),
            must,
            span: entry.key_span,
            value,
        }
    }

    fn no_word(&mut self, name: &str, span: Span) {
        let finding = match Medium::home(name) {
            Some(home) => {
                Diagnostic::error(&TEMPLATE_WORD, span, format!("`{name}` is a word of {home}, and would be sent as a key"))
            }
            None => Diagnostic::error(&TEMPLATE_WORD, span, format!("`{name}` is no word of the format"))
                .among(name, WORDS.iter().chain(self.medium.words()).copied()),
        };
        self.lower.found.push(finding.help("a literal key that begins with `$` is written `$$`"));
    }

    fn condition(&mut self, node: &Node, entries: &[Entry]) -> Template {
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
    fn holds_already(&self, text: &str) -> bool {
        text.split(" and ").all(|one| self.holding.iter().chain(&self.lower.filled).any(|known| known == one.trim()))
    }

    /// A bare expression that must be a condition.
    pub(super) fn bare_condition(&mut self, node: &Node) -> Expr {
        let value = self.bare(node);
        self.lower.condition_type(&value, node.span);
        value.expr
    }

    /// A bare expression; a YAML null, number or boolean is itself.
    pub(super) fn bare(&mut self, node: &Node) -> Lowered {
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

    fn match_on(&mut self, node: &Node, entries: &[Entry]) -> Template {
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
        if let Some(entry) = node.entry("$else") {
            self.lower.cover_shown(subject.span, What::Otherwise, entry.key_span);
        }
        let otherwise = node.get("$else").map(|otherwise| Box::new(self.template(otherwise)));
        self.lower.unguard(guarded);
        Template::Match(value.expr, arms.into(), otherwise, subject.span)
    }

    fn merge(&mut self, node: &Node, entries: &[Entry]) -> Template {
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

    fn nested(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$json", "$xml"]);
        let (format, inner) = match (node.get("$json"), node.get("$xml")) {
            (Some(inner), _) => (Nested::Json, inner),
            (None, Some(inner)) => (Nested::Xml, inner),
            _ => return null(node.span),
        };
        let outer = std::mem::replace(&mut self.medium, if format == Nested::Xml { Medium::Xml } else { Medium::Plain });
        let template = self.template(inner);
        self.medium = outer;
        if format == Nested::Xml {
            super::xml::check_document(&template, self.lower);
        }
        Template::Nested(format, Box::new(template), node.span)
    }

    fn secret(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$secret"]);
        let Some(named) = node.get("$secret") else { return null(node.span) };
        let name = named.as_scalar().map_or("", |scalar| scalar.text.as_str());
        if name.contains("${{") {
            // A text that is made of secrets: a hash over them, say.
            let before = std::mem::replace(&mut self.lower.secrets_allowed, true);
            let template = self.template(named);
            self.lower.secrets_allowed = before;
            return template;
        }
        let expr = match self.file.world.secrets.iter().position(|(known, _)| known == name) {
            Some(at) => {
                self.lower.uses.insert(Use::Secret(name.to_owned()));
                Expr::Secret(at as u16)
            }
            None if name == "token" && self.lower.has_token() => {
                self.lower.places_token = true;
                Expr::Token
            }
            None => {
                let token = self.lower.has_token().then_some("token");
                let known = self.file.world.secrets.iter().map(|(known, _)| known.as_str()).chain(token);
                let finding = Diagnostic::error(&crate::expr::UNKNOWN_MEMBER, named.span, format!("there is no secret `{name}`"));
                self.lower.found.push(finding.among(name, known));
                return null(node.span);
            }
        };
        self.lower.cover(named.span, What::Leaf);
        Template::Value { expr, on_null: OnNull::Error, span: named.span }
    }

    fn repeat(&mut self, node: &Node, entries: &[Entry]) -> Template {
        self.only(entries, &["$for", "$do"]);
        let (Some(head), Some(body)) = (node.get("$for"), self.wanted(node, "$do", "$for")) else { return null(node.span) };
        let Some((name, over)) = self.loop_head(head) else { return null(node.span) };
        self.cover_loop(&over, node.span, head);
        let depth = self.lower.scope.depth();
        let list = self.begin_loop(name, over, head);
        let item = self.template(body);
        self.end_loop(&list, depth);
        Template::For(list, Box::new(item), node.span)
    }

    /// From here on `name` is an entry of the list, and `loop` says which; until [`Data::end_loop`].
    pub(super) fn begin_loop(&mut self, name: String, over: Binding, head: &Node) -> LoopList {
        let (list, variable) = self.enter_loop(over, head);
        self.lower.scope.bind(name, variable);
        self.lower.scope.bind("loop", Binding::Space(Space::Loop(self.lower.scope.loops)));
        self.lower.scope.loops += 1;
        list
    }

    /// The loop ends; the scope is as deep as before it.
    pub(super) fn end_loop(&mut self, list: &LoopList, depth: usize) {
        self.lower.scope.loops -= 1;
        self.leave_loop(list, depth);
    }

    /// `name in list` of `$for` and `for_each`.
    pub(super) fn loop_head(&mut self, node: &Node) -> Option<(String, Binding)> {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let parts = text.split_once(" in ");
        let name = parts.map_or("", |(name, _)| name.trim());
        let valid = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let Some((before, _)) = parts.filter(|_| valid) else {
            let finding = Diagnostic::error(&TEMPLATE_WORD, node.span, "a loop is written `name in list`");
            self.lower.found.push(finding.help("for example `p in shipment.parcels`"));
            return None;
        };
        let target = Target { node, range: before.len() + 4..text.len() };
        Some((name.to_owned(), self.lower.argument(&target)))
    }

    /// A list that the model says has entries is never empty, nor one that is looked at before.
    fn cover_loop(&mut self, over: &Binding, span: Span, head: &Node) {
        let text = head.as_scalar().and_then(|scalar| scalar.text.split_once(" in ")).map_or("", |(_, list)| list.trim());
        let filled = self.holding.iter().chain(&self.lower.filled).any(|condition| condition == text)
            || self.lower.is_filled(over)
            || match over {
                Binding::Place(place) => !place.nullable,
                Binding::Value(value) => !value.nullable,
                Binding::Space(_) => true,
            };
        if !filled {
            self.lower.cover_shown(span, What::Empty, head.span);
        }
    }

    /// The list of a loop, and what its variable stands for. The stacks are one deeper until [`Data::leave_loop`].
    fn enter_loop(&mut self, over: Binding, head: &Node) -> (LoopList, Binding) {
        match over {
            Binding::Place(place)
                if matches!(place.ty, Ty::List(_)) || (matches!(place.ty, Ty::Any | Ty::Xml) && self.of_replies(&place)) =>
            {
                self.lower.note_list(&place);
                let item = match &place.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Xml => Ty::Xml,
                    _ => Ty::Any,
                };
                let (access, frame) = self.lower.plans[place.doc as usize].rows(place.frame, &place.steps);
                let row = self.lower.scope.rows;
                self.lower.scope.rows += 1;
                let variable = Place { doc: place.doc, row, frame, steps: Vec::new(), ty: item, nullable: false };
                (LoopList::Rows(place.doc, place.row, access), Binding::Place(variable))
            }
            other => {
                let value = self.lower.binding_value(other);
                let item = match &value.ty {
                    Ty::List(item) => (**item).clone(),
                    Ty::Any | Ty::Null | Ty::Xml => Ty::Any,
                    wrong => {
                        let words = format!("a loop goes over a list, not {}", wrong.name());
                        self.lower.found.push(Diagnostic::error(&crate::expr::WRONG_TYPE, head.span, words));
                        Ty::Any
                    }
                };
                let local = self.lower.scope.locals;
                self.lower.scope.locals += 1;
                (LoopList::Values(value.expr), Binding::Value(Lowered::maybe(Expr::Local(local), item)))
            }
        }
    }

    /// Whether one value is a list of one there. Free data of an order that is no list is a mistake, told when it is looped over.
    fn of_replies(&self, place: &Place) -> bool {
        self.lower.plans[place.doc as usize].mode() == crate::document::Mode::Reply
    }

    fn leave_loop(&mut self, list: &LoopList, depth: usize) {
        match list {
            LoopList::Rows(..) => self.lower.scope.rows -= 1,
            LoopList::Values(_) => self.lower.scope.locals -= 1,
        }
        self.lower.scope.restore(depth);
    }

    fn part(&mut self, node: &Node, entries: &[Entry]) -> Template {
        let Some(named) = node.get("$part") else { return null(node.span) };
        let name = named.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let Some((_, part)) = self.file.syntax.parts.iter().find(|(known, _)| known.value == name) else {
            let known = self.file.syntax.parts.iter().map(|(known, _)| known.value.as_str());
            let finding = Diagnostic::error(&UNKNOWN_PART, named.span, format!("there is no part `{name}`"));
            self.lower.found.push(finding.among(name, known));
            return null(node.span);
        };
        self.lower.uses.insert(Use::Part(name.to_owned()));
        if self.expanding.iter().any(|(known, _)| known == name) {
            self.lower.found.push(Diagnostic::error(&UNKNOWN_PART, named.span, format!("the part `{name}` uses itself")));
            return null(node.span);
        }
        let arguments = self.part_arguments(name, part, named, entries);
        let (depth, findings) = (self.lower.scope.depth(), self.lower.found.len());
        self.lower.scope.hide(self.lower.globals);
        for (parameter, argument) in arguments {
            self.lower.scope.bind(parameter, argument);
        }
        self.expanding.push((name.to_owned(), named.span));
        let template = self.template(&part.value.0);
        self.expanding.pop();
        self.lower.scope.show();
        self.lower.scope.restore(depth);
        for finding in &mut self.lower.found[findings..] {
            finding.related.push((named.span, format!("`{name}` is used here")));
        }
        template
    }

    fn part_arguments(
        &mut self,
        name: &str,
        part: &crate::syntax::Part,
        named: &Node,
        entries: &[Entry],
    ) -> Vec<(String, Binding)> {
        let parameters: Vec<(&str, bool)> =
            part.params.iter().map(|param| (param.value.trim_end_matches('?'), param.value.ends_with('?'))).collect();
        for entry in entries.iter().filter(|entry| entry.key.text != "$part") {
            let key = entry.key.text.as_str();
            if !parameters.iter().any(|(known, _)| *known == key) {
                let finding =
                    Diagnostic::error(&PART_ARGUMENTS, entry.key_span, format!("the part `{name}` has no parameter `{key}`"));
                self.lower.found.push(finding.among(key, parameters.iter().map(|(known, _)| *known)));
            }
        }
        let mut arguments = Vec::new();
        for (parameter, optional) in parameters {
            let given = entries.iter().find(|entry| entry.key.text == parameter);
            let binding = match given {
                Some(entry) => self.part_argument(&entry.value),
                None => {
                    if !optional {
                        let finding =
                            Diagnostic::error(&PART_ARGUMENTS, named.span, format!("the part `{name}` needs `{parameter}`"));
                        self.lower.found.push(finding);
                    }
                    let ty = if optional { Ty::Null } else { Ty::Any };
                    Binding::Value(Lowered::maybe(Expr::Const(Value::Null), ty))
                }
            };
            arguments.push((parameter.to_owned(), binding));
        }
        arguments
    }

    fn part_argument(&mut self, node: &Node) -> Binding {
        match node.as_scalar().map(crate::source::Scalar::literal) {
            Some(Literal::Text(_)) => self.lower.argument(&Target::whole(node)),
            _ => Binding::Value(self.bare(node)),
        }
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

fn first_key(node: &Node) -> Span {
    node.as_map().and_then(<[Entry]>::first).map_or(node.span, |entry| entry.key_span)
}

/// What a word of the format needs beside it.
fn companion(word: &str) -> Option<&'static str> {
    match word {
        "$do" => Some("$for"),
        "$then" => Some("$if"),
        "$else" => Some("$if` or `$match"),
        _ => None,
    }
}

fn is_object(node: &Node) -> bool {
    node.as_map().is_some()
}

/// A structure that is a text already.
fn is_nested(node: &Node) -> bool {
    node.get("$xml").is_some() || node.get("$json").is_some()
}

/// A mapping from prefixes to addresses.
fn is_namespaces(node: &Node) -> bool {
    let address =
        |node: &Node| node.as_scalar().is_some_and(|scalar| scalar.text.contains("://") || scalar.text.starts_with("urn:"));
    node.as_map().is_some_and(|entries| !entries.is_empty() && entries.iter().all(|entry| address(&entry.value)))
}

fn null(span: Span) -> Template {
    Template::Literal(Value::Null, span)
}

/// A literal of the file as a value: numbers keep their digits.
pub(super) fn literal(literal: Literal<'_>) -> Value<'static> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(flag) => Value::Bool(flag),
        Literal::Int(integer) => Value::Number(Number::Int(integer)),
        Literal::Number(digits) => Value::Number(Number::Digits(Cow::Owned(digits.to_owned()))),
        Literal::Text(text) => Value::text(text.to_owned()),
    }
}

/// A literal node as a value; structures too.
pub(super) fn literal_node(node: &Node) -> Value<'static> {
    match &node.kind {
        Kind::Scalar(scalar) => literal(scalar.literal()),
        Kind::List(items) => Value::List(items.iter().map(literal_node).collect()),
        Kind::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.text.clone().into(), literal_node(&entry.value))).collect())
        }
    }
}
