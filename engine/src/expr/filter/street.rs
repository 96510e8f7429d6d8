//! `street_name` and `house_number`: guesses, for carriers that want an address line in two.

use super::{Example, Kind, Spec, Yield};
use crate::value::Value;
use regex::Regex;
use std::sync::LazyLock;

const LINE_OR_ADDRESS: &[Kind] = &[Kind::Text, Kind::Object];

/// `p.address.lines[0] | street_name`
pub(super) static STREET_NAME: Spec = Spec {
    name: "street_name",
    accepts: LINE_OR_ADDRESS,
    yields: Yield::Nullable(Kind::Text),
    page: "An address line without its house number: what `house_number` leaves, so that nothing is lost or said twice. Of \
           an address object its first line; where the address gives `house_number` itself, the line is kept whole but for \
           that very number. A guess, by the table of `house_number`.\n\n\
           | line | street |\n\
           |---|---|\n\
           | `Hauptstr. 12a` | `Hauptstr.` |\n\
           | `12 rue de la Paix` | `rue de la Paix` |\n\
           | `Calle Mayor, 5` | `Calle Mayor` |\n\
           | `Lange Str. Nr. 7` | `Lange Str.` |\n\
           | `Am Markt` | `Am Markt` |",
    examples: &[
        Example { expr: "'Hauptstr. 12a' | street_name", gives: "\"Hauptstr.\"" },
        Example { expr: "'12 rue de la Paix' | street_name", gives: "\"rue de la Paix\"" },
        Example { expr: "{'lines': ['Platz 3 Nord'], 'house_number': '9'} | street_name", gives: "\"Platz 3 Nord\"" },
    ],
    apply: |value, _| Ok(text_or_null(&address_of(value).0)),
    ..Spec::BASE
};

/// `p.address.lines[0] | house_number`
pub(super) static HOUSE_NUMBER: Spec = Spec {
    name: "house_number",
    accepts: LINE_OR_ADDRESS,
    yields: Yield::Nullable(Kind::Text),
    page: "The house number of an address line: the number it begins with, else the one it ends with, with letter, range or \
           fraction; null where there is none. Of an address object its own `house_number`, where it is given, else the \
           guess from its first line. Numbers behind words such as `Highway`, `Box` or `Apt` are none.\n\n\
           | line | number |\n\
           |---|---|\n\
           | `Hauptstr. 12a` | `12a` |\n\
           | `Hauptstr. 12 a` | `12 a` |\n\
           | `12 rue de la Paix` | `12` |\n\
           | `12 bis, rue de la Paix` | `12 bis` |\n\
           | `12 rue du 8 mai 1945` | `12` |\n\
           | `221B Baker St` | `221B` |\n\
           | `350 5th Ave` | `350` |\n\
           | `10-12 Downing Street` | `10-12` |\n\
           | `Calle Mayor, 5` | `5` |\n\
           | `Via Roma 5/B` | `5/B` |\n\
           | `Straße des 17. Juni 135` | `135` |\n\
           | `Straße des 17. Juni` | null |\n\
           | `Lange Str. Nr. 7` | `7` |\n\
           | `C 4, 12` | `12` |\n\
           | `5th Ave` | null |\n\
           | `PO Box 123` | null |\n\
           | `100 Highway 50` | `100` |\n\
           | `Am Markt` | null |",
    examples: &[
        Example { expr: "'Hauptstr. 12a' | house_number", gives: "\"12a\"" },
        Example { expr: "'221B Baker St' | house_number", gives: "\"221B\"" },
        Example { expr: "'Am Markt' | house_number", gives: "null" },
        Example { expr: "{'lines': ['Hauptstr. 12'], 'house_number': '14'} | house_number", gives: "\"14\"" },
    ],
    apply: |value, _| Ok(text_or_null(&address_of(value).1)),
    ..Spec::BASE
};

fn text_or_null(text: &str) -> Value<'static> {
    if text.is_empty() { Value::Null } else { Value::text(text.to_owned()) }
}

/// Street and number of a line or an address.
fn address_of(value: Value<'_>) -> (String, String) {
    let line_of = |value: &Value<'_>| value.as_str().unwrap_or_default().trim().to_owned();
    if value.as_str().is_some() {
        return parted(&line_of(&value));
    }
    let number = line_of(&value.clone().member("house_number"));
    let line = super::support::items(value.member("lines")).first().map(line_of).unwrap_or_default();
    let (street, guess) = parted(&line);
    match number.is_empty() || number == guess {
        true => (street, guess),
        false => (line, number),
    }
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression written here")
}

static LEADING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^(\d{1,5}[a-z]?(?: ?[-/–] ?\d{1,5}[a-z]?)?(?: ?(?:bis|ter|quater)\b)?)\s*(?:,\s*|\s+)(.*\p{L}.*)$")
});
static TRAILING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(.*?\p{L}.*?)(?:,\s*|\s+)(?:(?:nr\.?|no\.?|n[°º]\.?|#)\s*)?(\d{1,5}(?: ?[a-z])?(?: ?[-/–] ?(?:\d{1,5} ?[a-z]?|[a-z]))?)$",
    )
});
static NO_STREET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:highway|hwy|route|rte|road no\.?|box|postfach|apt|apartment|unit|suite|ste|floor|fl|flat|room|km)\.?$")
});

fn parted(line: &str) -> (String, String) {
    if let Some(found) = LEADING.captures(line) {
        return (found[2].to_owned(), found[1].to_owned());
    }
    match TRAILING.captures(line) {
        Some(found) if !NO_STREET.is_match(&found[1]) => (found[1].to_owned(), found[2].to_owned()),
        _ => (line.to_owned(), String::new()),
    }
}
