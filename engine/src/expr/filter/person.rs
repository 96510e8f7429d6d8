//! `first_name` and `last_name`: guesses, for carriers that want a name in two.

use super::{Example, Kind, Spec, Yield};
use crate::value::Value;

/// `p.name | first_name`
pub(super) static FIRST_NAME: Spec = Spec {
    name: "first_name",
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "All of a name that is not its last name, titles too; null where nothing is left. A guess, by the same table as \
           `last_name`.\n\n\
           | name | first name |\n\
           |---|---|\n\
           | `Anna Maria Müller` | `Anna Maria` |\n\
           | `Müller, Anna` | `Anna` |\n\
           | `Ludwig van Beethoven` | `Ludwig` |\n\
           | `Dr. Ida Noddack` | `Dr. Ida` |\n\
           | `Madonna` | null |",
    examples: &[
        Example { expr: "'Ludwig van Beethoven' | first_name", gives: "\"Ludwig\"" },
        Example { expr: "'Madonna' | first_name", gives: "null" },
    ],
    apply: |value, _| Ok(text_or_null(&parted(value.as_str().unwrap_or_default()).0)),
    ..Spec::BASE
};

/// `p.name | last_name`
pub(super) static LAST_NAME: Spec = Spec {
    name: "last_name",
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "The last word of a name, with the particles before it (`van`, `von`, `de`, `la`, `dos`, `bin` and the like) and a \
           suffix behind it (`Jr.`, `III`); of `last, first` what stands before the comma. A guess: two last names without \
           a particle (`Gabriel García Márquez`) and names whose family comes first (`Mao Zedong`) are parted wrongly.\n\n\
           | name | last name |\n\
           |---|---|\n\
           | `Anna Maria Müller` | `Müller` |\n\
           | `Müller, Anna` | `Müller` |\n\
           | `Ludwig van Beethoven` | `van Beethoven` |\n\
           | `Juana Inés de la Cruz` | `de la Cruz` |\n\
           | `Maria dos Santos Silva` | `dos Santos Silva` |\n\
           | `John Smith Jr.` | `Smith Jr.` |\n\
           | `van den Berg` | `van den Berg` |\n\
           | `Van Morrison` | `Morrison` |\n\
           | `Gabriel García Márquez` | `Márquez` |\n\
           | `Madonna` | `Madonna` |",
    examples: &[
        Example { expr: "'Ludwig van Beethoven' | last_name", gives: "\"van Beethoven\"" },
        Example { expr: "'Madonna' | last_name", gives: "\"Madonna\"" },
        Example { expr: "'' | last_name", gives: "null" },
    ],
    apply: |value, _| Ok(text_or_null(&parted(value.as_str().unwrap_or_default()).1)),
    ..Spec::BASE
};

fn text_or_null(text: &str) -> Value<'static> {
    if text.is_empty() { Value::Null } else { Value::text(text.to_owned()) }
}

const PARTICLES: &[&str] = &[
    "af", "al", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "el",
    "ibn", "la", "le", "op", "ten", "ter", "van", "vom", "von", "vander", "zu", "zum", "zur",
];
const SUFFIXES: &[&str] = &["jr", "sr", "jun", "sen", "ii", "iii", "iv"];

/// First and last name.
fn parted(name: &str) -> (String, String) {
    if let Some((last, first)) = name.split_once(',').filter(|(_, rest)| !is_suffix(rest.trim())) {
        return (spaced(first.split_whitespace()), spaced(last.split_whitespace()));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let start = start_of_last(&words);
    (spaced(words[..start].iter().copied()), spaced(words[start..].iter().copied()))
}

fn start_of_last(words: &[&str]) -> usize {
    let suffixes = words.iter().skip(1).rev().take_while(|word| is_suffix(word)).count();
    let last = (words.len() - suffixes).saturating_sub(1);
    let is_particle = |word: &&str| PARTICLES.contains(&word.to_lowercase().as_str());
    if last > 1 && words[..last].iter().all(is_particle) {
        return 0;
    }
    words[..last].iter().skip(1).position(is_particle).map_or(last, |index| index + 1)
}

fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word.trim_end_matches(['.', ',']).to_lowercase().as_str())
}

fn spaced<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}
