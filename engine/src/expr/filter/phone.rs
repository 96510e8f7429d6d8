//! `e164` and `national_phone`.

use super::{
    Example, FilterError, Kind, Param, Spec, Yield,
    countries::{Country, by_alpha2},
    support::text_at,
};
use crate::value::Value;

const COUNTRY: &[Param] = &[Param::optional("country", &[Kind::Text])];

/// `p.phone | e164(p.address.country)`
pub(super) static E164: Spec = Spec {
    name: "e164",
    params: COUNTRY,
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "A telephone number, as people write it, in the form `+` and digits. A number that begins with `+`, `00` (or `011` \
           in North America) is international already; any other is read as a national number of the country (alpha-2 \
           code), whose trunk prefix falls off. Extensions fall off. It is a guess by form: whether the number exists, \
           nobody checks.\n\n\
           | given | country | gives |\n\
           |---|---|---|\n\
           | `030 901820` | DE | `+4930901820` |\n\
           | `+49 (0)30 90 18-20` | any | `+4930901820` |\n\
           | `0049 30 901820` | any | `+4930901820` |\n\
           | `(415) 555-0132 ext. 7` | US | `+14155550132` |\n\
           | `1-415-555-0132` | CA | `+14155550132` |\n\
           | `011 34 911 234 567` | US | `+34911234567` |\n\
           | `06 1234 5678` (no trunk prefix: the zero stays) | IT | `+390612345678` |\n\
           | `8 812 345 67 89` | RU | `+78123456789` |\n\
           | `06 1 234 5678` | HU | `+3612345678` |\n\
           | `911 234 567` | none or unknown | null |\n\
           | `call me` | any | null |\n\n\
           Null can be caught: `p.phone | e164(p.address.country) | default(p.phone)`.",
    examples: &[
        Example { expr: "'030 901820' | e164('DE')", gives: "\"+4930901820\"" },
        Example { expr: "'+34 911 23 45 67' | e164", gives: "\"+34911234567\"" },
        Example { expr: "'call me' | e164('DE')", gives: "null" },
    ],
    apply: |value, arguments| {
        let number = international(value.as_str().unwrap_or_default(), country_at(arguments));
        Ok(number.map_or(Value::Null, Value::text))
    },
    ..Spec::BASE
};

/// `p.phone | national_phone(p.address.country)`
pub(super) static NATIONAL_PHONE: Spec = Spec {
    name: "national_phone",
    params: &[Param::required("country", &[Kind::Text])],
    accepts: &[Kind::Text],
    yields: Yield::Nullable(Kind::Text),
    page: "A telephone number, read as `e164` reads it, in digits as they are dialled within the country, with its trunk \
           prefix (North America: the ten digits alone). A number of another country stays in its `+` form; null where \
           `e164` gives null.\n\n\
           | given | country | gives |\n\
           |---|---|---|\n\
           | `+49 30 901820` | DE | `030901820` |\n\
           | `+1 415 555 0132` | US | `4155550132` |\n\
           | `+34 911 234 567` | ES | `911234567` |\n\
           | `+39 06 1234 5678` | IT | `0612345678` |\n\
           | `+33 1 23 45 67 89` | DE | `+33123456789` |",
    examples: &[
        Example { expr: "'+49 30 901820' | national_phone('DE')", gives: "\"030901820\"" },
        Example { expr: "'+1 (415) 555-0132' | national_phone('US')", gives: "\"4155550132\"" },
        Example { expr: "'+33 1 23 45 67 89' | national_phone('DE')", gives: "\"+33123456789\"" },
    ],
    apply: national_phone,
    ..Spec::BASE
};

fn national_phone<'a>(value: Value<'a>, arguments: &[Value<'a>]) -> Result<Value<'a>, FilterError> {
    let country = country_at(arguments);
    let Some(number) = international(value.as_str().unwrap_or_default(), country) else {
        return Ok(Value::Null);
    };
    let national = country.and_then(|country| {
        let rest = number[1..].strip_prefix(country.calling_code)?;
        let trunk = if country.trunk == "1" { "" } else { country.trunk };
        Some(format!("{trunk}{rest}"))
    });
    Ok(Value::text(national.unwrap_or(number)))
}

fn country_at(arguments: &[Value<'_>]) -> Option<&'static Country> {
    by_alpha2(&text_at(arguments, 0)?.trim().to_ascii_uppercase())
}

/// The fewest and the most digits that a number with its calling code has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

fn international(written: &str, country: Option<&Country>) -> Option<String> {
    let written = written.trim();
    let scheme = written.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
    let number = if scheme { &written[4..] } else { written };
    let number = number.split(['x', 'X', 'e', 'E', '#', ';']).next()?.trim();
    let (marked, body) = number.strip_prefix('+').map_or((false, number), |body| (true, body));
    let (before, after) = body.split_once("(0)").filter(|_| marked).unwrap_or((body, ""));
    let letters = || before.chars().chain(after.chars());
    if letters()
        .any(|letter| !letter.is_ascii_digit() && !letter.is_whitespace() && !"()-./\u{2010}\u{2011}\u{2013}".contains(letter))
    {
        return None;
    }
    let mut digits = String::with_capacity(body.len());
    digits.extend(letters().filter(char::is_ascii_digit));
    let (code, rest) = match (marked, abroad(&digits, country)) {
        (true, _) => ("", &*digits),
        (false, Some(abroad)) => ("", abroad),
        (false, None) => (country?.calling_code, without_trunk(&digits, country?)),
    };
    let whole = ["+", code, rest].concat();
    (DIGITS.contains(&(whole.len() - 1)) && !whole.starts_with("+0")).then_some(whole)
}

fn abroad<'d>(digits: &'d str, country: Option<&Country>) -> Option<&'d str> {
    let north_american = country.is_some_and(|country| country.calling_code == "1");
    digits.strip_prefix(if north_american { "011" } else { "00" })
}

/// In the plans of 1 and 7 a number of ten digits can begin like the trunk prefix itself.
fn without_trunk<'d>(digits: &'d str, country: &Country) -> &'d str {
    match matches!(country.calling_code, "1" | "7") && digits.len() <= 10 {
        true => digits,
        false => digits.strip_prefix(country.trunk).unwrap_or(digits),
    }
}
