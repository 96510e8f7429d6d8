//! Data of the file, lowered: literals, `${{ }}`, `$` words, parts.

mod choose;
mod named;
mod part;
mod repeat;

use super::{File, MAY_BE_NULL, TEMPLATE_WORD, UNCLOSED};
use crate::body::{Member, Nested, OnNull, Template, TextPart};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, Lowered, Lowerer, Piece, Target, Ty, Use, split_text};
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
    &["$for", "$key", "$do", "$if", "$then", "$else", "$match", "$part", "$merge", "$omit", "$xml", "$json", "$secret"];

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
                    .help("write the key out, choose among objects by `$match`, or make the object by `$for` with a `$key`"),
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
            return Template::Masked(Box::new(template), named.span);
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
}

fn first_key(node: &Node) -> Span {
    node.as_map().and_then(<[Entry]>::first).map_or(node.span, |entry| entry.key_span)
}

/// What a word of the format needs beside it.
fn companion(word: &str) -> Option<&'static str> {
    match word {
        "$do" | "$key" => Some("$for"),
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
