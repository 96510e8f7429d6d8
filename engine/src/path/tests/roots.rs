use crate::document::Step;
use crate::path::{Path, Root};

#[track_caller]
fn check(text: &str, root: Root, steps: &[Step], rest: bool, many: bool) {
    let path = Path::parse(text).expect(text);
    assert_eq!((path.root, &*path.steps, path.rest.is_some(), path.many()), (root, steps, rest, many), "{text}");
}

fn name(name: &str) -> Step {
    Step::Name(name.into())
}

#[test]
fn roots() {
    check("$", Root::Current, &[], false, false);
    check("$.item", Root::Current, &[name("item")], false, false);
    check("$item", Root::Item, &[], false, false);
    check("$item.a", Root::Item, &[name("a")], false, false);
    check("$item['a'][0]", Root::Item, &[name("a"), Step::Index(0)], false, false);
    check("$$", Root::Document, &[], false, false);
    check("$$.no", Root::Document, &[name("no")], false, false);
    check("$$..no", Root::Document, &[], true, true);
}

#[test]
fn plain_steps_end_at_the_first_segment_that_is_more() {
    check("$.a[*]['b-c'][-1]", Root::Current, &[name("a"), Step::Each, name("b-c"), Step::Index(-1)], false, true);
    check("$.a[?@.b].c", Root::Current, &[name("a")], true, true);
    check("$.a[0:1].c", Root::Current, &[name("a")], true, true);
    check("$.a['b', 'c']", Root::Current, &[name("a")], true, true);
    check("$.a.*", Root::Current, &[name("a")], true, true);
    check("$..a", Root::Current, &[], true, true);
    check("$ .a [0]", Root::Current, &[name("a"), Step::Index(0)], false, false);
}

#[test]
fn a_filter_that_looks_at_the_root_keeps_the_whole_path() {
    check("$.a[?@.b == $.c].d", Root::Current, &[], true, true);
    check("$.a[?count($.c[*]) > 1]", Root::Current, &[], true, true);
    check("$.a[?@.b == '$.c'].d", Root::Current, &[name("a")], true, true);
}
