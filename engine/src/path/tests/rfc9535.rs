//! The selectors and filters of RFC 9535, on documents of our own.

use super::check;

const DEPOT: &str = r#"{
    "depot": {
        "parcels": [
            {"kind": "box", "no": "A1", "weight": 8.95},
            {"kind": "tube", "no": "A2", "weight": 12.99},
            {"kind": "tube", "no": "A3", "weight": 8.99, "seal": "0-553"},
            {"kind": "tube", "no": "A4", "weight": 22.99, "seal": "0-395"}
        ],
        "van": {"colour": "red", "weight": 399}
    },
    "limit": 10
}"#;

const COMPARISONS: &str = r#"[{"obj": {"x": "y"}, "arr": [2, 3], "n": 1.0, "t": "a", "null": null}]"#;

#[test]
fn a_tour_through_a_depot() {
    check(
        DEPOT,
        &[
            ("$.depot.parcels[*].no", &[r#""A1""#, r#""A2""#, r#""A3""#, r#""A4""#]),
            ("$..no", &[r#""A1""#, r#""A2""#, r#""A3""#, r#""A4""#]),
            ("$.depot..weight", &["8.95", "12.99", "8.99", "22.99", "399"]),
            ("$..parcels[2].no", &[r#""A3""#]),
            ("$..parcels[-1].no", &[r#""A4""#]),
            ("$..parcels[0,1].no", &[r#""A1""#, r#""A2""#]),
            ("$..parcels[:2].no", &[r#""A1""#, r#""A2""#]),
            ("$..parcels[?@.seal].no", &[r#""A3""#, r#""A4""#]),
            ("$..parcels[?@.weight<10].no", &[r#""A1""#, r#""A3""#]),
            ("$.depot.parcels[?@.weight < $.limit].no", &[r#""A1""#, r#""A3""#]),
            ("$['depot']['van'].*", &[r#""red""#, "399"]),
            ("$.depot.van['colour','weight','none']", &[r#""red""#, "399"]),
        ],
    );
}

#[test]
fn everything_below() {
    check(
        r#"{"a": [1, {"b": 2}]}"#,
        &[("$..*", &[r#"[1,{"b":2}]"#, "1", r#"{"b":2}"#, "2"]), ("$..[*]", &[r#"[1,{"b":2}]"#, "1", r#"{"b":2}"#, "2"])],
    );
    check(
        r#"{"o": {"j": 1, "k": 2}, "a": [5, 3, [{"j": 4}, {"k": 6}]]}"#,
        &[("$..j", &["1", "4"]), ("$..[0]", &["5", r#"{"j":4}"#])],
    );
    check(r#"{"a": {"x": 1}, "b": [{"x": 2}, {"y": 3}]}"#, &[("$..[?@.x]", &[r#"{"x":1}"#, r#"{"x":2}"#])]);
}

#[test]
fn slices() {
    check(
        r#"["a", "b", "c", "d", "e", "f", "g"]"#,
        &[
            ("$[1:3]", &[r#""b""#, r#""c""#]),
            ("$[5:]", &[r#""f""#, r#""g""#]),
            ("$[1:5:2]", &[r#""b""#, r#""d""#]),
            ("$[5:1:-2]", &[r#""f""#, r#""d""#]),
            ("$[::-3]", &[r#""g""#, r#""d""#, r#""a""#]),
            ("$[-2:]", &[r#""f""#, r#""g""#]),
            ("$[:-6]", &[r#""a""#]),
            ("$[0:3:0]", &[]),
            ("$[9:]", &[]),
            ("$[-99:1]", &[r#""a""#]),
            ("$[0:2:9007199254740991]", &[r#""a""#]),
            ("$[99:4:-1]", &[r#""g""#, r#""f""#]),
        ],
    );
}

#[test]
fn comparisons() {
    for (condition, holds) in [
        ("@.absent1 == @.absent2", true),
        ("@.absent1 <= @.absent2", true),
        ("@.absent == 'g'", false),
        ("@.absent1 != @.absent2", false),
        ("@.absent != 'g'", true),
        ("1 <= 2", true),
        ("1 > 2", false),
        ("13 == '13'", false),
        ("'a' <= 'b'", true),
        ("'a' > 'b'", false),
        ("@.obj == @.arr", false),
        ("@.obj != @.arr", true),
        ("@.obj == @.obj", true),
        ("@.arr == @.arr", true),
        ("@.obj == 17", false),
        ("@.obj <= @.arr", false),
        ("@.obj <= @.obj", true),
        ("1 <= @.arr", false),
        ("1 >= @.arr", false),
        ("true <= true", true),
        ("true > true", false),
        ("@.n == 1", true),
        ("@.n == 1.00", true),
        ("@.n == 10e-1", true),
        ("@.n < 1.0000000000000000001", false),
        ("@.null == null", true),
        ("@.null == @.absent", false),
        ("@.null", true),
        ("!@.null", false),
        ("!(@.n == 1 && @.t == 'b') || @.absent", true),
        ("@['t'] == \"a\"", true),
    ] {
        let path = format!("$[?{condition}].n");
        let expected: &[&str] = if holds { &["1.0"] } else { &[] };
        check(COMPARISONS, &[(&path, expected)]);
    }
}

#[test]
fn big_numbers_are_told_apart() {
    let document = r#"[{"id": 12345678901234567890}, {"id": 12345678901234567891}, {"id": 1E400}, {"id": 1.10}]"#;
    check(
        document,
        &[("$[?@.id < $[1].id].id", &["12345678901234567890", "1.10"]), ("$[?@.id == $[1].id].id", &["12345678901234567891"])],
    );
}

#[test]
fn functions() {
    check(
        r#"[{"a": "Łódź", "l": [1, 2], "o": {"x": 1, "y": 2}, "p": "L.*", "n": 5}, {"a": "a\rb", "l": []}]"#,
        &[
            ("$[?length(@.a) == 4].a", &[r#""Łódź""#]),
            ("$[?length(@.l) == 0].l", &["[]"]),
            ("$[?length(@.n) == 1].n", &[]),
            ("$[?count(@.l[*]) == 2].n", &["5"]),
            ("$[?count(@.o.*) == 2].n", &["5"]),
            ("$[?count(@.none[*]) == 0].l", &["[1,2]", "[]"]),
            ("$[?match(@.a, 'Ł.*')].n", &["5"]),
            ("$[?match(@.a, 'd')].n", &[]),
            ("$[?search(@.a, 'd')].n", &["5"]),
            ("$[?match(@.a, 'x|Ł.d.')].n", &["5"]),
            ("$[?match(@.a, 'a.b')].l", &[]),
            ("$[?match(@.n, '5')].n", &[]),
            ("$[?!search(@.a, 'd')].l", &["[]"]),
            ("$[?search('Lima', @.p)].n", &["5"]),
            ("$[?value(@..x) == 1].n", &["5"]),
            ("$[?length(value(@..x)) == 1].n", &[]),
        ],
    );
}

#[test]
fn names_with_escapes() {
    check(
        r#"{"a.b": 1, "it's": 2, "q\"": 3, "back\\slash": 4, "😀": 5, "@attr": 6, "": 7, "a-b": 8, "$ref": 9}"#,
        &[
            ("$['a.b']", &["1"]),
            (r"$['it\'s']", &["2"]),
            (r#"$["it's"]"#, &["2"]),
            (r#"$["q\""]"#, &["3"]),
            (r"$['back\\slash']", &["4"]),
            ("$.😀", &["5"]),
            (r"$['\uD83D\uDE00']", &["5"]),
            ("$['@attr']", &["6"]),
            ("$['']", &["7"]),
            ("$[ 'a-b' ]", &["8"]),
            ("$['$ref']", &["9"]),
            (r"$['\u0061-b','a.b']", &["8", "1"]),
        ],
    );
}
