//! Regular expressions of files: checked when the file is, built when they are first used. And words with `*` in them.

use std::sync::{Arc, OnceLock};

/// Whether a text is what a pattern says, in which `*` stands for any characters.
#[must_use]
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, "")) => text.starts_with(start),
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|tail| (0..=tail.len()).any(|skipped| tail.is_char_boundary(skipped) && glob(rest, &tail[skipped..]))),
    }
}

/// A regular expression that is known to be one.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: Arc<str>,
    ignore_case: bool,
    built: Arc<OnceLock<Option<regex::Regex>>>,
}

impl Pattern {
    /// Checks that a text is a regular expression. Building one takes a hundred times as long as checking it, and a
    /// carrier's file holds dozens.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn parse(text: &str, ignore_case: bool) -> Result<Self, String> {
        if let Err(error) = regex_syntax::Parser::new().parse(text) {
            let words = error.to_string();
            return Err(words.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned());
        }
        Ok(Self { text: text.into(), ignore_case, built: Arc::default() })
    }

    /// Whether it matches somewhere in a text. One that is too large to be built matches nothing.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    fn regex(&self) -> Option<&regex::Regex> {
        let build = || regex::RegexBuilder::new(&self.text).case_insensitive(self.ignore_case).build().ok();
        self.built.get_or_init(build).as_ref()
    }

    /// What the first group takes of the first match; the whole match, when there is no group.
    #[must_use]
    pub fn group(&self, text: &str) -> Option<String> {
        let regex = self.regex()?;
        let found = regex.captures(text)?;
        found.get(usize::from(regex.captures_len() > 1)).map(|group| group.as_str().to_owned())
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
