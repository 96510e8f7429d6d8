//! YAML text to [`Node`]s.

use saphyr_parser::{Parser, ScanError};

use super::builder::Builder;
use super::position::Offsets;
use super::{FileId, Node, Sources, Span, code, hint, recover};
use crate::diagnostic::Diagnostic;

/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 32 << 20;
/// How often reading is taken up again behind a broken place.
const MAX_RESUMES: usize = 20;

/// Reads a file that holds one document.
///
/// As much as possible is read of a broken file: what is returned beside an [`E001`](code::SYNTAX) lacks what stood at the
/// broken place, so what is missing from it should not be reported.
#[must_use]
pub fn parse(sources: &Sources, file: FileId) -> (Option<Node>, Vec<Diagnostic>) {
    let (documents, mut diagnostics) = parse_documents(sources, file);
    let mut documents = documents.into_iter();
    let first = documents.next();
    if let Some(second) = documents.next() {
        let finding =
            Diagnostic::error(&code::SEVERAL_DOCUMENTS, first_line(sources, second.span), "the file holds a second document");
        diagnostics.push(finding.help("put it into a file of its own, or remove the `---` above it"));
    }
    (first, diagnostics)
}

/// Reads a file of any number of documents, parted by `---`; none at all is an error.
#[must_use]
pub fn parse_documents(sources: &Sources, file: FileId) -> (Vec<Node>, Vec<Diagnostic>) {
    let whole = sources.whole(file);
    if whole.end as usize > MAX_BYTES {
        let span = Span { end: 0, ..whole };
        return (Vec::new(), vec![Diagnostic::error(&code::TOO_LARGE, span, "the file is larger than 32 MiB")]);
    }
    let text = Text { file, text: &sources.file(file).text };
    let mut builder = Builder::new(text);
    read_all(text, &mut builder);
    let Builder { mut documents, mut diagnostics, .. } = builder;
    documents.retain(|document| !document.is_absent());
    if documents.is_empty() && diagnostics.is_empty() {
        diagnostics.push(Diagnostic::error(&code::EMPTY_FILE, text.span(0, 0), "the file is empty"));
    }
    (documents, diagnostics)
}

/// Reads to the end, again and again from the next key at the left margin when something is broken.
fn read_all(text: Text<'_>, builder: &mut Builder<'_>) {
    let mut from = 0;
    for _ in 0..=MAX_RESUMES {
        let before = builder.documents.len();
        let resume = read(text, from, builder);
        builder.close_all();
        if from > 0 {
            recover::join(builder, before);
        }
        match resume {
            Some(next) if next > from => from = next,
            _ => return,
        }
        builder.reached = from;
        builder.last_scalar = None;
    }
}

/// Reads from a byte on; where to take up again, if something broke.
fn read(text: Text<'_>, from: usize, builder: &mut Builder<'_>) -> Option<usize> {
    let rest = &text.text[from..];
    let offsets = Offsets::new(rest);
    for event in Parser::new_from_str(rest) {
        match event {
            Ok((event, span)) => {
                let (start, end) = (from + offsets.byte(span.start.index()), from + offsets.byte(span.end.index()));
                if !builder.take(&event, start, end) {
                    return None;
                }
            }
            // The parser has consumed the alias and can go on.
            Err(error) if error.info().contains("unknown anchor") => {
                builder.alias_by_name(from + offsets.byte(error.marker().index()));
            }
            Err(error) => return broken(text, &error, from + offsets.byte(error.marker().index()), builder),
        }
    }
    None
}

fn broken(text: Text<'_>, error: &ScanError, at: usize, builder: &mut Builder<'_>) -> Option<usize> {
    let place = hint::Place { text, at, bracket: builder.open_bracket(), last_scalar: builder.last_scalar };
    builder.report(hint::explain(error.info(), &place));
    builder.is_resumable().then(|| recover::next_key(text.text, at, builder.open_bracket())).flatten()
}

fn first_line(sources: &Sources, span: Span) -> Span {
    let length = sources.slice(span).find(['\n', '\r']).map_or(span.end - span.start, |at| at as u32);
    Span { end: span.start + length, ..span }
}

/// A file's text with the questions that are asked of it.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
}

impl<'a> Text<'a> {
    /// A span, widened to whole characters and kept inside the file.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let start = self.text.floor_char_boundary(start);
        Span::new(self.file, start, self.text.ceil_char_boundary(end.max(start)))
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The name of an anchor or alias that begins here.
    pub(super) fn word(&self, at: usize) -> &'a str {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.split([' ', '\t', '\n', '\r', ',', '[', ']', '{', '}']).next().unwrap_or_default()
    }

    /// Behind the anchor and the tag that begin here, with the anchor's name.
    pub(super) fn after_properties(&self, start: usize) -> (usize, Option<String>) {
        let (mut at, mut end, mut name) = (start, start, None);
        while let Some(sigil @ (b'&' | b'!')) = self.byte(at) {
            let word = self.word(at + 1);
            if sigil == b'&' {
                name = Some(word.to_owned());
            }
            end = at + 1 + word.len();
            at = self.skip_blank(end);
        }
        (if at >= self.text.len() { end } else { at }, name)
    }

    /// The `|` or `>` of the block scalar that comes after a token ending here.
    pub(super) fn block_header(&self, from: usize) -> usize {
        let mut at = self.skip_blank(from);
        while let Some(byte) = self.byte(at) {
            at = match byte {
                b'|' | b'>' => return at,
                b'&' | b'!' => at + 1 + self.word(at + 1).len(),
                b'%' => at + self.line(at).len(),
                _ => at + 1,
            };
            at = self.skip_blank(at);
        }
        from
    }

    /// The rest of the line from here.
    pub(super) fn line(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default().split(['\n', '\r']).next().unwrap_or_default()
    }

    fn skip_blank(&self, mut at: usize) -> usize {
        loop {
            let rest = &self.text[at.min(self.text.len())..];
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']).len();
            at += blank;
            if self.byte(at) != Some(b'#') {
                return at;
            }
            at += self.line(at).len();
        }
    }
}
