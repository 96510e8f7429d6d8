//! The places of a file that a case can touch.

use crate::source::Span;
use serde::Serialize;

/// A place of a file, and which of the things that can happen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The place.
    pub span: Span,
    /// What happens.
    pub what: What,
}

/// What can happen at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A value is sent.
    Leaf,
    /// A condition holds, or the branch of this number is taken.
    Arm(u16),
    /// No condition holds, no branch is taken, or `$else`.
    Otherwise,
    /// A loop has nothing to go over.
    Empty,
    /// A delivery is taken as the carrier's.
    Verified,
    /// A delivery is refused as forged.
    Forged,
    /// A handshake is answered.
    Handshake,
    /// A rule says what a reply means.
    Rule,
    /// A source has a value.
    Reading,
    /// Of several sources, the one of this number is the first that has a value.
    Source(u16),
    /// A vocabulary reads this code or by this rule.
    Word,
    /// A vocabulary does not have a code.
    UnknownWord,
}

/// A spot as it was noted when the file was compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverable {
    /// The spot.
    pub spot: Spot,
    /// What a person is shown of it: a branch's own key, where the spot is the whole choice.
    pub shown: Span,
}

/// The kinds of spots that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Values of request templates.
    Leaves,
    /// Conditions and choices, each way; loops without entries; true and forged deliveries.
    Branches,
    /// Rules of replies; `$http` counts as one.
    Rules,
    /// Sources: of results, events, tokens, errors.
    Readings,
    /// Codes and rules of vocabularies, and a code that they do not have.
    Codes,
    /// Fields of the order that the file reads.
    Fields,
}

impl Kind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Leaves, Self::Branches, Self::Rules, Self::Readings, Self::Codes, Self::Fields];

    /// The word for one of them.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Leaves => "leaf",
            Self::Branches => "branch",
            Self::Rules => "rule",
            Self::Readings => "reading",
            Self::Codes => "code",
            Self::Fields => "field",
        }
    }

    /// The word for them.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Leaves => "leaves",
            Self::Branches => "branches",
            Self::Rules => "rules",
            Self::Readings => "readings",
            Self::Codes => "codes",
            Self::Fields => "fields",
        }
    }
}

impl What {
    /// The kind that it is counted among.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Leaf => Kind::Leaves,
            Self::Arm(_) | Self::Otherwise | Self::Empty | Self::Verified | Self::Forged | Self::Handshake => Kind::Branches,
            Self::Rule => Kind::Rules,
            Self::Reading | Self::Source(_) => Kind::Readings,
            Self::Word | Self::UnknownWord => Kind::Codes,
        }
    }

    /// What is missing when no case touches it.
    pub(super) fn missing(self) -> &'static str {
        match self {
            Self::Leaf => "is never sent",
            Self::Arm(_) => "is never so",
            Self::Otherwise => "is always so: the other way is missing",
            Self::Empty => "always has entries: a case without any is missing",
            Self::Verified => "takes no true delivery",
            Self::Forged => "refuses no forged delivery",
            Self::Handshake => "answers no handshake",
            Self::Rule => "never matches",
            Self::Reading => "never has a value",
            Self::Source(_) => "is never the first that has a value",
            Self::Word => "is never read",
            Self::UnknownWord => "is never given a code that it does not have",
        }
    }
}
