//! `lower` and `upper`.

use super::{Example, Kind, Spec, Yield};
use crate::value::Value;

/// `x | lower`
pub(super) static LOWER: Spec = Spec {
    name: "lower",
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "The text in lower case, by Unicode's rules, whatever the language.",
    examples: &[
        Example { expr: "'STRASSE' | lower", gives: "\"strasse\"" },
        Example { expr: "'ÉCOLE' | lower", gives: "\"école\"" },
    ],
    apply: |value, _| Ok(Value::text(value.as_str().unwrap_or_default().to_lowercase())),
    ..Spec::BASE
};

/// `x | upper`
pub(super) static UPPER: Spec = Spec {
    name: "upper",
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "The text in upper case, by Unicode's rules, whatever the language; `ß` becomes `SS`, so the text may grow.",
    examples: &[Example { expr: "'de' | upper", gives: "\"DE\"" }, Example { expr: "'Straße' | upper", gives: "\"STRASSE\"" }],
    apply: |value, _| Ok(Value::text(value.as_str().unwrap_or_default().to_uppercase())),
    ..Spec::BASE
};
