//! From parser events to nodes.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::parse::Text;
use super::{Entry, Kind, Node, Scalar, Span, Style, code, scalar};
use crate::diagnostic::Diagnostic;

/// Nodes that one file may hold, aliases expanded.
const MAX_NODES: usize = 200_000;
/// How deep nodes may be nested, aliases expanded.
const MAX_DEPTH: usize = 100;
/// Bytes of text that weigh as much as a node, so that long texts cannot be multiplied for nothing.
const BYTES_PER_NODE: usize = 64;

/// An anchored node with what it costs to repeat it.
pub(super) struct Anchor {
    node: Node,
    weight: usize,
    depth: usize,
}

/// A collection whose end has not come yet.
struct Frame {
    start: usize,
    flow: bool,
    anchor: usize,
    name: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Key },
}

/// The key whose value comes next.
enum Key {
    None,
    Scalar(Scalar, Span),
    Unusable,
}

/// What stands before a node: its anchor's name and its tag are skipped.
struct Properties<'e> {
    anchor: usize,
    tag: Option<&'e Tag>,
}

pub(super) struct Builder<'a> {
    pub(super) text: Text<'a>,
    pub(super) documents: Vec<Node>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where the last scalar or bracket ended.
    pub(super) reached: usize,
    /// The last scalar, for what an error says.
    pub(super) last_scalar: Option<Span>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Rc<Anchor>>,
    names: HashMap<String, Rc<Anchor>>,
    weight: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(text: Text<'a>) -> Self {
        Self {
            text,
            documents: Vec::new(),
            diagnostics: Vec::new(),
            reached: 0,
            last_scalar: None,
            stack: Vec::new(),
            anchors: HashMap::new(),
            names: HashMap::new(),
            weight: 0,
        }
    }

    /// Takes one event with its byte range; false when the file is too large to go on.
    pub(super) fn take(&mut self, event: &Event<'_>, start: usize, end: usize) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, *style, &Properties { anchor: *anchor, tag: tag.as_deref() }, start, end);
            }
            Event::SequenceStart(anchor, tag) => {
                let properties = Properties { anchor: *anchor, tag: tag.as_deref() };
                self.open(Content::List(Vec::new()), &properties, start);
            }
            Event::MappingStart(anchor, tag) => {
                let properties = Properties { anchor: *anchor, tag: tag.as_deref() };
                self.open(Content::Map { entries: Vec::new(), key: Key::None }, &properties, start);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(start + 1)),
            Event::Alias(id) => self.alias(self.anchors.get(id).cloned(), start, end),
            _ => {}
        }
        self.weight += 1;
        self.within_limits(start)
    }

    fn within_limits(&mut self, at: usize) -> bool {
        let message = if self.weight > MAX_NODES {
            format!("the file holds more than {MAX_NODES} values")
        } else if self.stack.len() > MAX_DEPTH {
            format!("values are nested more than {MAX_DEPTH} deep")
        } else {
            return true;
        };
        self.too_large(Diagnostic::error(&code::TOO_LARGE, self.text.span(at, at + 1), message));
        false
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, properties: &Properties<'_>, start: usize, end: usize) {
        let reached = self.reached;
        let (start, name) = self.properties(properties, start);
        let span = self.text.scalar_span(text, style, reached, start, end);
        self.reached = span.end as usize;
        self.last_scalar = Some(span);
        let tagged = self.tag(properties.tag, &["str"], span);
        let style = match style {
            ScalarStyle::Plain if tagged => Style::Tagged,
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let node = Node { span, kind: Kind::Scalar(Scalar { text: text.to_owned(), style }) };
        self.finish(node, properties.anchor, name);
    }

    fn open(&mut self, content: Content, properties: &Properties<'_>, start: usize) {
        let (start, name) = self.properties(properties, start);
        let flow = matches!(self.text.byte(start), Some(b'[' | b'{'));
        let is_list = matches!(content, Content::List(_));
        let start = if is_list && !flow { self.text.first_dash(start) } else { start };
        let suffix = if is_list { "seq" } else { "map" };
        self.tag(properties.tag, &[suffix], self.text.span(start, start + 1));
        if flow {
            self.reached = start + 1;
        }
        self.stack.push(Frame { start, flow, anchor: properties.anchor, name, content });
    }

    /// Ends the innermost collection; `end` is behind its bracket. Only brackets tell where they end; a block ends with what it held last.
    fn close(&mut self, end: Option<usize>) {
        let Some(frame) = self.stack.pop() else { return };
        if let Some(end) = end.filter(|_| frame.flow) {
            self.reached = end;
        }
        let span = self.text.span(frame.start, self.reached.max(frame.start));
        let kind = match frame.content {
            Content::List(items) => Kind::List(items.into()),
            Content::Map { entries, .. } => Kind::Map(super::recover::settle(entries, &mut self.diagnostics).into()),
        };
        self.finish(Node { span, kind }, frame.anchor, frame.name);
    }

    /// Ends everything that a broken file left open.
    pub(super) fn close_all(&mut self) {
        while !self.stack.is_empty() {
            self.close(None);
        }
        self.anchors.clear();
    }

    fn finish(&mut self, node: Node, anchor: usize, name: Option<String>) {
        if anchor > 0 {
            let (weight, depth) = measure(&node);
            let anchored = Rc::new(Anchor { node: node.clone(), weight, depth });
            self.anchors.insert(anchor, Rc::clone(&anchored));
            self.names.extend(name.map(|name| (name, anchored)));
        }
        self.place(node);
    }

    fn place(&mut self, node: Node) {
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(node);
            return;
        };
        let (entries, key) = match &mut frame.content {
            Content::List(items) => return items.push(node),
            Content::Map { entries, key } => (entries, key),
        };
        match std::mem::replace(key, Key::None) {
            Key::Scalar(scalar, span) => entries.push(Entry { key: scalar, key_span: span, value: node, merged: false }),
            Key::Unusable => {}
            Key::None => {
                *key = match node.kind {
                    Kind::Scalar(scalar) if !node.span.is_empty() => Key::Scalar(scalar, node.span),
                    _ => Key::Unusable,
                };
                if matches!(key, Key::Unusable) {
                    let inside_flow = self.stack.iter().rev().skip(1).any(|frame| frame.flow);
                    let finding = super::hint::unusable_key(&self.text, node.span, inside_flow);
                    self.report(finding);
                }
            }
        }
    }

    fn alias(&mut self, anchor: Option<Rc<Anchor>>, start: usize, end: usize) {
        self.reached = end;
        let span = self.text.span(start, end);
        let Some(anchor) = anchor else {
            return self.unknown_alias(span, "an alias cannot stand inside what it repeats");
        };
        if self.weight + anchor.weight > MAX_NODES || self.stack.len() + anchor.depth > MAX_DEPTH {
            let finding = Diagnostic::error(&code::TOO_LARGE, span, "the aliases of this file expand to too much");
            self.too_large(finding.label("one alias too many").help("use fewer aliases, or flatten the nesting"));
            return self.place(absent(Span { end: span.start, ..span }));
        }
        self.weight += anchor.weight;
        self.place(anchor.node.clone());
    }

    /// One finding is enough: a file that does this does it everywhere.
    fn too_large(&mut self, finding: Diagnostic) {
        if !self.diagnostics.iter().any(|other| other.code == finding.code) {
            self.report(finding);
        }
    }

    /// An alias that the parser does not know, read from the file itself; anchors above a broken place still count.
    pub(super) fn alias_by_name(&mut self, start: usize) {
        let name = self.text.word(start + 1);
        let end = start + 1 + name.len();
        if let Some(anchor) = self.names.get(name).cloned() {
            return self.alias(Some(anchor), start, end);
        }
        self.reached = end;
        self.unknown_alias(self.text.span(start, end), &format!("there is no anchor `&{name}` above"));
    }

    fn unknown_alias(&mut self, span: Span, message: &str) {
        let name = self.text.slice(span).trim_start_matches('*');
        let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
        let mut finding = Diagnostic::error(&code::UNKNOWN_ALIAS, span, message);
        if let Some(near) = crate::diagnostic::nearest(name, &known) {
            finding = finding.help(format!("did you mean `*{near}`?")).suggest(span, format!("*{near}"));
        }
        self.report(finding.help("a text that begins with `*` needs quotes"));
        self.place(absent(Span { end: span.start, ..span }));
    }

    /// Skips what stands before a node: where the node itself begins, and its anchor's name.
    fn properties(&self, properties: &Properties<'_>, start: usize) -> (usize, Option<String>) {
        if properties.anchor == 0 && properties.tag.is_none() { (start, None) } else { self.text.after_properties(start) }
    }

    /// Whether a tag is there and says what the node is anyway; any other is reported.
    fn tag(&mut self, tag: Option<&Tag>, allowed: &[&str], span: Span) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() && allowed.contains(&tag.suffix.as_str()) {
            return true;
        }
        let finding = Diagnostic::error(&code::TAG, span, format!("the tag `{}` is not understood", shown(tag)));
        self.report(finding.help("write the value without its tag; a text that begins with `!` needs quotes"));
        false
    }

    pub(super) fn report(&mut self, finding: Diagnostic) {
        self.diagnostics.push(finding);
    }

    /// The innermost bracket that is open, if any.
    pub(super) fn open_bracket(&self) -> Option<usize> {
        self.stack.last().filter(|frame| frame.flow).map(|frame| frame.start)
    }

    /// Whether what is being read is a mapping at the left margin, which can be taken up again at any of its keys.
    pub(super) fn is_resumable(&self) -> bool {
        self.stack.first().is_none_or(|root| !root.flow && matches!(root.content, Content::Map { .. }))
    }
}

/// A null that nobody wrote, so that what stands around it can be read.
fn absent(span: Span) -> Node {
    Node { span, kind: Kind::Scalar(Scalar { text: String::new(), style: Style::Plain }) }
}

fn shown(tag: &Tag) -> String {
    if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { format!("{}{}", tag.handle, tag.suffix) }
}

fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match &node.kind {
        Kind::Scalar(scalar) => return (1 + scalar.text.len() / BYTES_PER_NODE, 0),
        Kind::List(items) => items.iter().map(measure).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.text.len() / BYTES_PER_NODE + 1, measure(&entry.value)))
            .map(|(key, (weight, depth))| (key + weight, depth))
            .collect(),
    };
    children.iter().fold((1, 1), |(weight, deepest), (more, depth)| (weight + more, deepest.max(depth + 1)))
}

impl Text<'_> {
    /// The exact span of a scalar. The parser ends quoted ones behind the comment that follows and begins blocks at their
    /// content, so the file is asked; `reached` is where the token before ended.
    fn scalar_span(&self, text: &str, style: ScalarStyle, reached: usize, start: usize, end: usize) -> Span {
        match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => self.span(start, scalar::quoted_end(self.text, start)),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let header = self.block_header(reached);
                self.span(header, header + self.text[header..end.max(header)].trim_end().len())
            }
            ScalarStyle::Plain if text.is_empty() => self.absent_span(reached, start),
            ScalarStyle::Plain => self.span(start, end),
        }
    }

    /// Behind the `:` or `-` that has no value, else behind the key.
    fn absent_span(&self, reached: usize, start: usize) -> Span {
        let before = self.text[..start].trim_end();
        let at = match self.byte(start) {
            Some(b':' | b'-') => start + 1,
            _ if before.len() > reached && before.ends_with([':', '-']) => before.len(),
            _ => reached,
        };
        self.span(at, at)
    }

    /// The `-` that begins a list. Of one that stands below its key without indentation the parser names the place behind.
    fn first_dash(&self, start: usize) -> usize {
        let before = self.text[..start].trim_end();
        if self.byte(start) != Some(b'-') && before.ends_with('-') { before.len() - 1 } else { start }
    }
}
