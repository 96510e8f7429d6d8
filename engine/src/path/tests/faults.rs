use crate::path::Path;

/// `at` is the piece of the path that the error is about.
#[track_caller]
fn check(path: &str, at: &str, message: &str, help: &str) {
    let error = Path::parse(path).expect_err(path);
    let found = (&path[error.at.clone()], &*error.message, error.help.as_deref().unwrap_or_default());
    assert_eq!(found, (at, message, help), "{path}");
}

#[test]
fn a_root_is_wanted() {
    check("a.b", "a.b", "a path begins with `$`, `$item` or `$$`", "write `$.a.b`");
    check("", "", "a path begins with `$`, `$item` or `$$`", "");
    check("$items.a", "items", "`items` does not belong here", "segments are `.name`, `['name']`, `[0]`, `[*]`, `[?..]`");
    check("$a", "a", "`a` does not belong here", "segments are `.name`, `['name']`, `[0]`, `[*]`, `[?..]`");
}

#[test]
fn awkward_names_want_quotes() {
    check("$.a.@attr", ".@attr", "the name `@attr` must be quoted", "write `$.a['@attr']`");
    check("$.a.x-y[0].z", ".x-y", "the name `x-y` must be quoted", "write `$.a['x-y']`");
    check("$item.$ref", ".$ref", "the name `$ref` must be quoted", "write `$item['$ref']`");
    check("$.a[@attr]", "[@attr]", "the name `@attr` must be quoted", "write `$.a['@attr']`");
    check("$$.a[name].b", "[name]", "the name `name` must be quoted", "write `$$.a['name']`");
    check("$.2nd", ".2nd", "the name `2nd` must be quoted", "write `$['2nd']`");
    check("$..x-y", "..x-y", "the name `x-y` must be quoted", "write `$..['x-y']`");
    check("$.it's", ".it's", "the name `it's` must be quoted", r"write `$['it\'s']`");
    check("$. a", ". a", "the name ` a` must be quoted", "write `$['a']`");
}

#[test]
fn brackets_and_dots() {
    check("$.a[0", "[0", "this `[` is not closed", "");
    check("$.a['b]", "['b]", "a quote inside this `[` is not closed", "");
    check("$.a[]", "[]", "nothing is selected by `[]`", "every element is `[*]`, the first one `[0]`");
    check("$.a[01]", "[01]", "`01` is no index", "an index is an integer without leading zeros");
    check("$.a.", ".", "a name is missing after `.`", "");
    check("$.a..", "..", "a name is missing after `..`", "");
    check("$.a...b", "..", "a name is missing after `..`", "");
    check("$.a]", ".a]", "the name `a]` must be quoted", "write `$['a]']`");
    check("$.a ", " ", "a space after the end of the path", "");
    check("$.a[1, b]", "[1, b]", "`[1, b]` cannot be read as a selector", "");
    check(r"$['\x']", r"['\x']", "this quoted name cannot be read", r"escape a quote or a backslash inside it by `\`");
    check(
        "$.a.length()",
        ".length()",
        "a path has no methods such as `length()`",
        "the filters of `${{ }}` do: `length`, `first`, `last`",
    );
}

#[test]
fn filters() {
    let help = "a filter is `[?@.code == 'X']`, its names quoted where need be, `@['a-b']`; `&&`, `||`, `!`";
    for filter in [
        "[?@.a = 'x']",
        "[?@.a-b == 1]",
        "[?(@.a == 1]",
        "[?a == 1]",
        "[?@.a[*] == 1]",
        "[?@.a and @.b]",
        "[?true]",
        "[?foo(@.a)]",
    ] {
        check(&format!("$.e{filter}.c"), filter, "this filter cannot be read", help);
    }
}

#[test]
fn functions_are_typed() {
    let condition = "the result of this function is a value, not a condition";
    check("$[?length(@.a)]", "[?length(@.a)]", condition, "compare it: `count(@.a) > 0`");
    check("$[?!count(@.a)]", "[?!count(@.a)]", condition, "compare it: `count(@.a) > 0`");
    check("$[?value(@.a)]", "[?value(@.a)]", condition, "compare it: `count(@.a) > 0`");
    let one = "this function takes one value, and the path in it can yield many";
    let name_one = "name one: `length(@.a)`; how many there are is `count(@.a[*])`";
    check("$.x[?length(@.a[*]) > 1]", "[?length(@.a[*]) > 1]", one, name_one);
    check("$[?length(@.*) < 3]", "[?length(@.*) < 3]", one, name_one);
    check("$[?match(@..a, 'x')]", "[?match(@..a, 'x')]", one, name_one);
    check("$[?search(@.a, @.b[*])]", "[?search(@.a, @.b[*])]", one, name_one);
    for path in [
        "$[?count(1) == 1]",
        "$[?count(length(@.a)) == 1]",
        "$[?value('x') == 1]",
        "$[?match(@.a, 'x') == true]",
        "$[?length(@.a, 1) == 1]",
    ] {
        Path::parse(path).expect_err(path);
    }
    for path in ["$[?nin(@.a, @.b)]", "$[?length(@.a == 1) == 1]", "$[?count(!@.a) == 1]", "$[?match(@.a, search(@.b, 'x'))]"] {
        Path::parse(path).expect_err(path);
    }
    let help = "patterns are I-Regexp (RFC 9485): no anchors, no look-around, no back references";
    check("$.x[?match(@.a, '(')]", "[?match(@.a, '(')]", "this is no regular expression", help);
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("$[?{}@.a{}]", "(".repeat(500), ")".repeat(500));
    Path::parse(&deep).expect_err("too deep");
}

#[test]
fn every_piece_and_mutation_of_a_path_is_answered() {
    let path = r#"$item.é['a\'b'][?match(@.x, "ü.*") && count(@..y[*]) >= 1.5 || !@['-']][1:-1:2]..*[0,"z"]"#;
    let chars: Vec<char> = path.chars().collect();
    for at in 0..chars.len() {
        for insert in ['[', ']', '\'', '"', '.', '*', '\\', ' ', 'é', '$', '@', '(', ')', '?', '-', '\n'] {
            let mut replaced = chars.clone();
            replaced[at] = insert;
            let mut inserted = chars.clone();
            inserted.insert(at, insert);
            for text in [&chars[at..], &chars[..at], &replaced, &inserted].map(|chars| chars.iter().collect::<String>()) {
                if let Err(error) = Path::parse(&text) {
                    assert!(text.get(error.at).is_some() && !error.message.is_empty(), "{text}");
                }
            }
        }
    }
    Path::parse(path).expect("a good path");
}

#[test]
fn the_help_is_a_good_path() {
    for path in ["$.a.@attr", "$.a.x-y[0].z", "$item.$ref", "$$.a[name].b", "$..x-y", "$.it's", "a.b", "$.a[@attr]"] {
        let help = Path::parse(path).expect_err(path).help.expect("help");
        let better = help.strip_prefix("write `").and_then(|help| help.strip_suffix('`')).expect("a better path");
        Path::parse(better).expect(better);
    }
}
