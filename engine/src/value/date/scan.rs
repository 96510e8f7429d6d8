//! Reading a text by a pattern. Leading zeros are optional, letters match in either case, white space in any amount.

use super::{
    Moment, Pattern,
    pattern::Item,
    read::{Clock, DateError, assemble},
};
use jiff::{civil, tz::Offset};

const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What was found so far.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    nanosecond: i32,
    offset: Option<Offset>,
    unix: Option<i64>,
}

/// Reads the whole text, or nothing.
pub(super) fn scan(text: &str, pattern: &Pattern) -> Option<Result<Clock, DateError>> {
    let mut found = Found::default();
    let mut rest = text;
    for item in &pattern.items {
        rest = match item {
            Item::Space => rest.trim_start(),
            Item::Literal(literal) => strip_literal(rest, *literal)?,
            Item::PointFraction => match rest.strip_prefix(['.', ',']) {
                Some(fraction) => found.take('f', fraction)?,
                None => rest,
            },
            Item::Directive(letter) => found.take(*letter, rest)?,
        };
    }
    rest.trim().is_empty().then(|| found.clock())
}

fn strip_literal(rest: &str, literal: char) -> Option<&str> {
    let next = rest.chars().next()?;
    next.eq_ignore_ascii_case(&literal).then(|| &rest[next.len_utf8()..])
}

impl Found {
    fn take<'t>(&mut self, letter: char, rest: &'t str) -> Option<&'t str> {
        let number = |most: usize| number(rest.trim_start(), most);
        let after = match letter {
            'Y' => keep(number(4)?, &mut self.year),
            'y' => keep(number(2).map(|(year, after)| (year + if year < 69 { 2000 } else { 1900 }, after))?, &mut self.year),
            'm' => keep(number(2)?, &mut self.month),
            'd' | 'e' => keep(number(2)?, &mut self.day),
            'j' => keep(number(3)?, &mut self.day_of_year),
            'H' | 'k' => keep(number(2).filter(|(hour, _)| *hour < 24)?, &mut self.hour),
            'I' | 'l' => keep(number(2).filter(|(hour, _)| (1..=12).contains(hour))?, &mut self.hour),
            'M' => keep_in(number(2)?, &mut self.minute),
            'S' => keep_in(number(2)?, &mut self.second),
            's' => keep(signed(rest)?, &mut self.unix),
            'f' => return self.take_fraction(rest),
            'b' | 'B' | 'h' => keep(name(rest, &MONTHS)?, &mut self.month),
            'a' | 'A' => name(rest, &DAYS)?.1,
            'p' | 'P' => {
                let (afternoon, after) = half_of_day(rest)?;
                self.afternoon = Some(afternoon);
                after
            }
            _ => {
                let (offset, after) = offset(rest)?;
                self.offset = Some(offset);
                after
            }
        };
        Some(after)
    }

    /// Nanoseconds; finer digits are dropped.
    fn take_fraction<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        let digits = rest.len() - rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let kept = &rest[..digits.min(9)];
        self.nanosecond = format!("{kept:0<9}").parse().ok().filter(|_| digits > 0)?;
        Some(&rest[digits..])
    }

    fn clock(self) -> Result<Clock, DateError> {
        if let Some(seconds) = self.unix {
            let instant = jiff::Timestamp::new(seconds, self.nanosecond).map_err(|_| DateError::Unreadable)?;
            return Ok(Clock::Known(Moment::Instant(instant.to_zoned(jiff::tz::TimeZone::UTC))));
        }
        let date = self.date().ok_or(DateError::Unreadable)?;
        let Some(hour) = self.hour else {
            return Ok(Clock::Known(Moment::Day(date)));
        };
        let hour = match self.afternoon {
            Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
            None => hour,
        };
        // A leap second is the last second of its minute, as everywhere where clocks have none.
        let second = if self.second == 60 { 59 } else { self.second };
        let time = civil::Time::new(small(hour)?, small(self.minute)?, small(second)?, self.nanosecond)
            .map_err(|_| DateError::Unreadable)?;
        assemble(date.to_datetime(time), self.offset)
    }

    fn date(&self) -> Option<civil::Date> {
        let year = i16::try_from(self.year?).ok()?;
        if let (Some(day), None, None) = (self.day_of_year, self.month, self.day) {
            let start = civil::Date::new(year, 1, 1).ok()?;
            return start.with().day_of_year(i16::try_from(day).ok()?).build().ok();
        }
        civil::Date::new(year, i8::try_from(self.month?).ok()?, i8::try_from(self.day?).ok()?).ok()
    }
}

fn small(number: i64) -> Result<i8, DateError> {
    i8::try_from(number).map_err(|_| DateError::Unreadable)
}

fn keep<'t>((number, after): (i64, &'t str), slot: &mut Option<i64>) -> &'t str {
    *slot = Some(number);
    after
}

fn keep_in<'t>((number, after): (i64, &'t str), slot: &mut i64) -> &'t str {
    *slot = number;
    after
}

fn number(rest: &str, most: usize) -> Option<(i64, &str)> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((rest[..digits].parse().ok()?, &rest[digits..]))
}

fn signed(rest: &str) -> Option<(i64, &str)> {
    let (sign, digits) = rest.strip_prefix('-').map_or((1, rest), |digits| (-1, digits));
    let (number, after) = number(digits, 18)?;
    Some((sign * number, after))
}

/// The place, from 1, of a name or of its first three letters (a fourth, or a point, may follow: `Sept.`).
fn name<'t>(rest: &'t str, names: &[&str]) -> Option<(i64, &'t str)> {
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = rest[..letters].to_ascii_lowercase();
    let index = names.iter().position(|name| word.len() >= 3 && name.starts_with(&word))?;
    let after = &rest[letters..];
    Some((index as i64 + 1, after.strip_prefix('.').unwrap_or(after)))
}

fn half_of_day(rest: &str) -> Option<(bool, &str)> {
    let rest = rest.trim_start();
    let half = rest.get(..2)?;
    match half.to_ascii_lowercase().as_str() {
        "am" => Some((false, &rest[2..])),
        "pm" => Some((true, &rest[2..])),
        _ => None,
    }
}

/// `Z`, `UTC`, `GMT`, `+0100`, `+01:00`, `+01`. Other abbreviations mean different zones in different countries.
fn offset(rest: &str) -> Option<(Offset, &str)> {
    let rest = rest.trim_start();
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    if matches!(rest[..letters].to_ascii_uppercase().as_str(), "Z" | "UTC" | "GMT" | "UT") {
        return Some((Offset::UTC, &rest[letters..]));
    }
    let (sign, digits) = match rest.as_bytes().first()? {
        b'+' => (1, &rest[1..]),
        b'-' => (-1, &rest[1..]),
        _ => return None,
    };
    let (hours, after) = number(digits, 2).filter(|(hours, after)| *hours < 24 && digits.len() - after.len() == 2)?;
    let minutes_from = after.strip_prefix(':').unwrap_or(after);
    let (minutes, after) = match number(minutes_from, 2) {
        Some((minutes, left)) if minutes < 60 && minutes_from.len() - left.len() == 2 => (minutes, left),
        _ => (0, after),
    };
    let seconds = i32::try_from(sign * (hours * 3600 + minutes * 60)).ok()?;
    Some((Offset::from_seconds(seconds).ok()?, after))
}
