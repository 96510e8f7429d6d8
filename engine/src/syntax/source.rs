//! The long form of a source, as written.

use super::{OneOrMany, Sp, Template};
use crate::source::Node;

record! {
    /// The long form of a source.
    pub struct LongSource {
        /// A source, or a list of them.
        from: Node,
        /// Takes the first or last of many values.
        pick: Option<Sp<SourcePick>>,
        /// Joins all values.
        join: Option<Sp<String>>,
        /// What the value must be.
        r#type as "type": Option<Sp<SourceType>>,
        /// How a date is written, or several ways.
        format: Option<OneOrMany<Sp<String>>>,
        /// The zone of a date without one.
        zone: Option<Template>,
        /// A regular expression: of each text what its first group takes (all that matches, when it has none). A text that does
        /// not match is no value.
        r#match as "match": Option<Sp<String>>,
        /// How bytes are packed.
        decode: Option<Sp<SourceDecoding>>,
        /// The value when there is none.
        default: Option<Node>,
        /// Whether there must be one.
        required: Option<Sp<bool>>,
    }
}

words! {
    /// The type of a value that is read.
    pub enum SourceType {
        /// Text; a number keeps its own digits.
        String = "string",
        /// An integer.
        Integer = "integer",
        /// A decimal.
        Decimal = "decimal",
        /// A boolean.
        Boolean = "boolean",
        /// A day.
        Date = "date",
        /// An instant.
        Datetime = "datetime",
        /// Bytes.
        Bytes = "bytes",
        /// A list of all values.
        List = "list",
    }
}

words! {
    /// Which of many values is meant.
    pub enum SourcePick {
        /// The first.
        First = "first",
        /// The last.
        Last = "last",
    }
}

words! {
    /// How bytes are packed.
    pub enum SourceDecoding {
        /// Base64.
        Base64 = "base64",
        /// Base64 of gzip.
        Gzip = "gzip",
    }
}
