//! What is wrong with a path, and how to mend it.

use std::fmt;
use std::ops::Range;

/// A path that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError {
    /// What is wrong, lower case, without full stop.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The bytes of the path that it is about.
    pub at: Range<usize>,
}

impl PathError {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PathError {}
