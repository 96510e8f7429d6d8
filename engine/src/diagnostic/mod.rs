//! What the author of a YAML file is told: one type, named constructors, rendering apart.
//!
//! Wording: lower case, no full stop, names in backticks; the remedy goes into `help`. Every diagnostic has a
//! [`Code`] whose documentation is the page that `crossdock explain CODE` prints.

mod code;
mod machine;
mod render;
#[cfg(test)]
mod tests;

pub use code::{Code, codes, find};
pub use machine::{Place, Record, RelatedRecord, SuggestionRecord, records, to_github, to_json, to_sarif};
pub use render::{Renderer, summary};

use crate::source::Span;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file works as written, but probably not as meant.
    Warning,
    /// The file is refused.
    Error,
}

/// A text replacement that mends the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: &'static Code,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The exact token.
    pub span: Span,
    /// What is written under the token, when the message does not say it all.
    pub label: Option<String>,
    /// Other places that matter: definitions, uses.
    pub related: Vec<(Span, String)>,
    /// How to mend it, what is available.
    pub help: Vec<String>,
    /// The mend as a patch.
    pub suggestion: Option<Suggestion>,
}

impl Diagnostic {
    /// An error with the given code at the given token.
    #[must_use]
    pub fn error(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning with the given code at the given token.
    #[must_use]
    pub fn warning(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    fn new(code: &'static Code, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            span,
            label: None,
            related: Vec::new(),
            help: Vec::new(),
            suggestion: None,
        }
    }

    /// Adds the words under the token.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    /// Adds the patch that mends it.
    #[must_use]
    pub fn suggest(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { span, replacement: replacement.into() });
        self
    }

    /// Adds "did you mean" (with its patch at the token) and the list of what is available.
    #[must_use]
    pub fn among<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let span = self.span;
        let mut this = self;
        if let Some(near) = nearest(wrong, &known) {
            this = this.help(format!("did you mean `{near}`?")).suggest(span, near);
        }
        if !known.is_empty() {
            let mut names = known;
            names.sort_unstable();
            names.dedup();
            let shown: Vec<String> = names.iter().take(40).map(|name| format!("`{name}`")).collect();
            let more = if names.len() > 40 { format!(" and {} more", names.len() - 40) } else { String::new() };
            this = this.help(format!("available: {}{more}", shown.join(", ")));
        }
        this
    }
}

/// Orders findings by file and place, errors before warnings, and drops those told twice.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|left, right| {
        let key = |diagnostic: &Diagnostic| (diagnostic.span.file, diagnostic.span.start, std::cmp::Reverse(diagnostic.severity));
        key(left).cmp(&key(right)).then(left.code.id.cmp(right.code.id))
    });
    diagnostics.dedup();
}

/// The known name nearest to a mistyped one, if any is near enough to be meant.
#[must_use]
pub fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}
