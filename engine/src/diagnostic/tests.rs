//! How findings look, to people and to machines.

use serde_json::Value;

use super::{Diagnostic, Renderer, sort, summary, to_github, to_json, to_sarif};
use crate::source::{Sources, Span, code};

fn span(sources: &Sources, file: crate::source::FileId, word: &str) -> Span {
    let start = sources.file(file).text.find(word).unwrap();
    Span { file, start: start as u32, end: (start + word.len()) as u32 }
}

fn example() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let carrier = sources.add("my carriers/a,b.yaml", "format: carrier/v1\nété: {nmae: x}\n\nz: 1\n");
    let case = sources.add("cases/a.yaml", "- uses: nmae\n");
    let key = span(&sources, carrier, "nmae");
    let error = Diagnostic::error(&code::DUPLICATE_KEY, key, "unknown key `nmae`: 100% wrong")
        .label("not a key")
        .related(span(&sources, carrier, "format"), "the format is chosen here")
        .related(span(&sources, case, "nmae"), "used here")
        .among("nmae", ["name", "title"]);
    let warning = Diagnostic::warning(&code::TAG, span(&sources, carrier, "carrier/v1"), "odd").help("a\nb");
    (sources, vec![error, warning])
}

#[test]
fn people_see_snippet_places_help_and_patch() {
    let (sources, diagnostics) = example();
    insta::assert_snapshot!(Renderer::plain().render_all(&sources, &diagnostics), @r#"
    warning[E005]: odd
     --> my carriers/a,b.yaml:1:9
      |
    1 | format: carrier/v1
      |         ^^^^^^^^^^
      |
      = help: a
              b

    error[E002]: unknown key `nmae`: 100% wrong
     --> my carriers/a,b.yaml:2:7
      |
    1 | format: carrier/v1
      | ------ the format is chosen here
    2 | été: {nmae: x}
      |       ^^^^ not a key
      |
     ::: cases/a.yaml:1:9
      |
    1 | - uses: nmae
      |         ---- used here
      |
      = help: available: `name`, `title`
    help: did you mean `name`?
      |
    2 - été: {nmae: x}
    2 + été: {name: x}
      |
    "#);
}

#[test]
fn colour_changes_nothing_but_colour() {
    let (sources, diagnostics) = example();
    let coloured = Renderer::coloured().render(&sources, &diagnostics[0]);
    assert!(coloured.contains("\u{1b}["));
    let bare = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
    assert_eq!(bare, Renderer::plain().render(&sources, &diagnostics[0]));
}

#[test]
fn findings_are_counted() {
    let (_, mut diagnostics) = example();
    assert_eq!(summary(&diagnostics), "1 error, 1 warning");
    diagnostics.push(diagnostics[0].clone());
    assert_eq!(summary(&diagnostics), "2 errors, 1 warning");
    assert_eq!(summary(&diagnostics[1..2]), "1 warning");
    assert_eq!(summary(&[]), "no findings");
}

#[test]
fn findings_are_sorted_by_place_and_told_once() {
    let (_, mut diagnostics) = example();
    diagnostics.push(diagnostics[0].clone());
    sort(&mut diagnostics);
    let codes: Vec<&str> = diagnostics.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["E005", "E002"]);
}

#[test]
fn json_has_its_stable_shape() {
    let (sources, diagnostics) = example();
    insta::assert_snapshot!(to_json(&sources, &diagnostics[..1]), @r#"
    [
      {
        "code": "E002",
        "name": "duplicate-key",
        "severity": "error",
        "message": "unknown key `nmae`: 100% wrong",
        "file": "my carriers/a,b.yaml",
        "line": 2,
        "column": 7,
        "end_line": 2,
        "end_column": 11,
        "label": "not a key",
        "help": [
          "did you mean `name`?",
          "available: `name`, `title`"
        ],
        "related": [
          {
            "message": "the format is chosen here",
            "file": "my carriers/a,b.yaml",
            "line": 1,
            "column": 1,
            "end_line": 1,
            "end_column": 7
          },
          {
            "message": "used here",
            "file": "cases/a.yaml",
            "line": 1,
            "column": 9,
            "end_line": 1,
            "end_column": 13
          }
        ],
        "suggestion": {
          "replacement": "name",
          "file": "my carriers/a,b.yaml",
          "line": 2,
          "column": 7,
          "end_line": 2,
          "end_column": 11
        }
      }
    ]
    "#);
}

#[test]
fn sarif_names_rules_places_and_fixes() {
    let (sources, diagnostics) = example();
    let log: Value = serde_json::from_str(&to_sarif(&sources, &diagnostics)).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "E002");
    assert!(run["tool"]["driver"]["rules"][0]["help"]["markdown"].as_str().unwrap().contains("## Mend"));
    let result = &run["results"][0];
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("E002"), Some("error")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20carriers/a%2Cb.yaml");
    assert_eq!(place["region"]["startColumn"], 7);
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 2);
    let fix = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "name");
    assert_eq!(run["results"][1]["ruleIndex"], 1);
}

#[test]
fn github_commands_are_escaped() {
    let (sources, diagnostics) = example();
    insta::assert_snapshot!(to_github(&sources, &diagnostics), @r#"
    ::error file=my carriers/a%2Cb.yaml,line=2,col=7,title=E002 duplicate-key::unknown key `nmae`: 100%25 wrong%0Ahelp: did you mean `name`?%0Ahelp: available: `name`, `title`
    ::warning file=my carriers/a%2Cb.yaml,line=1,col=9,title=E005 tag::odd%0Ahelp: a%0Ab
    "#);
}
