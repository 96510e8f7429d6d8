//! What is JSON and what is not: by samples, and against serde_json on thousands of mutations of them.

use super::{check_error, read};
use crate::document::{FrameId, Mode, Plan, PlanBuilder, Slots};
use serde_json::value::RawValue;

const GOOD: &[&str] = &[
    "{}",
    "[]",
    "null",
    " true ",
    "-0",
    "-0.0e-0",
    "[1,2 , 3]",
    r#"{"a":1,"b":[{"c":null}],"d":{"e":"f"}}"#,
    r#"["", "\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00", "ünï 😀 \u007f"]"#,
    "[1E10, 1e+5, 0.10, -12.34e-56, 123456789012345678901234567890]",
    "\t[\n[\r[ [ [ ] ] ]\n]\t]\r\n",
    r#"{"":{"":[[],{}]}}"#,
    "[\"long enough to go through the wide loop more than once, and then: \\\\\"]",
];

const BAD: &[&str] = &[
    "",
    " ",
    "{",
    "[",
    "}",
    "]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    r#"{"a":1]"#,
    r#"{"a"}"#,
    r#"{"a":}"#,
    r#"{"a" 1}"#,
    r#"{"a":1,}"#,
    r#"{,"a":1}"#,
    r#"{"a":1 "b":2}"#,
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "nul",
    "nulll",
    "True",
    "NaN",
    "Infinity",
    "-",
    "+1",
    "01",
    "-01",
    "1.",
    ".5",
    "1e",
    "1e+",
    "1.e1",
    "0x1",
    "1 2",
    "[] []",
    "\"",
    "\"abc",
    "\"\\\"",
    r#""\x""#,
    r#""\u12""#,
    r#""\u12g4""#,
    "\"a\tb\"",
    "\"a\nb\"",
    "\"seven77\u{1}\"",
    "[\"a\u{0}\"]",
    "\u{feff}[]",
    "// comment\n1",
    "[1] /* */",
    "\u{a0}1",
    "{\"a\":1}x",
];

fn plan(mode: Mode, paths: &[&str]) -> Plan {
    let mut builder = PlanBuilder::new(mode);
    for path in paths {
        builder.access(FrameId::ROOT, &super::steps(path));
    }
    builder.build()
}

fn plans() -> Vec<Plan> {
    let wanted: &[&[&str]] = &[&[], &["", "[*]", "[*][*]", "a"], &["b[*].c", "d.e", "[*]"], &["zz"]];
    wanted.iter().flat_map(|paths| [plan(Mode::Order, paths), plan(Mode::Reply, paths)]).collect()
}

fn is_json(plan: &Plan, text: &str) -> bool {
    plan.read(text, &mut Slots::new()).is_ok()
}

#[test]
fn good_documents_are_read_by_every_plan() {
    for plan in plans() {
        for text in GOOD {
            assert!(is_json(&plan, text), "{text} with {plan:?}");
        }
    }
}

#[test]
fn bad_documents_are_refused_by_every_plan() {
    for plan in plans() {
        for text in BAD {
            assert!(!is_json(&plan, text), "{text} with {plan:?}");
        }
    }
}

#[test]
fn mutations_are_judged_as_serde_json_does() {
    let plans = [plan(Mode::Order, &[]), plan(Mode::Reply, &["[*]", "[*][*].x", "q[*]", "q.r"])];
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let alphabet = b"{}[]\",:\\ \n\x1f0123-+.eEtfnulasr/";
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let mut bytes = GOOD[round % GOOD.len()].as_bytes().to_vec();
        for _ in 0..=next(2) {
            let at = next(bytes.len());
            let byte = alphabet[next(alphabet.len())];
            match next(3) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => {}
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let expected = serde_json::from_str::<&RawValue>(&text).is_ok();
        if expected {
            accepted += 1
        } else {
            refused += 1
        }
        // Half a surrogate pair is grammatical, but no text where one is wanted.
        let parsed = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        assert_eq!(is_json(&plans[0], &text), expected, "{text}");
        assert!(is_json(&plans[1], &text) == expected || !parsed, "{text}");
    }
    assert!(accepted > 2_000 && refused > 2_000, "{accepted} accepted, {refused} refused");
}

#[test]
fn every_beginning_of_a_document_is_refused() {
    let text = r#"{"a": [1.5e3, {"b": "c\u00e9\n"}, true], "d": null}"#;
    for plan in plans() {
        for end in 0..text.len() {
            assert!(!is_json(&plan, &text[..end]), "{}", &text[..end]);
        }
    }
}

#[test]
fn depth_is_bounded_as_by_serde_json() {
    for plan in plans() {
        for depth in [126, 127, 128, 100_000] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            let parsed = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            assert_eq!(is_json(&plan, &text), parsed, "{depth}");
        }
    }
}

#[test]
fn a_string_is_stopped_at_every_offset() {
    for length in 0..40 {
        for (tail, good) in [("\"", true), ("\\n\"", true), ("\u{1f}\"", false), ("é\"", true), ("\\", false), ("", false)] {
            let text = format!("\"{}{tail}", "é".repeat(length / 2) + &"x".repeat(length % 2));
            assert_eq!(is_json(&plan(Mode::Order, &[]), &text), good, "{text:?}");
        }
    }
}

#[test]
fn errors_tell_the_place_and_never_the_content() {
    check_error(Mode::Order, "{\"a\": \"é\",\n  \"b\": secret}", &["a"], "expected a value at line 2 column 8");
    check_error(Mode::Order, "{\"é\": [1, 2", &[], "the document ends inside a list or an object at line 1 column 12");
    check_error(Mode::Order, "", &[], "the document is empty at line 1 column 1");
    check_error(Mode::Reply, "[1]\n\n x", &["[0]"], "more text after the end of the document at line 3 column 2");
    check_error(Mode::Reply, "[01]", &["[0]"], "a number with leading zeros at line 1 column 3");
}

#[test]
fn hostile_lists_are_bounded() {
    let names: Vec<String> = (0..2_000).map(|number| format!("[*].m{number}")).collect();
    let paths: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = format!("[{}0]", "0,".repeat(10_000));
    let error = read(Mode::Order, &text, &paths).expect_err("more rows than memory is granted for");
    assert_eq!(error.message, "too many list elements");
}
