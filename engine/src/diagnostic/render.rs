//! Findings for people, in rustc's look.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Snippet};

use super::{Diagnostic, Severity, Suggestion};
use crate::source::{FileId, Sources, Span};

/// Renders findings as text.
#[derive(Debug, Clone)]
pub struct Renderer {
    inner: annotate_snippets::Renderer,
}

impl Renderer {
    /// Without colour.
    #[must_use]
    pub fn plain() -> Self {
        Self { inner: annotate_snippets::Renderer::plain() }
    }

    /// With the colours of a terminal.
    #[must_use]
    pub fn coloured() -> Self {
        Self { inner: annotate_snippets::Renderer::styled() }
    }

    /// One finding: title, place, snippet, related places, help and patch; without a line break at its end.
    #[must_use]
    pub fn render(&self, sources: &Sources, diagnostic: &Diagnostic) -> String {
        let (patch_title, help) = split_help(diagnostic);
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.id);
        let snippets = files(diagnostic).into_iter().map(|file| snippet(sources, diagnostic, file));
        let mut main = title.elements(snippets);
        for words in help {
            main = main.element(Level::HELP.message(words));
        }
        let mut groups = vec![main];
        groups.extend(diagnostic.suggestion.as_ref().map(|suggestion| patch(sources, suggestion, patch_title)));
        self.inner.render(&groups)
    }

    /// All findings in the order of files and places, a blank line between them.
    #[must_use]
    pub fn render_all(&self, sources: &Sources, diagnostics: &[Diagnostic]) -> String {
        let mut sorted = diagnostics.to_vec();
        super::sort(&mut sorted);
        sorted.iter().map(|diagnostic| self.render(sources, diagnostic) + "\n\n").collect()
    }
}

/// How many errors and warnings there are: `2 errors, 1 warning`.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let counted = [(errors, "error"), (warnings, "warning")].into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> =
        counted.map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" })).collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// The help that speaks of the patch becomes its title; the rest stays beneath the snippet.
fn split_help(diagnostic: &Diagnostic) -> (&str, Vec<&str>) {
    let mut help: Vec<&str> = diagnostic.help.iter().map(String::as_str).collect();
    let Some(suggestion) = &diagnostic.suggestion else { return ("", help) };
    let quoted = format!("`{}`", suggestion.replacement);
    let of_patch = help.iter().position(|words| words.contains(&quoted)).or((help.len() == 1).then_some(0));
    match of_patch {
        Some(at) => (help.remove(at), help),
        None => ("write it so", help),
    }
}

/// The files that a finding touches, its own first.
fn files(diagnostic: &Diagnostic) -> Vec<FileId> {
    let mut files = vec![diagnostic.span.file];
    for (span, _) in &diagnostic.related {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    files
}

fn snippet<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic, file: FileId) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let related = diagnostic.related.iter().filter(|(span, _)| span.file == file);
    let related = related.map(|(span, words)| (AnnotationKind::Context, *span, Some(words.as_str())));
    let own = (diagnostic.span.file == file).then_some((AnnotationKind::Primary, diagnostic.span, diagnostic.label.as_deref()));
    let marks: Vec<_> = own.into_iter().chain(related).collect();
    let window = Window::around(sources, file, marks.iter().map(|(_, span, _)| *span));
    let annotations = marks.into_iter().map(|(kind, span, words)| kind.span(window.inside(span)).label(words));
    window.snippet().annotations(annotations.collect::<Vec<_>>())
}

fn patch<'a>(sources: &'a Sources, suggestion: &'a Suggestion, title: &'a str) -> Group<'a> {
    let window = Window::around(sources, suggestion.span.file, [suggestion.span]);
    let patch = Patch::new(window.inside(suggestion.span), suggestion.replacement.as_str());
    Level::HELP.secondary_title(title).element(window.snippet().patch(patch))
}

/// The lines that are shown: handing over whole files would cost their length for every finding.
struct Window<'a> {
    path: &'a str,
    text: &'a str,
    first_line: usize,
    start: usize,
}

impl<'a> Window<'a> {
    fn around(sources: &'a Sources, file: FileId, spans: impl IntoIterator<Item = Span> + Clone) -> Self {
        let source = sources.file(file);
        let first = spans.clone().into_iter().map(|span| span.start as usize).min().unwrap_or_default();
        let last = spans.into_iter().map(|span| span.end as usize).max().unwrap_or_default();
        let start = source.text[..first].rfind('\n').map_or(0, |newline| newline + 1);
        let end = source.text[last..].find('\n').map_or(source.text.len(), |newline| last + newline);
        let first_line = sources.position(Span { file, start: start as u32, end: start as u32 }).line;
        Self { path: &source.name, text: &source.text[start..end], first_line, start }
    }

    fn snippet<T: Clone>(&self) -> Snippet<'a, T> {
        Snippet::source(self.text).path(self.path).line_start(self.first_line)
    }

    fn inside(&self, span: Span) -> std::ops::Range<usize> {
        span.start as usize - self.start..span.end as usize - self.start
    }
}
