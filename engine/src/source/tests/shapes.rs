//! Types, spans, anchors, merges and limits.

use super::{read, read_broken};
use crate::source::{Kind, Literal, Node, Sources, Style, parse_documents};

/// A tree in a short notation: merged entries are marked by `+`.
fn short(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) => scalar.text.clone(),
        Kind::List(items) => format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(" ")),
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                let merged = if entry.merged { "+" } else { "" };
                format!("{merged}{}={}", entry.key.text, short(&entry.value))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn plain_scalars_have_the_types_of_the_core_schema() {
    let cases = [
        ("~", Literal::Null),
        ("null", Literal::Null),
        ("true", Literal::Bool(true)),
        ("FALSE", Literal::Bool(false)),
        ("478", Literal::Int(478)),
        ("-7", Literal::Int(-7)),
        ("0755", Literal::Int(755)),
        ("9223372036854775808", Literal::Number("9223372036854775808")),
        ("1.10", Literal::Number("1.10")),
        ("1E10", Literal::Number("1E10")),
        ("35E87645934406417", Literal::Number("35E87645934406417")),
        ("0x10", Literal::Number("0x10")),
        ("0o17", Literal::Number("0o17")),
        ("-.inf", Literal::Number("-.inf")),
        (".5", Literal::Number(".5")),
        ("NO", Literal::Text("NO")),
        ("yes", Literal::Text("yes")),
        ("None", Literal::Text("None")),
        ("1_000", Literal::Text("1_000")),
        ("1e", Literal::Text("1e")),
        (".", Literal::Text(".")),
        ("+", Literal::Text("+")),
        ("12:30", Literal::Text("12:30")),
        ("\"478\"", Literal::Text("478")),
        ("'true'", Literal::Text("true")),
        ("!!str 478", Literal::Text("478")),
        ("|-\n 478", Literal::Text("478")),
    ];
    for (text, expected) in cases {
        let (_, node) = read(&format!("a: {text}\n"));
        assert_eq!(node.get("a").unwrap().as_scalar().unwrap().literal(), expected, "{text}");
    }
}

#[test]
fn digits_that_a_number_would_lose_are_told() {
    let loses = |text: &str| read(text).1.as_scalar().unwrap().loses_digits();
    assert!(loses("00123450") && loses("+34911234567") && loses("-0"));
    assert!(!loses("478") && !loses("'0478'") && !loses("1.10"));
}

#[test]
fn spans_cover_exactly_the_token() {
    let text = "é: 'x' # c\nb: &a {k: v } # c\nc: !!str\n  plain # c\nd: |\n  text\n\n# c\ne:\n- 1\n- {f, g: }\n\nh:\n";
    let (sources, node) = read(text);
    let slice = |key: &str| sources.slice(node.get(key).unwrap().span);
    assert_eq!(["é", "b", "c", "d", "e"].map(slice), ["'x'", "{k: v }", "plain", "|\n  text", "- 1\n- {f, g: }"]);
    assert_eq!(sources.slice(node.span), &text[..text.len() - 1]);
    assert_eq!(sources.slice(node.as_map().unwrap()[0].key_span), "é");
    let absent = node.get("h").unwrap();
    assert!(absent.is_absent());
    assert_eq!(sources.position(absent.span).to_string(), "a.yaml:13:3");
    let flow = &node.get("e").unwrap().as_list().unwrap()[1];
    let columns = |key: &str| sources.position(flow.get(key).unwrap().span).column;
    assert_eq!((columns("f"), columns("g")), (5, 9));
    let (sources, node) = read("a:\n- \n- x\nb:\n  -\n  - y\n");
    let place = |key: &str| sources.position(node.get(key).unwrap().as_list().unwrap()[0].span).to_string();
    assert_eq!((place("a"), place("b")), ("a.yaml:2:2".to_owned(), "a.yaml:5:4".to_owned()));
}

#[test]
fn columns_count_characters_and_ignore_a_byte_order_mark() {
    let (sources, node) = read("\u{feff}ключ: значение\nb: 1\n");
    assert_eq!(sources.position(node.get("ключ").unwrap().span).to_string(), "a.yaml:1:7");
    assert_eq!(sources.end_position(node.get("ключ").unwrap().span).to_string(), "a.yaml:1:15");
    assert_eq!(sources.position(node.get("b").unwrap().span).to_string(), "a.yaml:2:4");
}

#[test]
fn aliases_repeat_what_they_name_and_stand_where_it_does() {
    let (sources, node) = read("a: &x [1, {b: 2}]\nc: *x\n");
    assert_eq!(node.get("a"), node.get("c"));
    assert_eq!(sources.position(node.get("c").unwrap().span).line, 1);
}

#[test]
fn merged_entries_yield_to_own_ones() {
    let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 0}\nw: {k: v, <<: *y}\n'q': {'<<': 1}\n";
    let (_, node) = read(text);
    assert_eq!(short(node.get("z").unwrap()), "{+b=2 +c=4 a=0}");
    assert_eq!(short(node.get("w").unwrap()), "{k=v +b=3 +c=4}");
    assert_eq!(short(node.get("q").unwrap()), "{<<=1}");
}

#[test]
fn a_merge_of_a_merge_is_kept() {
    let (_, node) = read("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, c: 3}\n");
    assert_eq!(short(node.get("z").unwrap()), "{+a=1 +b=2 c=3}");
}

#[test]
fn an_anchor_may_be_defined_anew() {
    let (_, node) = read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    assert_eq!(short(&node), "{a=1 b=1 c=2 d=2}");
}

#[test]
fn aliases_that_explode_are_stopped() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = level - 1;
        text += &format!("a{level}: &a{level} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n");
    }
    let (_, node, diagnostics) = read_broken(&text);
    assert!(node.is_some());
    assert_eq!(diagnostics[0].code.id, "E007");
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn nesting_that_is_too_deep_is_stopped() {
    for text in ["[".repeat(5_000), "{a: ".repeat(5_000), "- ".repeat(50_000) + "x", "&a [".repeat(5_000)] {
        let (_, _, diagnostics) = read_broken(&text);
        assert_eq!(diagnostics[0].code.id, "E007", "{}", &text[..8]);
    }
}

#[test]
fn a_comment_that_cuts_a_plain_value_is_found() {
    let (sources, node) = read("a: room #12 \nb: 'x' # c\nc: y#1\nd: z\n# c\ne: |\n  x #1\n");
    let comment = |key: &str| sources.trailing_comment(node.get(key).unwrap()).map(|span| sources.slice(span));
    assert_eq!(["a", "b", "c", "d", "e"].map(comment), [Some("#12"), None, None, None, None]);
}

#[test]
fn a_file_may_hold_several_documents() {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", "a: 1\n---\nb: 2\n---\n- é\n...\n");
    let (documents, diagnostics) = parse_documents(&sources, file);
    assert_eq!(diagnostics, []);
    assert_eq!(documents.iter().map(short).collect::<Vec<_>>(), ["{a=1}", "{b=2}", "[é]"]);
}

#[test]
fn bytes_that_are_not_utf_8_are_told() {
    let mut sources = Sources::default();
    let (file, finding) = sources.add_bytes("a.yaml", b"a: caf\xe9\n".to_vec());
    assert_eq!(sources.position(finding.unwrap().span).to_string(), "a.yaml:1:7");
    assert_eq!(sources.file(file).text, "a: caf\u{fffd}\n");
    assert_eq!(sources.add_bytes("b.yaml", b"ok".to_vec()).1, None);
}

#[test]
fn a_tagged_text_keeps_its_style_apart() {
    let (_, node) = read("!!str 12");
    assert_eq!(node.as_scalar().unwrap().style, Style::Tagged);
}
