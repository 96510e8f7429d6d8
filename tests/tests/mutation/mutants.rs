//! The ways in which a file can go wrong by one slip.

use crossdock_engine::source::{Entry, Kind, Literal, Node, Sources, Style};

/// A file with one slip.
pub(crate) struct Mutant {
    /// What kind of slip.
    pub(crate) kind: &'static str,
    /// The line that it is on, from 1.
    pub(crate) line: usize,
    /// What was changed, for people.
    pub(crate) what: String,
    /// The changed text.
    pub(crate) text: String,
}

/// Every slip of one file: a letter dropped from a key or a reference, a value of another type, a rule moved.
pub(crate) fn mutants(sources: &Sources, node: &Node, text: &str) -> Vec<Mutant> {
    let mut maker = Maker { sources, text, found: Vec::new() };
    maker.node(node, &mut Vec::new());
    maker.found
}

struct Maker<'m> {
    sources: &'m Sources,
    text: &'m str,
    found: Vec<Mutant>,
}

/// Lists in which order decides.
const ORDERED: &[&str] = &["responses", "rules", "requires", "$match"];

impl Maker<'_> {
    fn node(&mut self, node: &Node, path: &mut Vec<String>) {
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries.iter().filter(|entry| !entry.merged) {
                    self.key(entry);
                    path.push(entry.key.text.clone());
                    self.node(&entry.value, path);
                    path.pop();
                }
            }
            Kind::List(items) => {
                let last = path.last().map_or("", String::as_str);
                let of_rules = ORDERED.contains(&last) || path.len() == 2 && path[0] == "replies";
                for pair in items.windows(2).filter(|_| of_rules) {
                    self.swap(&pair[0], &pair[1], path);
                }
                items.iter().for_each(|item| self.node(item, path));
            }
            Kind::Scalar(_) => self.references(node, path),
        }
        if !path.is_empty() {
            self.retype(node, path);
        }
    }

    fn add(&mut self, kind: &'static str, at: u32, what: String, text: String) {
        let before = &self.text[..at as usize];
        let line = before.matches('\n').count() + 1;
        self.found.push(Mutant { kind, line, what, text });
    }

    fn replaced(&self, from: u32, to: u32, by: &str) -> String {
        format!("{}{by}{}", &self.text[..from as usize], &self.text[to as usize..])
    }

    /// A letter dropped from the middle of a key.
    fn key(&mut self, entry: &Entry) {
        let span = entry.key_span;
        let letters: Vec<(usize, char)> = self.text[span.start as usize..span.end as usize]
            .char_indices()
            .filter(|(_, letter)| letter.is_alphanumeric())
            .collect();
        let Some((at, letter)) = letters.get(letters.len() / 2) else { return };
        let from = span.start + *at as u32;
        let text = self.replaced(from, from + letter.len_utf8() as u32, "");
        self.add("key", span.start, format!("key `{}`", entry.key.text), text);
    }

    /// A letter dropped from each name of each `${{ }}`.
    fn references(&mut self, node: &Node, path: &[String]) {
        let raw = &self.text[node.span.start as usize..node.span.end as usize];
        let mut names = Vec::new();
        let mut from = 0;
        while let Some(open) = raw[from..].find("${{").map(|at| from + at + 3) {
            let close = raw[open..].find("}}").map_or(raw.len(), |at| open + at);
            names.extend(words(raw, open, close));
            from = close;
        }
        for (at, length, of_reply) in names {
            let from = node.span.start + (at + length / 2) as u32;
            let what = format!("reference `{}` in {}", &raw[at..at + length], path.join("."));
            let text = self.replaced(from, from + 1, "");
            self.add(if of_reply { "reply" } else { "reference" }, from, what, text);
        }
    }

    /// A value of another type.
    fn retype(&mut self, node: &Node, path: &[String]) {
        let by = match &node.kind {
            Kind::Scalar(scalar) if scalar.style != Style::Plain => "17",
            Kind::Scalar(scalar) => match scalar.literal() {
                Literal::Text(_) => "17",
                Literal::Null => return,
                _ => "\"seventeen\"",
            },
            Kind::List(_) | Kind::Map(_) => "17",
        };
        let place = self.sources.position(node.span);
        let mut end = node.span.end;
        while end > node.span.start && self.text[..end as usize].ends_with(['\n', ' ']) {
            end -= 1;
        }
        let text = self.replaced(node.span.start, end, by);
        debug_assert!(place.line > 0);
        self.add("type", node.span.start, format!("value of {}", path.join(".")), text);
    }

    /// Two neighbours change places.
    fn swap(&mut self, first: &Node, second: &Node, path: &[String]) {
        let (a, b) = (first.span, second.span);
        if a.end > b.start || a.start >= b.start {
            return;
        }
        let cut = |from: u32, to: u32| &self.text[from as usize..to as usize];
        let text = format!(
            "{}{}{}{}{}",
            cut(0, a.start),
            cut(b.start, b.end),
            cut(a.end, b.start),
            cut(a.start, a.end),
            cut(b.end, self.text.len() as u32)
        );
        self.add("move", a.start, format!("rule moved in {}", path.join(".")), text);
    }
}

/// What only a reply or delivery can know stands behind these names.
const REPLIES: &[&str] = &["body", "event", "item", "headers", "query"];

/// Names of two letters and more, texts in quotes left aside: place, length, whether it is a member of a reply.
fn words(raw: &str, from: usize, to: usize) -> Vec<(usize, usize, bool)> {
    let bytes = raw.as_bytes();
    let (mut found, mut at, mut quote, mut of_reply) = (Vec::new(), from, 0u8, false);
    while at < to {
        let byte = bytes[at];
        if quote != 0 {
            if byte == quote {
                quote = 0;
            }
            at += 1;
        } else if byte == b'\'' || byte == b'"' {
            quote = byte;
            at += 1;
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            let start = at;
            while at < to && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            let member = start > from && bytes[start - 1] == b'.';
            of_reply = if member { of_reply } else { false };
            if at - start > 1 {
                found.push((start, at - start, of_reply));
            }
            of_reply |= !member && REPLIES.contains(&&raw[start..at]);
        } else {
            at += 1;
        }
    }
    found
}
