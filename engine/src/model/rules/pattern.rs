//! The patterns of rules: `customs_*`, `2..`.

use crate::model::{NotA, Reason};
use crate::value::glob;

/// A reason, or several by `*`, which stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonPattern {
    matching: Vec<Reason>,
}

impl ReasonPattern {
    /// Reads the pattern; an error when no reason matches it.
    pub fn parse(text: &str) -> Result<Self, NotA> {
        let matching: Vec<Reason> = Reason::all().iter().copied().filter(|reason| glob(text, reason.name())).collect();
        if matching.is_empty() {
            Err(NotA("a reason, or a pattern like `customs_*` that some reason matches"))
        } else {
            Ok(Self { matching })
        }
    }

    /// Whether the reason is one of those meant.
    #[must_use]
    pub fn matches(&self, reason: Reason) -> bool {
        self.matching.contains(&reason)
    }

    /// All reasons that are meant.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.matching
    }
}

/// Numbers of attempts: `2` exactly, `2..` from then on, `..3` up to and including, `2..3` both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    first: u32,
    last: u32,
}

impl Attempts {
    /// This attempt and all later ones.
    #[must_use]
    pub const fn from(first: u32) -> Self {
        Self { first, last: u32::MAX }
    }

    /// Reads the range; an error when it is none, or holds no attempt (they count from 1).
    pub fn parse(text: &str) -> Result<Self, NotA> {
        let expected = NotA("a number of attempts like `2`, or a range like `2..`, `..3` or `2..3`");
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse::<u32>().map_err(|_| expected),
            false => Err(expected),
        };
        let range = match text.split_once("..") {
            None => number(text).map(|only| Self { first: only, last: only })?,
            Some(("", "")) => return Err(expected),
            Some((first, "")) => Self::from(number(first)?),
            Some(("", last)) => Self { first: 1, last: number(last)? },
            Some((first, last)) => Self { first: number(first)?, last: number(last)? },
        };
        if range.last == 0 || range.first == 0 || range.first > range.last { Err(expected) } else { Ok(range) }
    }

    /// Whether the attempt is one of those meant.
    #[must_use]
    pub const fn contains(&self, attempt: u32) -> bool {
        self.first <= attempt && attempt <= self.last
    }
}
