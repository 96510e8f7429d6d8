//! A small wrong file per mistake: what its author is told, word for word.
//!
//! `CODE_words.yaml` raises `CODE`; its rendered findings stand in `snapshots/`.

use crossdock_engine::compile::compile;
use crossdock_engine::diagnostic::{Diagnostic, Renderer, codes};
use crossdock_engine::source::Sources;
use std::path::{Path, PathBuf};

/// Codes that a text in this folder cannot raise, and why.
const ELSEWHERE: &[&str] = &[
    // Not UTF-8: a fixture is.
    "E010",
];

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let entries = std::fs::read_dir(folder).expect("fixtures are there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

fn expected(path: &Path) -> String {
    stem(path).split('_').next().expect("a code").to_owned()
}

fn findings(path: &Path) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("carrier.yaml", std::fs::read_to_string(path).expect("readable"));
    let found = compile(&sources, file).diagnostics;
    (sources, found)
}

#[test]
fn findings_read_well() {
    for path in fixtures() {
        let (sources, found) = findings(&path);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("diagnostics");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(stem(&path), Renderer::plain().render_all(&sources, &found)));
    }
}

#[test]
fn every_fixture_raises_its_code() {
    for path in fixtures() {
        let (sources, found) = findings(&path);
        let shown = Renderer::plain().render_all(&sources, &found);
        assert!(found.iter().any(|finding| finding.code.id == expected(&path)), "{}:\n{shown}", stem(&path));
    }
}

#[test]
fn every_code_has_a_fixture() {
    let known: Vec<String> = fixtures().iter().map(|path| expected(path)).collect();
    let missing: Vec<&str> = codes().iter().map(|code| code.id).filter(|id| !ELSEWHERE.contains(id)).collect();
    let missing: Vec<&str> = missing.into_iter().filter(|id| !known.iter().any(|code| code == id)).collect();
    assert!(missing.is_empty(), "without a fixture: {missing:?}");
}

#[test]
fn findings_keep_to_the_house_style() {
    for path in fixtures() {
        for finding in findings(&path).1 {
            let (message, at) = (&finding.message, stem(&path));
            assert!(!message.ends_with('.'), "{at}: `{message}` ends with a full stop");
            let first = message.chars().next().expect("a message");
            assert!(!first.is_uppercase() || message.starts_with("HTTP"), "{at}: `{message}` begins with a capital");
        }
    }
}
