//! What the author of a broken file is told.

use super::{read_broken, shown};

/// Code, place, message and patch of each finding, a line each.
fn told(text: &str) -> Vec<String> {
    let (sources, _, diagnostics) = read_broken(text);
    let lines = diagnostics.iter().map(|finding| {
        let place = sources.position(finding.span);
        let patch =
            finding.suggestion.as_ref().map(|patch| format!(" => {} for {}", patch.replacement, sources.slice(patch.span)));
        let (line, column) = (place.line, place.column);
        format!("{} {line}:{column} {}{}", finding.code.id, finding.message, patch.unwrap_or_default())
    });
    lines.collect()
}

#[test]
fn the_usual_mistakes_are_named() {
    let cases = [
        ("a:\n\tb: 1\n", "E001 2:1 a tab stands where only spaces may"),
        ("a: @x y # c\n", "E001 1:4 a value cannot begin with `@` => \"@x y\" for @x y"),
        ("a: `x`\n", "E001 1:4 a value cannot begin with a backtick => \"`x`\" for `x`"),
        ("a: 'x\nb: 1\n", "E001 1:4 the quote `'` is never closed"),
        ("a: \"x\n", "E001 1:4 the quote `\"` is never closed"),
        ("a: \"x \\d+\"\n", "E001 1:7 `\\d` is no escape"),
        ("a: \"\\\\ \\x4\"\n", "E001 1:8 `\\x` is no escape"),
        ("a: [1, 2\nb: 1\n", "E001 1:4 the bracket `[` is never closed"),
        ("a: {b: 1", "E001 1:4 the bracket `{` is never closed"),
        ("a: b: c # d\n", "E001 1:5 `: ` inside a value without quotes => \"b: c\" for b: c"),
        ("a: x \"y\": c\n", "E001 1:9 `: ` inside a value without quotes => 'x \"y\": c' for x \"y\": c"),
        ("a: 1\n  b: 2\n", "E001 2:4 a key is not expected here: the value above is already complete"),
        ("a: {b: ${{ x }}}\n", "E001 1:8 an expression inside `{ }` needs quotes => \"${{ x }}\" for ${{ x }}"),
        ("a: [x ${{ y }}]\n", "E001 1:5 an expression inside `[ ]` needs quotes => \"x ${{ y }}\" for x ${{ y }}"),
        ("a: {each: $.a[*]}\n", "E001 1:14 `[` ends a value without quotes inside `{ }`"),
        ("a: {b: c: d}\n", "E001 1:9 a second `:` inside `{ }`"),
        ("a:\n  b: 1\n c: 2\n", "E001 3:2 this line is indented unlike its neighbours"),
        ("a: 'x' y\n", "E001 1:8 text follows the closing quote"),
        ("- a\nb: 1\n", "E001 2:1 a key stands where an item of the list was expected"),
        ("a: 1\nword\nc: 2\n", "E001 2:1 a `:` is missing behind this key"),
        ("a: - b\n", "E001 1:4 a list cannot begin on the line of its key"),
        ("a: }\n", "E001 1:4 this bracket closes nothing"),
        ("a: *\n", "E001 1:4 `*` and `&` need a name behind them"),
        ("a: foo # c\n  bar\n", "E001 1:8 a comment stands inside a value of several lines"),
        ("a: {{ x }}\n", "E003 1:4 an expression is missing its `$` => ${{ x }} for {{ x }}"),
        ("[1]: x\n", "E003 1:1 a key is a text, not a list or a mapping"),
        (": x\n", "E003 1:1 the key is missing"),
        ("a: &event 1\nb: *evnt\n", "E004 2:4 there is no anchor `&evnt` above => *event for *evnt"),
        ("a: &a [*a]\n", "E004 1:8 an alias cannot stand inside what it repeats"),
        ("a: !secret x\n", "E005 1:12 the tag `!secret` is not understood"),
        ("a: !!int 3\n", "E005 1:10 the tag `!!int` is not understood"),
        ("a: {<<: b}\n", "E006 1:9 `<<` takes a mapping, or a list of mappings"),
        ("# nothing\n", "E008 1:1 the file is empty"),
        ("---\n", "E008 1:1 the file is empty"),
        ("a: 1\n---\nb: 1\nc: 2\n", "E009 3:1 the file holds a second document"),
    ];
    for (text, expected) in cases {
        assert_eq!(told(text), [expected], "{text:?}");
    }
}

#[test]
fn reading_goes_on_behind_a_broken_place() {
    let text = "a: &x @1\nb: [1, 2\nc: &y {k: v}\nd: 'x\n  e: 1\nf: *y\ng: 1\nc: 2\n";
    let (_, node, _) = read_broken(text);
    let node = node.unwrap();
    let keys: Vec<&str> = node.as_map().unwrap().iter().map(|entry| entry.key.text.as_str()).collect();
    assert_eq!(keys, ["b", "c", "f", "g"]);
    assert_eq!(node.get("f"), node.get("c"));
    let codes: Vec<String> = told(text).into_iter().map(|line| line[..8].to_owned()).collect();
    assert_eq!(codes, ["E001 1:7", "E001 2:4", "E001 4:4", "E002 8:1"]);
}

#[test]
fn no_beginning_of_a_file_makes_the_reader_stumble() {
    let text = "é: &a {b: [1, ${{ x }}], <<: *a}\nb: |+2\n    x\n\n  y\n\"c\\\n d\": >-\n e\n? f\n: - 'g'' h'\n  - !!str &z i\n\u{1F600}: {? j, k: }\n--- *z\n";
    for (cut, _) in text.char_indices() {
        let (sources, _, diagnostics) = read_broken(&text[..cut]);
        for finding in &diagnostics {
            assert!(crate::diagnostic::Renderer::plain().render(&sources, finding).contains(finding.code.id));
        }
        read_broken(&text[cut..]);
    }
}

#[test]
fn a_repeated_key_is_shown_with_its_first_place() {
    insta::assert_snapshot!(shown("config:\n  zone: a\n  other: b\n  zone: c\n"), @r#"
    error[E002]: the key `zone` stands here twice
     --> a.yaml:4:3
      |
    2 |   zone: a
      |   ---- first here
    3 |   other: b
    4 |   zone: c
      |   ^^^^ again here
      |
      = help: remove one of the two, or rename it
    "#);
}

#[test]
fn a_patch_is_shown() {
    insta::assert_snapshot!(shown("a: {phone: ${{ p.phone }}, b: 1}\n"), @r#"
    error[E001]: an expression inside `{ }` needs quotes
     --> a.yaml:1:12
      |
    1 | a: {phone: ${{ p.phone }}, b: 1}
      |            ^^^^^^^^^^^^^^
      |
    help: put quotes around the value
      |
    1 - a: {phone: ${{ p.phone }}, b: 1}
    1 + a: {phone: "${{ p.phone }}", b: 1}
      |
    "#);
}
