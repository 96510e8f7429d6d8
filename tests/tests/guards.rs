//! The invariants of ARCHITECTURE.md, as far as a test can hold them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' package stands in the workspace").to_path_buf()
}

/// All files below the workspace with one of these endings, build products left aside.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of the workspace").flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != ".git" {
                walk(&path, endings, found);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), endings, &mut found);
    assert!(!found.is_empty(), "no files with {endings:?}: the guard looks in the wrong place");
    found
}

fn carriers() -> Vec<String> {
    let mut ids: Vec<String> = fs::read_dir(root().join("carriers"))
        .expect("carriers/")
        .flatten()
        .filter(|entry| entry.path().join("carrier.yaml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    assert!(ids.len() >= 4, "the shipped carriers: {ids:?}");
    ids
}

/// Whether `word` stands in `text` with no letter or digit on either side.
fn names(text: &str, word: &str) -> bool {
    let edge = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
}

#[test]
fn no_carrier_is_named_in_rust_code() {
    for file in files(&[".rs"]) {
        let text = fs::read_to_string(&file).expect("a source file").to_lowercase();
        for id in carriers() {
            for word in [id.clone(), id.replace('_', " "), id.replace('_', "")] {
                assert!(!names(&text, &word), "{} names the carrier `{id}`", file.display());
            }
        }
    }
}

#[test]
fn the_engine_is_pure() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "crossdock-engine", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("minijinja"), "the tree shows the engine's dependencies");
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let forbidden = ["tokio", "hyper", "reqwest", "ureq", "axum", "async-std", "rustls", "isahc", "curl"];
        assert!(!forbidden.contains(&name) && !name.starts_with("aws"), "the engine depends on {name}");
    }
}

#[test]
fn the_engine_asks_nobody() {
    for file in files(&[".rs"]).iter().filter(|file| file.starts_with(root().join("engine/src"))) {
        let text = fs::read_to_string(file).expect("a source file");
        for word in [
            "std::fs",
            "std::net::Tcp",
            "std::net::Udp",
            "ToSocketAddrs",
            "std::env",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "Zoned::now",
        ] {
            assert!(!text.contains(word), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn each_foreign_crate_has_one_user() {
    let homes =
        [("minijinja::", "engine/src/expr"), ("jsonpath_rust::", "engine/src/path"), ("saphyr_parser::", "engine/src/source")];
    for file in files(&[".rs"]).iter().filter(|file| file.starts_with(root().join("engine/src"))) {
        let text = fs::read_to_string(file).expect("a source file");
        for (word, home) in homes {
            assert!(!text.contains(word) || file.starts_with(root().join(home)), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn nothing_is_left_undone() {
    let marks = [["todo", "!("].concat(), ["unimplemented", "!("].concat(), ["#[", "ignore"].concat(), ["FIX", "ME"].concat()];
    for file in files(&[".rs"]) {
        let text = fs::read_to_string(&file).expect("a source file");
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{} holds {mark}", file.display());
        }
    }
}

#[test]
fn the_continuous_integration_runs_the_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let script = fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    assert!(readme.lines().any(|line| line.starts_with("cargo test --workspace")), "the README's test command");
    assert!(script.contains("grep -o '^cargo test --workspace' README.md"), ".ci/run takes its command from the README");
}

#[test]
fn the_example_of_the_readme_is_a_carrier_file() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let example = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a YAML block");
    let mut sources = crossdock_engine::source::Sources::default();
    let file = sources.add("README.md", example);
    let compiled = crossdock_engine::compile::compile(&sources, file);
    let shown = crossdock_engine::diagnostic::Renderer::plain().render_all(&sources, &compiled.diagnostics);
    assert!(compiled.carrier.is_some() && compiled.diagnostics.is_empty(), "{shown}");
}
