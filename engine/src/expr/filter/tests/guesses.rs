//! The tables of cases in the manual's pages are what the filters do: each row is run.

use super::super::find;
use crate::value::Value;

/// The cells of each row of the page's table, without the head.
fn rows(page: &'static str) -> Vec<Vec<&'static str>> {
    let lines = page.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands in backquotes; a remark may follow. `None` for the word null.
fn cell(cell: &'static str) -> Option<&'static str> {
    cell.split('`').nth(1)
}

#[track_caller]
fn table_holds(name: &str, least: usize) {
    let spec = find(name).expect("a filter");
    let rows = rows(spec.page);
    assert!(rows.len() >= least, "`{name}` has a table");
    for row in rows {
        let given = cell(row[0]).expect("a value");
        let arguments: Vec<_> = row[1..row.len() - 1]
            .iter()
            .map(|argument| if argument.len() == 2 { Value::text(*argument) } else { Value::Null })
            .map(|country| if country.is_null() && name == "national_phone" { Value::text("DE") } else { country })
            .collect();
        let result = spec.call(Value::text(given), &arguments).expect("a value or null");
        assert_eq!(result.as_str(), cell(row[row.len() - 1]), "{given} | {name}");
    }
}

#[test]
fn names() {
    table_holds("first_name", 5);
    table_holds("last_name", 10);
}

#[test]
fn address_lines() {
    table_holds("street_name", 5);
    table_holds("house_number", 18);
}

#[test]
fn telephone_numbers() {
    table_holds("e164", 11);
    table_holds("national_phone", 5);
}

#[test]
fn countries_are_complete_and_sorted() {
    let countries = super::super::countries::COUNTRIES;
    assert_eq!(countries.len(), 250, "249 of ISO 3166-1, and Kosovo");
    assert!(countries.windows(2).all(|pair| pair[0].alpha2 < pair[1].alpha2));
    let mut threes: Vec<_> = countries.iter().map(|country| country.alpha3).collect();
    threes.sort_unstable();
    threes.dedup();
    assert_eq!(threes.len(), 250);
    for country in countries {
        assert!(country.alpha2.len() == 2 && country.alpha3.len() == 3, "{}", country.name);
        assert!(country.calling_code.bytes().all(|digit| digit.is_ascii_digit()), "{}", country.name);
    }
}
