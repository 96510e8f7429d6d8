//! A marker word in every style must be found again, byte for byte.

use crate::source::{Kind, Node, Sources, parse};

const WORD: &str = "márker";

/// Every scalar and key of the file that holds the marker, located.
#[track_caller]
fn check(text: &str, expected: usize) {
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.clone());
        let (node, diagnostics) = parse(&sources, file);
        assert_eq!(diagnostics, [], "{text:?}");
        assert_eq!(found(&sources, &node.unwrap()), expected, "{text:?}");
    }
}

fn found(sources: &Sources, node: &Node) -> usize {
    let occurrences = |text: &str| text.match_indices(WORD).map(|(at, word)| at..at + word.len()).collect::<Vec<_>>();
    match &node.kind {
        Kind::Scalar(scalar) => {
            let places = occurrences(&scalar.text);
            for place in &places {
                let span = sources.locate(node, place.clone());
                assert_eq!(sources.slice(span), WORD, "{:?} in {:?}", scalar, sources.slice(node.span));
            }
            places.len()
        }
        Kind::List(items) => items.iter().map(|item| found(sources, item)).sum(),
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| {
                let places = occurrences(&entry.key.text);
                for place in &places {
                    assert_eq!(sources.slice(sources.locate_key(entry, place.clone())), WORD);
                }
                places.len() + found(sources, &entry.value)
            })
            .sum(),
    }
}

#[test]
fn in_plain_scalars() {
    check("a: x márker y\n", 1);
    check("é: ü márker # márker\nmárker: 1", 2);
    check("a: x\n  y märk\n\n\n  z márker w\n   \t márker\nb: 1\n", 2);
    check("[é márker, {márker: b}, [c márker]]", 3);
}

#[test]
fn in_quoted_scalars() {
    check("a: 'it''s márker ''márker'' ' # márker\n", 2);
    check("a: 'x ''\n   márker ''''\n\n\n  ''márker\n  '\n", 2);
    check(r#"a: "\"\\ \x41 \u00e9 \U0001F600\N\_\L\P\t márker\n""#, 1);
    check("a: \"x\\\n   \\ y márker \\\n\n\n  márker\n\n\n z\\n\n márker\"\n", 3);
    check("\"a\\u00e9márker\": 'y' # c\n'b''márker' : 1\n", 2);
}

#[test]
fn in_block_scalars() {
    check("a: |\n  é\n   x márker\n\n  márker\nb: 1\n", 2);
    check("- |2-  # márker |\n    x\n  márker\n\n- >+\n  márker\n\n", 2);
    check("a: >\n\n\n  x\n  márker\n\n    kept\n    márker\n  folded\n  márker\n\n\n", 3);
    check("a: &x !!str |1\n   márker\n  x\n", 1);
    check("|\n  márker", 1);
    check("--- >-\nx\nmárker\n", 1);
}

#[test]
fn across_anchors_and_merges() {
    check("a: &x\n  k: 'é ''márker'\nb: {<<: *x, l: *y}\n".replace("*y", "márker").as_str(), 3);
    check("\u{feff}é: &a \"\\tmárker\"\nb: *a\n", 2);
}

#[test]
fn an_escape_is_found_as_a_whole() {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", r#"a: "x\u00e9y""#);
    let node = parse(&sources, file).0.unwrap();
    let value = node.get("a").unwrap();
    assert_eq!(sources.slice(sources.locate(value, 1..3)), r"\u00e9");
    assert_eq!(sources.slice(sources.locate(value, 1..4)), r"\u00e9y");
    assert_eq!(sources.slice(sources.locate(value, 4..4)), "");
    assert_eq!(sources.position(sources.locate(value, 4..4)).to_string(), "a.yaml:1:13");
}
