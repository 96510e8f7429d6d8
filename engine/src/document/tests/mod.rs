mod bodies;
mod grammar;
mod shapes;
mod values;

use super::{Access, Cell, FrameId, Mode, PlanBuilder, ReadError, Slots, Step};

/// Steps from a short notation: `a.b[*].c[-1]`.
pub(super) fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
        steps.push(match part.strip_suffix(']') {
            Some("*") => Step::Each,
            Some(index) => Step::Index(index.parse().expect("an index")),
            None => Step::Name(part.into()),
        });
    }
    steps
}

/// Every value that each of `paths` finds.
#[track_caller]
fn read(mode: Mode, json: &str, paths: &[&str]) -> Result<Vec<Vec<String>>, ReadError> {
    let mut builder = PlanBuilder::new(mode);
    let accesses: Vec<Access> = paths.iter().map(|path| builder.access(FrameId::ROOT, &steps(path))).collect();
    let mut slots = Slots::new();
    builder.build().read(json, &mut slots)?;
    Ok(accesses.iter().map(|access| values(&slots, access)).collect())
}

fn values(slots: &Slots<'_>, access: &Access) -> Vec<String> {
    let mut found = Vec::new();
    slots.each(Slots::ROOT, access, |cell| match cell {
        Cell::Raw(raw) => found.push(raw.to_owned()),
        other => panic!("{other:?} where a text was wanted"),
    });
    found
}

#[track_caller]
fn check(mode: Mode, json: &str, expected: &[(&str, &[&str])]) {
    let paths: Vec<&str> = expected.iter().map(|(path, _)| *path).collect();
    let found = read(mode, json, &paths).expect("a readable document");
    for ((path, expected), found) in expected.iter().zip(found) {
        assert_eq!(found, *expected, "at {path}");
    }
}

#[track_caller]
fn check_error(mode: Mode, json: &str, paths: &[&str], expected: &str) {
    assert_eq!(read(mode, json, paths).expect_err("an unreadable document").to_string(), expected);
}
