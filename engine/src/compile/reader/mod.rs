//! Sources, lowered.

mod entries;

use super::template::{Data, literal};
use super::{MANY_INTO_ONE, PATH, SOURCE, ZONELESS};
use crate::carrier::reader::{Alternative, Decoding, Pick, ReadKind, Reader, ZoneOf};
use crate::coverage::What;
use crate::diagnostic::Diagnostic;
use crate::document::Step;
use crate::expr::{Doc, Expr, Piece, Place, Target, Ty, split_text};
use crate::path::{Path, Root};
use crate::source::{Entry, Kind, Literal, Node, Scalar, Span};
use crate::syntax::{
    CodeText, Decode, Expression, LongSource, OneOrMany, SourceDecoding, SourceNode, SourcePick, SourceType, Sp,
};
use crate::value::Pattern;
use crate::value::date::{DateFormat, Zone};

/// What `$`, `$item` (the entry around what is read) and `$$` stand for.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) here: Place,
    pub(super) item: Option<Place>,
    pub(super) document: Place,
}

impl Current {
    /// The whole body.
    pub(super) fn body() -> Self {
        let document = Place {
            doc: Doc::Body,
            row: 1,
            frame: crate::document::FrameId::ROOT,
            steps: Vec::new(),
            ty: Ty::Any,
            nullable: true,
        };
        Self { here: document.clone(), item: None, document }
    }

    /// The inside of a SOAP envelope's body.
    pub(super) fn envelope() -> Self {
        let mut current = Self::body();
        current.here.steps = ["Envelope", "Body"].map(|name| Step::Name(name.into())).to_vec();
        current.document = current.here.clone();
        current
    }

    /// Whether it is the inside of an envelope.
    pub(super) fn is_envelope(&self) -> bool {
        !self.document.steps.is_empty()
    }

    /// The whole document, whatever `$$` stands for: where a SOAP fault is looked for.
    pub(super) fn whole(&self) -> Self {
        Self { item: self.item.clone(), ..Self::body() }
    }

    fn root(&self, root: Root) -> Option<&Place> {
        match root {
            Root::Current => Some(&self.here),
            Root::Item => self.item.as_ref(),
            Root::Document => Some(&self.document),
        }
    }
}

const LONG: &[&str] = LongSource::KEYS;
const MONEY: &[&str] = &["amount", "currency"];

impl Data<'_, '_> {
    /// A source; `literals` are allowed in `media`, `kind` and the like.
    pub(super) fn reader(&mut self, source: &SourceNode, current: &Current, literals: bool) -> Reader {
        self.reader_of(&source.0, current, literals)
    }

    fn reader_of(&mut self, node: &Node, current: &Current, literals: bool) -> Reader {
        let mut reader = plain(node);
        let entries = node.as_map();
        let long = entries.is_some_and(|entries| entries.iter().any(|entry| LONG.contains(&entry.key.text.as_str())));
        if !long {
            self.cover_reading(node, node, false);
            reader.alternatives = self.alternatives(node, current, literals, false);
            return reader;
        }
        let mut cx = crate::syntax::Cx::new(self.lower.sources);
        let decoded = LongSource::decode(node, &mut cx);
        self.lower.found.append(&mut cx.diagnostics);
        let Some(long) = decoded else { return reader };
        let list = long.r#type.as_ref().is_some_and(|kind| kind.value == SourceType::List);
        let many = long.join.is_some() || long.pick.is_some() || list;
        self.cover_reading(node, &long.from, many);
        reader.alternatives = self.alternatives(&long.from, current, literals, many);
        self.one_way(&long, list);
        reader.pick = long.pick.as_ref().map(|pick| match pick.value {
            SourcePick::First => Pick::First,
            SourcePick::Last => Pick::Last,
        });
        reader.matching = long.r#match.as_ref().and_then(|pattern| self.pattern(pattern));
        reader.join = long.join.as_ref().map(|join| join.value.as_str().into());
        reader.kind = long.r#type.as_ref().map(|kind| match kind.value {
            SourceType::String => ReadKind::String,
            SourceType::Integer => ReadKind::Integer,
            SourceType::Decimal => ReadKind::Decimal,
            SourceType::Boolean => ReadKind::Boolean,
            SourceType::Date => ReadKind::Date,
            SourceType::Datetime => ReadKind::DateTime,
            SourceType::Bytes => ReadKind::Bytes,
            SourceType::List => ReadKind::List,
        });
        reader.decode = long.decode.as_ref().map(|decode| match decode.value {
            SourceDecoding::Base64 => Decoding::Base64,
            SourceDecoding::Gzip => Decoding::Gzip,
        });
        reader.default = long.default.as_ref().map(super::template::literal_node);
        reader.required = long.required.as_ref().is_some_and(|required| required.value);
        self.date(&long, node, &mut reader);
        reader
    }

    fn pattern(&mut self, pattern: &Sp<String>) -> Option<Pattern> {
        match Pattern::parse(&pattern.value, false) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let words = format!("not a regular expression: {error}");
                self.lower.found.push(Diagnostic::error(&SOURCE, pattern.span, words));
                None
            }
        }
    }

    /// A source, and each of several that are tried in turn.
    fn cover_reading(&mut self, node: &Node, from: &Node, together: bool) {
        self.lower.cover(node.span, What::Reading);
        let several = from.as_list().filter(|items| items.len() > 1 && !together).unwrap_or(&[]);
        for (at, item) in several.iter().enumerate() {
            self.lower.cover_shown(node.span, What::Source(at as u16), item.span);
        }
    }

    /// Many values are picked from, joined or listed: one of these.
    fn one_way(&mut self, long: &LongSource, list: bool) {
        let ways = [("pick", long.pick.is_some()), ("join", long.join.is_some()), ("type: list", list)];
        let mut given = ways.iter().filter(|(_, given)| *given).map(|(name, _)| name);
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            let words = format!("`{first}` and `{second}` say different things of many values");
            self.lower.found.push(Diagnostic::error(&SOURCE, long.span, words).help("leave one of them out"));
        }
    }

    fn date(&mut self, long: &LongSource, node: &Node, reader: &mut Reader) {
        if let Some(zone) = &long.zone {
            reader.zone = self.zone(&zone.0);
        }
        let Some(formats) = &long.format else { return };
        let mut found = Vec::new();
        for format in &formats.0 {
            match DateFormat::parse_spec(&format.value) {
                Ok(parsed) => {
                    if parsed.needs_zone() && long.zone.is_none() {
                        let finding = Diagnostic::error(&ZONELESS, format.span, "a date and time without a zone")
                            .help("say `zone:` with an IANA name such as `Europe/Paris`, from `config` if need be, or `unknown`");
                        self.lower.found.push(finding);
                    }
                    found.push(parsed);
                }
                Err(message) => self.lower.found.push(Diagnostic::error(&ZONELESS, format.span, message)),
            }
        }
        if found.is_empty() && formats.0.is_empty() {
            self.lower.found.push(Diagnostic::error(&ZONELESS, node.span, "`format` is empty"));
        }
        reader.formats = found.into();
    }

    fn zone(&mut self, node: &Node) -> ZoneOf {
        let text = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        if let [Piece::Expression(range)] = split_text(text).as_slice() {
            return ZoneOf::Computed(self.lower.expression(&Target { node, range: range.clone() }).expr);
        }
        match Zone::parse(text) {
            Ok(zone) => ZoneOf::Fixed(zone),
            Err(message) => {
                self.lower.found.push(Diagnostic::error(&ZONELESS, node.span, message));
                ZoneOf::Fixed(Zone::Unknown)
            }
        }
    }

    fn alternatives(&mut self, node: &Node, current: &Current, literals: bool, many: bool) -> Box<[Alternative]> {
        match &node.kind {
            Kind::List(items) => items.iter().filter_map(|item| self.alternative(item, current, literals, many)).collect(),
            _ => self.alternative(node, current, literals, many).into_iter().collect(),
        }
    }

    fn alternative(&mut self, node: &Node, current: &Current, literals: bool, many: bool) -> Option<Alternative> {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar_source(node, scalar, current, literals, many),
            Kind::Map(entries) => {
                if let [entry] = &**entries
                    && entry.key.text == "header"
                {
                    let name = entry.value.as_scalar().map_or("", |scalar| scalar.text.as_str());
                    self.lower.uses.insert(crate::expr::Use::Header(name.to_ascii_lowercase()));
                    return Some(Alternative::Header(name.to_ascii_lowercase().into()));
                }
                if entries.iter().any(|entry| LONG.contains(&entry.key.text.as_str())) {
                    let reader = self.reader_of(node, current, literals);
                    return Some(Alternative::Nested(Box::new(reader)));
                }
                self.record_keys(entries);
                let members = entries
                    .iter()
                    .map(|entry| (entry.key.text.as_str().into(), self.reader_of(&entry.value, current, literals)))
                    .collect();
                Some(Alternative::Record(members))
            }
            Kind::List(_) => {
                self.lower.found.push(Diagnostic::error(
                    &SOURCE,
                    node.span,
                    "a list of sources cannot stand in a list of sources",
                ));
                None
            }
        }
    }

    /// The only record that is read is an amount of money; anything else is a mistyped long form.
    fn record_keys(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| !MONEY.contains(&entry.key.text.as_str())) {
            let key = entry.key.text.as_str();
            let finding = Diagnostic::error(&crate::syntax::UNKNOWN_KEY, entry.key_span, format!("unknown key `{key}`"));
            self.lower.found.push(finding.among(key, LONG.iter().copied().chain(MONEY.iter().copied()).chain(["header"])));
        }
    }

    fn scalar_source(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        current: &Current,
        literals: bool,
        many: bool,
    ) -> Option<Alternative> {
        let text = scalar.text.as_str();
        match text {
            "$body" => return Some(Alternative::Body),
            "$text" => return Some(Alternative::Text),
            _ => {}
        }
        let pieces = split_text(text);
        match pieces.as_slice() {
            [Piece::Expression(range)] => {
                let value = self.lower.expression(&Target { node, range: range.clone() });
                return Some(Alternative::Expression(value.expr, node.span));
            }
            pieces if pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_))) => {
                let known = self.lower.spots.len();
                // A source with a part that is missing is nothing.
                let outer = std::mem::replace(&mut self.doubtless, true);
                let template = self.template(node);
                self.doubtless = outer;
                // It is a source, and counted as one.
                self.lower.spots.truncate(known);
                let crate::body::Template::Text(parts, _) = template else { return None };
                return Some(Alternative::Mixed(parts));
            }
            _ => {}
        }
        if text.starts_with('$') {
            return self.path(node, text, current, many);
        }
        if literals || matches!(scalar.literal(), Literal::Null) {
            return Some(Alternative::Literal(literal(scalar.literal())));
        }
        let finding = Diagnostic::error(&SOURCE, node.span, format!("`{text}` is no source"))
            .help("a source is a path such as `$.id`, `$body`, `$text`, `{header: name}` or `${{ expression }}`");
        self.lower.found.push(finding);
        None
    }

    fn path(&mut self, node: &Node, text: &str, current: &Current, many: bool) -> Option<Alternative> {
        let path = self.parsed_path(node, text)?;
        if path.spreads() && !many {
            let finding = Diagnostic::error(&MANY_INTO_ONE, node.span, "this path can yield many values, and one is wanted")
                .help("take one: `[0]`, or `{from: path, pick: first}`; or join them: `{from: path, join: \", \"}`; or list them: `type: list`");
            self.lower.found.push(finding);
        }
        let place = self.root(node, &path, current)?;
        let mut steps = place.steps.clone();
        steps.extend(path.steps.iter().cloned());
        let access = self.lower.plans[place.doc as usize].access(place.frame, &steps);
        Some(Alternative::Path(place.doc, place.row, access, path.rest))
    }

    fn root(&mut self, node: &Node, path: &Path, current: &Current) -> Option<Place> {
        let place = current.root(path.root).cloned();
        if place.is_none() {
            let finding = Diagnostic::error(&PATH, node.span, "there is no entry around this one for `$item` to be")
                .help("it is the item of `items`, or what the last but one `[*]` yields: `events: $.parcels[*].events[*]`");
            self.lower.found.push(finding);
        }
        place
    }

    fn parsed_path(&mut self, node: &Node, text: &str) -> Option<Path> {
        match Path::parse(text) {
            Ok(path) => Some(path),
            Err(error) => {
                let span = self.lower.sources.locate(node, error.at.start.min(text.len())..error.at.end.min(text.len()));
                let mut finding = Diagnostic::error(&PATH, span, error.message);
                if let Some(help) = error.help {
                    finding = finding.help(help);
                }
                self.lower.found.push(finding);
                None
            }
        }
    }

    /// A path that only asks whether there is something (`has`).
    pub(super) fn presence(&mut self, node: &Sp<String>, whole: &Node, current: &Current) -> Option<Alternative> {
        self.path(whole, &node.value, current, true)
    }

    /// A condition that decides by itself: both ways can be touched.
    pub(super) fn counted(&mut self, expression: &Expression) -> (Expr, Span) {
        let span = expression.0.span;
        self.lower.cover(span, What::Arm(0));
        self.lower.cover(span, What::Otherwise);
        (self.holds(expression), span)
    }

    /// A bare condition written as an [`Expression`].
    pub(super) fn holds(&mut self, expression: &Expression) -> Expr {
        self.bare_condition(&expression.0)
    }
}

fn plain(node: &Node) -> Reader {
    Reader {
        alternatives: Box::new([]),
        pick: None,
        matching: None,
        join: None,
        kind: None,
        formats: Box::new([]),
        zone: ZoneOf::Fixed(Zone::None),
        decode: None,
        default: None,
        required: false,
        span: node.span,
    }
}

/// Codes are compared by their own text.
pub(super) fn codes(codes: Option<&OneOrMany<CodeText>>) -> Vec<String> {
    codes.map_or_else(Vec::new, |codes| codes.0.iter().map(|code| code.0.value.clone()).collect())
}
