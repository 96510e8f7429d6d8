//! `trim`, `truncate_to` and `pad`: texts of a length.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    support::{integer_at, part, text_at},
};
use crate::value::Value;
use unicode_normalization::char::is_combining_mark;

/// `x | trim`
pub(super) static TRIM: Spec = Spec {
    name: "trim",
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "The text without white space at its ends.",
    examples: &[Example { expr: "'  ACME ' | trim", gives: "\"ACME\"" }, Example { expr: "'   ' | trim", gives: "\"\"" }],
    apply: |value, _| match value {
        Value::Text(text) => {
            let from = text.len() - text.trim_start().len();
            let to = text.trim_end().len().max(from);
            Ok(Value::Text(part(text, from, to)))
        }
        other => Ok(other),
    },
    ..Spec::BASE
};

/// `x | truncate_to(35)`
pub(super) static TRUNCATE_TO: Spec = Spec {
    name: "truncate_to",
    params: &[Param::required("length", &[Kind::Integer])],
    accepts: &[Kind::Text],
    yields: Yield::Kind(Kind::Text),
    page: "At most so many characters of the text, counted in Unicode code points. An accent or an emoji's modifier is not \
           parted from its letter, and white space at the cut falls off: then the text is shorter.",
    examples: &[
        Example { expr: "'Hauptstraße' | truncate_to(9)", gives: "\"Hauptstra\"" },
        Example { expr: "'Rue de la Paix' | truncate_to(4)", gives: "\"Rue\"" },
        Example { expr: "'short' | truncate_to(35)", gives: "\"short\"" },
    ],
    apply: |value, arguments| {
        let length = integer_at(arguments, 0, "length", 1_000_000)?.unwrap_or_default();
        Ok(match value {
            Value::Text(text) => {
                let to = cut(&text, length as usize);
                Value::Text(part(text, 0, to))
            }
            other => other,
        })
    },
    ..Spec::BASE
};

fn cut(text: &str, length: usize) -> usize {
    let Some((mut end, _)) = text.char_indices().nth(length) else {
        return text.len();
    };
    while let Some(last) = text[..end].chars().next_back() {
        let next = text[end..].chars().next().unwrap_or(' ');
        if !belongs_to_the_letter_before(next) && last != ZERO_WIDTH_JOINER {
            break;
        }
        end -= last.len_utf8();
    }
    text[..end].trim_end().len()
}

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Combining marks, joiners, variation selectors and the skin tones of emoji.
fn belongs_to_the_letter_before(next: char) -> bool {
    next == ZERO_WIDTH_JOINER || is_combining_mark(next) || matches!(next, '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// `x | pad(8, '0')`
pub(super) static PAD: Spec = Spec {
    name: "pad",
    params: &[
        Param::required("width", &[Kind::Integer]),
        Param::optional("with", &[Kind::Text]),
        Param::optional("side", &[Kind::Text]).one_of(&["left", "right"]),
    ],
    accepts: &[Kind::Text, Kind::Integer],
    yields: Yield::Kind(Kind::Text),
    page: "The text, filled up to a width in characters (at most 1000) with one character, by default a space, at its `left` \
           (the default) or `right` side. A longer text stays as it is: `truncate_to` cuts.",
    examples: &[
        Example { expr: "42 | pad(5, '0')", gives: "\"00042\"" },
        Example { expr: "'ab' | pad(4, '.', 'right')", gives: "\"ab..\"" },
        Example { expr: "'abcdef' | pad(4)", gives: "\"abcdef\"" },
    ],
    vet: |arguments| one_character(super::support::literal_at(arguments, 1)).map(|_| ()),
    apply: pad,
    ..Spec::BASE
};

fn pad<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let width = integer_at(arguments, 0, "width", 1000)?.unwrap_or_default() as usize;
    let with = one_character(text_at(arguments, 1))?;
    let text = value.to_text()?;
    let filling = with.to_string().repeat(width.saturating_sub(text.chars().count()));
    Ok(Value::text(match text_at(arguments, 2) {
        Some("right") => format!("{text}{filling}"),
        _ => format!("{filling}{text}"),
    }))
}

fn one_character(with: Option<&str>) -> Result<char, FilterError> {
    let mut characters = with.unwrap_or(" ").chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => Err(FilterError::new("argument `with` of `pad` must be one character")),
    }
}
