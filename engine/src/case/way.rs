//! The way back: which lines of the mapping had a hand in a value. Found by the places that compiled things keep, and by a
//! look at the file's own tree for what stands around them.

use super::report::{Place, Way, cut};
use crate::source::{Entry, FileId, Node, Sources, Span};
use std::cell::OnceCell;

/// The mapping's file, read again as a tree when something fails.
pub(super) struct Map<'m> {
    file: Option<(&'m Sources, FileId)>,
    root: OnceCell<Option<Node>>,
}

/// As many lines as a person may still look through.
const MOST: usize = 60;

impl<'m> Map<'m> {
    pub(super) fn new(sources: &'m Sources, file: FileId) -> Self {
        Self { file: Some((sources, file)), root: OnceCell::new() }
    }

    pub(super) fn none() -> Self {
        Self { file: None, root: OnceCell::new() }
    }

    pub(super) fn root(&self) -> Option<&Node> {
        self.root.get_or_init(|| self.file.and_then(|(sources, file)| crate::source::parse(sources, file).0)).as_ref()
    }

    /// The node under some keys.
    pub(super) fn node(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self.root()?, |node, key| node.get(key))
    }

    pub(super) fn ways(&self) -> Ways<'_> {
        Ways { map: self, list: Vec::new(), context: String::new(), aside: false }
    }

    /// What an account must have.
    pub(super) fn account(&self) -> Vec<Way> {
        let mut ways = self.ways();
        for key in ["config", "secrets", "servers"] {
            ways.keys(&[key], "declared here");
        }
        ways.list
    }

    /// The smallest node around a place.
    pub(super) fn around(&self, span: Span) -> Option<&Node> {
        fn smallest<'n>(node: &'n Node, span: Span, best: &mut Option<&'n Node>) {
            let inside = node.span.start <= span.start && span.end <= node.span.end;
            if inside && best.is_none_or(|best| node.span.end - node.span.start <= best.span.end - best.span.start) {
                *best = Some(node);
            }
            children(node).for_each(|child| smallest(child, span, best));
        }
        let mut best = None;
        smallest(self.root()?, span, &mut best);
        best
    }
}

/// Lines while they are collected, each once.
pub(super) struct Ways<'w> {
    pub(super) map: &'w Map<'w>,
    pub(super) list: Vec<Way>,
    /// The case's own text: entries of tables that it speaks of are of interest.
    pub(super) context: String,
    /// What comes now is less likely to be the line that is wrong.
    aside: bool,
}

impl<'w> Ways<'w> {
    pub(super) fn within(mut self, context: &str) -> Self {
        context.clone_into(&mut self.context);
        self
    }

    /// Lines that may have a hand in it, but seldom have.
    pub(super) fn aside(&mut self, run: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.aside, true);
        run(self);
        self.aside = outer;
    }

    /// A line of the mapping.
    pub(super) fn line(&mut self, span: Span, words: &str) {
        let Some((sources, file)) = self.map.file else { return };
        if span.file != file || span == Span::default() || self.list.len() >= MOST {
            return;
        }
        let place = Place::of(sources, span);
        if let Some(known) = self.list.iter_mut().find(|way| way.place.line == place.line && way.place.file == place.file) {
            known.aside &= self.aside;
            return;
        }
        let text = sources.file(file).text.lines().nth(place.line - 1).unwrap_or_default().trim();
        self.list.push(Way { place, text: cut(text), words: words.to_owned(), aside: self.aside });
    }

    /// A line of the sample that has a value.
    pub(super) fn sample(&mut self, sample: Option<&(String, String)>, found: &str) {
        let Some((name, text)) = sample else { return };
        if found.trim().len() < 3 {
            return;
        }
        let line = text.lines().enumerate().find(|(_, line)| line.contains(found));
        if let Some((at, line)) = line {
            let column = line.find(found).map_or(1, |byte| line[..byte].chars().count() + 1);
            let place = Place { file: name.clone(), line: at + 1, column };
            self.list.push(Way { place, text: cut(line.trim()), words: "the sample has it here".to_owned(), aside: false });
        }
    }

    /// An entry's key, every line below it, and what its expressions speak of.
    pub(super) fn entry(&mut self, entry: &Entry, words: &str) {
        self.line(entry.key_span, words);
        self.deep(&entry.value, words);
    }

    /// Every line of a node, and what its expressions speak of.
    pub(super) fn deep(&mut self, node: &Node, words: &str) {
        if node.as_scalar().is_some() {
            self.line(node.span, words);
        }
        for entry in node.as_map().unwrap_or(&[]) {
            self.line(entry.key_span, words);
            if entry.key.text == "$part" {
                self.part(&entry.value);
            }
            self.deep(&entry.value, words);
        }
        node.as_list().unwrap_or(&[]).iter().for_each(|item| self.deep(item, words));
        self.mentions(node, "");
    }

    /// The node under some keys, with every line of it.
    pub(super) fn keys(&mut self, keys: &[&str], words: &str) {
        let Some((last, above)) = keys.split_last() else { return };
        if let Some(entry) = self.map.node(above).and_then(|node| node.entry(last)) {
            self.entry(entry, words);
        }
    }

    /// The entries under some keys of one node.
    pub(super) fn members(&mut self, node: Option<&'w Node>, keys: &[&str], words: &str) {
        for key in keys {
            if let Some(entry) = node.and_then(|node| node.entry(key)) {
                self.entry(entry, words);
            }
        }
    }

    fn part(&mut self, name: &Node) {
        let name = super::given::text_of(name);
        if self.list.len() < MOST / 2 {
            self.keys(&["parts", &name, "value"], "the part that is used");
        }
    }

    /// What an expression speaks of: lookups and names of `let`. `found` is the value that it made.
    pub(super) fn mentions(&mut self, node: &Node, found: &str) {
        let Some(scalar) = node.as_scalar() else { return };
        let text = scalar.text.as_str();
        for rest in text.split("lookup(").skip(1) {
            let name: String =
                rest.trim_start_matches(['\'', '"']).chars().take_while(|letter| !"'\")".contains(*letter)).collect();
            self.lookup(&name, found);
        }
        let words: Vec<&str> = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).collect();
        if words.iter().any(|word| matches!(*word, "it" | "steps")) {
            self.extracted(&words);
        }
        let lets = self.map.node(&["operations"]).into_iter().flat_map(children).chain(self.map.node(&["track"]));
        let lets: Vec<&Entry> = lets.filter_map(|operation| operation.get("let")?.as_map()).flatten().collect();
        for entry in lets.into_iter().filter(|entry| words.contains(&entry.key.text.as_str())) {
            self.line(entry.key_span, "a name that it uses");
            if !std::ptr::eq(&raw const entry.value, node) {
                self.mentions(&entry.value, found);
            }
        }
    }

    /// Fields that steps read, of some names.
    fn extracted(&mut self, names: &[&str]) {
        let map = self.map;
        let operations = map.node(&["operations"]).into_iter().flat_map(children);
        let steps = operations.filter_map(|operation| operation.get("steps")).flat_map(children);
        for extract in steps.filter_map(|step| step.get("extract")) {
            for entry in extract.as_map().unwrap_or(&[]).iter().filter(|entry| names.contains(&entry.key.text.as_str())) {
                self.line(entry.key_span, "a step reads it");
            }
        }
    }

    /// The names of a section.
    pub(super) fn siblings(&mut self, section: &str) {
        let entries = self.map.node(&[section]).and_then(Node::as_map).unwrap_or(&[]);
        entries.iter().for_each(|entry| self.line(entry.key_span, "there is this one"));
    }

    /// The entries of a lookup that the value, or the case, speaks of.
    fn lookup(&mut self, name: &str, found: &str) {
        let Some(lookup) = self.map.node(&["lookups", name]) else { return };
        let words = format!("the lookup `{name}`");
        let entries = lookup.get("values").and_then(Node::as_map).unwrap_or(&[]);
        for entry in entries {
            let texts = std::iter::once(&entry.value).chain(children(&entry.value)).map(super::given::text_of);
            let speaks = texts.chain([entry.key.text.clone()]).any(|text| text == found || self.speaks(&text));
            if speaks || entries.len() <= 12 {
                self.line(entry.key_span, &words);
            }
        }
        self.members(Some(lookup), &["unknown", "missing", "match"], &words);
    }

    /// Whether the case has this word.
    pub(super) fn speaks(&self, word: &str) -> bool {
        let bounded = |at: usize, end: usize| {
            let (before, after) = (self.context[..at].chars().next_back(), self.context[end..].chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        };
        !word.is_empty() && self.context.match_indices(word).any(|(at, _)| bounded(at, at + word.len()))
    }

    /// The entries of a vocabulary that a code may be meant by, and all its rules.
    pub(super) fn vocabulary(&mut self, name: &str, code: &str, text: &str) {
        let Some(vocabulary) = self.map.node(&["vocabularies", name]) else { return };
        let words = format!("the vocabulary `{name}`");
        let entries = vocabulary.get("codes").and_then(Node::as_map).unwrap_or(&[]);
        let mut near: Vec<&Entry> = entries.iter().collect();
        let distance = |entry: &Entry| {
            let of = |word: &str| if word.is_empty() { usize::MAX } else { strsim::damerau_levenshtein(&entry.key.text, word) };
            of(code).min(of(text))
        };
        near.sort_by_key(|entry| distance(entry));
        near.truncate(6);
        near.retain(|entry| distance(entry) <= entry.key.text.chars().count().max(3) / 2 + 1);
        near.extend(entries.iter().filter(|entry| self.speaks(&entry.key.text)));
        near.into_iter().for_each(|entry| self.entry(entry, &words));
        for rule in vocabulary.get("rules").and_then(Node::as_list).unwrap_or(&[]) {
            self.line(rule.span, &words);
            self.deep(rule, &words);
        }
        self.members(Some(vocabulary), &["unknown", "match"], &words);
    }
}

/// The nodes directly below.
pub(super) fn children(node: &Node) -> impl Iterator<Item = &Node> {
    let entries = node.as_map().unwrap_or(&[]).iter().map(|entry| &entry.value);
    entries.chain(node.as_list().unwrap_or(&[]))
}
