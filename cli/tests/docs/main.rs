//! The documentation: what is generated is fresh, and every example does what it shows.

mod blocks;
mod fragment;
mod session;

use blocks::{Block, blocks};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const REMEDY: &str = "CROSSDOCK_BLESS=1 cargo test -p crossdock --test docs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace").to_owned()
}

/// Runs the binary; gives its exit code and everything that it says.
fn crossdock(dir: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crossdock"));
    command.current_dir(dir).env_remove("CROSSDOCK_DIR").env("NO_COLOR", "1").stdin(Stdio::null()).args(args);
    let output = command.output().expect("a binary");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8(text).expect("UTF-8"))
}

#[test]
fn generated_pages_are_fresh() {
    for name in ["format", "carriers"] {
        let (code, made) = crossdock(&root(), &["docs", name]);
        assert_eq!(code, 0, "{made}");
        let path = root().join("docs").join(name).with_extension("md");
        if std::env::var_os("CROSSDOCK_BLESS").is_some() {
            std::fs::write(&path, &made).expect("the page can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "docs/{name}.md is not what the types and files make; run `{REMEDY}`");
    }
}

#[test]
fn the_reference_has_every_part() {
    let (_, page) = crossdock(&root(), &["docs", "format"]);
    for part in ["### Carrier file\n", "### Request\n", "### `kilograms`\n", "### E101 unknown-key\n", "### Case\n", "**Parcel**"]
    {
        assert!(page.contains(part), "{part}");
    }
    for row in [
        "| `delivery_attempted` | 60 |",
        "| `not_home` | recipient |",
        "| `ambiguous` | ",
        "when: {error: connect}, outcome: not_written",
    ] {
        assert!(page.contains(row), "{row}");
    }
    assert!(!page.contains("\n{{"), "every place is filled: {:?}", page.find("\n{{"));
    let headings: Vec<String> = page.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
    for link in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(headings.iter().any(|heading| heading == link), "a link to `#{link}` leads nowhere");
    }
}

fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .collect::<String>()
        .replace(' ', "-")
}

/// Both pages are written by the command of their heads.
#[test]
fn pages_are_written_to_a_folder() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = dir.path().join("reference");
    let (code, said) = crossdock(&root(), &["docs", "--write", folder.to_str().expect("UTF-8")]);
    assert_eq!(code, 0, "{said}");
    assert!(folder.join("format.md").is_file() && folder.join("carriers.md").is_file());
    assert_eq!(crossdock(&root(), &["docs"]).0, 2);
}

#[test]
fn every_example_does_what_it_shows() {
    let (mut fragments, mut commands, mut wrong) = (0, 0, Vec::new());
    for name in ["authoring.md", "format.md"] {
        let text = std::fs::read_to_string(root().join("docs").join(name)).expect("readable");
        let dir = tempfile::tempdir().expect("a directory");
        for block in blocks(name, &text) {
            match &block {
                Block::File { path, text, append, .. } => session::write(dir.path(), path, text, *append),
                Block::Fragment { kind, text, at } => {
                    wrong.extend(fragment::check(kind, text, at).err());
                    fragments += 1;
                }
                Block::Session { text, at } => {
                    let (count, differing) = session::run(dir.path(), text, at);
                    commands += count;
                    wrong.extend(differing);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    assert!(fragments >= 8 && commands >= 10, "only {fragments} fragments and {commands} commands");
}
